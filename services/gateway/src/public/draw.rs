//! Draws as everyone may follow them (design §9): the announcement before the draw, figures and result hash after it, and the proof once the
//! task is closed. What a proof discloses inspection computes; the full proof of a restricted draw cannot be had here.

use contract::{
    inspection::v1::{
        GetPublicProofRequest, GetTaskRequest, ListTasksRequest, Task, tasks_client::TasksClient,
    },
    public::v1::{ListDrawsResponse, PublicDraw},
};
use tonic::Code;

use super::api::outward;
use crate::{
    Error,
    labels::Labels,
    parts::{Failure, answer},
    peers::Services,
};

/// Largest proof that is passed on, in bytes: the public draw of a pool of half a million enterprises.
const LARGEST_PROOF: usize = 32 << 20;
/// State of a task whose drawn list is disclosed.
const CLOSED: &str = "Closed";
/// Status of a draw of such a task.
const SHOWN_CLOSED: &str = "CLOSED";
/// State of a task that was given up: whom it drew is not disclosed.
const CANCELLED: &str = "Cancelled";

/// A page of draws, without their proofs. Tasks for which none was announced yet are left out of it.
pub(super) async fn page(
    services: &Services,
    labels: Labels<'_>,
    (page_size, page_token): (i32, String),
) -> Result<ListDrawsResponse, Error> {
    let request = ListTasksRequest { page_size, page_token, ..ListTasksRequest::default() };
    let mut client = TasksClient::new(services.inspection.clone());
    let page = answer(services.bound, client.list_tasks(request)).await.map_err(outward)?;
    let draws = page.tasks.into_iter().filter_map(|task| to_public(task, labels)).collect();
    Ok(ListDrawsResponse { draws, next_page_token: page.next_page_token })
}

/// One draw, with what everyone may have of its proof.
pub(super) async fn one(services: &Services, labels: Labels<'_>, name: &str) -> Result<PublicDraw, Error> {
    let mut client = TasksClient::new(services.inspection.clone());
    let request = GetTaskRequest { name: name.to_owned() };
    let asked = answer(services.bound, client.get_task(request)).await;
    let task = asked.map_err(|failure| unless_unknown(failure, name))?;
    let draw = to_public(task, labels).ok_or_else(|| Error::DrawNotFound(name.to_owned()))?;
    // Of an attempt that failed there is nothing to prove.
    if draw.announcement.is_empty() {
        return Ok(draw);
    }
    let request = GetPublicProofRequest { name: name.to_owned() };
    let mut client = client.max_decoding_message_size(LARGEST_PROOF);
    let asked = answer(services.bound, client.get_public_proof(request)).await;
    let proof = asked.map_err(|failure| unless_unknown(failure, name))?.file;
    Ok(PublicDraw { proof, ..draw })
}

/// Whether the draw is what it will always be.
pub(super) fn is_closed(draw: &PublicDraw) -> bool {
    draw.status == SHOWN_CLOSED
}

/// What there is nothing of is said to be unknown; everything else stays inside.
fn unless_unknown(failure: Failure, name: &str) -> Error {
    match failure.code() {
        Code::NotFound | Code::FailedPrecondition => Error::DrawNotFound(name.to_owned()),
        _ => outward(failure),
    }
}

/// `None` for a task for which no draw was announced.
fn to_public(task: Task, labels: Labels<'_>) -> Option<PublicDraw> {
    if task.announcement.is_empty() && task.failure.is_empty() {
        return None;
    }
    let status = match task.state.as_str() {
        CANCELLED => "CANCELLED",
        CLOSED => SHOWN_CLOSED,
        _ if task.announcement.is_empty() => "FAILED",
        _ if task.result_hash.is_empty() => "ANNOUNCED",
        _ => "DRAWN",
    };
    Some(PublicDraw {
        task: task.name,
        field: labels.field(&task.field),
        status: status.to_owned(),
        attempt: task.attempt,
        disclosure: task.disclosure,
        announcement: task.announcement,
        entropy: task.entropy,
        result_hash: task.result_hash,
        final_hash: task.final_hash,
        drawn_count: task.drawn_count,
        proof: String::new(),
        first_round_void_reason: task.first_round_void_reason,
    })
}

#[cfg(test)]
mod tests {
    use rulebook::Rulebook;

    use super::*;

    fn shown(task: Task) -> Option<PublicDraw> {
        to_public(task, Labels::of(&Rulebook::builtin()))
    }

    #[test]
    fn a_draw_is_shown_from_its_announcement_on_with_how_far_it_is() {
        let announced = Task { state: "PoolSnapshotted".into(), announcement: "a".into(), ..Task::default() };
        let drawn = Task { state: "Assigned".into(), result_hash: "00".into(), ..announced.clone() };
        let of = |task: &Task, state: &str| Task { state: state.into(), ..task.clone() };
        let failed = Task { state: "Created".into(), failure: "f".into(), ..Task::default() };
        for (task, status) in [
            (announced.clone(), "ANNOUNCED"),
            (drawn.clone(), "DRAWN"),
            (of(&drawn, "Closed"), "CLOSED"),
            (of(&drawn, "Cancelled"), "CANCELLED"),
            (failed.clone(), "FAILED"),
        ] {
            assert_eq!(shown(task).unwrap().status, status);
        }
        assert_eq!(shown(Task { state: "Created".into(), ..Task::default() }), None);
    }

    #[test]
    fn a_draw_by_the_fallback_tells_everyone_why_the_first_round_did_not_take_place() {
        let by_fallback = Task {
            announcement: "a".into(),
            first_round_void_reason: "因设备故障停开".into(),
            ..Task::default()
        };
        assert_eq!(shown(by_fallback).unwrap().first_round_void_reason, "因设备故障停开");
    }

    #[test]
    fn why_an_attempt_failed_and_what_officers_call_the_task_stays_inside() {
        let task = Task { failure: "91370102MA3C00011F".into(), title: "内部".into(), ..Task::default() };
        let text = format!("{:?}", shown(task).unwrap());
        assert!(!text.contains("91370102MA3C00011F") && !text.contains("内部"), "{text}");
    }
}
