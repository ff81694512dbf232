//! What each service tells the gateway of one enterprise, and what the gateway tells risk.

use serde_json::json;
use standalone::clients::Addresses;

use super::{Row, of, reads, writes};
use crate::fixture::Fixture;

pub(super) fn dossiers(fixture: &Fixture, at: &Addresses) -> Vec<Row> {
    let enterprise = fixture.enterprise();
    let asked = json!({ "name": enterprise, "latest": 500 });
    let asked_for = |purpose: &str| json!({ "name": enterprise, "latest": 500, "purpose": purpose });
    let read = json!({
        "reader": "wang", "office": "CREDIT", "name": enterprise, "parts": ["classes"], "purpose": "核查",
        "method": "/xinjian.gateway.v1.Profiles/GetProfile", "read_time": "2026-01-15T02:00:00Z",
    });
    let class = format!("{enterprise}/classes/FOOD");
    let registry = reads("/xinjian.registry.v1.Dossiers/GetDossier", asked.clone());
    let collection = reads("/xinjian.collection.v1.Dossiers/GetDossier", asked.clone());
    let inspection = reads("/xinjian.inspection.v1.Dossiers/GetDossier", asked);
    let punishment = reads("/xinjian.punishment.v1.Dossiers/GetDossier", asked_for("OTHER"));
    let risk = vec![
        reads("/xinjian.risk.v1.Dossiers/GetDossier", asked_for("核查")).showing(&class),
        writes("/xinjian.risk.v1.Dossiers/NoteReads", json!({ "reads": [read] })),
    ];
    [
        of(&[&at.registry], vec![registry.showing(&fixture.licence)]),
        of(&[&at.collection], vec![collection.showing(&fixture.record)]),
        of(&[&at.inspection], vec![inspection.showing(&fixture.visit())]),
        of(&[&at.punishment], vec![punishment.showing(&fixture.case)]),
        of(&[&at.risk], risk),
    ]
    .into_iter()
    .flatten()
    .collect()
}
