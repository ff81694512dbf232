//! Entries of the lists and remedies against them, joint measures, questions about parties, and repairs.

use serde_json::json;

use super::{Row, reads, writes};
use crate::access::fixture::{DIVISION, Fixture};

/// Name of the party, as entries and cases say it.
const PARTY: &str = "济南泉福食品有限公司";

/// What punishment serves alone.
pub(super) fn punishment(fixture: &Fixture) -> Vec<Row> {
    [
        abnormal_entries(fixture),
        serious_cases(fixture),
        entry_remedies(fixture),
        measures(fixture),
        parties(fixture),
        repairs(fixture),
    ]
    .concat()
}

fn abnormal_entries(fixture: &Fixture) -> Vec<Row> {
    let uscc = &fixture.uscc;
    let entry = json!({ "uscc": uscc, "party_name": PARTY, "division": DIVISION, "ground": "1", "lapsed_on": "2025-06-30" });
    vec![
        writes("/xinjian.punishment.v1.AbnormalDirectory/CreateAbnormalEntry", json!({ "entry": entry })),
        writes(
            "/xinjian.punishment.v1.AbnormalDirectory/AdvanceAbnormalEntry",
            json!({ "name": fixture.entry, "event": "Verify" }),
        ),
        writes(
            "/xinjian.punishment.v1.AbnormalDirectory/RecordAnnualReports",
            json!({ "reports": [
                { "uscc": uscc, "party_name": PARTY, "division": DIVISION, "year": 2024, "published_on": "2025-05-06" },
            ] }),
        ),
        reads("/xinjian.punishment.v1.AbnormalDirectory/GetAbnormalEntry", json!({ "name": fixture.entry })),
        reads("/xinjian.punishment.v1.AbnormalDirectory/ListAbnormalEntries", json!({}))
            .showing(&fixture.entry),
    ]
}

fn serious_cases(fixture: &Fixture) -> Vec<Row> {
    let case = json!({
        "uscc": fixture.uscc, "party_name": PARTY, "field": "FOOD", "division": DIVISION, "ground": "F4",
        "penalty_document_no": "济市监罚〔2026〕2号", "penalty_kinds": ["3", "10"], "discretion_grade": "Heavier",
    });
    vec![
        writes("/xinjian.punishment.v1.SeriousList/CreateSeriousCase", json!({ "serious_case": case })),
        writes(
            "/xinjian.punishment.v1.SeriousList/AdvanceSeriousCase",
            json!({ "name": fixture.case, "event": "GiveOpinion", "reason": "属于重点领域严重违法行为" }),
        ),
        writes(
            "/xinjian.punishment.v1.SeriousList/RequestCaseExtension",
            json!({ "name": fixture.case, "reason": "案情复杂" }),
        ),
        writes(
            "/xinjian.punishment.v1.SeriousList/DecideCaseExtension",
            json!({ "name": fixture.case, "granted": true }),
        ),
        writes(
            "/xinjian.punishment.v1.SeriousList/PublishSeriousCases",
            json!({ "names": [fixture.case], "title": "第一批" }),
        ),
        reads("/xinjian.punishment.v1.SeriousList/GetSeriousCase", json!({ "name": fixture.case })),
        reads("/xinjian.punishment.v1.SeriousList/ListSeriousCases", json!({})).showing(&fixture.case),
    ]
}

fn entry_remedies(fixture: &Fixture) -> Vec<Row> {
    let today = e2e::today().to_string();
    vec![
        writes(
            "/xinjian.punishment.v1.EntryRemedies/RegisterEntryRemedy",
            json!({ "entry_remedy": {
                "entry": fixture.listed, "kind": "Litigation", "body": "济南市历下区人民法院",
                "document_no": "鲁0102行初〔2026〕1号", "accepted_on": today,
            } }),
        ),
        writes(
            "/xinjian.punishment.v1.EntryRemedies/SuspendEntry",
            json!({
                "name": fixture.entry_remedy, "document_no": "济政停〔2026〕1号", "ordered_on": today, "reason": "停止执行",
            }),
        ),
        writes(
            "/xinjian.punishment.v1.EntryRemedies/ResumeEntry",
            json!({
                "name": fixture.entry_remedy, "document_no": "济政停〔2026〕2号", "ordered_on": today, "reason": "恢复执行",
            }),
        ),
        writes(
            "/xinjian.punishment.v1.EntryRemedies/RecordEntryRemedyOutcome",
            json!({ "name": fixture.entry_remedy, "outcome": {
                "code": "Upheld", "document_no": "济政复决〔2026〕1号", "decided_on": today, "summary": "维持",
            } }),
        ),
        reads("/xinjian.punishment.v1.EntryRemedies/GetEntryRemedy", json!({ "name": fixture.entry_remedy })),
        reads("/xinjian.punishment.v1.EntryRemedies/ListEntryRemedies", json!({}))
            .showing(&fixture.entry_remedy),
    ]
}

