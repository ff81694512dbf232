//! Who is turned away.

use contract::registry::v1 as pb;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::grpc::server::{
    A, B, ORDINARY, Registry, create, enterprise, licence, reason, record, request_id,
};

#[tokio::test]
async fn nobody_gets_in_without_a_token_or_with_the_wrong_office() {
    let registry = Registry::start().await;
    let name = format!("enterprises/{A}");
    let status = registry
        .stranger()
        .get_enterprise(pb::GetEnterpriseRequest { name, ..Default::default() })
        .await
        .unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Unauthenticated, "TOKEN_MISSING"));
    let request = create(1, enterprise(A, "甲"));
    let status = registry.enterprises("SE_SUPERV", &["370100"]).create_enterprise(request).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::PermissionDenied, "ROLE_NOT_PERMITTED"));
    registry.stop().await;
}

#[tokio::test]
async fn another_division_is_refused_by_name_and_left_out_of_lists() {
    let registry = Registry::start().await;
    registry.with_licence(1, A, ORDINARY).await;
    let mut elsewhere = registry.enterprises("DISTRICT", &["370103"]);
    let status = elsewhere.create_enterprise(create(10, enterprise(B, "乙"))).await.unwrap_err();
    assert_eq!(reason(&status), "DIVISION_NOT_PERMITTED");
    let name = format!("enterprises/{A}");
    let status =
        elsewhere.get_enterprise(pb::GetEnterpriseRequest { name, ..Default::default() }).await.unwrap_err();
    assert_eq!(reason(&status), "DIVISION_NOT_PERMITTED");
    let list = elsewhere.list_enterprises(pb::ListEnterprisesRequest::default()).await.unwrap();
    assert_eq!(list.into_inner().enterprises, []);
    let mut licences = registry.licences("DISTRICT", &["370103"]);
    let list = licences.list_licences(pb::ListLicencesRequest::default()).await.unwrap();
    assert_eq!(list.into_inner().licences, []);
    registry.stop().await;
}

#[tokio::test]
async fn another_field_is_refused_by_name_and_left_out_of_lists() {
    let registry = Registry::start().await;
    registry.with_licence(1, A, ORDINARY).await;
    let mut licences = registry.licences("SE_SUPERV", &["370100"]);
    let status = licences.record_licence(record(10, licence(A, ORDINARY))).await.unwrap_err();
    assert_eq!(reason(&status), "FIELD_NOT_PERMITTED");
    let name = format!("licences/{ORDINARY}");
    let status = licences.get_licence(pb::GetLicenceRequest { name }).await.unwrap_err();
    assert_eq!(reason(&status), "FIELD_NOT_PERMITTED");
    let mut marks = registry.marks("SE_SUPERV", &["370100"]);
    let names = vec![format!("enterprises/{A}/marks/FOOD")];
    let request = pb::ConfirmMarksRequest { names, request_id: request_id(11), ..Default::default() };
    assert_eq!(reason(&marks.confirm_marks(request).await.unwrap_err()), "FIELD_NOT_PERMITTED");
    assert_eq!(marks.list_marks(pb::ListMarksRequest::default()).await.unwrap().into_inner().marks, []);
    registry.stop().await;
}

#[tokio::test]
async fn an_entry_of_a_licence_is_taken_back_by_who_may_act_on_it_with_a_reason() {
    let registry = Registry::start().await;
    registry.with_licence(1, A, ORDINARY).await;
    let take_back = |number: u128, reason: &str| pb::TakeBackLicenceRequest {
        name: format!("licences/{ORDINARY}"),
        reason: reason.into(),
        request_id: request_id(number),
    };
    for (office, divisions, expected) in [
        ("SE_SUPERV", ["370100"], "FIELD_NOT_PERMITTED"),
        ("LEGAL", ["370103"], "DIVISION_NOT_PERMITTED"),
        ("CREDIT", ["370100"], "ROLE_NOT_PERMITTED"),
    ] {
        let answer = registry.licences(office, &divisions).take_back_licence(take_back(10, "录入有误")).await;
        assert_eq!(reason(&answer.unwrap_err()), expected, "{office}");
    }
    let mut licences = registry.licences("FOOD_PROD", &["370100"]);
    assert_eq!(wrong_fields(licences.take_back_licence(take_back(11, " ")).await), ["reason"]);
    let gone = licences.take_back_licence(take_back(12, "录入有误")).await.unwrap().into_inner();
    assert_eq!((gone.state.as_str(), gone.source_record.as_str()), ("Withdrawn", ""));
    assert_ne!(gone.record_withdrawn_on, "");
    registry.stop().await;
}

