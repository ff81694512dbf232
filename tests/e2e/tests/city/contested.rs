//! A penalty that is contested: what its party's class rests on follows the record, from its correction to its annulment.

use contract::collection::v1::record::Content;
use contract::collection::v1::{
    DecideObjectionAnswerRequest, ListRecordsRequest, LodgeObjectionRequest, Objection, ObjectionAnswer,
    Penalty, Permit, ProposeObjectionAnswerRequest, Provenance, Record, RecordRemedyOutcomeRequest,
    RegisterRemedyRequest, Remedy, RemedyOutcome, ResumeEnforcementRequest, SuspendEnforcementRequest,
};
use contract::gateway::v1::GetTimelineRequest;
use contract::registry::v1::Enterprise;
use contract::risk::v1::ExplainClassRequest;
use domain::{LicenceNumber, Uscc};
use e2e::city::TestCity;
use e2e::people::People;
use e2e::{id, job, today, wait};

/// Division of the producer.
const DIVISION: &str = "370102";

fn record(uscc: &str, document_no: &str, content: Content) -> Record {
    let unit = "济南市市场监督管理局".to_owned();
    Record {
        uscc: uscc.to_owned(),
        party_name: "济南泉福食品有限公司".to_owned(),
        field: "FOOD".to_owned(),
        provenance: Some(Provenance { producer: unit.clone(), provider: unit.clone(), responsible: unit }),
        document_no: document_no.to_owned(),
        decided_on: (today() - chrono::Days::new(30)).to_string(),
        content: Some(content),
        ..Record::default()
    }
}

fn penalty(uscc: &str, grade: &str) -> Record {
    let content = Penalty {
        violation_type: "生产不符合食品安全标准的食品".to_owned(),
        legal_basis: "《中华人民共和国食品安全法》第一百二十四条".to_owned(),
        penalty_kinds: vec!["3".to_owned()],
        fine_fen: 10_000_000,
        discretion_grade: grade.to_owned(),
        ordinary_procedure: true,
        ..Penalty::default()
    };
    record(uscc, "济市监罚〔2026〕1号", Content::Penalty(content))
}

/// A producer with a class, under whose name a penalty of the heavier grade stands; answers its code and the record.
async fn penalised(people: &People) -> (String, Record) {
    let uscc = Uscc::compose("91370102", "MA000001").expect("the parts are of the alphabet").to_string();
    let licence = LicenceNumber::compose_food(false, 1, DIVISION, 1).expect("the parts are in bounds");
    let permit = Permit {
        permit_class: "普通".to_owned(),
        permit_no: licence.to_string(),
        valid_from: "2025-01-01".to_owned(),
        valid_to: "2099-12-31".to_owned(),
        ..Permit::default()
    };
    let enterprise = Enterprise {
        uscc: uscc.clone(),
        legal_name: "济南泉福食品有限公司".to_owned(),
        party_kind: "legal_or_unincorporated".to_owned(),
        division: DIVISION.to_owned(),
        ..Enterprise::default()
    };
    let legal = people.officer("importer", "LEGAL");
    job::enterprises(&legal, vec![enterprise]).await;
    wait::quiet(people).await;
    let rows = vec![record(&uscc, licence.as_ref(), Content::Permit(permit)), penalty(&uscc, "Heavier")];
    let taken = job::records(&legal, rows).await;
    assert_eq!((taken.new, taken.refused.len()), (2, 0), "{taken:?}");
    wait::quiet(people).await;
    job::confirm_marks(people).await;
    wait::quiet(people).await;
    let run = job::score(people).await;
    job::approve(people, &run).await;
    wait::quiet(people).await;
    let request = ListRecordsRequest { uscc: uscc.clone(), kind: "penalty".to_owned(), ..Default::default() };
    let page = people.officer("reader", "CREDIT").records().list_records(request).await;
    (uscc, page.expect("CREDIT reads records").into_inner().records.remove(0))
}

/// The indicators of the class that rest on a record, once every service has read what the others told.
async fn resting_on(people: &People, uscc: &str, record: &str) -> Vec<String> {
    wait::quiet(people).await;
    let name = format!("enterprises/{uscc}/classes/FOOD");
    let purpose = "核查".to_owned();
    let request = ExplainClassRequest { name, purpose, ..ExplainClassRequest::default() };
    let explained = people.officer("reader", "CREDIT").classes().explain_class(request).await;
    let lines = explained.expect("CREDIT reads classes").into_inner().contributions;
    let rests = lines.into_iter().filter(|line| line.records.iter().any(|one| one == record));
    rests.map(|line| line.indicator).collect()
}