fn measures(fixture: &Fixture) -> Vec<Row> {
    let measure = &fixture.measure;
    vec![
        reads("/xinjian.punishment.v1.JointMeasures/ListMeasureItems", json!({})),
        reads("/xinjian.punishment.v1.JointMeasures/GetMeasure", json!({ "name": measure })),
        reads("/xinjian.punishment.v1.JointMeasures/ListMeasures", json!({})).showing(measure),
        reads("/xinjian.punishment.v1.JointMeasures/ListMeasureUses", json!({ "parent": measure })),
        reads("/xinjian.punishment.v1.JointMeasures/CountMeasureUse", json!({})),
        writes(
            "/xinjian.punishment.v1.JointMeasures/ConfirmMeasure",
            json!({ "name": measure, "legal_basis": "企业信息公示暂行条例 art 18" }),
        ),
        writes(
            "/xinjian.punishment.v1.JointMeasures/RejectMeasure",
            json!({ "name": measure, "reason": "依据不适用" }),
        ),
        writes(
            "/xinjian.punishment.v1.JointMeasures/ContestMeasure",
            json!({ "name": measure, "reason": "当事人异议" }),
        ),
        writes(
            "/xinjian.punishment.v1.JointMeasures/DecideMeasureContest",
            json!({ "name": measure, "reason": "经核查异议不成立" }),
        ),
        writes(
            "/xinjian.punishment.v1.JointMeasures/ReportMeasureUse",
            json!({ "measure": measure, "report": { "receiver": "approval", "applied_count": 0 } }),
        ),
    ]
}

fn parties(fixture: &Fixture) -> Vec<Row> {
    let uscc = &fixture.uscc;
    vec![
        reads("/xinjian.punishment.v1.Parties/CheckParty", json!({ "uscc": uscc, "purpose": "PERMIT" })),
        reads(
            "/xinjian.punishment.v1.Parties/BatchCheckParties",
            json!({ "usccs": [uscc], "purpose": "PERMIT" }),
        ),
        reads(
            "/xinjian.punishment.v1.Parties/CheckPartyByName",
            json!({ "party_name": PARTY, "purpose": "PERMIT" }),
        ),
        Row {
            absent: true,
            ..reads("/xinjian.punishment.v1.Receipts/GetReceipt", json!({ "name": "receipts/none-0" }))
        },
        reads("/xinjian.punishment.v1.Receipts/ListReceiptKeys", json!({})),
    ]
}

fn repairs(fixture: &Fixture) -> Vec<Row> {
    let (subject, name) = (&fixture.penalty, &fixture.repair);
    let ruling = json!({ "name": name, "decision_no": "济市监修〔2026〕1号", "reason": "已经改正", "legal_basis": "办法" });
    let verification = json!({ "method": "Online", "confirmed": true, "finding": "罚款已经缴清" });
    let supposed = json!({ "decided_on": "2026-01-15", "penalty_kinds": ["3"], "fine_fen": 500_000 });
    vec![
        reads("/xinjian.punishment.v1.Repairs/GetEligibility", json!({ "subject": subject })),
        reads("/xinjian.punishment.v1.Repairs/GetRepair", json!({ "name": name })).showing(&fixture.flag),
        reads("/xinjian.punishment.v1.Repairs/ListRepairs", json!({})).showing(name),
        writes("/xinjian.punishment.v1.Repairs/CreateRepair", json!({ "repair": { "subject": subject } })),
        writes("/xinjian.punishment.v1.Repairs/SubmitRepair", json!({ "name": name })),
        writes(
            "/xinjian.punishment.v1.Repairs/ExamineRepair",
            json!({ "name": name, "examination": "REPAIR_EXAMINATION_ACCEPT" }),
        ),
        writes(
            "/xinjian.punishment.v1.Repairs/RecordRepairVerification",
            json!({ "name": name, "verification": verification }),
        ),
        writes("/xinjian.punishment.v1.Repairs/ReferRepair", json!({ "name": name, "reason": "多次违法" })),
        writes(
            "/xinjian.punishment.v1.Repairs/RecordRepairOpinion",
            json!({ "name": name, "opinion": { "supports": true, "reason": "已经改正" } }),
        ),
        writes("/xinjian.punishment.v1.Repairs/DecideRepair", ruling.clone()),
        writes("/xinjian.punishment.v1.Repairs/RevokeRepair", ruling),
        writes("/xinjian.punishment.v1.Repairs/ShareRepair", json!({ "name": name })),
        writes(
            "/xinjian.punishment.v1.Repairs/RecordRepairPush",
            json!({ "name": name, "document_no": "济市监函〔2026〕1号" }),
        ),
        writes("/xinjian.punishment.v1.Repairs/WithdrawRepair", json!({ "name": name })),
        reads("/xinjian.punishment.v1.Simulator/SimulatePenalty", supposed),
    ]
}
