//! Results of this system's own visits in the publicity system: told when they are published, replaced when a later one is, and taken away
//! with their record.

use collection::domain::{Key, NaturalId, NewRecord};
use collection::store::{Store, VersionFilter};
use contract::collection::v1 as pb;
use contract::collection::v1::record::Content;
use domain::{DivisionCode, DocumentNumber, FieldCode, LegalName, Uscc};

use super::fixture::*;
use super::publish_house::*;
use super::withdraw::withdraw;

const BUREAU_OF_THE_CITY: &str = "济南市市场监督管理局";

/// The result of the one visit to the maker of Zhangqiu, as inspection tells it; `authority`: the bureau that checked.
fn result_by(authority: &str, code: &str) -> NewRecord {
    let key = Key {
        uscc: Some(Uscc::parse(EQUIPMENT).unwrap()),
        party_name: LegalName::parse("济南某某有限公司").unwrap(),
        field: Some(FieldCode::parse("SE").unwrap()),
        division: Some(DivisionCode::parse("370114").unwrap()),
        producer: LegalName::parse("inspection").unwrap(),
        document_no: DocumentNumber::parse(&format!("tasks/t1/visits/{EQUIPMENT}")).unwrap(),
        decided_on: day("2026-02-27"),
    };
    let content = Content::Inspection(pb::Inspection {
        mode: "Routine".to_owned(),
        result: code.to_owned(),
        task: "tasks/t1".to_owned(),
        authority: authority.to_owned(),
        ..pb::Inspection::default()
    });
    let provenance = pb::Provenance {
        producer: "inspection".to_owned(),
        provider: "inspection".to_owned(),
        responsible: "SE_SUPERV".to_owned(),
    };
    let message =
        pb::Record { content: Some(content), provenance: Some(provenance), ..pb::Record::default() };
    NewRecord::new(key, message).unwrap()
}

fn result(code: &str) -> NewRecord {
    result_by(BUREAU_OF_THE_CITY, code)
}

/// Inspection tells that a result was approved.
async fn approve(store: &Store, new: &NewRecord, on: &str) {
    let mut tx = store.db().begin_write().await.unwrap();
    store.take_derived(&mut tx, &system(store, on), "inspection", new).await.unwrap();
    tx.commit().await.unwrap();
}

/// Inspection tells that a result was published.
async fn publish(store: &Store, new: &NewRecord, on: &str) {
    let mut tx = store.db().begin_write().await.unwrap();
    let act = system(store, on);
    store.take_derived(&mut tx, &act, "inspection", new).await.unwrap();
    store.publish_derived(&mut tx, &act, &new.id).await.unwrap();
    tx.commit().await.unwrap();
}

/// Hands over what is due and carries it to both receivers.
async fn carry(store: &Store, receivers: &Receivers, on: &str) {
    submit(store, on).await;
    receivers.carry_all(store, on).await;
}

async fn a_result_is_told_to_the_publicity_system_alone_once_it_is_published(store: Store) {
    register(&store, EQUIPMENT, "370114").await;
    let (new, receivers) = (result("1"), Receivers::new());
    approve(&store, &new, "2026-03-02").await;
    carry(&store, &receivers, "2026-03-02").await;
    assert_eq!(
        (deliveries(&store).await, open_duties(&store).await.len()),
        (0, 0),
        "approved is not published"
    );
    publish(&store, &new, "2026-03-03").await;
    let due = duties(&store).await;
    assert_eq!(
        due,
        [("inspection.result.publish".to_owned(), "SE_SUPERV".to_owned(), Some("2026-03-26".to_owned()))]
    );
    carry(&store, &receivers, "2026-03-03").await;
    assert_eq!(receivers.told("credit-china").len(), 0);
    let told = &receivers.told("publicity")[0];
    assert_eq!(told["检查实施机关"], BUREAU_OF_THE_CITY);
    assert_eq!((&told["结果"], &told["类型"]), (&"未发现问题".into(), &"抽查".into()));
    assert_eq!(read(&store, &new.name(), "2026-03-03").await.state, "Published");
    assert_eq!(chains(&store, &new.name(), "2026-03-03").await, ["Shown"]);
    assert_eq!(open_duties(&store).await, [""; 0]);
}

