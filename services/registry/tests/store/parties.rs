//! Parties without a code: as little as possible, and erasable.

use contract::registry::v1 as pb;
use db::on;
use domain::{DivisionCode, LegalName};
use registry::Error;
use registry::domain::{PartyContent, PartyId};
use registry::store::{Act, PartyErasure};
use service::idempotency::Key;
use uuid::Uuid;

use crate::house::{A, House, officer, open, request, today, uscc};

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
    house.store.create_party(&key, &body, &act, (id, content)).await.unwrap()
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

async fn erasing_again_changes_nothing(house: House) {
    create(&house, 1, ID).await;
    let first = erase(&house, 2, &["370100"]).await.unwrap();
    assert_eq!(erase(&house, 2, &["370100"]).await.unwrap(), first, "the same request");
    assert_eq!(erase(&house, 3, &["370100"]).await.unwrap(), first, "another request");
    assert_eq!(house.events().await.len(), 2);
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

db::conformance! { open = open; cases = [
    a_repeated_registration_answers_the_same_party_with_its_name,
    once_erased_nothing_tells_who_it_was,
    erasing_again_changes_nothing,
    who_is_elsewhere_erases_nothing,
    an_unknown_party_is_not_found,
] }
