//! Tasks that are given up.

use contract::inspection::v1 as pb;
use db::on;

use crate::house::*;
use crate::plans::ZHAO;

fn cancel(task: &str) -> pb::CancelTaskRequest {
    pb::CancelTaskRequest { name: task.into(), reason: "与上级检查重复".into(), request_id: id() }
}

async fn notice(house: &House, task: &str) -> serde_json::Value {
    let request = pb::GetProofRequest { name: task.into(), ..Default::default() };
    let file = house.tasks(ZHAO).get_proof(request).await.unwrap().into_inner().file;
    serde_json::from_slice(&file).unwrap()
}

async fn a_drawn_task_is_given_up_by_the_office_that_coordinates_and_its_proof_says_so(house: House) {
    house.settle(8).await;
    house.employ(6).await;
    let task = house.drawn("UNIFORM", 50).await;
    assert_eq!(notice(&house, &task.name).await["cancelled"], false);
    let drawn = house.visits_of(&task.name).await;
    let colleague = house.tasks(LI).cancel_task(cancel(&task.name)).await.unwrap_err();
    assert_eq!(reason(&colleague), "OFFICE_NOT_ALLOWED");
    // Who announced it may have come to the other office since.
    let moved = Person("wang", "CREDIT", CITY);
    let own = house.tasks(moved).cancel_task(cancel(&task.name)).await.unwrap_err();
    assert_eq!(reason(&own), "FOUR_EYES");
    let request = cancel(&task.name);
    let cancelled = house.tasks(ZHAO).cancel_task(request.clone()).await.unwrap().into_inner();
    assert_eq!((cancelled.state.as_str(), cancelled.cancel_reason.as_str()), ("Cancelled", "与上级检查重复"));
    assert_eq!(house.tasks(ZHAO).cancel_task(request).await.unwrap().into_inner(), cancelled);
    assert_eq!(house.visits_of(&task.name).await, [], "nobody is visited for it");

    let notice = notice(&house, &task.name).await;
    assert_eq!(notice["cancelled"], true);
    assert_eq!(notice["result_hash"], task.result_hash);
    assert!(drawn.iter().all(|visit| !notice.to_string().contains(&visit.uscc)), "whom it drew is not told");
    let steps =
        house.store.steps(&inspection::domain::TaskName::parse(&task.name).unwrap(), 0).await.unwrap();
    let last = steps.last().unwrap();
    assert_eq!((last.kind.as_str(), last.reason.as_str()), ("CANCELLED", "与上级检查重复"));
    let told = house.events().await.pop().unwrap();
    assert_eq!(told.header.kind, "inspection.task.cancelled");
    let close = pb::CloseTaskRequest { name: task.name.clone(), request_id: id() };
    assert_eq!(reason(&house.tasks(WANG).close_task(close).await.unwrap_err()), "TRANSITION_NOT_ALLOWED");
    // What was drawn stays provable to who may see it.
    let full = pb::GetProofRequest { name: task.name, full: true, purpose: "复核".into() };
    assert!(house.tasks(LI).get_proof(full).await.is_ok());
}

async fn a_task_is_not_given_up_once_anybody_was_visited(house: House) {
    house.settle(4).await;
    house.employ(6).await;
    let task = house.drawn("UNIFORM", 100).await;
    let visits = house.visits_of(&task.name).await;
    let letter = pb::GetTaskLetterRequest { name: format!("{}/letter", visits[0].name) };
    let letter = house.visits(WANG).get_task_letter(letter).await.unwrap().into_inner();
    let enters = pb::ScanInRequest {
        name: visits[0].name.clone(),
        scan_code: letter.scan_code,
        inspector_no: visits[0].inspectors[0].clone(),
        request_id: id(),
        ..Default::default()
    };
    house.visits(WANG).scan_in(enters).await.unwrap();
    let entered = house.tasks(ZHAO).cancel_task(cancel(&task.name)).await.unwrap_err();
    assert_eq!(reason(&entered), "VISITS_BEGUN");
    assert_eq!(house.visits_of(&task.name).await.len(), 4, "nothing has changed");
    house.visits(WANG).enter_result(enter(&visits[0].name, "1")).await.unwrap();
    let found = house.tasks(ZHAO).cancel_task(cancel(&task.name)).await.unwrap_err();
    assert_eq!(reason(&found), "TRANSITION_NOT_ALLOWED");
}

async fn an_announced_draw_that_is_given_up_is_never_run(house: House) {
    house.settle(4).await;
    house.employ(6).await;
    let task = house.announced("UNIFORM", 100).await.name;
    house.tasks(LI).record_entropy(figures(&task)).await.unwrap();
    let own = house.tasks(WANG).cancel_task(cancel(&task)).await.unwrap_err();
    assert_eq!(reason(&own), "FOUR_EYES");
    house.tasks(LI).cancel_task(cancel(&task)).await.unwrap();
    house.store.run_due_draws(domain::MicrosUtc((DRAW_SECONDS + 86_400) * 1_000_000)).await.unwrap();
    let run = pb::RunDrawRequest { name: task.clone(), request_id: id() };
    assert_eq!(reason(&house.tasks(WANG).run_draw(run).await.unwrap_err()), "TRANSITION_NOT_ALLOWED");
    const VISITS: &str = "SELECT COUNT(*) FROM visit";
    let visits: i64 = on!(house.db, |pool| sqlx::query_scalar(VISITS).fetch_one(pool).await).unwrap();
    assert_eq!(visits, 0);
    assert_eq!(notice(&house, &task).await["cancelled"], true);
}

async fn who_announced_an_attempt_that_failed_does_not_give_the_task_up_alone(house: House) {
    house.settle(20).await;
    house.employ(1).await;
    let task = house.announced("UNIFORM", 100).await.name;
    house.tasks(LI).record_entropy(figures(&task)).await.unwrap();
    let run = pb::RunDrawRequest { name: task.clone(), request_id: id() };
    assert_eq!(reason(&house.tasks(WANG).run_draw(run).await.unwrap_err()), "ASSIGNMENT_INFEASIBLE");
    let own = house.tasks(WANG).cancel_task(cancel(&task)).await.unwrap_err();
    assert_eq!(reason(&own), "FOUR_EYES");
    let cancelled = house.tasks(LI).cancel_task(cancel(&task)).await.unwrap().into_inner();
    assert_eq!(cancelled.state, "Cancelled");
}

db::conformance! {
    open = house;
    cases = [
        a_drawn_task_is_given_up_by_the_office_that_coordinates_and_its_proof_says_so,
        a_task_is_not_given_up_once_anybody_was_visited,
        an_announced_draw_that_is_given_up_is_never_run,
        who_announced_an_attempt_that_failed_does_not_give_the_task_up_alone,
    ];
}