/// The objection of the party is founded: the grade was not the heavier one.
async fn objection_is_founded(people: &People, uscc: &str, record: &Record) {
    let lodged = LodgeObjectionRequest {
        objection: Some(Objection {
            record: record.name.clone(),
            objector: "PARTY".to_owned(),
            contested_fields: vec!["penalty.discretion_grade".to_owned()],
            grounds: "决定书未认定从重".to_owned(),
            ..Objection::default()
        }),
        request_id: id(),
    };
    let counter = people.officer("counter", "DISTRICT");
    let lodged = counter.objections().lodge_objection(lodged).await.expect("a district lodges for the party");
    let name = lodged.into_inner().name;
    let answer = ObjectionAnswer {
        founded: true,
        reasons: "裁量等次录入有误".to_owned(),
        legal_basis: "济市监罚〔2026〕1号".to_owned(),
        corrected_record: Some(Record { name: record.name.clone(), ..penalty(uscc, "Ordinary") }),
    };
    let proposal =
        ProposeObjectionAnswerRequest { name: name.clone(), answer: Some(answer), request_id: id() };
    let proposer = people.officer("case-handler", "ENFORCEMENT");
    proposer.objections().propose_objection_answer(proposal).await.expect("the provider proposes");
    let decision =
        DecideObjectionAnswerRequest { name, granted: true, remark: String::new(), request_id: id() };
    let decider = people.officer("head", "ENFORCEMENT");
    let answered = decider.objections().decide_objection_answer(decision).await.expect("another one answers");
    assert_eq!(answered.into_inner().state, "Founded");
}

async fn suit_is_accepted(people: &People, record: &str) -> String {
    let remedy = Remedy {
        record: record.to_owned(),
        kind: "Litigation".to_owned(),
        body: "济南市中级人民法院".to_owned(),
        document_no: "（2026）鲁01行初1号".to_owned(),
        accepted_on: (today() - chrono::Days::new(20)).to_string(),
        ..Remedy::default()
    };
    let request = RegisterRemedyRequest { remedy: Some(remedy), request_id: id() };
    let legal = people.officer("lawyer", "LEGAL");
    legal.remedies().register_remedy(request).await.expect("LEGAL registers").into_inner().name
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contested_penalty_counts_as_it_stands_and_no_more_once_a_court_annuls_it() {
    let city = TestCity::start().await;
    let people = city.people();
    let (uscc, record) = penalised(people).await;
    let before = resting_on(people, &uscc, &record.name).await;
    assert!(before.iter().any(|indicator| indicator.contains("heavier")), "{before:?}");

    objection_is_founded(people, &uscc, &record).await;
    let corrected = resting_on(people, &uscc, &record.name).await;
    assert!(!corrected.is_empty() && corrected.len() < before.len(), "{before:?} {corrected:?}");

    let remedy = suit_is_accepted(people, &record.name).await;
    assert_eq!(resting_on(people, &uscc, &record.name).await, corrected, "a suit suspends nothing");
    let lawyer = people.officer("lawyer", "LEGAL");
    let day = |ago| (today() - chrono::Days::new(ago)).to_string();
    let suspension = SuspendEnforcementRequest {
        name: remedy.clone(),
        document_no: "（2026）鲁01行初1号之一".to_owned(),
        ordered_on: day(15),
        reason: "损失难以弥补".to_owned(),
        request_id: id(),
    };
    lawyer.remedies().suspend_enforcement(suspension).await.expect("the order is entered");
    assert_eq!(resting_on(people, &uscc, &record.name).await, [""; 0]);
    let resumption = ResumeEnforcementRequest {
        name: remedy.clone(),
        document_no: "（2026）鲁01行初1号之二".to_owned(),
        ordered_on: day(10),
        reason: "申请人提供担保".to_owned(),
        request_id: id(),
    };
    lawyer.remedies().resume_enforcement(resumption).await.expect("the order is entered");
    assert_eq!(resting_on(people, &uscc, &record.name).await, corrected);

    let outcome = RemedyOutcome {
        code: "Annulled".to_owned(),
        document_no: "（2026）鲁01行初1号判决".to_owned(),
        decided_on: day(1),
        summary: "主要证据不足".to_owned(),
        ..RemedyOutcome::default()
    };
    let request = RecordRemedyOutcomeRequest {
        name: remedy,
        outcome: Some(outcome),
        corrected_record: None,
        request_id: id(),
    };
    lawyer.remedies().record_remedy_outcome(request).await.expect("the judgment is entered");
    assert_eq!(resting_on(people, &uscc, &record.name).await, [""; 0]);

    let request = GetTimelineRequest { name: format!("enterprises/{uscc}/timeline") };
    let timeline = people.officer("reader", "CREDIT").profiles().get_timeline(request).await;
    let titles: Vec<_> = timeline
        .expect("CREDIT reads timelines")
        .into_inner()
        .events
        .into_iter()
        .map(|event| event.title)
        .collect();
    for part in [
        "（已撤回）",
        "提出信息异议（当事人）",
        "信息异议成立",
        "行政诉讼受理",
        "决定暂缓执行",
        "行政诉讼结果：撤销原决定",
    ] {
        assert!(titles.iter().any(|title| title.contains(part)), "{part}: {titles:?}");
    }
}
