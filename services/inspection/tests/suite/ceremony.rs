//! What a screen shows of a draw, and the draw that the system runs when it is due.

use std::time::Duration;

use contract::inspection::v1 as pb;
use db::on;
use domain::MicrosUtc;
use tokio::time::timeout;
use tonic::Streaming;

use crate::house::*;

/// After the figures of these tests, recorded an hour after the moment of the draw, were held for their ten minutes.
const NOW: MicrosUtc = MicrosUtc((DRAW_SECONDS + 3_600 + 600) * 1_000_000);

async fn watch(
    house: &House,
    person: Person,
    task: &str,
) -> Result<Streaming<pb::CeremonyStep>, tonic::Status> {
    let request = pb::WatchCeremonyRequest { name: task.into() };
    Ok(house.tasks(person).watch_ceremony(request).await?.into_inner())
}

/// The next step; none when the stream has ended.
async fn next(screen: &mut Streaming<pb::CeremonyStep>) -> Option<pb::CeremonyStep> {
    timeout(Duration::from_secs(30), screen.message()).await.expect("a step or the end comes").unwrap()
}

async fn a_screen_shows_past_steps_then_each_as_it_is_made_and_ends_when_the_task_closes(house: House) {
    house.settle(8).await;
    house.employ(6).await;
    let announced = house.announced("CLASS", 0).await;
    let task = announced.name.clone();
    let mut screen = watch(&house, LI, &task).await.unwrap();
    let first = next(&mut screen).await.unwrap();
    assert_eq!((first.position, first.kind.as_str(), first.office.as_str()), (1, "ANNOUNCED", "FOOD_PROD"));
    assert_eq!((first.announcement.as_str(), first.pool_size), (announced.announcement.as_str(), 8));
    let hash = crypto::sm3::digest(first.announcement.as_bytes()).to_hex();
    assert_eq!((first.announcement_hash, first.entropy.as_str()), (hash, ""));

    house.tasks(LI).record_entropy(figures(&task)).await.unwrap();
    let recorded = next(&mut screen).await.unwrap();
    assert_eq!((recorded.kind.as_str(), recorded.entropy.as_str()), ("ENTROPY_RECORDED", "423"));
    assert_eq!(recorded.result_hash, "");
    house.store.run_due_draws(NOW).await.unwrap();
    let drawn = next(&mut screen).await.unwrap();
    assert_eq!((drawn.kind.as_str(), drawn.office.as_str()), ("DRAWN", "SYSTEM"));
    let request = pb::GetTaskRequest { name: task.clone() };
    let after = house.tasks(WANG).get_task(request).await.unwrap().into_inner();
    assert_eq!((drawn.result_hash, drawn.drawn_count), (after.result_hash, after.drawn_count));

    for visit in house.visits_of(&task).await {
        house.approve(&visit.name, "1").await;
    }
    let close = pb::CloseTaskRequest { name: task.clone(), request_id: id() };
    house.tasks(WANG).close_task(close).await.unwrap();
    assert_eq!(next(&mut screen).await.unwrap().kind, "CLOSED");
    assert_eq!(next(&mut screen).await, None);
    // Who comes later sees the same.
    let mut later = watch(&house, LI, &task).await.unwrap();
    let mut kinds = Vec::new();
    while let Some(step) = next(&mut later).await {
        kinds.push((step.position, step.kind));
    }
    let all = ["ANNOUNCED", "ENTROPY_RECORDED", "DRAWN", "CLOSED"].map(str::to_owned);
    assert_eq!(kinds, (1..).zip(all).collect::<Vec<_>>());
}

async fn a_failed_attempt_is_a_step_that_names_nobody(house: House) {
    house.settle(20).await;
    house.employ(1).await;
    let announced = house.announced("UNIFORM", 100).await;
    house.tasks(LI).record_entropy(figures(&announced.name)).await.unwrap();
    house.store.run_due_draws(NOW).await.unwrap();
    let mut screen = watch(&house, LI, &announced.name).await.unwrap();
    let mut last = next(&mut screen).await.unwrap();
    while last.kind != "FAILED" {
        last = next(&mut screen).await.unwrap();
    }
    assert_eq!((last.attempt, last.announcement, last.result_hash.as_str()), (1, announced.announcement, ""));
    let request = pb::GetTaskRequest { name: announced.name };
    let task = house.tasks(WANG).get_task(request).await.unwrap().into_inner();
    assert!(task.state == "Created" && task.failure.contains("eligible inspectors"), "{task:?}");
}

