//! After: suspicions from the visits, a listing worked by three bodies, and what other systems are told.

use std::time::Instant;

use chrono::{Days, NaiveDate};
use contract::collection::v1::Record;
use contract::collection::v1::record::Content;
use contract::punishment::v1::{
    AbnormalLetter, AdvanceAbnormalEntryRequest, AdvanceSeriousCaseRequest, Advice, CheckPartyRequest,
    CreateSeriousCaseRequest, ListAbnormalEntriesRequest, PublishSeriousCasesRequest, SeriousAssessment,
    SeriousCase, SeriousDecision, WeighedFactor,
};
use rulebook::Rulebook;
use serde_json::json;

use super::{id, said};
use crate::demo::city::City;
use crate::demo::facts::Demo;
use crate::wait::until;

/// Cases that are worked through.
const CASES: usize = 20;
/// Entries of the directory that are decided.
const ENTRIES: usize = 5;

/// `unreachable` visits found nobody: each opens a suspicion.
pub(in crate::demo) async fn run(demo: &mut Demo, city: &City, unreachable: usize) -> anyhow::Result<()> {
    let started = Instant::now();
    let directory = decide_entries(demo, unreachable.min(ENTRIES)).await?;
    let cases = list_serious(demo, city).await?;
    demo.note("list", started.elapsed(), json!({ "directory": directory, "serious": cases.len() }));
    check(demo, &cases).await
}

/// Decides `count` of the suspicions that inspection's results opened, as the registering authority.
async fn decide_entries(demo: &Demo, count: usize) -> anyhow::Result<usize> {
    let district = demo.person("district-maker", "DISTRICT")?;
    let checker = demo.person("district-checker", "DISTRICT")?;
    let suspected = until("suspicions from visits that found nobody", || {
        let mut client = district.abnormal();
        async move {
            let request = ListAbnormalEntriesRequest { state: "Suspected".to_owned(), ..Default::default() };
            let page = client.list_abnormal_entries(request).await.map_err(said)?.into_inner();
            Ok((page.entries.len() >= count).then_some(page.entries))
        }
    })
    .await?;
    let mut decided = 0;
    for entry in suspected.iter().take(count) {
        for (clients, event, days_ago) in [
            (&district, "Verify", 30),
            (&district, "RecordLetter", 30),
            (&district, "RecordLetter", 10),
            (&district, "Propose", 0),
            (&checker, "Decide", 0),
        ] {
            let letter = AbnormalLetter { unsigned: true, ..AbnormalLetter::default() };
            let request = AdvanceAbnormalEntryRequest {
                name: entry.name.clone(),
                event: event.to_owned(),
                effective_on: (demo.today - Days::new(days_ago)).to_string(),
                letter: (event == "RecordLetter").then_some(letter),
                document_no: format!("济市监异〔{}〕{}号", demo.today.format("%Y"), decided + 1),
                reason: "两次专用信函均无人签收".to_owned(),
                legal_basis: "《企业经营异常名录管理办法》".to_owned(),
                request_id: id(),
                ..Default::default()
            };
            clients.abnormal().advance_abnormal_entry(request).await.map_err(said)?;
        }
        decided += 1;
    }
    Ok(decided)
}

/// Penalties of the heavier grade lead to cases: notice, defence, consent of the superior, publication.
async fn list_serious(demo: &Demo, city: &City) -> anyhow::Result<Vec<SeriousCase>> {
    let mut listed = Vec::new();
    for new in candidates(city, notice_day(demo.today)).take(CASES) {
        listed.push(work_case(demo, new).await?);
    }
    publish(demo, &listed).await
}

/// The day on which a party was told that it is to be listed: long enough ago that its time to ask for a hearing is over.
fn notice_day(today: NaiveDate) -> NaiveDate {
    today - Days::new(30)
}

/// Penalties of the heavier grade that were decided by the day of the notice.
fn candidates(city: &City, notice: NaiveDate) -> impl Iterator<Item = SeriousCase> {
    let mut seen = std::collections::BTreeSet::new();
    let in_time = move |record: &&Record| record.decided_on <= notice.to_string();
    city.records.iter().rev().filter(in_time).filter_map(move |record| {
        let Some(Content::Penalty(penalty)) = &record.content else { return None };
        let heavier = penalty.discretion_grade == "Heavier" && seen.insert(record.uscc.clone());
        heavier.then(|| SeriousCase {
            uscc: record.uscc.clone(),
            party_name: record.party_name.clone(),
            field: record.field.clone(),
            division: record.division.clone(),
            ground: if record.field == "FOOD" { "F4" } else { "Q1" }.to_owned(),
            penalty_document_no: record.document_no.clone(),
            penalty_kinds: penalty.penalty_kinds.clone(),
            discretion_grade: penalty.discretion_grade.clone(),
            ..SeriousCase::default()
        })
    })
}

