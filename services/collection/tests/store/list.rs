use super::fixture::*;
use collection::domain::Kind;
use collection::store::{RecordFilter, Store};
use contract::collection::v1 as pb;
use domain::Uscc;
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

async fn a_moved_enterprise_takes_its_records_along(store: Store) {
    register(&store, FOOD, "370102").await;
    import(&store, 1, vec![inspection("检1", FOOD, "2026-02-25")]).await.unwrap();
    register(&store, FOOD, "370114").await;
    assert_eq!(numbers(&store, &filter(50), "DISTRICT", "370102").await, [""; 0]);
    assert_eq!(numbers(&store, &filter(50), "DISTRICT", "370114").await, ["检1"]);
}

db::conformance! {
    open = open;
    cases = [
        pages_cover_every_record_once_the_latest_first,
        a_token_of_another_list_is_refused,
        lists_keep_to_party_kind_and_state,
        lists_leave_out_other_fields_and_divisions,
        a_moved_enterprise_takes_its_records_along,
    ]
}
