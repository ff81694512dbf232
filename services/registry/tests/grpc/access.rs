//! Who is turned away.

use contract::registry::v1 as pb;
use tonic::Code;

use crate::server::{A, B, ORDINARY, Registry, create, enterprise, licence, reason, record, request_id};

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
