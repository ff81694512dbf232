use super::fixture::*;
use super::publish_house::penalty_of;
use collection::domain::Kind;
use collection::store::{FIGURES, MIGRATIONS, RecordFilter, Store};
use contract::client::MAX_MESSAGE_BYTES;
use contract::collection::v1 as pb;
use db::{Db, Migrations, on};
use domain::Uscc;
use prost::Message;
use service::Error;

fn filter(size: i64) -> RecordFilter {
    RecordFilter {
        uscc: None,
        kind: None,
        state: String::new(),
        only_public: false,
        size,
        token: String::new(),
    }
}

async fn numbers(store: &Store, filter: &RecordFilter, office: &str, division: &str) -> Vec<String> {
    let page = store.list_records(filter, &officer(office, division).scope(), today()).await.unwrap();
    page.records.into_iter().map(|record| record.document_no).collect()
}

async fn pages_cover_every_record_once_the_latest_first(store: Store) {
    let days = ["2026-02-25", "2026-02-27", "2026-02-26"];
    let row = |n: usize| inspection(&format!("检{n}"), "", days[n % 3]);
    import(&store, 1, (0..10).map(row).collect()).await.unwrap();
    let scope = officer("CREDIT", "370100").scope();
    let (mut filter, mut seen) = (filter(3), Vec::new());
    loop {
        let page = store.list_records(&filter, &scope, today()).await.unwrap();
        assert!(page.records.len() <= 3);
        seen.extend(page.records.into_iter().map(|record| (record.decided_on, record.name)));
        if page.next_page_token.is_empty() {
            break;
        }
        filter.token = page.next_page_token;
    }
    let mut expected = seen.clone();
    expected.sort_unstable_by(|one, other| other.cmp(one));
    expected.dedup();
    assert_eq!((seen.len(), &seen), (10, &expected));
}

async fn parties_whose_codes_end_alike_have_records_of_their_own(store: Store) {
    let ((start, _), (_, end)) = (FOOD.split_at(8), FOOD.split_at(12));
    let mut codes = (0..10_000).map(|n| format!("{start}{n:04}{end}"));
    let other = codes.find(|code| Uscc::parse(code).is_ok()).unwrap();
    let records = vec![inspection("检1", FOOD, "2026-02-25"), inspection("检2", &other, "2026-02-25")];
    import(&store, 1, records).await.unwrap();
    for (uscc, number) in [(FOOD, "检1"), (other.as_str(), "检2")] {
        let of_one = RecordFilter { uscc: Some(Uscc::parse(uscc).unwrap()), ..filter(10) };
        assert_eq!(numbers(&store, &of_one, "CREDIT", "370100").await, [number]);
        assert_eq!(register(&store, uscc, "370102").await, 1, "what waits for {uscc} alone is attached");
    }
}

async fn a_page_of_the_longest_records_fits_into_an_answer_and_the_next_goes_on_behind_it(store: Store) {
    let long = |n: usize| {
        let mut record = penalty(&format!("罚{n}"), EQUIPMENT, "2026-02-25");
        let penalty = penalty_of(&mut record);
        penalty.violation_facts = "事".repeat(4_000);
        penalty.content = "决".repeat(4_000);
        record
    };
    import(&store, 1, (0..200).map(long).collect()).await.unwrap();
    let scope = officer("CREDIT", "370100").scope();
    let (mut filter, mut names) = (filter(500), Vec::new());
    loop {
        let page = store.list_records(&filter, &scope, today()).await.unwrap();
        assert!(page.encoded_len() <= MAX_MESSAGE_BYTES, "{}", page.encoded_len());
        names.extend(page.records.into_iter().map(|record| record.name));
        if page.next_page_token.is_empty() {
            break;
        }
        assert!(names.len() > 100, "no page is shorter than it has to be");
        filter.token = page.next_page_token;
    }
    assert_eq!(names.len(), 200);
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 200);
}

async fn a_token_of_another_list_is_refused(store: Store) {
    import(&store, 1, (0..3).map(|n| inspection(&format!("检{n}"), "", "2026-02-25")).collect())
        .await
        .unwrap();
    let scope = officer("CREDIT", "370100").scope();
    let token = store.list_records(&filter(1), &scope, today()).await.unwrap().next_page_token;
    let other = RecordFilter { kind: Some(Kind::Permit), token, ..filter(1) };
    let refused = store.list_records(&other, &scope, today()).await.unwrap_err();
    assert!(matches!(refused, Error::Invalid(_)), "{refused:?}");
}

async fn lists_keep_to_party_kind_and_state(store: Store) {
    register(&store, FOOD, "370102").await;
    let rows = vec![
        inspection("检1", FOOD, "2026-02-25"),
        penalty("罚1", FOOD, "2026-02-26"),
        inspection("检2", EQUIPMENT, "2026-02-27"),
    ];
    import(&store, 1, rows).await.unwrap();
    let uscc = Some(Uscc::parse(FOOD).unwrap());
    let all = async |filter: RecordFilter| numbers(&store, &filter, "CREDIT", "370100").await;
    assert_eq!(all(RecordFilter { uscc: uscc.clone(), ..filter(50) }).await, ["罚1", "检1"]);
    assert_eq!(all(RecordFilter { kind: Some(Kind::Inspection), ..filter(50) }).await, ["检2", "检1"]);
    assert_eq!(all(RecordFilter { state: "Unmatched".to_owned(), ..filter(50) }).await, ["检2"]);
}

