//! The timeline: what happened to one enterprise before, during and after the event (事前、事中、事后; R4).
//!
//! Events are made of the parts of a profile, each dated by the date of its fact. What has no date yet (a mark not published, an object drawn
//! and not visited) has not happened and is no event. A fact that two services tell is told once, by the service that owns it.

mod after;
mod before;
mod contested;
mod during;
#[cfg(test)]
mod tests;

use contract::collection::v1::Record;
use contract::gateway::v1::{Stage, TimelineEvent};
use domain::{MicrosUtc, shanghai_date};
use prost_types::Timestamp;

use crate::{labels::Labels, parts::Parts};

/// Most events of a timeline.
pub(crate) const LONGEST: i32 = 500;

/// The events of an enterprise, the earliest first; of more than 500 the latest.
pub(crate) fn events(parts: &Parts, labels: Labels<'_>) -> Vec<TimelineEvent> {
    let mut events: Vec<_> = before::events(parts, labels)
        .chain(during::events(parts, labels))
        .chain(after::events(parts, labels))
        .chain(contested::events(parts, labels))
        .filter(|event| !event.on.is_empty())
        .collect();
    // On one day by stage, then by what they are about, and of one thing as they happened. Dates of one form sort as text.
    events.sort_by(|one, other| key(one).cmp(&key(other)));
    let most = usize::try_from(LONGEST).unwrap_or(0);
    events.split_off(events.len().saturating_sub(most))
}

fn key(event: &TimelineEvent) -> (&str, i32, &str, &str) {
    (&event.on, event.stage, &event.service, &event.resource)
}

/// Where an event comes from.
#[derive(Clone, Copy)]
struct Source<'a> {
    stage: Stage,
    service: &'static str,
    resource: &'a str,
}

impl Source<'_> {
    fn event(self, on: impl Into<String>, title: String) -> TimelineEvent {
        TimelineEvent {
            on: on.into(),
            stage: self.stage.into(),
            title: one_line(&title),
            resource: self.resource.to_owned(),
            service: self.service.to_owned(),
        }
    }
}

/// Words from documents may hold line breaks; a title is one line.
fn one_line(title: &str) -> String {
    title.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Day in Shanghai of an instant, `YYYY-MM-DD`; empty for none.
fn day(instant: Option<&Timestamp>) -> String {
    let Some(instant) = instant else { return String::new() };
    let micros = instant.seconds.saturating_mul(1_000_000).saturating_add(i64::from(instant.nanos) / 1_000);
    shanghai_date(MicrosUtc(micros)).to_string()
}

/// `：` and the text, or nothing when there is none.
fn after_colon(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("：{text}") }
}

/// The text in brackets, or nothing when there is none.
fn in_brackets(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("（{text}）") }
}

/// Remark on a record that no longer counts, or is contested.
fn standing(record: &Record) -> &'static str {
    match annulled(&record.state) {
        "" if !record.suspended_by.is_empty() => "（暂缓执行）",
        "" if !record.open_objection.is_empty() => "（异议处理中）",
        remark => remark,
    }
}

/// Remark on what no longer counts, by the name of its state at the service that owns it.
fn annulled(state: &str) -> &'static str {
    const REMARKS: [(&str, &str); 3] =
        [("Withdrawn", "（已撤回）"), ("RevokedByError", "（列入有误，已撤销）"), ("Revoked", "（已撤销）")];
    REMARKS.iter().find(|(name, _)| *name == state).map_or("", |(_, remark)| remark)
}
