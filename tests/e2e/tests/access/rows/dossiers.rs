//! What each service tells the gateway of one enterprise, and what the gateway tells risk.

use serde_json::json;
use standalone::clients::Addresses;

use super::{Row, of, reads, writes};
use crate::access::fixture::Fixture;

pub(super) fn dossiers(fixture: &Fixture, at: &Addresses) -> Vec<Row> {
    let enterprise = fixture.enterprise();
    let asked = json!({ "name": enterprise, "latest": 500 });
    let asked_for = |purpose: &str| json!({ "name": enterprise, "latest": 500, "purpose": purpose });
    let read = json!({
        "reader": "wang", "office": "CREDIT", "name": enterprise, "parts": ["classes"], "purpose": "核查",
        "method": "/xinjian.gateway.v1.Profiles/GetProfile", "read_time": "2026-01-15T02:00:00Z",
    });
    let class = format!("{enterprise}/classes/FOOD");
    let rectification = format!("{}/rectification", fixture.visit());
    let registry = reads("/xinjian.registry.v1.Dossiers/GetDossier", asked.clone());
    let collection = reads("/xinjian.collection.v1.Dossiers/GetDossier", asked.clone());
    let inspection = reads("/xinjian.inspection.v1.Dossiers/GetDossier", asked);
    let punishment = reads("/xinjian.punishment.v1.Dossiers/GetDossier", asked_for("OTHER"));
    let risk = vec![
        reads("/xinjian.risk.v1.Dossiers/GetDossier", asked_for("核查")).showing(&class),
        writes("/xinjian.risk.v1.Dossiers/NoteReads", json!({ "reads": [read] })),
    ];
    [
        of(&[&at.registry], parts(&registry, &[&fixture.licence, &fixture.commitment])),
        of(&[&at.collection], vec![collection.showing(&fixture.record)]),
        of(&[&at.inspection], parts(&inspection, &[&fixture.visit(), &rectification])),
        of(&[&at.punishment], parts(&punishment, &[&fixture.case, &fixture.repair])),
        of(&[&at.risk], risk),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// One row for each part whose elements belong to fields: what is of another must not be in it either.
fn parts(dossier: &Row, shown: &[&String]) -> Vec<Row> {
    shown.iter().map(|text| dossier.clone().showing(text)).collect()
}
