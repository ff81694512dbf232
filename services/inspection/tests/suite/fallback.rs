//! The fallback round decides only when the first did not take place: nobody who knows the figures of both chooses.

use contract::inspection::v1 as pb;
use crypto::draw::{Proof, verify};
use tonic_types::StatusExt;

use crate::draw::published;
use crate::house::*;

/// Why the first round did not take place.
const WHY: &str = "因开奖设备故障，该期停开";

/// Figures of the fallback, with a reason.
fn fallback(name: &str, why: &str) -> pb::RecordEntropyRequest {
    pb::RecordEntropyRequest {
        round: "2026301".into(),
        published_figures: "7 0 8".into(),
        first_round_void_reason: why.into(),
        ..figures(name)
    }
}

/// A task whose draw is announced, in a house that has somebody to draw and to send.
async fn announced(house: &House) -> pb::Task {
    house.settle(8).await;
    house.employ(6).await;
    house.announced("UNIFORM", 50).await
}

async fn get(house: &House, name: &str) -> pb::Task {
    let request = pb::GetTaskRequest { name: name.to_owned() };
    house.tasks(WANG).get_task(request).await.unwrap().into_inner()
}

fn reject(name: &str) -> pb::RejectEntropyRequest {
    pb::RejectEntropyRequest { name: name.to_owned(), reason: "期号误读".into(), request_id: id() }
}

async fn figures_of_a_fallback_are_refused_before_its_round_and_the_task_is_as_it_was(house: House) {
    let task = announced(&house).await;
    let refused = house.tasks(LI).record_entropy(fallback(&task.name, WHY)).await.unwrap_err();
    assert_eq!(reason(&refused), "ENTROPY_BEFORE_ROUND");
    assert!(refused.message().contains("2026301"), "{}", refused.message());
    assert_eq!(get(&house, &task.name).await, task);
}

async fn a_fallback_without_a_reason_and_a_first_round_with_one_are_refused_by_field(house: House) {
    let task = announced(&house).await;
    let first = pb::RecordEntropyRequest { first_round_void_reason: WHY.into(), ..figures(&task.name) };
    let refusals = [
        (fallback(&task.name, ""), "must say why"),
        (fallback(&task.name, "  "), "must say why"),
        (fallback(&task.name, &"因".repeat(201)), "0 to 200 characters"),
        (first, "must be empty"),
    ];
    for (request, problem) in refusals {
        let refused = house.tasks_later(LI).record_entropy(request).await.unwrap_err();
        assert_eq!(fields(&refused), ["first_round_void_reason"]);
        let said = refused.get_details_bad_request().unwrap().field_violations.remove(0).description;
        assert!(said.contains(problem), "{said}");
        assert_eq!(get(&house, &task.name).await, task);
    }
    let nameless = pb::RecordEntropyRequest { round: String::new(), ..fallback(&task.name, WHY) };
    let refused = house.tasks_later(LI).record_entropy(nameless).await.unwrap_err();
    assert_eq!(fields(&refused), ["round", "first_round_void_reason"], "both at once");
}

async fn why_the_first_round_did_not_take_place_is_told_to_the_second_officer_and_to_everyone(house: House) {
    let name = announced(&house).await.name;
    let recorded = house.tasks_later(LI).record_entropy(fallback(&name, WHY)).await.unwrap().into_inner();
    assert_eq!((recorded.entropy.as_str(), recorded.first_round_void_reason.as_str()), ("708", WHY));
    assert_eq!(get(&house, &name).await, recorded, "what the second officer looks at");
    let steps = house.store.steps(&inspection::domain::TaskName::parse(&name).unwrap(), 0).await.unwrap();
    let shown: Vec<_> =
        steps.iter().map(|step| (step.kind.as_str(), step.first_round_void_reason.as_str())).collect();
    assert_eq!(shown, [("ANNOUNCED", ""), ("ENTROPY_RECORDED", WHY)]);
    let event = house.events().await.pop().unwrap();
    assert_eq!(event.header.kind, "inspection.entropy.recorded");
    let told: pb::EntropyRecorded = prost::Message::decode(event.payload.as_deref().unwrap()).unwrap();
    assert_eq!((told.round.as_str(), told.first_round_void_reason.as_str()), ("2026301", WHY));
    let notice = published(&house, &name).await.unwrap();
    assert!(notice.contains(&format!("\"first_round_void_reason\": \"{WHY}\"")), "{notice}");

    let run = pb::RunDrawRequest { name: name.clone(), request_id: id() };
    let drawn = house.tasks_later(WANG).run_draw(run).await.unwrap().into_inner();
    assert_eq!(drawn.first_round_void_reason, WHY);
    for visit in house.visits_of(&name).await {
        house.approve(&visit.name, "1").await;
    }
    let close = pb::CloseTaskRequest { name: name.clone(), request_id: id() };
    house.tasks(WANG).close_task(close).await.unwrap();
    let request = pb::GetPublicProofRequest { name };
    let listener = Person("listener", "SYSTEM", CITY);
    let public = house.tasks(listener).get_public_proof(request).await.unwrap().into_inner();
    assert_eq!(public.first_round_void_reason, WHY);
    assert!(!public.file.contains(WHY), "a proof holds what can be computed anew");
    verify(&Proof::parse(public.file.as_bytes()).unwrap()).unwrap();
}

async fn confirmed_figures_of_the_first_round_never_give_way_to_the_fallback(house: House) {
    let name = announced(&house).await.name;
    let held = house.tasks(LI).record_entropy(figures(&name)).await.unwrap().into_inner();
    let choose = || house.tasks_later(LI);
    let refused = choose().record_entropy(fallback(&name, WHY)).await.unwrap_err();
    assert_eq!(reason(&refused), "ENTROPY_ON_RECORD");
    // Nobody found them misread while they were held.
    assert_eq!(reason(&choose().reject_entropy(reject(&name)).await.unwrap_err()), "ENTROPY_CONFIRMED");
    assert_eq!(get(&house, &name).await, held);
    let run = pb::RunDrawRequest { name: name.clone(), request_id: id() };
    let drawn = house.tasks_later(WANG).run_draw(run).await.unwrap().into_inner();
    let refused = choose().record_entropy(fallback(&name, WHY)).await.unwrap_err();
    assert_eq!(reason(&refused), "TRANSITION_NOT_ALLOWED");
    assert_eq!(get(&house, &name).await, drawn);
}

async fn a_reason_goes_with_the_figures_that_are_rejected(house: House) {
    let name = announced(&house).await.name;
    house.tasks_later(LI).record_entropy(fallback(&name, WHY)).await.unwrap();
    let rejected = house.tasks_later(LI).reject_entropy(reject(&name)).await.unwrap().into_inner();
    assert_eq!((rejected.entropy.as_str(), rejected.first_round_void_reason.as_str()), ("", ""));
    let first = house.tasks_later(LI).record_entropy(figures(&name)).await.unwrap().into_inner();
    assert_eq!((first.entropy.as_str(), first.first_round_void_reason.as_str()), ("423", ""));
}

db::conformance! {
    open = house;
    cases = [
        figures_of_a_fallback_are_refused_before_its_round_and_the_task_is_as_it_was,
        a_fallback_without_a_reason_and_a_first_round_with_one_are_refused_by_field,
        why_the_first_round_did_not_take_place_is_told_to_the_second_officer_and_to_everyone,
        confirmed_figures_of_the_first_round_never_give_way_to_the_fallback,
        a_reason_goes_with_the_figures_that_are_rejected,
    ];
}
