//! Parties without a code: as little as possible, and erasable.

use contract::registry::v1 as pb;
use db::testing::places_of;
use db::{Fingerprint, on};
use domain::{DivisionCode, LegalName};
use registry::Error;
use registry::domain::{PartyContent, PartyField, PartyId, PartyPatch};
use registry::store::{Act, AsOf, Cut, PartyErasure, PartyFilter, PartyUpdate};
use service::Error as Common;
use service::erasure::{bare, bare_sql};
use service::idempotency::Key;
use uuid::Uuid;

use crate::store::house::{A, House, day, noon, officer, open, request, today, uscc};

const ID: PartyId = PartyId(Uuid::from_u128(7));

async fn create(house: &House, number: u128, id: PartyId) -> pb::Party {
    let caller = officer("LEGAL", &["370100"]);
    let request_id = request(number);
    let key = Key { caller: caller.subject(), method: "/party", request_id: &request_id };
    let content = PartyContent {
        legal_name: Some(LegalName::parse("王二小").unwrap()),
        party_kind: "natural_person".into(),
        division: DivisionCode::parse("370102").unwrap(),
        related: Some(uscc(A)),
    };
    let body = pb::CreatePartyRequest { party: None, request_id: request_id.to_string() };
    let act = Act::of(&caller, &key, "", today(), house.store.book());
    house.store.create_party(&key, &body, &act, (id, content, None)).await.unwrap()
}

fn named(text: &str) -> PartyField {
    PartyField::LegalName(LegalName::parse(text).unwrap())
}

/// A week after the registration.
async fn update(house: &House, number: u128, seen: i64, fields: &[PartyField]) -> Result<pb::Party, Error> {
    let caller = officer("LEGAL", &["370100"]);
    let request_id = request(number);
    let key = Key { caller: caller.subject(), method: "/update", request_id: &request_id };
    let patch = PartyPatch { id: ID, fields: fields.to_vec(), seen_revision: seen, since: None };
    let body = pb::UpdatePartyRequest {
        etag: format!("{patch:?}"),
        reason: "录入有误".into(),
        request_id: request_id.to_string(),
        ..Default::default()
    };
    let act = Act::of(&caller, &key, "", noon("2025-06-09"), house.store.book());
    let update =
        PartyUpdate { key: &key, body: &body, caller: &caller, patch: &patch, reason: "录入有误" };
    house.store.update_party(&update, &act).await
}

/// Name of the party on a day, as it was known at noon of another.
async fn name_on(house: &House, on: &str, known: &str) -> Result<String, Error> {
    let present = house.store.party(ID).await.unwrap();
    let at = AsOf { day: day(on), known_at: noon(known) };
    let party = house.store.party_as_of(present, at).await?;
    Ok(party.content.legal_name.map(|name| name.to_string()).unwrap_or_default())
}

async fn erase(house: &House, number: u128, divisions: &[&str]) -> Result<pb::Party, Error> {
    let caller = officer("LEGAL", divisions);
    let request_id = request(number);
    let key = Key { caller: caller.subject(), method: "/erase", request_id: &request_id };
    let body =
        pb::ErasePartyRequest {
            name: ID.name(), reason: "期满".into(), request_id: request_id.to_string()
        };
    let act = Act::of(&caller, &key, "", today(), house.store.book());
    let erasure = PartyErasure { key: &key, body: &body, caller: &caller, id: ID, reason: "期满" };
    house.store.erase_party(&erasure, &act).await
}

/// Every byte that the service keeps where a name could be: table, feed, stored answers.
async fn everything(house: &House) -> Vec<u8> {
    const PARTIES: &str = "SELECT legal_name || related_uscc FROM party";
    const EVENTS: &str = "SELECT payload FROM event WHERE payload IS NOT NULL";
    const ANSWERS: &str = "SELECT answer FROM request WHERE answer IS NOT NULL";
    let mut kept = Vec::new();
    let rows: Vec<String> = on!(house.db, |pool| sqlx::query_scalar(PARTIES).fetch_all(pool).await).unwrap();
    kept.extend(rows.concat().into_bytes());
    for sql in [EVENTS, ANSWERS] {
        let rows: Vec<Vec<u8>> = on!(house.db, |pool| sqlx::query_scalar(sql).fetch_all(pool).await).unwrap();
        kept.extend(rows.concat());
    }
    kept
}

fn holds(kept: &[u8], text: &str) -> bool {
    kept.windows(text.len()).any(|part| part == text.as_bytes())
}

