//! What was said of enterprises before, and many of them at once.

use contract::registry::v1 as pb;

use crate::grpc::server::{A, B, Registry, create, enterprise, reason};

fn get(as_of: &str) -> pb::GetEnterpriseRequest {
    pb::GetEnterpriseRequest { name: format!("enterprises/{A}"), as_of: as_of.into(), known_at: None }
}

#[tokio::test]
async fn an_enterprise_reads_as_of_a_day_and_not_before_its_first() {
    let registry = Registry::start().await;
    let mut client = registry.enterprises("LEGAL", &["370100"]);
    let old = pb::Enterprise {
        effective_on: "2020-01-01".into(),
        registered_division: "370181".into(),
        division: "370181".into(),
        ..enterprise(A, "济南甲食品有限公司")
    };
    let created = client.create_enterprise(create(1, old)).await.unwrap().into_inner();
    assert_eq!((created.division.as_str(), created.registered_division.as_str()), ("370114", "370181"));
    let then = client.get_enterprise(get("2021-01-01")).await.unwrap().into_inner();
    assert_eq!(then.effective_on, "2020-01-01");
    assert_eq!(reason(&client.get_enterprise(get("2019-12-31")).await.unwrap_err()), "ENTERPRISE_NOT_FOUND");
    assert_eq!(reason(&client.get_enterprise(get("2999-01-01")).await.unwrap_err()), "INVALID_FIELDS");
    let request = pb::ListEnterpriseVersionsRequest { name: created.name, ..Default::default() };
    let versions = client.list_enterprise_versions(request).await.unwrap().into_inner();
    assert_eq!((versions.versions.len(), versions.next_page_token.as_str()), (1, ""));
    registry.stop().await;
}

#[tokio::test]
async fn many_are_looked_up_in_the_order_asked_and_a_zone_sees_only_its_own() {
    let registry = Registry::start().await;
    let mut client = registry.enterprises("LEGAL", &["370100"]);
    let in_zone = pb::Enterprise { division: "JN-GX".into(), ..enterprise(A, "甲") };
    client.create_enterprise(create(1, in_zone)).await.unwrap();
    client.create_enterprise(create(2, enterprise(B, "乙"))).await.unwrap();
    let unknown = "enterprises/91370116MAC4R9X126".to_owned();
    let names =
        vec![unknown, format!("enterprises/{B}"), format!("enterprises/{A}"), format!("enterprises/{B}")];
    let request = pb::BatchGetEnterprisesRequest { names };
    let answer = client.batch_get_enterprises(request.clone()).await.unwrap().into_inner();
    let codes: Vec<_> = answer.enterprises.iter().map(|one| one.uscc.as_str()).collect();
    assert_eq!((codes, answer.missing), (vec![B, A], vec![0]));
    let mut zone = registry.enterprises("DISTRICT", &["JN-GX"]);
    let answer = zone.batch_get_enterprises(request).await.unwrap().into_inner();
    let codes: Vec<_> = answer.enterprises.iter().map(|one| one.uscc.as_str()).collect();
    assert_eq!((codes, answer.missing), (vec![A], vec![0, 1, 3]));
    let listed = zone.list_enterprises(pb::ListEnterprisesRequest::default()).await.unwrap().into_inner();
    assert_eq!(listed.enterprises.len(), 1);
    registry.stop().await;
}

#[tokio::test]
async fn every_bad_name_of_a_batch_is_named_by_its_place() {
    let registry = Registry::start().await;
    let mut client = registry.enterprises("LEGAL", &["370100"]);
    let names = vec!["x".to_owned(), format!("enterprises/{A}"), "enterprises/1".to_owned()];
    let status = client.batch_get_enterprises(pb::BatchGetEnterprisesRequest { names }).await.unwrap_err();
    let fields = tonic_types::StatusExt::get_details_bad_request(&status).unwrap().field_violations;
    let paths: Vec<_> = fields.iter().map(|field| field.field.as_str()).collect();
    assert_eq!(paths, ["names[0]", "names[2]"]);
    registry.stop().await;
}

#[tokio::test]
async fn a_batch_holds_one_to_a_thousand_names() {
    let registry = Registry::start().await;
    let mut client = registry.enterprises("LEGAL", &["370100"]);
    client.create_enterprise(create(1, enterprise(A, "甲"))).await.unwrap();
    for (count, taken) in [(0, false), (1, true), (1_000, true), (1_001, false)] {
        let names = vec![format!("enterprises/{A}"); count];
        let answer = client.batch_get_enterprises(pb::BatchGetEnterprisesRequest { names }).await;
        match answer {
            Ok(answer) => assert!(taken && answer.get_ref().enterprises.len() == 1, "{count}"),
            Err(status) => {
                assert!(!taken && status.message().contains(&count.to_string()), "{count}: {status}")
            }
        }
    }
    registry.stop().await;
}

#[tokio::test]
async fn a_sole_trader_is_registered_under_its_code_and_a_person_is_not() {
    let registry = Registry::start().await;
    let mut client = registry.enterprises("LEGAL", &["370100"]);
    let trader =
        pb::Enterprise { party_kind: "sole_trader".into(), ..enterprise(A, "历下区甲糕点经营部") };
    let created = client.create_enterprise(create(1, trader)).await.unwrap().into_inner();
    assert_eq!((created.uscc.as_str(), created.party_kind.as_str()), (A, "sole_trader"));
    let person = pb::Enterprise { party_kind: "natural_person".into(), ..enterprise(B, "王二") };
    let refused = client.create_enterprise(create(2, person)).await.unwrap_err();
    assert!(refused.message().contains("party_kind"), "{refused}");
    registry.stop().await;
}
