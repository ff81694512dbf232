//! Results of visits: entry, review, publication, the end of the task.

use contract::inspection::v1 as pb;
use tonic::Code;

use crate::house::*;

/// A task with every object drawn.
async fn all_drawn(house: &House, count: usize) -> Vec<pb::Visit> {
    house.settle(count).await;
    house.employ(6).await;
    let task = house.drawn("UNIFORM", 100).await;
    house.visits_of(&task.name).await
}

fn task_of(visit: &pb::Visit) -> String {
    visit.name.split("/visits/").next().unwrap().to_owned()
}

async fn publish(house: &House, task: &str) -> i64 {
    let request = pb::PublishResultsRequest { task: task.into(), request_id: id() };
    house.visits(WANG).publish_results(request).await.unwrap().into_inner().published
}

async fn state_of(house: &House, task: &str) -> String {
    let request = pb::GetTaskRequest { name: task.into() };
    house.tasks(WANG).get_task(request).await.unwrap().into_inner().state
}

async fn an_approved_result_is_due_for_publication_in_twenty_working_days_of_the_visit(house: House) {
    let visits = all_drawn(&house, 2).await;
    let approved = house.approve(&visits[0].name, "1").await;
    assert_eq!((approved.state.as_str(), approved.publish_by.as_str()), ("Approved", "2026-12-08"));
    const OPEN: &str =
        "SELECT subject FROM obligation WHERE kind = 'inspection.result.publish' AND done_on IS NULL";
    let open = || async {
        let rows: Vec<String> =
            db::on!(house.db, |pool| sqlx::query_scalar(OPEN).fetch_all(pool).await).unwrap();
        rows
    };
    assert_eq!(open().await, [visits[0].name.clone()]);
    assert_eq!(publish(&house, &task_of(&visits[0])).await, 1);
    assert!(open().await.is_empty());
    let published = house.visits_of(&task_of(&visits[0])).await;
    assert_eq!((published[0].state.as_str(), published[1].state.as_str()), ("Published", "NotEntered"));
    assert!(published[0].publish_time.is_some());
    let events = house.events().await;
    let of_visit = |event: &&outbox::SealedEvent| event.header.subject.starts_with("enterprises/");
    let of_visit: Vec<_> = events.iter().filter(of_visit).map(|event| &event.header).collect();
    let kinds: Vec<_> = of_visit.iter().map(|header| header.kind.as_str()).collect();
    let expected = ["entered", "approved", "published"];
    assert_eq!(kinds, expected.map(|step| format!("inspection.result.{step}")));
    assert!(of_visit.iter().all(|header| header.subject == format!("enterprises/{}", visits[0].uscc)));
    assert_eq!(publish(&house, &task_of(&visits[0])).await, 0, "nothing is published twice");
}

/// Subject, office and last day of every open duty of a kind.
async fn open_duties(house: &House, kind: &str) -> Vec<(String, String, String)> {
    const SQL: &str = "SELECT subject, office, due_on FROM obligation WHERE kind = $1 AND done_on IS NULL";
    db::on!(house.db, |pool| sqlx::query_as(SQL).bind(kind).fetch_all(pool).await).unwrap()
}

async fn a_result_that_nobody_reviews_is_due_for_publication_all_the_same(house: House) {
    let open = async || open_duties(&house, "inspection.result.publish").await;
    let visits = all_drawn(&house, 1).await;
    let name = &visits[0].name;
    let due = |on: &str| [(name.clone(), "FOOD_PROD".to_owned(), on.to_owned())];
    let entered = house.visits(WANG).enter_result(enter(name, "1")).await.unwrap().into_inner();
    assert_eq!((entered.state.as_str(), entered.publish_by.as_str()), ("PendingReview", "2026-12-08"));
    assert_eq!(open().await, due("2026-12-08"));
    house.visits(LI).review_result(review(name, false)).await.unwrap();
    assert_eq!(open().await, due("2026-12-08"), "who returns it gives no new time");
    let next_day = pb::EnterResultRequest { visited_on: "2026-11-11".into(), ..enter(name, "1") };
    house.visits_later(WANG).enter_result(next_day).await.unwrap();
    assert_eq!(open().await, due("2026-12-09"), "another day of the visit does");
    house.visits_later(LI).review_result(review(name, true)).await.unwrap();
    assert_eq!(open().await, due("2026-12-09"));
    assert_eq!(publish(&house, &task_of(&visits[0])).await, 1);
    assert!(open().await.is_empty());
}

async fn who_entered_a_result_may_not_review_it_and_a_returned_one_is_entered_again(house: House) {
    let visits = all_drawn(&house, 1).await;
    let name = &visits[0].name;
    house.visits(WANG).enter_result(enter(name, "1")).await.unwrap();
    let same = house.visits(WANG).review_result(review(name, true)).await.unwrap_err();
    assert_eq!(reason(&same), "FOUR_EYES");
    let returned = house.visits(LI).review_result(review(name, false)).await.unwrap().into_inner();
    assert_eq!(returned.state, "Returned");
    let approve = house.visits(LI).review_result(review(name, true)).await.unwrap_err();
    assert_eq!(reason(&approve), "TRANSITION_NOT_ALLOWED");
    assert_eq!(house.approve(name, "1").await.state, "Approved");
}