async fn a_repeated_registration_answers_the_same_party_with_its_name(house: House) {
    let first = create(&house, 1, ID).await;
    let again = create(&house, 1, PartyId(Uuid::from_u128(8))).await;
    assert_eq!((again.name.as_str(), again.legal_name.as_str()), (first.name.as_str(), "王二小"));
    assert_eq!(house.events().await, [("registry.party.registered".to_owned(), ID.name())]);
}

async fn once_erased_nothing_tells_who_it_was(house: House) {
    create(&house, 1, ID).await;
    assert!(holds(&everything(&house).await, "王二小"), "it is kept somewhere before");
    let erased = erase(&house, 2, &["370100"]).await.unwrap();
    assert_eq!((erased.legal_name.as_str(), erased.related_uscc.as_str(), erased.revision), ("", "", 2));
    let kept = everything(&house).await;
    assert!(!holds(&kept, "王二小") && !holds(&kept, A));
    assert_eq!(house.events().await[1].0, "registry.party.erased");
}

async fn a_corrected_name_is_told_without_it_and_the_earlier_one_stays_readable(house: House) {
    create(&house, 1, ID).await;
    let changed = update(&house, 2, 1, &[named("王小二")]).await.unwrap();
    assert_eq!(
        (changed.legal_name.as_str(), changed.revision, changed.effective_on.as_str()),
        ("王小二", 2, "2025-06-09")
    );
    assert_eq!((changed.related_uscc.as_str(), changed.party_kind.as_str()), (A, "natural_person"));
    assert_eq!(name_on(&house, "2025-06-08", "2025-06-09").await.unwrap(), "王二小");
    assert_eq!(name_on(&house, "2025-06-09", "2025-06-09").await.unwrap(), "王小二");
    assert_eq!(
        name_on(&house, "2025-06-09", "2025-06-02").await.unwrap(),
        "王二小",
        "nobody knew better then"
    );
    let before = name_on(&house, "2025-06-01", "2025-06-09").await;
    assert!(matches!(before, Err(Error::PartyNotFound(_))), "{before:?}");
    assert_eq!(house.events().await[1], ("registry.party.changed".to_owned(), ID.name()));
    let told = places_of(&house.db, "录入有误").await;
    assert_eq!(told, ["event.payload", "party_past.reason"]);
    assert_eq!(places_of(&house.db, "王小二").await, ["party.legal_name"]);
}

async fn a_repeated_change_answers_the_same_and_the_same_again_changes_nothing(house: House) {
    create(&house, 1, ID).await;
    let first = update(&house, 2, 1, &[named("王小二")]).await.unwrap();
    assert_eq!(update(&house, 2, 1, &[named("王小二")]).await.unwrap(), first);
    assert_eq!(update(&house, 3, 2, &[named("王小二")]).await.unwrap(), first, "it says that already");
    update(&house, 4, 2, &[PartyField::Related(None)]).await.unwrap();
    let again = update(&house, 2, 1, &[named("王小二")]).await.unwrap();
    assert_eq!((again.legal_name.as_str(), again.revision), ("王小二", 2), "the request brings it along");
    assert_eq!(house.events().await.len(), 3);
}

async fn a_change_of_what_was_not_seen_or_of_who_is_erased_is_refused(house: House) {
    create(&house, 1, ID).await;
    update(&house, 2, 1, &[named("王小二")]).await.unwrap();
    let stale = update(&house, 3, 1, &[named("王大")]).await;
    assert!(matches!(stale, Err(Error::PartyEtagMismatch(id)) if id == ID), "{stale:?}");
    let away = [PartyField::Division(DivisionCode::parse("370500").unwrap())];
    let refused = update(&house, 4, 2, &away).await.unwrap_err();
    assert!(refused.to_string().contains("370500"), "{refused}");
    erase(&house, 5, &["370100"]).await.unwrap();
    let erased = update(&house, 6, 3, &[named("王大")]).await;
    assert!(matches!(erased, Err(Error::PartyErased(id)) if id == ID), "{erased:?}");
}

async fn with_a_party_its_past_is_erased(house: House) {
    create(&house, 1, ID).await;
    update(&house, 2, 1, &[named("王小二")]).await.unwrap();
    update(&house, 3, 2, &[PartyField::Related(None)]).await.unwrap();
    erase(&house, 4, &["370100"]).await.unwrap();
    for text in ["王二小", "王小二", A, "录入有误"] {
        assert_eq!(places_of(&house.db, text).await, Vec::<String>::new(), "{text}");
    }
    assert_eq!(
        name_on(&house, "2025-06-02", "2025-06-09").await.unwrap(),
        "",
        "the day is answered, the name is not"
    );
    let sealer = outbox::Sealer::new(house.db.clone());
    while sealer.seal_once().await.unwrap() > 0 {}
    let verified = outbox::verify(&house.db, 1, i64::MAX).await.unwrap();
    assert_eq!((verified.to, verified.erased), (4, 3), "the chain holds, and what was told last stays");
}

