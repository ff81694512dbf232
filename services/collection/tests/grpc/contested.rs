//! Objections and remedies: from the contested record to what becomes of it.

use contract::collection::v1 as pb;
use contract::collection::v1::record::Content;
use tonic::Code;
use tonic_types::StatusExt;

use super::follow::Other;
use super::harness::*;
use super::matches::enterprise;

/// Name of the one record that was imported.
async fn imported(served: &Served) -> pb::Record {
    served.import(1, vec![inspection("检1")]).await;
    let page = served.records("CREDIT", CITY).list_records(pb::ListRecordsRequest::default()).await.unwrap();
    page.into_inner().records.remove(0)
}

async fn read(served: &Served, name: &str) -> pb::Record {
    let request = pb::GetRecordRequest { name: name.to_owned(), known_at: None };
    served.records("CREDIT", CITY).get_record(request).await.unwrap().into_inner()
}

fn found(result: &str) -> Option<Content> {
    Some(Content::Inspection(pb::Inspection {
        mode: "Routine".to_owned(),
        result: result.to_owned(),
        ..pb::Inspection::default()
    }))
}

fn objection(n: u32, record: &str, objector: &str, fields: &[&str]) -> pb::LodgeObjectionRequest {
    let objection = pb::Objection {
        record: record.to_owned(),
        objector: objector.to_owned(),
        contested_fields: fields.iter().map(ToString::to_string).collect(),
        grounds: "检查结果与笔录不符".to_owned(),
        ..pb::Objection::default()
    };
    pb::LodgeObjectionRequest { objection: Some(objection), request_id: request_id(n) }
}

fn paths(status: &tonic::Status) -> Vec<String> {
    let violations = status.get_details_bad_request().unwrap().field_violations;
    violations.into_iter().map(|violation| violation.field).collect()
}

#[tokio::test]
async fn a_founded_objection_corrects_the_record_and_every_step_is_in_the_feed() {
    let registry = Other::start("registry").await;
    let served = Served::start(&["--registry-url", &registry.url()]).await;
    registry.tell("registry.enterprise.registered", &enterprise()).await;
    let record = imported(&served).await;
    served.attached("检1").await;
    let mut li = served.objections("FOOD_PROD", "li");
    let lodged = objection(2, &record.name, "PARTY", &["inspection.result"]);
    let name = li.lodge_objection(lodged).await.unwrap().into_inner().name;
    assert_eq!(read(&served, &record.name).await.open_objection, name);
    let second = objection(3, &record.name, "PARTY", &["decided_on"]);
    let refused = refusal(li.lodge_objection(second).await);
    assert_eq!(refused, (Code::FailedPrecondition, Some("OBJECTION_OPEN".to_owned())));
    let extension = pb::ExtendObjectionRequest {
        name: name.clone(),
        reason: "需检验机构核实".to_owned(),
        request_id: request_id(4),
    };
    assert_eq!(li.extend_objection(extension).await.unwrap().into_inner().state, "Verifying");
    let answer = pb::ObjectionAnswer {
        founded: true,
        reasons: "与笔录不符".to_owned(),
        legal_basis: "检查笔录第3号".to_owned(),
        corrected_record: Some(pb::Record { content: found("5"), ..read(&served, &record.name).await }),
    };
    let proposal = pb::ProposeObjectionAnswerRequest {
        name: name.clone(),
        answer: Some(answer),
        request_id: request_id(5),
    };
    assert_eq!(li.propose_objection_answer(proposal).await.unwrap().into_inner().state, "Verified");
    let decision = pb::DecideObjectionAnswerRequest {
        name: name.clone(),
        granted: true,
        remark: String::new(),
        request_id: request_id(6),
    };
    let own = refusal(li.decide_objection_answer(decision.clone()).await);
    assert_eq!(own, (Code::PermissionDenied, Some("FOUR_EYES".to_owned())));
    let mut wang = served.objections("FOOD_PROD", "wang");
    assert_eq!(wang.decide_objection_answer(decision).await.unwrap().into_inner().state, "Founded");
    let corrected = read(&served, &record.name).await;
    assert_eq!((corrected.content, corrected.open_objection.as_str()), (found("5"), ""));
    let get = pb::GetObjectionRequest { name: name.clone() };
    assert_eq!(wang.get_objection(get).await.unwrap().into_inner().decider, "wang");
    let of = pb::ListObjectionsRequest {
        uscc: FOOD.to_owned(),
        state: "Founded".to_owned(),
        ..Default::default()
    };
    assert_eq!(wang.list_objections(of).await.unwrap().into_inner().objections.len(), 1);
    let told = served.events_until("collection.record.corrected").await;
    let last: Vec<_> = told.iter().rev().take(2).map(|event| (&*event.kind, &*event.legal_basis)).collect();
    let expected =
        [("collection.record.corrected", "检查笔录第3号"), ("collection.objection.changed", "检查笔录第3号")];
    assert_eq!(last, expected);
    served.stop().await;
}