async fn a_publication_that_is_told_again_changes_nothing(store: Store) {
    register(&store, EQUIPMENT, "370114").await;
    let (new, receivers) = (result("1"), Receivers::new());
    for _ in 0..2 {
        publish(&store, &new, "2026-03-02").await;
    }
    assert_eq!(open_duties(&store).await, ["inspection.result.publish"]);
    submit(&store, "2026-03-02").await;
    publish(&store, &new, "2026-03-02").await;
    carry(&store, &receivers, "2026-03-02").await;
    let shown = read(&store, &new.name(), "2026-03-03").await;
    publish(&store, &new, "2026-03-03").await;
    approve(&store, &new, "2026-03-03").await;
    carry(&store, &receivers, "2026-03-03").await;
    assert_eq!(read(&store, &new.name(), "2026-03-03").await, shown);
    assert_eq!((deliveries(&store).await, open_duties(&store).await.len()), (1, 0));
}

async fn a_final_result_takes_the_place_of_a_pending_one_when_it_is_published(store: Store) {
    register(&store, EQUIPMENT, "370114").await;
    let receivers = Receivers::new();
    publish(&store, &result("8"), "2026-03-02").await;
    carry(&store, &receivers, "2026-03-02").await;
    let last = result("5");
    approve(&store, &last, "2026-03-03").await;
    carry(&store, &receivers, "2026-03-03").await;
    let between = read(&store, &last.name(), "2026-03-03").await;
    assert_eq!((between.state.as_str(), between.content), ("Corrected", last.message.content.clone()));
    assert_eq!(receivers.told("publicity").len(), 1, "what is approved is not published");
    publish(&store, &last, "2026-03-04").await;
    carry(&store, &receivers, "2026-03-04").await;
    publish(&store, &last, "2026-03-05").await;
    carry(&store, &receivers, "2026-03-05").await;
    let told: Vec<_> = receivers.told("publicity").iter().map(|told| told["结果"].clone()).collect();
    assert_eq!(told, ["发现问题待后续处理", "发现问题已责令改正"]);
    assert_eq!(read(&store, &last.name(), "2026-03-05").await.state, "Published");
    assert_eq!(open_duties(&store).await, [""; 0]);
    let id = NaturalId::from_name(&last.name(), "records").unwrap();
    let filter = VersionFilter { id, size: 10, token: String::new() };
    let versions = store.record_versions(&filter, &officer("CREDIT", "370100")).await.unwrap().versions;
    let was = versions[1].record.as_ref().unwrap();
    assert_eq!((versions.len(), was.content.clone()), (2, result("8").message.content));
    assert_eq!(versions[1].office, "SYSTEM");
}

async fn a_result_whose_record_is_withdrawn_is_taken_away_and_does_not_come_back(store: Store) {
    register(&store, EQUIPMENT, "370114").await;
    let (new, receivers) = (result("5"), Receivers::new());
    publish(&store, &new, "2026-03-02").await;
    carry(&store, &receivers, "2026-03-02").await;
    withdraw(&store, 1, &new.name(), &officer("SE_SUPERV", "370100")).await.unwrap();
    assert_eq!(open_duties(&store).await, ["penalty.withdraw"]);
    carry(&store, &receivers, "2026-03-03").await;
    assert_eq!(receivers.told("publicity")[1]["操作类型"], "撤下");
    assert_eq!(open_duties(&store).await, [""; 0]);
    publish(&store, &new, "2026-03-04").await;
    carry(&store, &receivers, "2026-03-04").await;
    assert_eq!((deliveries(&store).await, open_duties(&store).await.len()), (2, 0));
    assert_eq!(read(&store, &new.name(), "2026-03-04").await.state, "Withdrawn");
}