/// Which fields of a request are told to be wrong.
fn wrong_fields<T: std::fmt::Debug>(answer: Result<T, Status>) -> Vec<String> {
    let status = answer.unwrap_err();
    let violations = status.get_details_bad_request().unwrap().field_violations;
    violations.into_iter().map(|violation| violation.field).collect()
}

#[tokio::test]
async fn no_list_is_cut_down_to_a_code_that_nobody_knows() {
    const CITY: &[&str] = &["370100"];
    let registry = Registry::start().await;
    let (field, division) = (String::from("FOO"), String::from("370200"));
    let sent =
        pb::ListEnterprisesRequest { field: field.clone(), division: division.clone(), ..Default::default() };
    let mut enterprises = registry.enterprises("CREDIT", CITY);
    assert_eq!(wrong_fields(enterprises.list_enterprises(sent).await), ["division", "field"]);
    let sent = pb::SearchEnterprisesRequest {
        query: "食品".into(),
        division: division.clone(),
        ..Default::default()
    };
    assert_eq!(wrong_fields(enterprises.search_enterprises(sent).await), ["division"]);
    let sent = pb::ListLicencesRequest { field: field.clone(), ..Default::default() };
    let mut licences = registry.licences("CREDIT", CITY);
    assert_eq!(wrong_fields(licences.list_licences(sent).await), ["field"]);
    let sent = pb::ListRefusedPermitsRequest { field: field.clone(), ..Default::default() };
    assert_eq!(wrong_fields(licences.list_refused_permits(sent).await), ["field"]);
    let sent = pb::ListMarksRequest { field: field.clone(), state: "Lost".into(), ..Default::default() };
    let mut marks = registry.marks("CREDIT", CITY);
    assert_eq!(wrong_fields(marks.list_marks(sent).await), ["field", "state"]);
    let sent =
        pb::ListCommitmentsRequest { field: field.clone(), state: "Lost".into(), ..Default::default() };
    let mut commitments = registry.commitments("CREDIT", CITY);
    assert_eq!(wrong_fields(commitments.list_commitments(sent).await), ["field", "state"]);
    let sent = pb::ListMissingCommitmentsRequest {
        field: field.clone(),
        division: division.clone(),
        ..Default::default()
    };
    assert_eq!(wrong_fields(commitments.list_missing_commitments(sent).await), ["field", "division"]);
    let sent = pb::ListTemplateVersionsRequest { field: field.clone(), ..Default::default() };
    let mut templates = registry.templates("CREDIT", CITY);
    assert_eq!(wrong_fields(templates.list_template_versions(sent).await), ["field"]);
    let sent = pb::ListBreachesRequest { field, ..Default::default() };
    let mut breaches = registry.breaches("CREDIT", CITY);
    assert_eq!(wrong_fields(breaches.list_breaches(sent).await), ["field"]);
    let sent = pb::ListPartiesRequest { division: division.clone(), ..Default::default() };
    let mut parties = registry.parties("CREDIT", CITY);
    assert_eq!(wrong_fields(parties.list_parties(sent).await), ["division"]);
    let sent = pb::ListForeignReviewsRequest { division, ..Default::default() };
    let mut reviews = registry.reviews("FOREIGN_REG", CITY);
    assert_eq!(wrong_fields(reviews.list_foreign_reviews(sent).await), ["division"]);
    registry.stop().await;
}
