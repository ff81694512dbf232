//! After: the two lists, what other systems are told, and one enterprise seen whole.

use chrono::Days;
use contract::gateway::v1::Profile;
use contract::punishment::v1::{
    AbnormalEntry, AbnormalLetter, AdvanceAbnormalEntryRequest, AdvanceSeriousCaseRequest, CheckPartyRequest,
    CreateSeriousCaseRequest, ListAbnormalEntriesRequest, PartyCheck, PublishSeriousCasesRequest,
    SeriousAssessment, SeriousCase, SeriousDecision, WeighedFactor,
};
use rulebook::Rulebook;

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
    for (clients, event, days_ago) in [
        (&maker, "Verify", 30),
        (&maker, "RecordLetter", 30),
        (&maker, "RecordLetter", 10),
        (&maker, "Propose", 0),
        (&checker, "Decide", 0),
    ] {
        let letter = AbnormalLetter { unsigned: true, ..AbnormalLetter::default() };
        let request = AdvanceAbnormalEntryRequest {
            name: entry.name.clone(),
            event: event.to_owned(),
            effective_on: (today() - Days::new(days_ago)).to_string(),
            letter: (event == "RecordLetter").then_some(letter),
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

/// Works a case through the three bodies until it is published; it is decided today.
pub async fn list_serious(people: &People, case: SeriousCase, decision_no: &str) -> SeriousCase {
    list_serious_since(people, case, decision_no, 0).await
}

/// The same of a case that was decided so many days ago, and is entered and published now.
pub async fn list_serious_since(
    people: &People,
    case: SeriousCase,
    decision_no: &str,
    decided_days_ago: u64,
) -> SeriousCase {
    let body = people.officer("case-handler", "ENFORCEMENT");
    let line = if case.field == "SE" { "SE_SUPERV" } else { "FOOD_PROD" };
    let request = CreateSeriousCaseRequest { serious_case: Some(case), request_id: id() };
    let name =
        body.serious().create_serious_case(request).await.expect("the case is opened").into_inner().name;
    let steps = [
        ("line-officer", line, "GiveOpinion", 30),
        ("case-handler", "ENFORCEMENT", "Assess", 30),
        ("reviewer", "LEGAL", "Review", 30),
        ("case-handler", "ENFORCEMENT", "ServeNotice", 30),
        ("case-handler", "ENFORCEMENT", "AskConsent", 15),
        ("superior", "SUPERIOR", "Consent", 1),
        ("case-head", "ENFORCEMENT", "Decide", 0),
    ];
    for (person, office, event, days_ago) in steps {
        let on = (today() - Days::new(decided_days_ago + days_ago)).to_string();
        let request = AdvanceSeriousCaseRequest {
            name: name.clone(),
            event: event.to_owned(),
            document_no: decision_no.to_owned(),
            effective_on: on.clone(),
            reason: "事实清楚，证据确凿".to_owned(),
            legal_basis: "《市场监督管理严重违法失信名单管理办法》第二条".to_owned(),
            request_id: id(),
            assessment: (event == "Assess").then(assessment),
            decision: (event == "Decide").then(|| decision(&on)),
            ..AdvanceSeriousCaseRequest::default()
        };
        let answer = people.officer(person, office).serious().advance_serious_case(request).await;
        answer.unwrap_or_else(|refused| panic!("{event}: {refused}"));
    }
    let request = PublishSeriousCasesRequest {
        names: vec![name],
        title: "重点领域严重违法失信名单（第一批）".to_owned(),
        request_id: id(),
        ..PublishSeriousCasesRequest::default()
    };
    let published = people.officer("publisher", "CREDIT").serious().publish_serious_cases(request).await;
    published.expect("the batch is published").into_inner().cases.remove(0)
}

/// A three-part test that bears a listing, with every factor of the law weighed.
fn assessment() -> SeriousAssessment {
    let book = Rulebook::builtin();
    let factors = book.codes("serious_factor", today());
    SeriousAssessment {
        grave: true,
        findings: "违法行为性质恶劣、情节严重、社会危害较大".to_owned(),
        factors: factors
            .map(|code| WeighedFactor { factor: code.code.clone(), finding: "已衡量".to_owned() })
            .collect(),
        no_intent_proven: false,
    }
}

/// The decision that goes with the penalty decision of a day.
fn decision(on: &str) -> SeriousDecision {
    SeriousDecision {
        matter: "违反食品安全法律法规，受到较重行政处罚".to_owned(),
        basis: "《市场监督管理严重违法失信名单管理办法》第五条".to_owned(),
        measures: "依法依规列为重点监管对象，不适用告知承诺制".to_owned(),
        removal: "列入满一年且符合条件的可申请提前移出，满三年移出".to_owned(),
        remedies: "可依法申请行政复议或者提起行政诉讼".to_owned(),
        penalty_decided_on: on.to_owned(),
        restricted_until: String::new(),
    }
}

/// A licensing system asks about a party.
pub async fn check(people: &People, uscc: &str) -> PartyCheck {
    let request = CheckPartyRequest {
        uscc: uscc.to_owned(),
        purpose: "PERMIT".to_owned(),
        ..CheckPartyRequest::default()
    };
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
