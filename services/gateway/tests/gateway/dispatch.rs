//! Work lists and reports of a gateway whose services are away: what is missing is named, and nothing is shown as nothing.

use contract::gateway::v1::{
    CountDutiesRequest, GetDispatchReportRequest, ListDutiesRequest,
    dispatch_reports_client::DispatchReportsClient, work_lists_client::WorkListsClient,
};
use service::testing::token;
use tonic::Code;

use crate::house::{House, get};

/// The services in the order in which they are shown.
const SERVICES: [&str; 5] = ["registry", "collection", "risk", "inspection", "punishment"];

#[tokio::test]
async fn a_work_list_names_every_service_that_it_could_not_ask() {
    let house = House::alone().await;
    let mut lists = WorkListsClient::new(house.officer());
    let page = lists.list_duties(ListDutiesRequest::default()).await.unwrap().into_inner();
    let missing: Vec<_> = page.missing.iter().map(|part| part.service.as_str()).collect();
    assert_eq!((page.duties.len(), page.next_page_token.as_str(), missing), (0, "", SERVICES.to_vec()));
    assert!(page.missing.iter().all(|part| part.part == "duties" && part.code == "UNAVAILABLE"));

    let count = lists.count_duties(CountDutiesRequest::default()).await.unwrap().into_inner();
    assert_eq!((count.services.len(), count.missing.len()), (0, SERVICES.len()));
    house.stop().await;
}

#[tokio::test]
async fn every_fault_of_a_question_for_work_is_named_before_anybody_is_asked() {
    let house = House::alone().await;
    let answer = house.get_as_officer("/v1/duties?office=x&field=1&division=2&pageSize=-1&pageToken=x").await;
    assert_eq!((answer.status, answer.reason()), (400, "INVALID_FIELDS"));
    let fields = answer.body["error"]["details"][1]["fieldViolations"].as_array().unwrap();
    let fields: Vec<_> = fields.iter().map(|field| field["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["office", "field", "division", "page_size", "page_token"]);
}

#[tokio::test]
async fn a_report_without_its_services_has_no_figures_and_says_why() {
    let house = House::alone().await;
    let mut reports = DispatchReportsClient::new(house.officer());
    let request = |name: &str| GetDispatchReportRequest { name: name.to_owned(), division: String::new() };
    let report = reports.get_dispatch_report(request("dispatchReports/2026-01")).await.unwrap().into_inner();
    assert_eq!((report.first_on.as_str(), report.last_on.as_str()), ("2026-01-01", "2026-01-31"));
    assert_eq!((report.figures.len(), report.offices.len()), (0, 0));
    let missing: Vec<_> =
        report.missing.iter().map(|part| (part.part.as_str(), part.service.as_str())).collect();
    let expected = ["figures", "offices"].map(|part| SERVICES.map(|service| (part, service))).concat();
    assert_eq!(missing, expected);

    let ahead = reports.get_dispatch_report(request("dispatchReports/2999-01")).await.unwrap_err();
    assert_eq!(ahead.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn a_report_is_saved_as_a_workbook_under_its_chinese_name() {
    let house = House::alone().await;
    let answer = house.get_as_officer("/v1/dispatchReports/2026-01/workbook").await;
    assert_eq!(answer.status, 200);
    let kind = answer.headers["content-type"].to_str().unwrap();
    assert!(kind.ends_with("spreadsheetml.sheet"), "{kind}");
    let disposition = answer.headers["content-disposition"].to_str().unwrap();
    assert!(disposition.contains("2026%E5%B9%B41%E6%9C%88%2Exlsx"), "{disposition}");
    let path = "/v1/dispatchReports/2026-01/workbook";
    let party = get(house.inside, path, Some(&token("PARTY", &["370100"]))).await;
    assert_eq!((party.status, party.reason()), (403, "ROLE_NOT_PERMITTED"));
}