async fn the_system_draws_what_is_due_and_has_its_figures_and_nothing_else(house: House) {
    house.settle(8).await;
    house.employ(6).await;
    let (early, waiting) = (house.announced("UNIFORM", 50).await, house.announced("UNIFORM", 50).await);
    house.tasks(LI).record_entropy(figures(&early.name)).await.unwrap();
    house.store.run_due_draws(NOW.plus_micros(-1)).await.unwrap();
    let state = async |task: &pb::Task| {
        let request = pb::GetTaskRequest { name: task.name.clone() };
        house.tasks(WANG).get_task(request).await.unwrap().into_inner().state
    };
    assert_eq!(state(&early).await, "PoolSnapshotted");
    house.store.run_due_draws(NOW).await.unwrap();
    house.store.run_due_draws(NOW).await.unwrap();
    assert_eq!(
        (state(&early).await.as_str(), state(&waiting).await.as_str()),
        ("Assigned", "PoolSnapshotted")
    );
    // An officer who asks all the same is answered with what was drawn.
    let run = pb::RunDrawRequest { name: early.name, request_id: id() };
    assert_eq!(house.tasks(WANG).run_draw(run).await.unwrap().into_inner().drawn_count, 4);
    let completed = house.events().await.into_iter().filter(|event| event.header.kind.ends_with("completed"));
    let completed: Vec<_> = completed.map(|event| (event.header.actor, event.header.office)).collect();
    assert_eq!(completed, [("system".to_owned(), "SYSTEM".to_owned())]);
}

async fn misread_figures_are_rejected_while_they_are_held_and_the_log_tells_it(house: House) {
    house.settle(8).await;
    house.employ(6).await;
    let task = house.announced("UNIFORM", 50).await.name;
    let misread = pb::RecordEntropyRequest { published_figures: "4 2 8".into(), ..figures(&task) };
    let held = house.tasks(LI).record_entropy(misread).await.unwrap().into_inner();
    assert_eq!(held.hold_until_time.unwrap().seconds, NOW.micros() / 1_000_000);
    let over = house.tasks(LI).record_entropy(figures(&task)).await.unwrap_err();
    assert_eq!(reason(&over), "ENTROPY_ON_RECORD");
    let run = || pb::RunDrawRequest { name: task.clone(), request_id: id() };
    assert_eq!(reason(&house.tasks(LI).run_draw(run()).await.unwrap_err()), "FOUR_EYES");

    let reject =
        |why: &str| pb::RejectEntropyRequest { name: task.clone(), reason: why.into(), request_id: id() };
    assert_eq!(reason(&house.tasks(WANG).reject_entropy(reject("")).await.unwrap_err()), "INVALID_FIELDS");
    let own = house.tasks(WANG).reject_entropy(reject("末位是3")).await.unwrap_err();
    assert_eq!(reason(&own), "FOUR_EYES", "who announced may know whom the figures hit");
    let rejected = house.tasks(LI).reject_entropy(reject("末位是3")).await.unwrap().into_inner();
    assert_eq!((rejected.entropy.as_str(), rejected.hold_until_time), ("", None));
    let twice = house.tasks(LI).reject_entropy(reject("末位是3")).await.unwrap_err();
    assert_eq!(reason(&twice), "ENTROPY_NOT_RECORDED");
    house.store.run_due_draws(NOW).await.unwrap();
    house.tasks(LI).record_entropy(figures(&task)).await.unwrap();
    // The other of the two has seen them: nothing has to be waited for.
    house.tasks(WANG).run_draw(run()).await.unwrap();
    let late = house.tasks(LI).reject_entropy(reject("末位是8")).await.unwrap_err();
    assert_eq!(reason(&late), "TRANSITION_NOT_ALLOWED");

    let steps = house.store.steps(&inspection::domain::TaskName::parse(&task).unwrap(), 0).await.unwrap();
    let shown: Vec<_> =
        steps.iter().map(|step| (step.kind.as_str(), step.entropy.as_str(), step.reason.as_str())).collect();
    let expected = [
        ("ANNOUNCED", "", ""),
        ("ENTROPY_RECORDED", "428", ""),
        ("ENTROPY_REJECTED", "428", "末位是3"),
        ("ENTROPY_RECORDED", "423", ""),
        ("DRAWN", "423", ""),
    ];
    assert_eq!(shown, expected);
    let events = house.events().await;
    let told = events.iter().find(|event| event.header.kind == "inspection.entropy.rejected").unwrap();
    let told: pb::EntropyRejected = prost::Message::decode(told.payload.as_deref().unwrap()).unwrap();
    assert_eq!((told.entropy.as_str(), told.reason.as_str()), ("428", "末位是3"));
}

