use contract::collection::v1 as pb;
use contract::registry::v1::{Enterprise, EnterpriseEvent};
use tonic::Code;
use tonic_types::StatusExt;

use super::follow::Other;
use super::harness::*;

/// The food producer, as the registry tells it.
pub(super) fn enterprise() -> EnterpriseEvent {
    let enterprise = Enterprise {
        uscc: FOOD.to_owned(),
        legal_name: "济南泉福食品有限公司".to_owned(),
        address: "济南市历下区泺源大街100号".to_owned(),
        division: "370102".to_owned(),
        ..Enterprise::default()
    };
    EnterpriseEvent { enterprise: Some(enterprise), ..Default::default() }
}

/// A collection that knows the food producer, with a record of a party that is known by its name only.
async fn waiting(registry: &Other) -> (Served, String) {
    let served = Served::start(&["--registry-url", &registry.url()]).await;
    registry.tell("registry.enterprise.registered", &enterprise()).await;
    // The record with the code shows when the enterprise is known.
    served.import(1, vec![inspection("检1")]).await;
    served.attached("检1").await;
    let named =
        pb::Record { uscc: String::new(), party_name: "全福食品".to_owned(), ..inspection("检2") };
    assert_eq!(served.import(2, vec![named]).await.unmatched, 1);
    let request = pb::ListRecordsRequest { state: "Unmatched".to_owned(), ..Default::default() };
    let page = served.records("CREDIT", CITY).list_records(request).await.unwrap().into_inner();
    let name = page.records[0].name.clone();
    (served, name)
}

#[tokio::test]
async fn a_record_is_matched_by_two_and_the_feed_tells_it() {
    let registry = Other::start("registry").await;
    let (served, record) = waiting(&registry).await;
    let mut li = served.matches("FOOD_PROD", "li");
    let request = pb::FindCandidatesRequest { subject: record.clone(), max_results: 0 };
    let found = li.find_candidates(request).await.unwrap().into_inner().candidates;
    assert_eq!((found.len(), found[0].uscc.as_str()), (1, FOOD));
    assert_eq!(found[0].reasons[0].text, "名称相近");
    let proposal = pb::ProposeMatchRequest {
        subject: record.clone(),
        uscc: FOOD.to_owned(),
        reason: "同音".to_owned(),
        request_id: request_id(3),
    };
    let proposed = li.propose_match(proposal).await.unwrap().into_inner();
    let decision = pb::DecideMatchRequest {
        name: proposed.name.clone(),
        granted: true,
        remark: String::new(),
        request_id: request_id(4),
    };
    let own = li.decide_match(decision.clone()).await;
    assert_eq!(refusal(own), (Code::PermissionDenied, Some("FOUR_EYES".to_owned())));
    let decided = served.matches("FOOD_PROD", "wang").decide_match(decision).await.unwrap().into_inner();
    assert_eq!(decided.state, "Confirmed");
    let read = li.get_match(pb::GetMatchRequest { name: proposed.name }).await.unwrap().into_inner();
    assert_eq!(read, decided);
    let get = pb::GetRecordRequest { name: record, known_at: None };
    let attached = served.records("CREDIT", CITY).get_record(get).await.unwrap().into_inner();
    assert_eq!((attached.state.as_str(), attached.uscc.as_str()), ("Attached", FOOD));
    served.stop().await;
}

#[tokio::test]
async fn bad_requests_name_every_field_and_unknown_names_are_not_found() {
    let served = Served::start(&[]).await;
    let mut li = served.matches("FOOD_PROD", "li");
    let status = li.propose_match(pb::ProposeMatchRequest::default()).await.unwrap_err();
    let violations = status.get_details_bad_request().unwrap().field_violations;
    let paths: Vec<_> = violations.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(paths, ["request_id", "subject", "uscc", "reason"]);
    let zeros = "0".repeat(32);
    for (subject, reason) in [("records", "RECORD_NOT_FOUND"), ("tickets", "TICKET_NOT_FOUND")] {
        let request = pb::FindCandidatesRequest { subject: format!("{subject}/{zeros}"), max_results: 0 };
        let refused = refusal(li.find_candidates(request).await);
        assert_eq!(refused, (Code::NotFound, Some(reason.to_owned())));
    }
    let refused = refusal(li.get_match(pb::GetMatchRequest { name: format!("matches/{zeros}") }).await);
    assert_eq!(refused, (Code::NotFound, Some("MATCH_NOT_FOUND".to_owned())));
    served.stop().await;
}

#[tokio::test]
async fn who_reads_no_tickets_matches_none() {
    let served = Served::start(&[]).await;
    let ticket = pb::Ticket {
        ticket_no: "T1".to_owned(),
        channel: "12345".to_owned(),
        kind: "Complaint".to_owned(),
        accepted_on: "2026-02-25".to_owned(),
        target_name: "全福食品".to_owned(),
        ..pb::Ticket::default()
    };
    let message = pb::ImportTicketsRequest { tickets: vec![ticket], request_id: request_id(1) };
    let mut hotline = served.tickets("CREDIT", CITY);
    let mut answers = hotline.import_tickets(tokio_stream::iter([message])).await.unwrap().into_inner();
    assert_eq!(answers.message().await.unwrap().unwrap().unmatched, 1);
    let page = hotline.list_tickets(pb::ListTicketsRequest::default()).await.unwrap().into_inner();
    let request = pb::FindCandidatesRequest { subject: page.tickets[0].name.clone(), max_results: 0 };
    let refused = refusal(served.matches("ENFORCEMENT", "li").find_candidates(request.clone()).await);
    assert_eq!(refused, (Code::PermissionDenied, Some("ROLE_NOT_PERMITTED".to_owned())));
    assert!(served.matches("FOOD_PROD", "li").find_candidates(request).await.is_ok());
    served.stop().await;
}
