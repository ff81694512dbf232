//! Trials of models on the past.

use contract::risk::v1 as pb;
use tonic::Code;
use tonic_types::StatusExt;

use crate::grpc::server::{Risk, reason};

const MODEL: &str = include_str!("../../../../shared/rulebook/data/models/food2016.yaml");

fn request() -> pb::ReplayHistoryRequest {
    pb::ReplayHistoryRequest {
        model: MODEL.into(),
        outcome: "{field: inspection.critical_count, op: ge, value: 1}".into(),
        first_day: "2026-01-01".into(),
        last_day: "2026-01-31".into(),
        ..pb::ReplayHistoryRequest::default()
    }
}

#[tokio::test]
async fn a_window_without_inspections_has_nothing_to_compare() {
    let risk = Risk::start().await;
    let mut answers = risk.backtests("CREDIT").replay_history(request()).await.unwrap().into_inner();
    let answer = answers.message().await.unwrap().unwrap();
    let whole = answer.whole.unwrap();
    assert_eq!((answer.model.as_str(), whole.visits, whole.gain), ("food2016@3", 0, None));
    assert_eq!(answer.resamples, 1_000);
    assert_eq!(answers.message().await.unwrap(), None, "one message");
    let status = risk.backtests("DISTRICT").replay_history(request()).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::PermissionDenied, "ROLE_NOT_PERMITTED"));
    risk.stop().await;
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_trial_is_told_at_once() {
    let risk = Risk::start().await;
    let wrong = pb::ReplayHistoryRequest {
        model: MODEL.replace("scheme: food2016", "scheme: none"),
        outcome: "{field: inspection.verdict, op: exists}".into(),
        visits: "{op: exists}".into(),
        last_day: "2025-12-31".into(),
        resamples: 10_001,
        shuffles: -1,
        ..request()
    };
    let status = risk.backtests("CREDIT").replay_history(wrong).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    let violations = status.get_details_bad_request().unwrap().field_violations;
    let paths: Vec<_> = violations.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(paths, ["model", "outcome", "visits", "resamples", "shuffles", "last_day"]);
    let tomorrow = crate::grpc::server::today().succ_opt().unwrap().to_string();
    let ahead = pb::ReplayHistoryRequest { last_day: tomorrow, ..request() };
    let status = risk.backtests("CREDIT").replay_history(ahead).await.unwrap_err();
    let violations = status.get_details_bad_request().unwrap().field_violations;
    assert_eq!(violations.len(), 1);
    assert!(violations[0].field == "last_day" && violations[0].description.contains("lies after today"));
    let deep = pb::ReplayHistoryRequest { model: "[".repeat(100_000), ..request() };
    let status = risk.backtests("CREDIT").replay_history(deep).await.unwrap_err();
    let violations = status.get_details_bad_request().unwrap().field_violations;
    assert!(violations[0].field == "model" && violations[0].description.contains("more than 50 deep"));
    risk.stop().await;
}