async fn lists_leave_out_other_fields_and_divisions(store: Store) {
    register(&store, FOOD, "370102").await;
    register(&store, EQUIPMENT, "370114").await;
    let fieldless = pb::Record { field: String::new(), ..inspection("检3", "", "2026-02-27") };
    let rows =
        vec![inspection("检1", FOOD, "2026-02-25"), inspection("检2", EQUIPMENT, "2026-02-26"), fieldless];
    import(&store, 1, rows).await.unwrap();
    assert_eq!(numbers(&store, &filter(50), "SE_SUPERV", "370100").await, ["检3", "检2"]);
    assert_eq!(numbers(&store, &filter(50), "FOOD_PROD", "370100").await, ["检3", "检1"]);
    assert_eq!(numbers(&store, &filter(50), "DISTRICT", "370114").await, ["检3", "检2"]);
    assert_eq!(numbers(&store, &filter(50), "FOOD_PROD", "370114").await, ["检3"]);
}

async fn figures_count_what_the_lists_hold(store: Store) {
    register(&store, FOOD, "370102").await;
    let rows = vec![
        inspection("检1", FOOD, "2026-02-25"),
        penalty("罚1", FOOD, "2026-02-26"),
        inspection("检2", EQUIPMENT, "2026-02-27"),
        inspection("检3", FOOD, "2026-01-31"),
    ];
    import(&store, 1, rows).await.unwrap();
    import_tickets(&store, 2, vec![ticket("T1", FOOD), ticket("T2", "")]).await.unwrap();
    let figures = async |first_on: &str, last_on: &str| {
        service::testing::figures("collection", store.db(), FIGURES, first_on, last_on).await
    };
    let counted = figures("2026-02-01", "2026-02-28").await;
    assert_eq!((counted["record.inspection"], counted["record.penalty"]), (2, 1));
    assert_eq!(counted.get("record.published"), None);
    let day = ticket("T1", FOOD).accepted_on;
    let tickets = figures(&day, &day).await;
    assert_eq!(tickets["ticket.accepted"], 2);
}

async fn a_moved_enterprise_takes_its_records_along(store: Store) {
    register(&store, FOOD, "370102").await;
    import(&store, 1, vec![inspection("检1", FOOD, "2026-02-25")]).await.unwrap();
    register(&store, FOOD, "370114").await;
    assert_eq!(numbers(&store, &filter(50), "DISTRICT", "370102").await, [""; 0]);
    assert_eq!(numbers(&store, &filter(50), "DISTRICT", "370114").await, ["检1"]);
}

/// The tables of collection before lists went by the order of receipt.
async fn records_of_an_older_release_stay_and_are_listed(db: Db) {
    const OLD: &str = "
        INSERT INTO record (id, kind, uscc, party_name, field, division, producer, document_no, decided_on, state, origin,
            revision, received_us, content)
        VALUES ($1, 'inspection', NULL, '某', '', '', '局', $1, $2, 'Unmatched', '', 1, 1, $3)";
    let steps = MIGRATIONS.steps();
    let before = steps.iter().position(|step| step.name() == "0125_record_order").unwrap();
    let older = Migrations::new(&steps[..before]);
    db.migrate(&[&outbox::MIGRATIONS, &service::MIGRATIONS, &older]).await.unwrap();
    let day = |text: &str| domain::parse_date(text).unwrap();
    let mut tx = db.begin_write().await.unwrap();
    for (digit, decided_on) in [('a', "2026-02-25"), ('b', "2026-02-27"), ('c', "2026-02-25")] {
        let id = String::from(digit).repeat(32);
        on!(tx, |conn| sqlx::query(OLD)
            .bind(&id)
            .bind(day(decided_on))
            .bind(Vec::<u8>::new())
            .execute(conn)
            .await
            .map(drop))
        .unwrap();
    }
    tx.commit().await.unwrap();
    let store = open(db).await;
    import(&store, 1, vec![inspection("检1", "", "2026-02-25")]).await.unwrap();
    let mut filter = filter(1);
    let mut names = Vec::new();
    loop {
        let page = store.list_records(&filter, &officer("CREDIT", "370100").scope(), today()).await.unwrap();
        names.extend(page.records.into_iter().map(|record| record.name));
        if page.next_page_token.is_empty() {
            break;
        }
        filter.token = page.next_page_token;
    }
    let old = ['b', 'c', 'a'].map(|digit| format!("records/{}", String::from(digit).repeat(32)));
    assert_eq!(names.len(), 4);
    // The one that was taken last stands first among those of its day.
    assert_eq!([&names[0], &names[2], &names[3]], [&old[0], &old[1], &old[2]]);
}

db::conformance! {
    open = open;
    cases = [
        pages_cover_every_record_once_the_latest_first,
        a_page_of_the_longest_records_fits_into_an_answer_and_the_next_goes_on_behind_it,
        a_token_of_another_list_is_refused,
        lists_keep_to_party_kind_and_state,
        parties_whose_codes_end_alike_have_records_of_their_own,
        lists_leave_out_other_fields_and_divisions,
        figures_count_what_the_lists_hold,
        a_moved_enterprise_takes_its_records_along,
    ]
}

mod older {
    use super::*;

    db::conformance![records_of_an_older_release_stay_and_are_listed];
}
