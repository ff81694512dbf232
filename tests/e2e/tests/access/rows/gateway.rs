//! The gateway's own RPCs, and those of the public listener.

use e2e::today;
use serde_json::json;

use super::{Row, reads};
use crate::access::fixture::Fixture;

pub(super) fn gateway(fixture: &Fixture) -> Vec<Row> {
    let enterprise = fixture.enterprise();
    let month = format!("dispatchReports/{}", today().format("%Y-%m"));
    let duties = reads("/xinjian.gateway.v1.WorkLists/ListDuties", json!({})).showing(&fixture.candidate);
    vec![
        reads("/xinjian.gateway.v1.Profiles/GetProfile", json!({ "name": format!("{enterprise}/profile") })),
        reads(
            "/xinjian.gateway.v1.Profiles/GetTimeline",
            json!({ "name": format!("{enterprise}/timeline") }),
        ),
        reads(
            "/xinjian.gateway.v1.Profiles/CheckParty",
            json!({ "uscc": fixture.uscc, "purpose": "PERMIT" }),
        ),
        Row { asked_by: Some("FOOD_PROD"), ..duties },
        Row {
            shows: Some("\"open\":\"1\"".to_owned()),
            asked_by: Some("FOOD_PROD"),
            ..reads("/xinjian.gateway.v1.WorkLists/CountDuties", json!({}))
        },
        // How far a list is covered is told where there is one.
        reads("/xinjian.gateway.v1.DispatchReports/GetDispatchReport", json!({ "name": month }))
            .showing("\"enterprises\":"),
        reads("/xinjian.gateway.v1.DispatchReports/GetDispatchWorkbook", json!({ "name": month })),
    ]
}

pub(super) fn public(fixture: &Fixture) -> Vec<Row> {
    vec![
        reads("/xinjian.public.v1.Publications/ListMarks", json!({})),
        reads("/xinjian.public.v1.Publications/ListEntries", json!({ "list": "SERIOUS" })),
        reads("/xinjian.public.v1.Publications/ListPenalties", json!({})),
        // The fixture publishes no penalty.
        Row {
            absent: true,
            ..reads(
                "/xinjian.public.v1.Publications/GetDecisionText",
                json!({ "name": format!("{}/decisionText", fixture.record) }),
            )
        },
        reads("/xinjian.public.v1.Publications/ListInspectionResults", json!({})),
        reads("/xinjian.public.v1.Publications/ListDraws", json!({})),
        reads("/xinjian.public.v1.Publications/GetDraw", json!({ "name": &fixture.task })),
        reads("/xinjian.public.v1.Publications/ListInspectionPlans", json!({})),
        reads("/xinjian.public.v1.Publications/ListCommitments", json!({})),
        reads("/xinjian.public.v1.Publications/GetCommitment", json!({ "name": &fixture.commitment })),
        reads("/xinjian.public.v1.Publications/ListSigningKeys", json!({})),
        reads("/xinjian.public.v1.Publications/ListParameters", json!({})),
        reads("/xinjian.public.v1.Publications/GetDataset", json!({ "name": "datasets/marks" })),
    ]
}
