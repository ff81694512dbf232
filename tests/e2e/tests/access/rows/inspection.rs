//! Tasks with their draws, plans, visits with their results, rectifications, and inspectors.

use serde_json::json;

use super::{Row, reads, writes};
use crate::access::fixture::Fixture;

/// What inspection serves alone.
pub(super) fn inspection(fixture: &Fixture) -> Vec<Row> {
    [tasks(fixture), plans(fixture), visits(fixture), rectifications(fixture), inspectors(fixture)].concat()
}

fn tasks(fixture: &Fixture) -> Vec<Row> {
    let task = &fixture.task;
    let new = json!({
        "title": "随机抽查", "field": "FOOD", "stratify_by": "UNIFORM", "uniform_percent": 5, "lead_office": "FOOD_PROD",
    });
    let clue = json!({
        "task": { "title": "投诉举报核查", "field": "FOOD", "lead_office": "FOOD_PROD" },
        "ground": "Complaint", "reference": "12345-20260601-7", "usccs": ["91370102MA3C00011F"],
    });
    let assign = json!({
        "name": task,
        "assignments": [{ "uscc": "91370102MA3C00011F", "inspector_nos": ["JN0001", "JN0002"] }],
    });
    let announce = json!({
        "name": task, "entropy_source": "demo-beacon", "entropy_round": "1", "fallback_round": "2",
        "draw_time": "2099-01-01T00:00:00Z",
    });
    let entropy = json!({ "name": task, "round": "2026308", "published_figures": "1 2 3" });
    vec![
        writes("/xinjian.inspection.v1.Tasks/CreateTask", json!({ "task": new })),
        writes("/xinjian.inspection.v1.Tasks/CreateClueTask", clue),
        writes("/xinjian.inspection.v1.Tasks/AssignInspectors", assign),
        writes("/xinjian.inspection.v1.Tasks/AnnounceDraw", announce),
        writes("/xinjian.inspection.v1.Tasks/RecordEntropy", entropy),
        writes("/xinjian.inspection.v1.Tasks/RejectEntropy", json!({ "name": task, "reason": "末位误读" })),
        writes("/xinjian.inspection.v1.Tasks/RunDraw", json!({ "name": task })),
        reads("/xinjian.inspection.v1.Tasks/GetTask", json!({ "name": task })),
        reads("/xinjian.inspection.v1.Tasks/ListTasks", json!({})).showing(task),
        reads("/xinjian.inspection.v1.Tasks/WatchCeremony", json!({ "name": task })),
        writes("/xinjian.inspection.v1.Tasks/CloseTask", json!({ "name": task })),
        writes("/xinjian.inspection.v1.Tasks/CancelTask", json!({ "name": task, "reason": "任务合并" })),
        reads(
            "/xinjian.inspection.v1.Tasks/GetProof",
            json!({ "name": task, "full": true, "purpose": "核验" }),
        ),
        reads(
            "/xinjian.inspection.v1.Tasks/GetProofFile",
            json!({ "name": task, "full": true, "purpose": "核验" }),
        ),
        reads("/xinjian.inspection.v1.Tasks/GetPublicProof", json!({ "name": task })),
        reads("/xinjian.inspection.v1.Items/GetSupervisionCatalogue", json!({ "field": "FOOD" })),
    ]
}

fn plans(fixture: &Fixture) -> Vec<Row> {
    let plan = &fixture.plan;
    let year = plan[6..10].parse::<i32>().expect("a plan is named by its year");
    vec![
        writes(
            "/xinjian.inspection.v1.Plans/DraftPlan",
            json!({ "year": year, "plan": { "title": "年度计划" } }),
        ),
        writes("/xinjian.inspection.v1.Plans/ReviewPlan", json!({ "name": plan })),
        writes("/xinjian.inspection.v1.Plans/ApprovePlan", json!({ "name": plan })),
        writes(
            "/xinjian.inspection.v1.Plans/FilePlan",
            json!({ "name": plan, "document_no": "济市监信〔2026〕1号" }),
        ),
        writes("/xinjian.inspection.v1.Plans/PublishPlan", json!({ "name": plan })),
        writes("/xinjian.inspection.v1.Plans/AmendPlan", json!({ "name": plan, "reason": "新增许可" })),
        writes("/xinjian.inspection.v1.Plans/CancelPlan", json!({ "name": plan, "reason": "产能不足" })),
        writes("/xinjian.inspection.v1.Plans/CreatePlannedTasks", json!({ "plan": plan, "month": 1 })),
        reads("/xinjian.inspection.v1.Plans/GetPlan", json!({ "name": plan })),
        reads("/xinjian.inspection.v1.Plans/ListPlans", json!({})).showing(plan),
        reads("/xinjian.inspection.v1.Plans/ListPlannedVisits", json!({ "plan": plan })),
        reads("/xinjian.inspection.v1.Plans/ListPlanConflicts", json!({ "plan": plan })),
    ]
}