#[tokio::test]
async fn once_erased_no_file_of_the_database_holds_who_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let files_hold = |text: &str| {
        let files = std::fs::read_dir(folder.path()).unwrap();
        files.into_iter().any(|file| holds(&std::fs::read(file.unwrap().path()).unwrap(), text))
    };
    let url = db::DatabaseUrl::sqlite(folder.path().join("registry.db"));
    let house = open(db::Db::open(&url).await.unwrap()).await;
    create(&house, 1, ID).await;
    assert!(files_hold("王二小"), "it is kept somewhere before");
    erase(&house, 2, &["370100"]).await.unwrap();
    assert!(!files_hold("王二小") && !files_hold(A));
    house.db.close().await;
}

async fn a_person_is_found_by_the_names_that_it_has_and_had_until_it_is_erased(house: House) {
    create(&house, 1, ID).await;
    let found = async |name: &str, division: &str| {
        let divisions = officer("LEGAL", &[division]).scope().division_codes();
        let filter = PartyFilter { divisions, called: Some(bare(name)) };
        let cut = Cut { size: 9, fingerprint: Fingerprint::of(&["called"]), after: String::new() };
        house.store.parties(&filter, &cut).await.unwrap().rows.len()
    };
    assert_eq!(found(" 王 二·小", "370100").await, 1);
    assert_eq!((found("王二", "370100").await, found("王二小", "370116").await), (0, 0));
    update(&house, 2, 1, &[named("阿卜杜拉 · 买买提")]).await.unwrap();
    for name in ["王二小", "阿卜杜拉·买买提", "阿卜杜拉买买提"] {
        assert_eq!(found(name, "370102").await, 1, "{name}");
    }
    erase(&house, 3, &["370100"]).await.unwrap();
    assert_eq!((found("王二小", "370100").await, found("·", "370100").await), (0, 0));
}

/// How the database finds the parties that are called so, by the conditions of `Store::parties`.
async fn plan(house: &House, called: &str) -> String {
    let condition = format!("{} = '{called}'", bare_sql("legal_name"));
    let sql = format!(
        "SELECT id FROM party WHERE erased_at_us IS NULL AND {condition}
         UNION SELECT id FROM party_past WHERE {condition}"
    );
    house.plan(&sql).await
}

async fn a_name_is_looked_up_in_indexes_of_present_and_past_names(house: House) {
    const PARTY: &str = "
        INSERT INTO party (id, legal_name, party_kind, division, related_uscc, revision, created_at_us)
        VALUES ($1, $2, 'natural_person', '370102', '', 2, 1)";
    const PAST: &str = "
        INSERT INTO party_past (id, revision, legal_name, party_kind, division, related_uscc, created_at_us, updated_at_us,
            effective_on, reason, officer)
        VALUES ($1, 1, $2, 'natural_person', '370102', '', 1, 1, $3, '', '')";
    let mut tx = house.db.begin_write().await.unwrap();
    for n in 0..600_u128 {
        let (id, name) = (Uuid::from_u128(n).to_string(), format!("王二小{n}"));
        on!(tx, |conn| sqlx::query(PARTY).bind(&id).bind(&name).execute(conn).await.map(drop)).unwrap();
        let on = day("2025-06-01");
        on!(tx, |conn| sqlx::query(PAST).bind(&id).bind(&name).bind(on).execute(conn).await.map(drop))
            .unwrap();
    }
    tx.commit().await.unwrap();
    // Without figures of its own, PostgreSQL takes every table for a small one.
    for sql in ["ANALYZE party", "ANALYZE party_past"] {
        on!(house.db, |pool| sqlx::query(sql).execute(pool).await.map(drop)).unwrap();
    }
    let plan = plan(&house, &bare("王二小 7")).await;
    assert!(plan.contains("party_called") && plan.contains("party_past_called"), "{plan}");
}

async fn erasing_again_changes_nothing(house: House) {
    create(&house, 1, ID).await;
    let first = erase(&house, 2, &["370100"]).await.unwrap();
    assert_eq!(erase(&house, 2, &["370100"]).await.unwrap(), first, "the same request");
    assert_eq!(erase(&house, 3, &["370100"]).await.unwrap(), first, "another request");
    assert_eq!(house.events().await.len(), 2);
}

