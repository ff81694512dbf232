//! Enterprises through the API.

use contract::registry::v1 as pb;
use tonic::Code;
use tonic_types::StatusExt;

use crate::server::{A, B, Registry, create, enterprise, reason, request_id};

#[tokio::test]
async fn an_unknown_enterprise_is_not_found() {
    let registry = Registry::start().await;
    let request = pb::GetEnterpriseRequest { name: format!("enterprises/{A}"), ..Default::default() };
    let status = registry.enterprises("CREDIT", &["370100"]).get_enterprise(request).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::NotFound, "ENTERPRISE_NOT_FOUND"));
    registry.stop().await;
}

#[tokio::test]
async fn a_registered_enterprise_is_read_again_and_every_bad_field_is_named() {
    let registry = Registry::start().await;
    let mut client = registry.enterprises("LEGAL", &["370100"]);
    let created =
        client.create_enterprise(create(1, enterprise(A, "济南甲食品有限公司"))).await.unwrap().into_inner();
    assert_eq!((created.revision, created.registration_state.as_str()), (1, "InOperation"));
    let read = client
        .get_enterprise(pb::GetEnterpriseRequest { name: created.name.clone(), ..Default::default() })
        .await
        .unwrap();
    assert_eq!(read.into_inner(), created);

    let bad =
        pb::Enterprise { uscc: "91370102MA3C00011G".into(), party_kind: "robot".into(), ..enterprise(A, "") };
    let request = pb::CreateEnterpriseRequest { request_id: "x".into(), ..create(2, bad) };
    let status = client.create_enterprise(request).await.unwrap_err();
    let violations = status.get_details_bad_request().unwrap().field_violations;
    let fields: Vec<_> = violations.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(fields, ["request_id", "enterprise.uscc", "enterprise.legal_name", "enterprise.party_kind"]);
    registry.stop().await;
}

#[tokio::test]
async fn an_import_answers_message_by_message_and_every_row_counts_once() {
    let registry = Registry::start().await;
    let bad = pb::Enterprise { division: "1".into(), uscc: "1".into(), ..enterprise(B, "乙") };
    let message =
        |number, enterprises| pb::ImportEnterprisesRequest { enterprises, request_id: request_id(number) };
    let messages = vec![
        message(1, vec![enterprise(A, "甲"), bad.clone()]),
        message(2, vec![enterprise(A, "甲二"), enterprise(B, "乙"), enterprise(B, "乙")]),
        message(1, vec![enterprise(A, "甲"), bad]),
    ];
    let mut client = registry.enterprises("LEGAL", &["370100"]);
    let mut stream = client.import_enterprises(tokio_stream::iter(messages)).await.unwrap().into_inner();
    let mut answers = Vec::new();
    while let Some(answer) = stream.message().await.unwrap() {
        answers.push(answer);
    }
    let counts: Vec<_> =
        answers.iter().map(|answer| (answer.created, answer.updated, answer.unchanged)).collect();
    assert_eq!(counts, [(1, 0, 0), (1, 1, 1), (1, 0, 0)]);
    let rejected: Vec<_> = answers[0].rejected.iter().map(|row| (row.index, row.field.as_str())).collect();
    assert_eq!(rejected, [(1, "uscc"), (1, "division")]);
    assert_eq!(answers[2], answers[0], "the same message again answers as before");
    registry.stop().await;
}

#[tokio::test]
async fn a_page_token_of_another_list_is_refused() {
    let registry = Registry::start().await;
    let mut client = registry.enterprises("LEGAL", &["370100"]);
    client.create_enterprise(create(1, enterprise(A, "甲"))).await.unwrap();
    client.create_enterprise(create(2, enterprise(B, "乙"))).await.unwrap();
    let request = pb::ListEnterprisesRequest { page_size: 1, ..pb::ListEnterprisesRequest::default() };
    let first = client.list_enterprises(request.clone()).await.unwrap().into_inner();
    assert_eq!(first.enterprises[0].uscc, A);
    let next = pb::ListEnterprisesRequest { page_token: first.next_page_token, ..request };
    let second = client.list_enterprises(next.clone()).await.unwrap().into_inner();
    assert_eq!((second.enterprises[0].uscc.as_str(), second.next_page_token.as_str()), (B, ""));
    let other = pb::ListEnterprisesRequest { division: "370102".into(), ..next };
    let status = client.list_enterprises(other).await.unwrap_err();
    assert_eq!(reason(&status), "INVALID_FIELDS");
    registry.stop().await;
}