#[tokio::test]
async fn bad_objections_name_every_field() {
    let served = Served::start(&[]).await;
    let record = imported(&served).await;
    let mut officer = served.objections("FOOD_PROD", "li");
    let status = officer.lodge_objection(pb::LodgeObjectionRequest::default()).await.unwrap_err();
    assert_eq!(paths(&status), ["request_id", "objection"]);
    let mut bad = objection(2, "records/1", "NOBODY", &["no.such"]);
    bad.objection.as_mut().unwrap().grounds.clear();
    let status = officer.lodge_objection(bad).await.unwrap_err();
    let expected =
        ["objection.record", "objection.objector", "objection.contested_fields[0]", "objection.grounds"];
    assert_eq!(paths(&status), expected);
    // An unmatched record is contested by nobody: it stands under no name.
    let nobody = objection(4, &record.name, "PARTY", &["inspection.result"]);
    let refused = refusal(officer.lodge_objection(nobody).await);
    assert_eq!(refused, (Code::FailedPrecondition, Some("TRANSITION_NOT_ALLOWED".to_owned())));
    let for_credit = objection(3, &record.name, "CREDIT", &["inspection.result"]);
    let status = officer.lodge_objection(for_credit).await.unwrap_err();
    assert_eq!(paths(&status), ["objection.objector"], "only CREDIT speaks for CREDIT");
    let answer = pb::ObjectionAnswer { corrected_record: Some(record), ..pb::ObjectionAnswer::default() };
    let answer = pb::ProposeObjectionAnswerRequest { answer: Some(answer), ..Default::default() };
    let status = officer.propose_objection_answer(answer).await.unwrap_err();
    let expected = ["request_id", "name", "answer.reasons", "answer.legal_basis", "answer.corrected_record"];
    assert_eq!(paths(&status), expected);
    let filter = pb::ListObjectionsRequest {
        record: "1".to_owned(),
        uscc: "1".to_owned(),
        state: "Lost".to_owned(),
        page_size: -1,
        ..pb::ListObjectionsRequest::default()
    };
    let status = officer.list_objections(filter).await.unwrap_err();
    assert_eq!(paths(&status), ["record", "uscc", "state", "page_size"]);
    served.stop().await;
}