async fn no_digest_is_left_of_what_said_who_was_erased(house: House) {
    const LEFT: &str = "SELECT request_id FROM request WHERE body_hash <> $1 ORDER BY request_id";
    create(&house, 1, ID).await;
    create(&house, 2, PartyId(Uuid::from_u128(8))).await;
    erase(&house, 3, &["370100"]).await.unwrap();
    let nothing = [0_u8; 32];
    let left: Vec<String> =
        on!(house.db, |pool| sqlx::query_scalar(LEFT).bind(&nothing[..]).fetch_all(pool).await).unwrap();
    assert_eq!(left, [2, 3].map(|number| request(number).to_string()), "another's, and the erasure itself");
}

async fn a_change_that_comes_again_after_the_erasure_is_refused(house: House) {
    create(&house, 1, ID).await;
    update(&house, 2, 1, &[named("王小二")]).await.unwrap();
    erase(&house, 3, &["370100"]).await.unwrap();
    let again = update(&house, 2, 1, &[named("王小二")]).await;
    assert!(matches!(again, Err(Error::Common(Common::RequestIdReused(_)))), "{again:?}");
}

async fn who_is_elsewhere_erases_nothing(house: House) {
    create(&house, 1, ID).await;
    let refused = erase(&house, 2, &["370116"]).await.unwrap_err();
    assert!(refused.to_string().contains("370102"), "{refused}");
    assert_eq!(house.store.party(ID).await.unwrap().revision, 1);
}

async fn an_unknown_party_is_not_found(house: House) {
    assert!(matches!(house.store.party(ID).await, Err(Error::PartyNotFound(id)) if id == ID));
    assert!(matches!(erase(&house, 1, &["370100"]).await, Err(Error::PartyNotFound(_))));
}

async fn an_erased_record_has_the_parties_looked_through_once(house: House) {
    const RECORD: &str = "records/0123456789abcdef0123456789abcdef";
    let division = DivisionCode::parse("370102").unwrap();
    let told = Act::of_system("event", today(), house.store.book());
    let mut tx = house.db.begin_write().await.unwrap();
    house.store.record_was_erased(&mut tx, &told, (RECORD, Some(&division))).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(house.duties().await, [("record.erased".to_owned(), "LEGAL".to_owned())]);
    let settle = async |number: u128, (office, division): (&str, &str)| {
        let (caller, request_id) = (officer(office, &[division]), request(number));
        let key = Key { caller: caller.subject(), method: "/settle", request_id: &request_id };
        let act = Act::of(&caller, &key, "", today(), house.store.book());
        let (name, remark) = (RECORD.to_owned(), "未登记该主体".to_owned());
        let sent =
            pb::SettleErasureRequest { name, remark: remark.clone(), request_id: request_id.to_string() };
        house.store.settle_erasure(&act, &key, &caller, &sent, remark).await
    };
    let elsewhere = settle(3, ("DISTRICT", "370116")).await.unwrap_err();
    assert!(elsewhere.to_string().contains("370102"), "{elsewhere}");
    assert_eq!(house.duties().await.len(), 1, "the duty of another district stays");
    let city = ("LEGAL", "370100");
    let settled = settle(1, city).await.unwrap();
    assert_eq!(house.duties().await, []);
    assert_eq!(settle(1, city).await.unwrap(), settled, "the same request");
    assert!(matches!(settle(2, city).await.unwrap_err(), Error::ErasureNotOpen(name) if name == RECORD));
    assert_eq!(house.events().await, [("registry.erasure.settled".to_owned(), RECORD.to_owned())]);
}

db::conformance! { open = open; cases = [
    a_repeated_registration_answers_the_same_party_with_its_name,
    once_erased_nothing_tells_who_it_was,
    a_person_is_found_by_the_names_that_it_has_and_had_until_it_is_erased,
    a_name_is_looked_up_in_indexes_of_present_and_past_names,
    erasing_again_changes_nothing,
    no_digest_is_left_of_what_said_who_was_erased,
    a_change_that_comes_again_after_the_erasure_is_refused,
    who_is_elsewhere_erases_nothing,
    an_unknown_party_is_not_found,
    a_corrected_name_is_told_without_it_and_the_earlier_one_stays_readable,
    a_repeated_change_answers_the_same_and_the_same_again_changes_nothing,
    a_change_of_what_was_not_seen_or_of_who_is_erased_is_refused,
    with_a_party_its_past_is_erased,
    an_erased_record_has_the_parties_looked_through_once,
] }
