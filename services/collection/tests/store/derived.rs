use super::fixture::*;
use collection::domain::{Key, NewRecord};
use collection::store::{Act, Store};
use contract::collection::v1 as pb;
use contract::collection::v1::record::Content;
use domain::{DivisionCode, DocumentNumber, LegalName, Uscc};

fn entry(status: &str, removed_on: &str) -> NewRecord {
    let unit = LegalName::parse("punishment").unwrap();
    let content = Content::ListEntry(pb::ListEntry {
        list: "ABNORMAL".to_owned(),
        entry: "abnormalEntries/1".to_owned(),
        ground: "4".to_owned(),
        status: status.to_owned(),
        removed_on: removed_on.to_owned(),
    });
    let key = Key {
        uscc: Some(Uscc::parse(FOOD).unwrap()),
        party_name: LegalName::parse("济南某某有限公司").unwrap(),
        field: None,
        division: Some(DivisionCode::parse("370102").unwrap()),
        producer: unit,
        document_no: DocumentNumber::parse("abnormalEntries/1").unwrap(),
        decided_on: domain::parse_date("2026-02-25").unwrap(),
    };
    NewRecord::new(key, pb::Record { content: Some(content), ..pb::Record::default() }).unwrap()
}

async fn take(store: &Store, new: &NewRecord) {
    let act = Act::of_system("punishment-event", now(), store.book());
    let mut tx = store.db().begin_write().await.unwrap();
    store.take_derived(&mut tx, &act, "punishment", new).await.unwrap();
    tx.commit().await.unwrap();
}

/// Takes an entry of a list; answers the name of its record.
pub(crate) async fn listed(store: &Store) -> String {
    take(store, &entry("Listed", "")).await;
    last_told(store).await.record.unwrap().name
}

async fn retract(store: &Store, new: &NewRecord) {
    let act = Act::of_system("punishment-event", now(), store.book());
    let mut tx = store.db().begin_write().await.unwrap();
    store.retract_derived(&mut tx, &act, new, "列入有误").await.unwrap();
    tx.commit().await.unwrap();
}

async fn kinds(store: &Store) -> Vec<String> {
    events(store).await.into_iter().map(|(kind, _)| kind).collect()
}

async fn an_entry_and_its_removal_are_one_record(store: Store) {
    register(&store, FOOD, "370102").await;
    take(&store, &entry("Listed", "")).await;
    take(&store, &entry("Listed", "")).await;
    let listed = last_told(&store).await.record.unwrap();
    assert_eq!(
        (listed.origin.as_str(), listed.state.as_str(), listed.revision),
        ("punishment", "Attached", 1)
    );
    take(&store, &entry("Removed", "2026-03-02")).await;
    assert_eq!(kinds(&store).await, ["collection.record.accepted", "collection.record.changed"]);
    let removed = last_told(&store).await.record.unwrap();
    assert_eq!((&removed.name, removed.revision), (&listed.name, 2));
    let Some(Content::ListEntry(said)) = removed.content else { panic!("an entry stays one") };
    assert_eq!((said.status.as_str(), said.removed_on.as_str()), ("Removed", "2026-03-02"));
}

async fn a_void_entry_is_withdrawn_once_and_stays_so(store: Store) {
    retract(&store, &entry("Listed", "")).await;
    assert_eq!(kinds(&store).await, [""; 0]);
    take(&store, &entry("Listed", "")).await;
    retract(&store, &entry("Listed", "")).await;
    retract(&store, &entry("Listed", "")).await;
    take(&store, &entry("Removed", "2026-03-02")).await;
    assert_eq!(kinds(&store).await, ["collection.record.accepted", "collection.record.withdrawn"]);
    let told = last_told(&store).await;
    assert_eq!((told.record.unwrap().state.as_str(), told.reason.as_str()), ("Withdrawn", "列入有误"));
}

async fn a_derived_record_opens_no_duties_here(store: Store) {
    let mut new = entry("Listed", "");
    let content = Content::Inspection(pb::Inspection { result: "1".to_owned(), ..pb::Inspection::default() });
    new.message.content = Some(content);
    take(&store, &new).await;
    assert_eq!(duties(&store).await, []);
}

db::conformance! {
    open = open;
    cases = [
        an_entry_and_its_removal_are_one_record,
        a_void_entry_is_withdrawn_once_and_stays_so,
        a_derived_record_opens_no_duties_here,
    ]
}
