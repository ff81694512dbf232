//! Runs, from the request to their effect.

use contract::common::v1::ListWorkRequest;
use contract::common::v1::work_client::WorkClient;
use contract::risk::v1 as pb;
use tonic::Code;

use crate::grpc::server::{A, B, Risk, agreed, approval, check_of, class_name, reason, request_id, sample};

#[tokio::test]
async fn a_run_goes_through_its_states_and_takes_effect_by_a_second_person() {
    let risk = Risk::with_classes().await;
    let run = risk.reviewed_run(5_000).await;
    assert_eq!((run.total, run.done, run.changed), (2, 2, 0));
    assert_eq!((run.created_by.as_str(), run.approved_by.as_str(), run.problem.as_str()), ("wang", "", ""));
    assert_eq!(run.counts, [pb::ClassCount { field: "FOOD".into(), code: "A".into(), count: 2 }]);
    assert_eq!(run.models.len(), 5, "four models and the combination");

    risk.agree(&run).await;
    let approve = approval(&run.name, 5_001);
    let status = risk.runs_as("wang").approve_run(approve.clone()).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::PermissionDenied, "FOUR_EYES"));
    let approved = risk.runs_as("li").approve_run(approve.clone()).await.unwrap().into_inner();
    assert_eq!((approved.state.as_str(), approved.approved_by.as_str()), ("Effective", "li"));
    let again = risk.runs_as("li").approve_run(approve).await.unwrap().into_inner();
    assert_eq!(again, approved);
    let status = risk.runs_as("li").approve_run(approval(&run.name, 5_002)).await.unwrap_err();
    assert_eq!(reason(&status), "TRANSITION_NOT_ALLOWED");
    let class = risk.wait_for_class(A, "A").await;
    assert_eq!(class.revision, 1, "what stays the same is not written");
    assert_ne!(class.run, approved.name);
    risk.stop().await;
}

#[tokio::test]
async fn the_line_office_looks_at_a_sample_and_credit_answers_where_it_differs() {
    let risk = Risk::with_classes().await;
    let run = risk.reviewed_run(6_000).await;
    let name = format!("{}/samples/FOOD", run.name);
    let [check] = &run.samples[..] else { panic!("one field has results: {:?}", run.samples) };
    let asked = (check.name.as_str(), check.office.as_str(), check.state.as_str(), check.size);
    assert_eq!(asked, (name.as_str(), "FOOD_PROD", "Drawn", 2));
    let mut work = WorkClient::new(risk.peer_of("FOOD_PROD"));
    let duties = work.list_work(ListWorkRequest::default()).await.unwrap().into_inner().duties;
    let due: Vec<_> = duties.iter().map(|duty| (duty.subject.as_str(), duty.parameter.as_str())).collect();
    assert_eq!(due, [(name.as_str(), "risk.review")]);

    let early = risk.runs_as("li").approve_run(approval(&run.name, 6_001)).await.unwrap_err();
    assert_eq!((early.code(), reason(&early).as_str()), (Code::FailedPrecondition, "RUN_SAMPLE_OPEN"));
    let mut sun = risk.runs_of("sun", "FOOD_PROD");
    let shown = sun.get_run_sample(sample(&name)).await.unwrap().into_inner();
    assert!(shown.results.iter().all(|one| one.code == "A" && one.previous_code == "A"), "{shown:?}");
    assert_eq!(risk.reads(&name).await[0].purpose, "抽样核对");
    let other = risk.runs_of("cao", "SE_SUPERV").get_run_sample(sample(&name)).await.unwrap_err();
    assert_eq!(reason(&other), "FIELD_NOT_PERMITTED");
    let credit = risk.runs_as("li").record_sample_check(check_of(&name, Vec::new())).await.unwrap_err();
    assert_eq!(reason(&credit), "ROLE_NOT_PERMITTED");
    let none = format!("{}/samples/SE", run.name);
    let missing = risk.runs_as("li").get_run_sample(sample(&none)).await.unwrap_err();
    assert_eq!((missing.code(), reason(&missing).as_str()), (Code::NotFound, "RUN_SAMPLE_NOT_FOUND"));

    let differs = pb::SampleFinding {
        name: class_name(A, "FOOD"),
        verdict: pb::SampleVerdict::Differs.into(),
        reason: "近期整改未完成".into(),
    };
    let half = sun.record_sample_check(check_of(&name, vec![differs.clone()])).await.unwrap_err();
    assert_eq!(reason(&half), "INVALID_FIELDS", "it says nothing of the other one");
    let request = check_of(&name, vec![differs, agreed(class_name(B, "FOOD"))]);
    let said = sun.record_sample_check(request.clone()).await.unwrap().into_inner();
    assert_eq!((said.state.as_str(), said.size, said.differing), ("Disputed", 2, 1));
    assert_eq!(sun.record_sample_check(request).await.unwrap().into_inner(), said, "the first answer");

    let silent = risk.runs_as("li").approve_run(approval(&run.name, 6_002)).await.unwrap_err();
    assert_eq!(reason(&silent), "RUN_SAMPLE_DISPUTED");
    let because = pb::ApproveRunRequest {
        reason: "该企业另行申请人工调整".into(),
        ..approval(&run.name, 6_003)
    };
    let approved = risk.runs_as("li").approve_run(because).await.unwrap().into_inner();
    assert_eq!((approved.state.as_str(), approved.samples[0].differing), ("Effective", 1));
    assert_eq!(approved.approval_reason, "该企业另行申请人工调整");
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
