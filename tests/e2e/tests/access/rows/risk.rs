//! Models, classes and what overrides them, runs, and signals of key attention.

use serde_json::json;

use super::{Row, reads, writes};
use crate::access::fixture::Fixture;

/// What risk serves alone.
pub(super) fn risk(fixture: &Fixture) -> Vec<Row> {
    [models(), classes(fixture), provincial_classes(fixture), runs(fixture), signals(fixture)].concat()
}

/// A shipped version, in force.
const MODEL: &str = "models/food2016@3";

fn models() -> Vec<Row> {
    vec![
        reads("/xinjian.risk.v1.Models/ListModels", json!({})).showing(MODEL),
        reads("/xinjian.risk.v1.Models/GetModel", json!({ "name": MODEL })).showing("cites:"),
        writes("/xinjian.risk.v1.Models/TrialModel", json!({ "name": MODEL, "reason": "试运行" })),
        writes(
            "/xinjian.risk.v1.Models/ProposeModel",
            json!({
                "name": MODEL, "effective_from": "2099-01-01", "reason": "试运行", "legal_basis": "国市监信发〔2022〕6号",
            }),
        ),
        writes("/xinjian.risk.v1.Models/ApproveModel", json!({ "name": MODEL })),
        writes("/xinjian.risk.v1.Models/RejectModel", json!({ "name": MODEL, "reason": "试运行" })),
        writes("/xinjian.risk.v1.Models/RetireModel", json!({ "name": MODEL, "reason": "试运行" })),
    ]
}

fn classes(fixture: &Fixture) -> Vec<Row> {
    let class = json!({ "name": format!("{}/classes/FOOD", fixture.enterprise()), "purpose": "核查" });
    let decided = json!({ "name": fixture.class_override });
    let ended = json!({ "name": fixture.class_override, "reason": "核查" });
    vec![
        reads("/xinjian.risk.v1.Classes/GetClass", class.clone()),
        reads("/xinjian.risk.v1.Classes/ListClasses", json!({ "purpose": "核查" })).showing(&fixture.uscc),
        reads("/xinjian.risk.v1.Classes/ExplainClass", class),
        writes(
            "/xinjian.risk.v1.Overrides/ProposeOverride",
            json!({
                "parent": format!("{}/classes/FOOD", fixture.enterprise()), "code": "E", "reason": "核查",
                "legal_basis": "国市监信发〔2022〕6号", "ends_on": e2e::tomorrow().to_string(),
            }),
        ),
        writes("/xinjian.risk.v1.Overrides/ApproveOverride", decided),
        writes("/xinjian.risk.v1.Overrides/RefuseOverride", ended.clone()),
        writes("/xinjian.risk.v1.Overrides/LiftOverride", ended),
        reads("/xinjian.risk.v1.Overrides/ListOverrides", json!({ "purpose": "核查" }))
            .showing(&fixture.class_override),
    ]
}

fn provincial_classes(fixture: &Fixture) -> Vec<Row> {
    let provincial = json!({ "classes": [{
        "uscc": fixture.uscc, "scheme": "shandong2020", "code": "B", "classified_on": "2026-01-31",
        "source_document": "省局2026年1月分类结果",
    }] });
    vec![
        writes("/xinjian.risk.v1.ProvincialClasses/ImportProvincialClasses", provincial.clone()),
        writes("/xinjian.risk.v1.ProvincialClasses/BatchImportProvincialClasses", provincial),
        writes(
            "/xinjian.risk.v1.ProvincialClasses/WithdrawProvincialClass",
            json!({ "name": format!("{}/provincialClasses/shandong2020-2026-01-31", fixture.enterprise()), "reason": "错" }),
        ),
        reads(
            "/xinjian.risk.v1.ProvincialClasses/ListProvincialClasses",
            json!({ "parent": fixture.enterprise(), "purpose": "核查" }),
        ),
    ]
}

fn runs(fixture: &Fixture) -> Vec<Row> {
    let sample = format!("{}/samples/FOOD", fixture.run);
    let replay = json!({
        "model": include_str!("../../../../../shared/rulebook/data/models/food2016.yaml"),
        "outcome": "{field: inspection.critical_count, op: ge, value: 1}",
        "first_day": "2026-01-01", "last_day": "2026-06-30", "resamples": 10, "shuffles": 2,
    });
    vec![
        writes("/xinjian.risk.v1.Runs/CreateRun", json!({})),
        reads("/xinjian.risk.v1.Runs/GetRun", json!({ "name": fixture.run })),
        reads("/xinjian.risk.v1.Runs/ListRuns", json!({})).showing(&fixture.run),
        reads("/xinjian.risk.v1.Runs/ListRunChanges", json!({ "name": fixture.run, "purpose": "核查" }))
            .showing(&fixture.uscc),
        reads("/xinjian.risk.v1.Runs/GetRunSample", json!({ "name": sample, "purpose": "核查" })),
        writes("/xinjian.risk.v1.Runs/RecordSampleCheck", json!({ "name": sample })),
        writes("/xinjian.risk.v1.Runs/ApproveRun", json!({ "name": fixture.run })),
        writes("/xinjian.risk.v1.Runs/CancelRun", json!({ "name": fixture.run, "reason": "核查" })),
        reads("/xinjian.risk.v1.Backtests/ReplayHistory", replay),
    ]
}

fn signals(fixture: &Fixture) -> Vec<Row> {
    vec![
        writes("/xinjian.risk.v1.Signals/RunScan", json!({})),
        reads("/xinjian.risk.v1.Signals/ListScans", json!({})).showing("scans/"),
        reads("/xinjian.risk.v1.Signals/GetSignal", json!({ "name": fixture.signal(), "purpose": "核查" })),
        reads("/xinjian.risk.v1.Signals/ListSignals", json!({ "purpose": "核查" }))
            .showing(&fixture.signal()),
        writes("/xinjian.risk.v1.Signals/TakeSignal", json!({ "name": fixture.signal() })),
        writes(
            "/xinjian.risk.v1.Signals/ConfirmSignal",
            json!({ "name": fixture.signal(), "reason": "多人投诉" }),
        ),
        writes(
            "/xinjian.risk.v1.Signals/DismissSignal",
            json!({ "name": fixture.signal(), "reason": "不属实" }),
        ),
        reads("/xinjian.risk.v1.Flags/GetFlag", json!({ "name": fixture.flag, "purpose": "核查" })),
        reads("/xinjian.risk.v1.Flags/ListFlags", json!({ "purpose": "核查" })).showing(&fixture.flag),
        writes(
            "/xinjian.risk.v1.Flags/ReviewFlag",
            json!({ "name": fixture.flag, "outcome": "FLAG_OUTCOME_EXTEND", "reason": "整改未完成" }),
        ),
    ]
}
