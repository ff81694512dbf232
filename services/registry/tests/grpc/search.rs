//! Search by name through the API.

use contract::registry::v1 as pb;
use contract::registry::v1::NameFit;
use service::testing::until;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::grpc::server::{A, B, Registry, create, enterprise};

fn sought(query: &str) -> pb::SearchEnterprisesRequest {
    pb::SearchEnterprisesRequest { query: query.into(), ..Default::default() }
}

impl Registry {
    async fn search(
        &self,
        divisions: &[&str],
        request: pb::SearchEnterprisesRequest,
    ) -> Result<pb::SearchEnterprisesResponse, Status> {
        let answer = self.enterprises("LEGAL", divisions).search_enterprises(request).await;
        answer.map(tonic::Response::into_inner)
    }

    async fn wait_until_found(&self, query: &str, count: usize) -> Vec<(String, NameFit)> {
        let found = until("the names", async || {
            let found = self.search(&["370100"], sought(query)).await.unwrap();
            (found.matches.len() == count).then_some(found)
        })
        .await;
        found.matches.into_iter().map(found_name).collect()
    }
}

fn found_name(found: pb::EnterpriseMatch) -> (String, NameFit) {
    let fit = found.fit();
    (found.enterprise.unwrap().legal_name, fit)
}

#[tokio::test]
async fn names_are_found_by_a_part_of_them_the_best_fit_first_also_when_they_changed() {
    let registry = Registry::start().await;
    let mut client = registry.enterprises("LEGAL", &["370100"]);
    client.create_enterprise(create(1, enterprise(A, "济南泉福（历下）烘焙有限公司"))).await.unwrap();
    client.create_enterprise(create(2, enterprise(B, "泉福食品厂"))).await.unwrap();
    let found = registry.wait_until_found("泉福", 2).await;
    let expected = [("泉福食品厂", NameFit::Begins), ("济南泉福（历下）烘焙有限公司", NameFit::Holds)];
    assert_eq!(found, expected.map(|(name, fit)| (name.to_owned(), fit)));
    let found = registry.wait_until_found("济南泉福(历下) 烘焙有限责任公司", 1).await;
    assert_eq!(found[0].1, NameFit::SameButForm);
    let found = registry.wait_until_found("濟南泉福（歷下）烘焙有限公司", 1).await;
    assert_eq!(found[0].1, NameFit::Same);

    let renamed = pb::Enterprise { effective_on: String::new(), ..enterprise(B, "鼎泰食品厂") };
    let message = pb::ImportEnterprisesRequest {
        enterprises: vec![renamed],
        request_id: crate::grpc::server::request_id(3),
    };
    let mut answers = client.import_enterprises(tokio_stream::iter([message])).await.unwrap().into_inner();
    assert_eq!(answers.message().await.unwrap().unwrap().updated, 1);
    registry.wait_until_found("泉福", 1).await;
    assert_eq!(registry.wait_until_found("鼎泰", 1).await[0].0, "鼎泰食品厂");
    registry.stop().await;
}

#[tokio::test]
async fn pages_cover_what_is_found_once_and_leave_out_other_divisions() {
    let registry = Registry::start().await;
    let mut client = registry.enterprises("LEGAL", &["370100"]);
    let elsewhere = pb::Enterprise { division: "370112".into(), ..enterprise(B, "泉福饮料") };
    client.create_enterprise(create(1, enterprise(A, "泉福食品"))).await.unwrap();
    client.create_enterprise(create(2, elsewhere)).await.unwrap();
    registry.wait_until_found("泉福", 2).await;

    let first = pb::SearchEnterprisesRequest { page_size: 1, ..sought("泉福") };
    let page = registry.search(&["370100"], first.clone()).await.unwrap();
    let next = pb::SearchEnterprisesRequest { page_token: page.next_page_token.clone(), ..first };
    let last = registry.search(&["370100"], next.clone()).await.unwrap();
    let names: Vec<_> =
        page.matches.into_iter().chain(last.matches).map(|found| found_name(found).0).collect();
    assert_eq!(names, ["泉福食品", "泉福饮料"]);
    assert_eq!(last.next_page_token, "");

    let other = pb::SearchEnterprisesRequest { query: "食品".into(), ..next };
    let refused = registry.search(&["370100"], other).await.unwrap_err();
    assert_eq!(refused.get_details_bad_request().unwrap().field_violations[0].field, "page_token");

    let here = registry.search(&["370102"], sought("泉福")).await.unwrap();
    assert_eq!(here.matches.into_iter().map(|found| found_name(found).0).collect::<Vec<_>>(), ["泉福食品"]);
    let narrowed = pb::SearchEnterprisesRequest { division: "370112".into(), ..sought("泉福") };
    let there = registry.search(&["370100"], narrowed).await.unwrap();
    assert_eq!(there.matches.into_iter().map(|found| found_name(found).0).collect::<Vec<_>>(), ["泉福饮料"]);
    registry.stop().await;
}

#[tokio::test]
async fn a_query_without_anything_to_look_for_is_refused_by_its_field() {
    let registry = Registry::start().await;
    for query in ["", " （）"] {
        let refused = registry.search(&["370100"], sought(query)).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        let violations = refused.get_details_bad_request().unwrap().field_violations;
        assert_eq!(violations[0].field, "query");
    }
    registry.stop().await;
}