/// Open duties to put figures on record: subject, office and last day.
async fn to_record(house: &House) -> Vec<(String, String, String)> {
    const OPEN: &str = "
        SELECT subject, office, due_on FROM obligation
        WHERE kind = 'inspection.entropy.record' AND done_on IS NULL ORDER BY subject";
    on!(house.db, |pool| sqlx::query_as(OPEN).fetch_all(pool).await).unwrap()
}

async fn the_figures_of_an_announced_draw_are_a_duty_until_they_are_on_record_or_it_is_given_up(
    house: House,
) {
    house.settle(8).await;
    house.employ(6).await;
    let task = house.announced("UNIFORM", 50).await.name;
    // Announced the day before the draw, and due the working day after it.
    let due = (task.clone(), "FOOD_PROD".to_owned(), "2026-11-11".to_owned());
    assert_eq!(to_record(&house).await, std::slice::from_ref(&due));
    let own = house.tasks(WANG).record_entropy(figures(&task)).await.unwrap_err();
    assert_eq!(reason(&own), "FOUR_EYES");
    assert_eq!(to_record(&house).await, std::slice::from_ref(&due));
    house.tasks(LI).record_entropy(figures(&task)).await.unwrap();
    assert!(to_record(&house).await.is_empty());
    let reject =
        pb::RejectEntropyRequest { name: task.clone(), reason: "末位是3".into(), request_id: id() };
    house.tasks(LI).reject_entropy(reject).await.unwrap();
    assert_eq!(to_record(&house).await, [due], "others have to take their place");
    let cancel = pb::CancelTaskRequest { name: task, reason: "任务合并".into(), request_id: id() };
    house.tasks(crate::plans::ZHAO).cancel_task(cancel).await.unwrap();
    assert!(to_record(&house).await.is_empty());
}

async fn a_draw_that_cannot_be_run_shows_why_and_is_tried_again_after_ever_longer_pauses(house: House) {
    const LOSE: &str = "UPDATE draw_secret SET attempt = 9";
    const FIND: &str = "UPDATE draw_secret SET attempt = 1";
    house.settle(8).await;
    house.employ(6).await;
    let task = house.announced("UNIFORM", 50).await.name;
    house.tasks(LI).record_entropy(figures(&task)).await.unwrap();
    on!(house.db, |pool| sqlx::query(LOSE).execute(pool).await.map(drop)).unwrap();
    let run = async |seconds: i64| house.store.run_due_draws(NOW.plus_micros(seconds * 1_000_000)).await;
    let get = async || {
        let request = pb::GetTaskRequest { name: task.clone() };
        house.tasks(WANG).get_task(request).await.unwrap().into_inner()
    };
    run(0).await.unwrap_err();
    assert_eq!(get().await.state, "PoolSnapshotted");
    assert_ne!(get().await.draw_problem, "");
    run(1).await.expect("it is not tried within the first pause");
    run(2).await.unwrap_err();
    run(5).await.expect("the second pause is longer");
    on!(house.db, |pool| sqlx::query(FIND).execute(pool).await.map(drop)).unwrap();
    run(5).await.unwrap();
    assert_eq!(get().await.state, "PoolSnapshotted");
    run(6).await.unwrap();
    let drawn = get().await;
    assert_eq!((drawn.state.as_str(), drawn.draw_problem.as_str()), ("Assigned", ""));
}

async fn another_field_watches_nothing(house: House) {
    house.settle(8).await;
    house.employ(6).await;
    let task = house.announced("UNIFORM", 50).await.name;
    let refused = watch(&house, Person("sun", "SE_SUPERV", CITY), &task).await.unwrap_err();
    assert_eq!(reason(&refused), "FIELD_NOT_PERMITTED");
    assert_eq!(reason(&watch(&house, LI, "tasks/2026-99").await.unwrap_err()), "TASK_NOT_FOUND");
}

db::conformance! {
    open = house;
    cases = [
        a_screen_shows_past_steps_then_each_as_it_is_made_and_ends_when_the_task_closes,
        a_failed_attempt_is_a_step_that_names_nobody,
        the_system_draws_what_is_due_and_has_its_figures_and_nothing_else,
        misread_figures_are_rejected_while_they_are_held_and_the_log_tells_it,
        the_figures_of_an_announced_draw_are_a_duty_until_they_are_on_record_or_it_is_given_up,
        a_draw_that_cannot_be_run_shows_why_and_is_tried_again_after_ever_longer_pauses,
        another_field_watches_nothing,
    ];
}
