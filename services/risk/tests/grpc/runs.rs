//! Runs, from the request to their effect.

use contract::common::v1::ListWorkRequest;
use contract::common::v1::work_client::WorkClient;
use contract::risk::v1 as pb;
use tonic::Code;

use crate::server::{A, Risk, reason, request_id};

#[tokio::test]
async fn a_run_goes_through_its_states_and_takes_effect_by_a_second_person() {
    let risk = Risk::with_classes().await;
    let run = risk.reviewed_run(5_000).await;
    assert_eq!((run.total, run.done, run.changed), (2, 2, 0));
    assert_eq!((run.created_by.as_str(), run.approved_by.as_str(), run.problem.as_str()), ("wang", "", ""));
    assert_eq!(run.counts, [pb::ClassCount { field: "FOOD".into(), code: "A".into(), count: 2 }]);
    assert_eq!(run.models.len(), 5, "four models and the combination");

    let approve = pb::ApproveRunRequest { name: run.name.clone(), request_id: request_id(5_001) };
    let status = risk.runs_as("wang").approve_run(approve.clone()).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::PermissionDenied, "FOUR_EYES"));
    let approved = risk.runs_as("li").approve_run(approve.clone()).await.unwrap().into_inner();
    assert_eq!((approved.state.as_str(), approved.approved_by.as_str()), ("Effective", "li"));
    let again = risk.runs_as("li").approve_run(approve).await.unwrap().into_inner();
    assert_eq!(again, approved);
    let once_more = pb::ApproveRunRequest { name: run.name, request_id: request_id(5_002) };
    let status = risk.runs_as("li").approve_run(once_more).await.unwrap_err();
    assert_eq!(reason(&status), "TRANSITION_NOT_ALLOWED");
    let class = risk.wait_for_class(A, "A").await;
    assert_eq!(class.revision, 1, "what stays the same is not written");
    assert_ne!(class.run, approved.name);
    risk.stop().await;
}

#[tokio::test]
async fn an_unknown_run_is_not_found_and_runs_are_listed() {
    let risk = Risk::with_classes().await;
    let mut runs = risk.runs("FOOD_PROD");
    let status = runs.get_run(pb::GetRunRequest { name: "runs/none".into() }).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::NotFound, "RUN_NOT_FOUND"));
    let list = runs.list_runs(pb::ListRunsRequest::default()).await.unwrap().into_inner();
    assert_eq!(list.runs[0].state, "Effective");
    risk.stop().await;
}

#[tokio::test]
async fn a_day_without_a_model_and_a_reused_request_id_are_refused() {
    let risk = Risk::start().await;
    let request = pb::CreateRunRequest { as_of: "2021-09-26".into(), request_id: request_id(1) };
    let status = risk.runs_as("wang").create_run(request).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::FailedPrecondition, "NO_EFFECTIVE_MODEL"));
    risk.reviewed_run(1).await;
    let request = pb::CreateRunRequest { as_of: "2022-01-01".into(), request_id: request_id(1) };
    let status = risk.runs_as("wang").create_run(request).await.unwrap_err();
    assert_eq!(reason(&status), "REQUEST_ID_REUSED");
    risk.stop().await;
}

#[tokio::test]
async fn a_run_that_waits_for_approval_is_on_the_work_list_of_credit() {
    let risk = Risk::start().await;
    let run = risk.reviewed_run(1).await;
    let mut work = WorkClient::new(risk.peer_of("CREDIT"));
    let duties = work.list_work(ListWorkRequest::default()).await.unwrap().into_inner().duties;
    let open: Vec<_> = duties.iter().map(|duty| (duty.subject.as_str(), duty.parameter.as_str())).collect();
    assert_eq!(open, [(run.name.as_str(), "risk.review")]);
    risk.stop().await;
}