async fn the_task_follows_its_results_from_the_first_to_the_last(house: House) {
    let visits = all_drawn(&house, 2).await;
    let task = task_of(&visits[0]);
    assert_eq!(state_of(&house, &task).await, "Assigned");
    house.approve(&visits[0].name, "1").await;
    assert_eq!(state_of(&house, &task).await, "InProgress");
    let close = || pb::CloseTaskRequest { name: task.clone(), request_id: id() };
    assert_eq!(reason(&house.tasks(WANG).close_task(close()).await.unwrap_err()), "RESULTS_INCOMPLETE");
    house.approve(&visits[1].name, "1").await;
    assert_eq!(state_of(&house, &task).await, "ResultsComplete");
    // Nobody sees the proof before it is closed: that is due, too.
    let closing = async || open_duties(&house, "inspection.task.close").await;
    assert_eq!(closing().await, [(task.clone(), "FOOD_PROD".to_owned(), "2026-11-24".to_owned())]);
    assert_eq!(house.tasks(WANG).close_task(close()).await.unwrap().into_inner().state, "Closed");
    assert!(closing().await.is_empty());
}

async fn of_two_last_approvals_at_once_one_completes_the_task(house: House) {
    let visits = all_drawn(&house, 2).await;
    for visit in &visits {
        house.visits(WANG).enter_result(enter(&visit.name, "1")).await.unwrap();
    }
    let (mut one, mut other) = (house.visits(LI), house.visits(LI));
    let (one, other) = tokio::join!(
        one.review_result(review(&visits[0].name, true)),
        other.review_result(review(&visits[1].name, true)),
    );
    one.unwrap();
    other.unwrap();
    assert_eq!(state_of(&house, &task_of(&visits[0])).await, "ResultsComplete");
}

async fn a_pending_problem_keeps_the_task_open_until_another_result_replaces_it(house: House) {
    let visits = all_drawn(&house, 1).await;
    let (name, task) = (&visits[0].name, task_of(&visits[0]));
    house.approve(name, "8").await;
    assert_eq!(publish(&house, &task).await, 1);
    assert_eq!(house.visits_of(&task).await[0].state, "FollowUp");
    let close = || pb::CloseTaskRequest { name: task.clone(), request_id: id() };
    assert_eq!(reason(&house.tasks(WANG).close_task(close()).await.unwrap_err()), "RESULTS_INCOMPLETE");
    assert_eq!(house.approve(name, "5").await.result, "5");
    assert_eq!(publish(&house, &task).await, 1);
    assert_eq!(house.tasks(WANG).close_task(close()).await.unwrap().into_inner().state, "Closed");
}

async fn a_task_with_a_last_day_is_a_duty_until_every_visit_has_a_result_that_stands(house: House) {
    let open = async || open_duties(&house, "inspection.plan.task").await;
    house.settle(1).await;
    house.employ(4).await;
    let mut request = task("UNIFORM", 100);
    request.task.as_mut().unwrap().end_on = "2026-11-30".into();
    let created = house.before(WANG).create_task(request).await.unwrap().into_inner();
    assert_eq!(created.end_on, "2026-11-30");
    let duty = (created.name.clone(), "FOOD_PROD".to_owned(), "2026-11-30".to_owned());
    assert_eq!(open().await, [duty]);
    house.before(WANG).announce_draw(announce(&created.name)).await.unwrap();
    house.tasks(LI).record_entropy(figures(&created.name)).await.unwrap();
    let run = pb::RunDrawRequest { name: created.name.clone(), request_id: id() };
    house.tasks(WANG).run_draw(run).await.unwrap();
    let visits = house.visits_of(&created.name).await;
    house.approve(&visits[0].name, "1").await;
    assert!(open().await.is_empty());
}

async fn a_pending_problem_is_due_until_a_final_result_is_approved_and_pending_again_gives_no_new_time(
    house: House,
) {
    const OPEN: &str = "
        SELECT subject, office, due_on FROM obligation
        WHERE kind = 'inspection.result.pending' AND done_on IS NULL";
    let visits = all_drawn(&house, 1).await;
    let (name, task) = (&visits[0].name, task_of(&visits[0]));
    let open = async || {
        let rows: Vec<(String, String, String)> =
            db::on!(house.db, |pool| sqlx::query_as(OPEN).fetch_all(pool).await).unwrap();
        rows
    };
    house.approve(name, "8").await;
    let duty = (name.clone(), "FOOD_PROD".to_owned(), "2026-12-10".to_owned());
    assert_eq!(open().await, std::slice::from_ref(&duty));
    assert_eq!(publish(&house, &task).await, 1);
    let later = pb::EnterResultRequest { visited_on: "2026-11-20".into(), ..enter(name, "8") };
    house.visits_later(WANG).enter_result(later).await.unwrap();
    house.visits_later(LI).review_result(review(name, true)).await.unwrap();
    assert_eq!(open().await, [duty]);
    assert_eq!(publish(&house, &task).await, 1);
    house.approve(name, "5").await;
    assert!(open().await.is_empty());
}

