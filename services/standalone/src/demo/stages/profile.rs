//! One enterprise seen whole through the gateway.

use std::time::Instant;

use contract::gateway::v1::{GetProfileRequest, GetTimelineRequest};
use serde_json::json;

use super::said;
use crate::demo::facts::Demo;

/// Events of the timeline that are shown.
const SHOWN: usize = 12;

pub(in crate::demo) async fn run(demo: &mut Demo) -> anyhow::Result<()> {
    let started = Instant::now();
    let mut profiles = demo.office("CREDIT")?.profiles();
    let uscc = demo.shown_uscc().to_owned();
    let request = GetProfileRequest { name: format!("enterprises/{uscc}/profile") };
    let profile = profiles.get_profile(request).await.map_err(said)?.into_inner();
    anyhow::ensure!(profile.missing.is_empty(), "parts of the profile are missing: {:?}", profile.missing);
    let request = GetTimelineRequest { name: format!("enterprises/{uscc}/timeline") };
    let timeline = profiles.get_timeline(request).await.map_err(said)?.into_inner();
    demo.note(
        "profile",
        started.elapsed(),
        json!({
            "licences": profile.licences.len(), "marks": profile.marks.len(), "records": profile.records.len(),
            "tickets": profile.tickets.len(), "visits": profile.visits.len(),
            "entries": profile.abnormal_entries.len() + profile.serious_cases.len(), "timeline": timeline.events.len(),
        }),
    );
    let name = profile.enterprise.map(|enterprise| enterprise.legal_name).unwrap_or_default();
    let skipped = timeline.events.len().saturating_sub(SHOWN);
    let rows: Vec<_> = timeline
        .events
        .iter()
        .skip(skipped)
        .map(|event| vec![event.on.clone(), event.title.clone(), event.service.clone()])
        .collect();
    demo.output.table(
        &format!("{uscc} {name}: the latest of its timeline"),
        &["date", "what", "service"],
        &rows,
    );
    Ok(())
}