/// As the follower of inspection tells it: under the id that it is known by.
async fn told(store: &Store, new: NewRecord, code: &str) -> NewRecord {
    let mut tx = store.db().begin_read().await.unwrap();
    let id = store.id_of_result(&mut tx, new.id.clone(), code, new.decided_on).await.unwrap();
    new.known_as(id)
}

async fn a_final_result_is_a_record_of_its_own_once_that_of_the_pending_one_is_withdrawn(store: Store) {
    register(&store, EQUIPMENT, "370114").await;
    let receivers = Receivers::new();
    let pending = told(&store, result("8"), "8").await;
    publish(&store, &pending, "2026-03-02").await;
    carry(&store, &receivers, "2026-03-02").await;
    assert_eq!(told(&store, result("5"), "5").await.id, pending.id, "it replaces the pending one");
    withdraw(&store, 1, &pending.name(), &officer("SE_SUPERV", "370100")).await.unwrap();
    carry(&store, &receivers, "2026-03-03").await;
    assert_eq!(told(&store, result("8"), "8").await.id, pending.id, "what was withdrawn does not come back");

    let last = told(&store, result("5"), "5").await;
    approve(&store, &last, "2026-03-03").await;
    carry(&store, &receivers, "2026-03-03").await;
    assert_eq!(read(&store, &last.name(), "2026-03-03").await.state, "Attached");
    assert_eq!(receivers.told("publicity").len(), 2, "what is approved is not published");
    publish(&store, &told(&store, result("5"), "5").await, "2026-03-04").await;
    carry(&store, &receivers, "2026-03-04").await;
    assert_eq!(receivers.told("publicity")[2]["结果"], "发现问题已责令改正");
    assert_eq!(read(&store, &last.name(), "2026-03-04").await.state, "Published");
    assert_eq!(read(&store, &pending.name(), "2026-03-04").await.state, "Withdrawn");
    assert_eq!(open_duties(&store).await, [""; 0]);

    withdraw(&store, 2, &last.name(), &officer("SE_SUPERV", "370100")).await.unwrap();
    publish(&store, &told(&store, result("5"), "5").await, "2026-03-05").await;
    assert_eq!(read(&store, &last.name(), "2026-03-05").await.state, "Withdrawn");
}

async fn a_result_that_waits_for_its_party_is_handed_over_when_that_is_registered(store: Store) {
    let (new, receivers) = (result("1"), Receivers::new());
    publish(&store, &new, "2026-03-02").await;
    carry(&store, &receivers, "2026-03-02").await;
    assert_eq!(deliveries(&store).await, 0);
    register(&store, EQUIPMENT, "370114").await;
    carry(&store, &receivers, "2026-03-03").await;
    assert_eq!(receivers.told("publicity").len(), 1);
}

async fn a_result_of_a_bureau_whose_name_was_not_supplied_is_not_told_in_the_name_of_a_service(store: Store) {
    register(&store, EQUIPMENT, "370114").await;
    let (new, receivers) = (result_by("", "1"), Receivers::new());
    publish(&store, &new, "2026-03-02").await;
    carry(&store, &receivers, "2026-03-02").await;
    let blocked = chain(&store, &new.name(), "publicity", "2026-03-02").await;
    assert_eq!((blocked.state.as_str(), blocked.problem.as_str()), ("Blocked", "缺少必填项“检查实施机关”"));
    assert_eq!(open_duties(&store).await, ["inspection.result.publish"]);
    assert_eq!(deliveries(&store).await, 0);
}

db::conformance! {
    open = open;
    cases = [
        a_result_is_told_to_the_publicity_system_alone_once_it_is_published,
        a_publication_that_is_told_again_changes_nothing,
        a_final_result_takes_the_place_of_a_pending_one_when_it_is_published,
        a_result_whose_record_is_withdrawn_is_taken_away_and_does_not_come_back,
        a_final_result_is_a_record_of_its_own_once_that_of_the_pending_one_is_withdrawn,
        a_result_that_waits_for_its_party_is_handed_over_when_that_is_registered,
        a_result_of_a_bureau_whose_name_was_not_supplied_is_not_told_in_the_name_of_a_service,
    ]
}