fn visits(fixture: &Fixture) -> Vec<Row> {
    let (task, visit) = (&fixture.task, fixture.visit());
    let result = json!({ "name": visit, "result": "4", "visited_on": "2026-06-01" });
    vec![
        writes(
            "/xinjian.inspection.v1.Replacements/ProposeReplacement",
            json!({ "visit": visit, "ground": "MovedOut", "cited_event": "registry/1" }),
        ),
        writes(
            "/xinjian.inspection.v1.Replacements/DecideReplacement",
            json!({ "name": format!("{task}/replacements/1"), "approve": true }),
        ),
        reads("/xinjian.inspection.v1.Replacements/ListReplacements", json!({ "task": task })),
        reads("/xinjian.inspection.v1.Visits/ListVisits", json!({})).showing(&visit),
        reads("/xinjian.inspection.v1.Visits/GetTaskLetter", json!({ "name": format!("{visit}/letter") })),
        writes(
            "/xinjian.inspection.v1.Visits/ScanIn",
            json!({ "name": visit, "scan_code": "0", "inspector_no": "JN1" }),
        ),
        writes("/xinjian.inspection.v1.Visits/EnterResult", result),
        writes(
            "/xinjian.inspection.v1.EvidenceFiles/UploadEvidence",
            json!({ "visit": visit, "content": "JVBERi0=", "media_type": "application/pdf" }),
        ),
        Row {
            absent: true,
            ..reads(
                "/xinjian.inspection.v1.EvidenceFiles/GetEvidence",
                json!({ "name": format!("{visit}/evidence/{}", "0".repeat(64)), "purpose": "复核" }),
            )
        },
        writes("/xinjian.inspection.v1.Visits/ReviewResult", json!({ "name": visit, "approve": true })),
        writes("/xinjian.inspection.v1.Visits/PublishResults", json!({ "task": task })),
    ]
}

fn rectifications(fixture: &Fixture) -> Vec<Row> {
    let rectification = format!("{}/rectification", fixture.visit());
    vec![
        writes(
            "/xinjian.inspection.v1.Rectifications/ReportRectification",
            json!({ "name": rectification, "reported_on": "2026-06-01", "report": "已整改" }),
        ),
        writes(
            "/xinjian.inspection.v1.Rectifications/RecheckRectification",
            json!({ "name": rectification, "rechecked_on": "2026-06-01", "passed": true }),
        ),
        writes(
            "/xinjian.inspection.v1.Rectifications/OpenCase",
            json!({ "name": rectification, "case_no": "济市监立案〔2026〕1号" }),
        ),
        writes(
            "/xinjian.inspection.v1.Rectifications/DeclineCase",
            json!({ "name": rectification, "reason": "情节轻微" }),
        ),
        reads("/xinjian.inspection.v1.Rectifications/GetRectification", json!({ "name": rectification })),
        reads("/xinjian.inspection.v1.Rectifications/ListRectifications", json!({})).showing(&rectification),
    ]
}

fn inspectors(fixture: &Fixture) -> Vec<Row> {
    let inspector = json!({
        "inspector_no": "JN9", "office": "FOOD_PROD", "fields": ["FOOD"], "divisions": ["370100"], "cap": 1,
        "certificate_valid_to": "2099-12-31",
    });
    let recusal =
        json!({ "inspector_no": "JN1", "uscc": fixture.uscc, "relation": "Kinship", "reason": "亲属" });
    vec![
        writes("/xinjian.inspection.v1.Inspectors/RegisterInspector", json!({ "inspector": inspector })),
        reads("/xinjian.inspection.v1.Inspectors/ListInspectors", json!({})).showing("JN1"),
        writes("/xinjian.inspection.v1.Inspectors/DeclareRecusal", json!({ "recusal": recusal })),
    ]
}
