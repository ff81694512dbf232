//! Results whose record is withdrawn where records are kept.

use contract::collection::v1 as collection;
use contract::inspection::v1 as pb;
use domain::MicrosUtc;
use inspection::follow::Withdrawals;
use service::Clock;

use crate::follow::Neighbour;
use crate::house::*;
use crate::plans::{drafted, visits as planned};

/// A day after the draw.
const LATER: Clock = Clock::Fixed(MicrosUtc((DRAW_SECONDS + 86_400) * 1_000_000));

/// Two visits with these approved results, by their names.
async fn with_results(house: &House, results: [&str; 2]) -> [String; 2] {
    house.settle(2).await;
    house.employ(6).await;
    let task = house.drawn("UNIFORM", 100).await;
    let visits = house.visits_of(&task.name).await;
    for (visit, result) in visits.iter().zip(results) {
        house.approve(&visit.name, result).await;
    }
    [visits[0].name.clone(), visits[1].name.clone()]
}

/// Collection tells that the record of a visit is withdrawn, twice, and inspection acts on it.
async fn withdraw(house: &House, visit: &str) {
    withdraw_record_of(house, visit, "").await;
}

/// The same of a record that says this result.
async fn withdraw_record_of(house: &House, visit: &str, result: &str) {
    let content = collection::Inspection { result: result.into(), ..Default::default() };
    let record = collection::Record {
        name: "records/1".into(),
        origin: "inspection".into(),
        document_no: visit.into(),
        content: Some(collection::record::Content::Inspection(content)),
        ..Default::default()
    };
    let reason = "行政复议决定撤销".to_owned();
    let event = collection::RecordEvent { record: Some(record), reason, ..Default::default() };
    let neighbour = Neighbour::of(house, "collection").await;
    for _ in 0..2 {
        neighbour.tell("collection.record.withdrawn", &event).await;
    }
    neighbour.acted_on_by("collection", Withdrawals::new(house.store.clone(), LATER)).await;
}

async fn in_state(house: &House, state: &str) -> Vec<pb::Visit> {
    let request = pb::ListVisitsRequest { state: state.into(), ..Default::default() };
    house.visits(WANG).list_visits(request).await.unwrap().into_inner().visits
}

/// What is due about results and what they ordered: that a task is to be closed is no matter here.
async fn open_duties(house: &House) -> Vec<(String, String)> {
    const OPEN: &str = "
        SELECT kind, subject FROM obligation
        WHERE done_on IS NULL AND kind <> 'inspection.task.close' ORDER BY kind, subject";
    db::on!(house.db, |pool| sqlx::query_as(OPEN).fetch_all(pool).await).unwrap()
}

async fn a_result_falls_with_its_record_and_so_does_what_it_ordered(house: House) {
    let [fallen, standing] = with_results(&house, ["5", "5"]).await;
    let task = fallen.split("/visits/").next().unwrap().to_owned();
    let publish = pb::PublishResultsRequest { task: task.clone(), request_id: id() };
    house.visits(WANG).publish_results(publish).await.unwrap();
    withdraw(&house, &fallen).await;

    let shown: Vec<_> = in_state(&house, "Published").await.into_iter().map(|visit| visit.name).collect();
    assert_eq!(shown, [standing.as_str()], "what the public is shown");
    let withdrawn = in_state(&house, "Withdrawn").await;
    let told: Vec<_> =
        withdrawn.iter().map(|one| (&*one.name, &*one.state, &*one.withdraw_reason, &*one.result)).collect();
    assert_eq!(told, [(fallen.as_str(), "Withdrawn", "行政复议决定撤销", "5")]);
    let rectification = async |visit: &str| {
        let request = pb::GetRectificationRequest { name: format!("{visit}/rectification") };
        let one = house.rectifications(WANG).get_rectification(request).await.unwrap().into_inner();
        (one.state, one.lifted_on.is_empty())
    };
    assert_eq!(rectification(&fallen).await, ("Lifted".to_owned(), false));
    assert_eq!(rectification(&standing).await, ("Ordered".to_owned(), true));
    let limit = ("inspection.rectification.limit".to_owned(), format!("{standing}/rectification"));
    assert_eq!(open_duties(&house).await, [limit]);
    let lifted = pb::ListRectificationsRequest { state: "Closed".into(), ..Default::default() };
    let closed = house.rectifications(WANG).list_rectifications(lifted).await.unwrap().into_inner();
    assert!(closed.rectifications.is_empty(), "lifted is not put right");

    let kinds: Vec<_> = house.events().await.into_iter().map(|event| event.header.kind).collect();
    let told = |kind: &str| kinds.iter().filter(|told| *told == kind).count();
    assert_eq!((told("inspection.result.withdrawn"), told("inspection.rectification.lifted")), (1, 1));
    let close = pb::CloseTaskRequest { name: task, request_id: id() };
    assert_eq!(house.tasks(WANG).close_task(close).await.unwrap().into_inner().state, "Closed");
}

async fn a_result_that_falls_before_its_publication_is_published_no_more_and_covers_nothing(house: House) {
    let [fallen, standing] = with_results(&house, ["1", "1"]).await;
    withdraw(&house, &fallen).await;
    let publish = ("inspection.result.publish".to_owned(), standing.clone());
    assert_eq!(open_duties(&house).await, [publish]);
    let plan = drafted(&house, 2027, 100).await;
    let full_checks = planned(&house, &plan.name).await;
    let planned: Vec<_> = full_checks.iter().map(|visit| visit.uscc.as_str()).collect();
    let uscc_of = |visit: &str| visit.rsplit('/').next().unwrap().to_owned();
    assert_eq!(planned, [uscc_of(&fallen)], "the other one was checked in full within two years");
}

async fn what_takes_the_place_of_a_pending_problem_does_not_fall_with_it(house: House) {
    let [pending, _] = with_results(&house, ["8", "1"]).await;
    let task = pending.split("/visits/").next().unwrap().to_owned();
    let publish = pb::PublishResultsRequest { task, request_id: id() };
    house.visits(WANG).publish_results(publish).await.unwrap();
    house.visits(WANG).enter_result(enter(&pending, "1")).await.unwrap();
    withdraw(&house, &pending).await;
    let waiting: Vec<_> =
        in_state(&house, "PendingReview").await.into_iter().map(|visit| visit.name).collect();
    assert_eq!(waiting, [pending]);
}

async fn a_final_result_does_not_fall_with_the_record_of_the_pending_one_that_it_replaced(house: House) {
    let [pending, _] = with_results(&house, ["8", "1"]).await;
    let task = pending.split("/visits/").next().unwrap().to_owned();
    let publish = pb::PublishResultsRequest { task, request_id: id() };
    house.visits(WANG).publish_results(publish).await.unwrap();
    house.approve(&pending, "1").await;
    withdraw_record_of(&house, &pending, "8").await;
    let approved: Vec<_> = in_state(&house, "Approved").await.into_iter().map(|visit| visit.name).collect();
    assert_eq!(approved, [pending.as_str()], "it was told late");
}

db::conformance! {
    open = house;
    cases = [
        a_result_falls_with_its_record_and_so_does_what_it_ordered,
        a_result_that_falls_before_its_publication_is_published_no_more_and_covers_nothing,
        what_takes_the_place_of_a_pending_problem_does_not_fall_with_it,
        a_final_result_does_not_fall_with_the_record_of_the_pending_one_that_it_replaced,
    ];
}
