//! Enterprises through the API.

use contract::registry::v1 as pb;
use tonic::Code;
use tonic_types::StatusExt;

use crate::grpc::server::{A, B, Registry, create, enterprise, reason, request_id};

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
async fn an_update_takes_the_etag_that_was_read_and_names_every_bad_field() {
    let registry = Registry::start().await;
    let mut client = registry.enterprises("LEGAL", &["370100"]);
    let read =
        client.create_enterprise(create(1, enterprise(A, "济南甲食品有限公司"))).await.unwrap().into_inner();
    let paths = vec!["legal_name".to_owned(), "division".to_owned()];
    let update = pb::UpdateEnterpriseRequest {
        enterprise: Some(pb::Enterprise {
            name: read.name.clone(),
            legal_name: "济南乙食品有限公司".into(),
            division: "JN-GX".into(),
            address: "不在掩码之内".into(),
            ..Default::default()
        }),
        update_mask: Some(prost_types::FieldMask { paths }),
        etag: read.etag.clone(),
        request_id: request_id(2),
    };
    let updated = client.update_enterprise(update.clone()).await.unwrap().into_inner();
    assert_eq!((updated.legal_name.as_str(), updated.division.as_str()), ("济南乙食品有限公司", "JN-GX"));
    assert_eq!((updated.address.as_str(), updated.revision), ("", 2));
    let stale = pb::UpdateEnterpriseRequest { request_id: request_id(3), ..update.clone() };
    let status = client.update_enterprise(stale).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Aborted, "ETAG_MISMATCH"));
    let bad = pb::UpdateEnterpriseRequest { etag: String::new(), update_mask: None, ..update };
    let status = client.update_enterprise(bad).await.unwrap_err();
    let violations = status.get_details_bad_request().unwrap().field_violations;
    let fields: Vec<_> = violations.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(fields, ["etag", "update_mask"]);
    registry.stop().await;
}

#[tokio::test]
async fn divisions_are_listed_page_by_page_as_they_stood_on_a_day() {
    let registry = Registry::start().await;
    let mut client = registry.divisions("DISTRICT", &["JN-GX"]);
    let mut request =
        pb::ListDivisionsRequest { as_of: "2018-06-01".into(), page_size: 10, ..Default::default() };
    let mut all = Vec::new();
    loop {
        let page = client.list_divisions(request.clone()).await.unwrap().into_inner();
        assert!(page.divisions.len() <= 10);
        all.extend(page.divisions);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    assert!(all.windows(2).all(|pair| pair[0].code < pair[1].code) && all.len() > 20);
    let of = |code: &str| all.iter().find(|one| one.code == code).unwrap();
    assert!(of("371202").in_force && !of("370116").in_force && !of("370181").in_force);
    assert_eq!((of("370181").successor.as_str(), of("JN-GX").parent.as_str()), ("370114", "370100"));
    let today = pb::ListDivisionsRequest { only_in_force: true, ..Default::default() };
    let today = client.list_divisions(today).await.unwrap().into_inner().divisions;
    let codes: Vec<_> = today.iter().map(|one| one.code.as_str()).collect();
    assert!(codes.contains(&"370116") && codes.contains(&"JN-GX") && !codes.contains(&"371202"), "{codes:?}");
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
async fn an_import_brings_no_enterprise_into_or_out_of_a_division_of_others() {
    let registry = Registry::start().await;
    let mut city = registry.enterprises("LEGAL", &["370100"]);
    let there = city.create_enterprise(create(1, enterprise(A, "甲"))).await.unwrap().into_inner();
    let here =
        |code: &str, name: &str| pb::Enterprise { division: "370103".into(), ..enterprise(code, name) };
    let enterprises = vec![here(A, "甲二"), enterprise(B, "乙"), here(B, "乙")];
    let message = pb::ImportEnterprisesRequest { enterprises, request_id: request_id(2) };
    let mut district = registry.enterprises("LEGAL", &["370103"]);
    let answers = district.import_enterprises(tokio_stream::iter([message])).await;
    let answer = answers.unwrap().into_inner().message().await.unwrap().unwrap();
    let rejected: Vec<_> = answer.rejected.iter().map(|row| (row.index, row.field.as_str())).collect();
    assert_eq!((rejected.as_slice(), answer.created), (&[(0, "division"), (1, "division")][..], 1));
    assert!(answer.rejected[0].problem.starts_with("DIVISION_NOT_PERMITTED"), "{answer:?}");
    let request = pb::GetEnterpriseRequest { name: there.name.clone(), ..Default::default() };
    assert_eq!(city.get_enterprise(request).await.unwrap().into_inner(), there);
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
    assert_eq!(reason(&status), "PAGE_TOKEN_INVALID");
    registry.stop().await;
}
