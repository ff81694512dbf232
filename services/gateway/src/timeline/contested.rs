//! After: objections to records, remedies against the decisions behind them, and remedies against listings and what was refused.

use contract::{
    collection::v1::{Objection, Remedy},
    gateway::v1::{Stage, TimelineEvent},
    punishment::v1::EntryRemedy,
};

use super::{Source, after_colon, in_brackets};
use crate::{labels::Labels, parts::Parts};

/// What the end of an objection is called, by its state at collection.
const ANSWERS: [(&str, &str); 3] =
    [("Founded", "信息异议成立"), ("Unfounded", "信息异议不成立"), ("Lapsed", "信息异议终止")];

/// What a remedy at punishment is against, by the collection of its name.
const DECISIONS: [(&str, &str); 3] = [
    ("abnormalEntries/", "经营异常决定"),
    ("seriousCases/", "严重违法失信决定"),
    ("repairs/", "信用修复决定"),
];

pub(super) fn events<'a>(
    parts: &'a Parts,
    labels: Labels<'a>,
) -> impl Iterator<Item = TimelineEvent> + use<'a> {
    let objections = parts.objections.iter().flat_map(move |objection| contested(objection, labels));
    let remedies = parts.remedies.iter().flat_map(move |remedy| appealed(remedy, labels));
    let against_entries = parts.entry_remedies.iter().flat_map(move |remedy| contesting(remedy, labels));
    objections.chain(remedies).chain(against_entries)
}

/// The acceptance, the order that suspends while it does, and the outcome.
fn contesting(remedy: &EntryRemedy, labels: Labels<'_>) -> Vec<TimelineEvent> {
    let source = Source { stage: Stage::After, service: "punishment", resource: &remedy.name };
    let kind = labels.code("remedy_kind", &remedy.kind, &remedy.accepted_on);
    let decision = DECISIONS.iter().find(|(name, _)| remedy.entry.starts_with(*name));
    let of = after_colon(decision.map_or("", |(_, words)| *words));
    let accepted = format!("{kind}受理{of}{}", in_brackets(&remedy.document_no));
    let suspended = format!("{kind}决定暂缓执行{of}{}", in_brackets(&remedy.order_no));
    let mut events = vec![
        source.event(remedy.accepted_on.as_str(), accepted),
        source.event(remedy.suspended_on.as_str(), suspended),
    ];
    if let Some(outcome) = &remedy.outcome {
        let said = labels.code("remedy_outcome", &outcome.code, &outcome.decided_on);
        let title = format!("{kind}结果{}{}", after_colon(&said), in_brackets(&outcome.document_no));
        events.push(source.event(outcome.decided_on.as_str(), title));
    }
    events
}

/// The objection, and its answer.
fn contested(objection: &Objection, labels: Labels<'_>) -> Vec<TimelineEvent> {
    let source = Source { stage: Stage::After, service: "collection", resource: &objection.name };
    let by = in_brackets(&labels.code("objector", &objection.objector, &objection.lodged_on));
    let lodged = format!("提出信息异议{by}{}", after_colon(&objection.grounds));
    let ended = ANSWERS.iter().find(|(state, _)| *state == objection.state);
    let reasons = objection.answer.as_ref().map_or(&objection.remark, |answer| &answer.reasons);
    let answered = ended.map(|(_, words)| format!("{words}{}", after_colon(reasons)));
    let answered = answered.map(|title| source.event(objection.closed_on.as_str(), title));
    std::iter::once(source.event(objection.lodged_on.as_str(), lodged)).chain(answered).collect()
}

/// The acceptance, every order about enforcement, and the outcome.
fn appealed(remedy: &Remedy, labels: Labels<'_>) -> Vec<TimelineEvent> {
    let source = Source { stage: Stage::After, service: "collection", resource: &remedy.name };
    let kind = labels.code("remedy_kind", &remedy.kind, &remedy.accepted_on);
    let number = in_brackets(&remedy.document_no);
    let mut events =
        vec![source.event(remedy.accepted_on.as_str(), format!("{kind}受理：{}{number}", remedy.body))];
    for order in &remedy.orders {
        let what = if order.suspends { "决定暂缓执行" } else { "决定恢复执行" };
        let title = format!("{kind}{what}{}", in_brackets(&order.document_no));
        events.push(source.event(order.ordered_on.as_str(), title));
    }
    if let Some(outcome) = &remedy.outcome {
        let said = labels.code("remedy_outcome", &outcome.code, &outcome.decided_on);
        let title = format!("{kind}结果{}{}", after_colon(&said), in_brackets(&outcome.document_no));
        events.push(source.event(outcome.decided_on.as_str(), title));
    }
    events
}