#[tokio::test]
async fn bad_remedies_name_every_field() {
    let served = Served::start(&[]).await;
    let mut legal = served.remedies("LEGAL", "li");
    let remedy = pb::Remedy { kind: "Prayer".to_owned(), ..pb::Remedy::default() };
    let request = pb::RegisterRemedyRequest { remedy: Some(remedy), request_id: String::new() };
    let status = legal.register_remedy(request).await.unwrap_err();
    let expected = [
        "request_id",
        "remedy.record",
        "remedy.accepted_on",
        "remedy.kind",
        "remedy.body",
        "remedy.document_no",
    ];
    assert_eq!(paths(&status), expected);
    let status = legal.suspend_enforcement(pb::SuspendEnforcementRequest::default()).await.unwrap_err();
    assert_eq!(paths(&status), ["request_id", "name", "document_no", "ordered_on", "reason"]);
    let status = legal.resume_enforcement(pb::ResumeEnforcementRequest::default()).await.unwrap_err();
    assert_eq!(paths(&status), ["request_id", "name", "document_no", "ordered_on", "reason"]);
    let outcome = pb::RemedyOutcome { code: "Upheld".to_owned(), ..pb::RemedyOutcome::default() };
    let request = pb::RecordRemedyOutcomeRequest {
        outcome: Some(outcome),
        corrected_record: Some(inspection("检1")),
        ..pb::RecordRemedyOutcomeRequest::default()
    };
    let status = legal.record_remedy_outcome(request).await.unwrap_err();
    let expected = [
        "request_id",
        "name",
        "outcome.decided_on",
        "outcome.document_no",
        "outcome.summary",
        "corrected_record",
    ];
    assert_eq!(paths(&status), expected);
    let filter = pb::ListRemediesRequest { state: "Lost".to_owned(), ..pb::ListRemediesRequest::default() };
    assert_eq!(paths(&legal.list_remedies(filter).await.unwrap_err()), ["state"]);
    served.stop().await;
}

#[tokio::test]
async fn a_court_suspends_and_annuls_and_every_step_is_in_the_feed() {
    let served = Served::start(&[]).await;
    let record = imported(&served).await;
    let mut legal = served.remedies("LEGAL", "li");
    let remedy = pb::Remedy {
        record: record.name.clone(),
        kind: "Litigation".to_owned(),
        body: "济南市中级人民法院".to_owned(),
        document_no: "（2026）鲁01行初1号".to_owned(),
        accepted_on: "2026-02-26".to_owned(),
        ..pb::Remedy::default()
    };
    let request = pb::RegisterRemedyRequest { remedy: Some(remedy), request_id: request_id(2) };
    let remedy = legal.register_remedy(request.clone()).await.unwrap().into_inner();
    assert_eq!(legal.register_remedy(request).await.unwrap().into_inner(), remedy);
    let order = pb::SuspendEnforcementRequest {
        name: remedy.name.clone(),
        document_no: "（2026）鲁01行初1号之一".to_owned(),
        ordered_on: "2026-02-27".to_owned(),
        reason: "损失难以弥补".to_owned(),
        request_id: request_id(3),
    };
    legal.suspend_enforcement(order).await.unwrap();
    assert_eq!(read(&served, &record.name).await.suspended_by, remedy.name);
    let outcome = pb::RemedyOutcome {
        code: "Annulled".to_owned(),
        document_no: "（2026）鲁01行初1号判决".to_owned(),
        decided_on: "2026-02-28".to_owned(),
        summary: "主要证据不足".to_owned(),
        ..pb::RemedyOutcome::default()
    };
    let request = pb::RecordRemedyOutcomeRequest {
        name: remedy.name.clone(),
        outcome: Some(outcome),
        corrected_record: None,
        request_id: request_id(4),
    };
    assert_eq!(legal.record_remedy_outcome(request).await.unwrap().into_inner().state, "Annulled");
    assert_eq!(read(&served, &record.name).await.state, "Withdrawn");
    let of = pb::ListRemediesRequest { record: record.name.clone(), ..Default::default() };
    assert_eq!(legal.list_remedies(of).await.unwrap().into_inner().remedies.len(), 1);
    let get = pb::GetRemedyRequest { name: remedy.name.clone() };
    assert_eq!(legal.get_remedy(get).await.unwrap().into_inner().orders.len(), 1);
    let told = served.events_until("collection.record.withdrawn").await;
    let told: Vec<_> = told.iter().map(|event| (event.kind.as_str(), event.legal_basis.as_str())).collect();
    let expected = [
        ("collection.record.accepted", ""),
        ("collection.remedy.changed", "（2026）鲁01行初1号"),
        ("collection.remedy.changed", "（2026）鲁01行初1号之一"),
        ("collection.record.suspended", "（2026）鲁01行初1号之一"),
        ("collection.remedy.changed", "（2026）鲁01行初1号判决"),
        ("collection.record.withdrawn", "（2026）鲁01行初1号判决"),
    ];
    assert_eq!(told, expected);
    served.stop().await;
}