/// Takes a case from its opening to the decision, each step by its body.
async fn work_case(demo: &Demo, new: SeriousCase) -> anyhow::Result<SeriousCase> {
    let body = demo.person("case-handler", "ENFORCEMENT")?;
    let line = demo.person("line-officer", if new.field == "FOOD" { "FOOD_PROD" } else { "SE_SUPERV" })?;
    let (legal, superior) = (demo.person("reviewer", "LEGAL")?, demo.person("superior", "SUPERIOR")?);
    let head = demo.person("case-head", "ENFORCEMENT")?;
    let request = CreateSeriousCaseRequest { serious_case: Some(new), request_id: id() };
    let mut case = body.serious().create_serious_case(request).await.map_err(said)?.into_inner();
    let served = notice_day(demo.today);
    let asked = demo.today - Days::new(15);
    let steps = [
        (&line, "GiveOpinion", served),
        (&body, "Assess", served),
        (&legal, "Review", served),
        (&body, "ServeNotice", served),
        (&body, "AskConsent", asked),
        (&superior, "Consent", demo.today),
        (&head, "Decide", demo.today),
    ];
    for (clients, event, on) in steps {
        let request = AdvanceSeriousCaseRequest {
            name: case.name.clone(),
            event: event.to_owned(),
            document_no: document(demo.today, &case.name),
            effective_on: on.to_string(),
            reason: "事实清楚，证据确凿".to_owned(),
            legal_basis: "《市场监督管理严重违法失信名单管理办法》第二条".to_owned(),
            request_id: id(),
            assessment: (event == "Assess").then(|| assessment(on)),
            decision: (event == "Decide").then(|| decision(on)),
            ..Default::default()
        };
        case = clients.serious().advance_serious_case(request).await.map_err(said)?.into_inner();
    }
    Ok(case)
}

/// Publishes the decided cases in one batch.
async fn publish(demo: &Demo, decided: &[SeriousCase]) -> anyhow::Result<Vec<SeriousCase>> {
    if decided.is_empty() {
        return Ok(Vec::new());
    }
    let request = PublishSeriousCasesRequest {
        names: decided.iter().map(|case| case.name.clone()).collect(),
        title: "重点领域严重违法失信名单（第一批）".to_owned(),
        request_id: id(),
        ..Default::default()
    };
    let credit = demo.person("credit-checker", "CREDIT")?;
    Ok(credit.serious().publish_serious_cases(request).await.map_err(said)?.into_inner().cases)
}

fn assessment(on: NaiveDate) -> SeriousAssessment {
    let book = Rulebook::builtin();
    let factors = book.codes("serious_factor", on);
    SeriousAssessment {
        grave: true,
        findings: "违法行为性质恶劣、情节严重、社会危害较大".to_owned(),
        factors: factors
            .map(|code| WeighedFactor { factor: code.code.clone(), finding: "已衡量".to_owned() })
            .collect(),
        no_intent_proven: false,
    }
}

fn decision(on: NaiveDate) -> SeriousDecision {
    SeriousDecision {
        matter: "违反重点领域法律法规，受到较重行政处罚".to_owned(),
        basis: "《市场监督管理严重违法失信名单管理办法》第二条".to_owned(),
        measures: "依法依规列为重点监管对象，不适用告知承诺制".to_owned(),
        removal: "列入满一年且符合条件的可申请提前移出，满三年移出".to_owned(),
        remedies: "可依法申请行政复议或者提起行政诉讼".to_owned(),
        penalty_decided_on: on.to_string(),
        restricted_until: String::new(),
    }
}

fn document(today: NaiveDate, name: &str) -> String {
    let tail: String = name.chars().rev().take(6).collect::<Vec<_>>().into_iter().rev().collect();
    format!("济市监列〔{}〕{tail}", today.format("%Y"))
}

/// A licensing system asks about a listed party and about one that nothing stands against.
async fn check(demo: &mut Demo, cases: &[SeriousCase]) -> anyhow::Result<()> {
    let started = Instant::now();
    let mut parties = demo.office("LEGAL")?.parties();
    let mut barred = 0;
    for case in cases {
        let request = CheckPartyRequest {
            uscc: case.uscc.clone(),
            purpose: "PERMIT".to_owned(),
            ..CheckPartyRequest::default()
        };
        let answer = parties.check_party(request).await.map_err(said)?.into_inner();
        barred += usize::from(answer.advice() >= Advice::NoNotifyAndCommit);
    }
    anyhow::ensure!(barred == cases.len(), "a listed party was not named: {barred} of {}", cases.len());
    demo.note("check", started.elapsed(), json!({ "asked": cases.len(), "no notify-and-commit": barred }));
    if let Some(case) = cases.first() {
        demo.show(&case.uscc);
    }
    Ok(())
}