async fn a_day_before_the_draw_or_in_the_future_is_no_day_of_a_visit(house: House) {
    let visits = all_drawn(&house, 1).await;
    for day in ["2026-11-09", "2026-11-11"] {
        let request = pb::EnterResultRequest { visited_on: day.into(), ..enter(&visits[0].name, "1") };
        let refused = house.visits(WANG).enter_result(request).await.unwrap_err();
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::InvalidArgument, "INVALID_FIELDS"),
            "{day}"
        );
    }
}

async fn visits_are_listed_once_each_in_the_order_of_the_draw(house: House) {
    let all = all_drawn(&house, 23).await;
    let (mut pages, mut token) = (Vec::new(), String::new());
    loop {
        let request = pb::ListVisitsRequest { page_size: 5, page_token: token, ..Default::default() };
        let page = house.visits(WANG).list_visits(request).await.unwrap().into_inner();
        pages.extend(page.visits);
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(pages, all);
    let positions: Vec<_> = all.iter().map(|visit| visit.position).collect();
    assert_eq!(positions, (0..23).collect::<Vec<_>>());
}

async fn a_repeated_request_is_answered_alike_and_another_body_is_refused(house: House) {
    let visits = all_drawn(&house, 1).await;
    let request = enter(&visits[0].name, "1");
    let first = house.visits(WANG).enter_result(request.clone()).await.unwrap().into_inner();
    let again = house.visits(WANG).enter_result(request.clone()).await.unwrap().into_inner();
    assert_eq!(first, again);
    let other = pb::EnterResultRequest { result: "5".into(), ..request };
    assert_eq!(reason(&house.visits(WANG).enter_result(other).await.unwrap_err()), "REQUEST_ID_REUSED");
}

async fn a_repeated_draw_and_publication_change_nothing(house: House) {
    house.settle(10).await;
    house.employ(6).await;
    let name = house.announced("UNIFORM", 100).await.name;
    house.tasks(LI).record_entropy(figures(&name)).await.unwrap();
    let run = pb::RunDrawRequest { name: name.clone(), request_id: id() };
    let first = house.tasks(WANG).run_draw(run.clone()).await.unwrap().into_inner();
    let again = house.tasks(WANG).run_draw(run).await.unwrap().into_inner();
    assert_eq!(first, again);
    assert_eq!(house.visits_of(&name).await.len(), 10);
    let drawn =
        house.events().await.into_iter().filter(|event| event.header.kind == "inspection.draw.completed");
    assert_eq!(drawn.count(), 1);
}

async fn every_step_of_a_result_and_every_entry_of_the_directory_is_told(house: House) {
    let visits = all_drawn(&house, 1).await;
    let name = &visits[0].name;
    let before = house.events().await.len();
    house.visits(WANG).enter_result(enter(name, "1")).await.unwrap();
    house.visits(LI).review_result(review(name, false)).await.unwrap();
    house.approve(name, "1").await;
    let publish = pb::PublishResultsRequest { task: task_of(&visits[0]), request_id: id() };
    house.visits(WANG).publish_results(publish).await.unwrap();
    house.employ(1).await;
    let recusal = recusal("JN0000", 0);
    let declare = pb::DeclareRecusalRequest { recusal: Some(recusal), request_id: id() };
    house.inspectors(WANG).declare_recusal(declare).await.unwrap();

    let told = house.events().await.split_off(before);
    let kinds: Vec<_> = told.iter().map(|event| event.header.kind.as_str()).collect();
    let expected = ["entered", "returned", "entered", "approved", "published"];
    assert_eq!(kinds[..5], expected.map(|step| format!("inspection.result.{step}")));
    assert_eq!(kinds[5..], ["inspection.inspector.changed", "inspection.recusal.declared"]);
    let recusal = told.last().unwrap().payload.as_deref().unwrap();
    assert!(!String::from_utf8_lossy(recusal).contains("亲属"), "the reason stays in the house");
}

db::conformance! {
    open = house;
    cases = [
        an_approved_result_is_due_for_publication_in_twenty_working_days_of_the_visit,
        a_result_that_nobody_reviews_is_due_for_publication_all_the_same,
        who_entered_a_result_may_not_review_it_and_a_returned_one_is_entered_again,
        the_task_follows_its_results_from_the_first_to_the_last,
        a_pending_problem_keeps_the_task_open_until_another_result_replaces_it,
        a_task_with_a_last_day_is_a_duty_until_every_visit_has_a_result_that_stands,
        a_pending_problem_is_due_until_a_final_result_is_approved_and_pending_again_gives_no_new_time,
        a_day_before_the_draw_or_in_the_future_is_no_day_of_a_visit,
        visits_are_listed_once_each_in_the_order_of_the_draw,
        a_repeated_request_is_answered_alike_and_another_body_is_refused,
        a_repeated_draw_and_publication_change_nothing,
        every_step_of_a_result_and_every_entry_of_the_directory_is_told,
    ];
}

db::races! {
    open = house;
    cases = [of_two_last_approvals_at_once_one_completes_the_task];
}
