//! After: the two lists, what other systems are told, and one enterprise seen whole.

use chrono::Days;
use contract::gateway::v1::Profile;
use contract::punishment::v1::{
    AbnormalEntry, AdvanceAbnormalEntryRequest, AdvanceSeriousCaseRequest, CheckPartyRequest,
    CreateSeriousCaseRequest, ListAbnormalEntriesRequest, PartyCheck, SeriousCase,
};

use crate::people::People;
use crate::{id, rest, today, wait};

/// Waits for the suspicion about an enterprise that a visit opened, and has the district decide it with four eyes.
pub async fn decide_entry(people: &People, uscc: &str, decision_no: &str) -> AbnormalEntry {
    let maker = people.officer("district-maker", "DISTRICT");
    let checker = people.officer("district-checker", "DISTRICT");
    let mut entry = wait::until("the suspicion that the visit opened", || {
        let mut client = maker.abnormal();
        let uscc = uscc.to_owned();
        async move {
            let request = ListAbnormalEntriesRequest { uscc, ..ListAbnormalEntriesRequest::default() };
            let page = client.list_abnormal_entries(request).await.expect("entries are listed").into_inner();
            page.entries.into_iter().next()
        }
    })
    .await;
    assert_eq!(entry.state, "Suspected");
    for (clients, event) in [(&maker, "Verify"), (&maker, "Propose"), (&checker, "Decide")] {
        let request = AdvanceAbnormalEntryRequest {
            name: entry.name.clone(),
            event: event.to_owned(),
            document_no: decision_no.to_owned(),
            reason: "两次专用信函均无人签收".to_owned(),
            legal_basis: "《企业经营异常名录管理办法》".to_owned(),
            request_id: id(),
            ..AdvanceAbnormalEntryRequest::default()
        };
        let answer = clients.abnormal().advance_abnormal_entry(request).await;
        entry = answer.unwrap_or_else(|refused| panic!("{event}: {refused}")).into_inner();
    }
    entry
}

/// Works a case through the three bodies until it is published.
pub async fn list_serious(people: &People, case: SeriousCase, decision_no: &str) -> SeriousCase {
    let body = people.officer("case-handler", "ENFORCEMENT");
    let superior = people.officer("superior", "SUPERIOR");
    let credit = people.officer("publisher", "CREDIT");
    let request = CreateSeriousCaseRequest { serious_case: Some(case), request_id: id() };
    let mut case =
        body.serious().create_serious_case(request).await.expect("the case is opened").into_inner();
    let steps = [
        (&body, "Assess", 30),
        (&body, "ServeNotice", 30),
        (&body, "AskConsent", 15),
        (&superior, "Consent", 0),
        (&credit, "Publish", 0),
    ];
    for (clients, event, days_ago) in steps {
        let request = AdvanceSeriousCaseRequest {
            name: case.name.clone(),
            event: event.to_owned(),
            document_no: decision_no.to_owned(),
            effective_on: (today() - Days::new(days_ago)).to_string(),
            legal_basis: "《市场监督管理严重违法失信名单管理办法》第二条".to_owned(),
            request_id: id(),
            ..AdvanceSeriousCaseRequest::default()
        };
        let answer = clients.serious().advance_serious_case(request).await;
        case = answer.unwrap_or_else(|refused| panic!("{event}: {refused}")).into_inner();
    }
    case
}

/// A licensing system asks about a party.
pub async fn check(people: &People, uscc: &str) -> PartyCheck {
    let request =
        CheckPartyRequest { uscc: uscc.to_owned(), purpose: "PERMIT".to_owned(), as_of: String::new() };
    let answer = people.officer("licensing", "APPROVAL").parties().check_party(request).await;
    answer.expect("a licensing system may ask").into_inner()
}

/// One enterprise whole, over REST.
pub async fn profile(people: &People, uscc: &str) -> Profile {
    let token = people.token("reader", "CREDIT", &["370100"]);
    let url = format!("{}/v1/enterprises/{uscc}/profile", people.addresses().gateway);
    let (status, text) = rest::get(&url, Some(&token)).await;
    assert_eq!(status, 200, "{text}");
    let json = serde_json::from_str(&text).expect("the gateway answers JSON");
    contract::json::from_value(json).expect("the answer is a profile")
}
