//! After: penalties, entries of the two lists, cases, joint measures, credit repairs.

use contract::{
    collection::v1::{ListEntry, Penalty, Record, record::Content},
    gateway::v1::{Stage, TimelineEvent},
    punishment::v1::{AbnormalEntry, Measure, Repair, SeriousCase},
};

use super::{Source, after_colon, annulled, day, in_brackets, standing};
use crate::{labels::Labels, parts::Parts};

/// Code of a confirmed breach of a commitment among the records that stand as entries.
const BROKEN_COMMITMENT: &str = "BROKEN_COMMITMENT";
/// Code set of the lists and registers that others keep.
const EXTERNAL_LIST: &str = "external_list";
/// How a listing of a serious violator ended; a code of it says that it should never have been.
const SERIOUS_END: &str = "serious_removal_ground";
const LISTING_REVOKED: &str = "Revoked";
/// What the decision about a repair is called, by its state at punishment.
const DECISIONS: [(&str, &str); 5] = [
    ("Granted", "准予信用修复"),
    ("Executed", "准予信用修复"),
    ("Shared", "准予信用修复"),
    ("RevokedForFraud", "准予信用修复"),
    ("Denied", "不予信用修复"),
];

pub(super) fn events<'a>(
    parts: &'a Parts,
    labels: Labels<'a>,
) -> impl Iterator<Item = TimelineEvent> + use<'a> {
    let records = parts.records.iter().filter_map(move |record| collected(record, parts, labels));
    let entries = parts.abnormal_entries.iter().flat_map(move |entry| abnormal(entry, labels));
    let cases = parts.serious_cases.iter().flat_map(move |case| serious(case, labels));
    let measures = parts.measures.iter().flat_map(measured);
    let repairs = parts.repairs.iter().flat_map(move |repair| repaired(repair, labels));
    records.chain(entries).chain(cases).chain(measures).chain(repairs)
}

/// A penalty; and an entry of a list, unless punishment tells of it itself.
fn collected(record: &Record, parts: &Parts, labels: Labels<'_>) -> Option<TimelineEvent> {
    let lists_told = !parts.lacks("abnormal_entries") && !parts.lacks("serious_cases");
    let title = match record.content.as_ref()? {
        Content::Penalty(penalty) => penalised(penalty, record, labels),
        Content::ListEntry(_) if record.origin == "punishment" && lists_told => return None,
        Content::ListEntry(entry) => told(entry, labels, &record.decided_on),
        Content::Permit(_) | Content::Inspection(_) | Content::Sampling(_) => return None,
    };
    let source = Source { stage: Stage::After, service: "collection", resource: &record.name };
    Some(source.event(record.decided_on.as_str(), title + standing(record)))
}

fn penalised(penalty: &Penalty, record: &Record, labels: Labels<'_>) -> String {
    let kinds = labels.codes("penalty_kind", &penalty.penalty_kinds, &record.decided_on).join("、");
    format!("行政处罚{}{}", after_colon(&kinds), in_brackets(&record.document_no))
}

fn told(entry: &ListEntry, labels: Labels<'_>, on: &str) -> String {
    if let Some(list) = labels.find(EXTERNAL_LIST, &entry.list, on) {
        let removed = if entry.removed_on.is_empty() { "" } else { "（已移出）" };
        return format!("{}{}{removed}", list.label_zh, in_brackets(&entry.ground));
    }
    let ground = in_brackets(&ground(&entry.list, &entry.ground, labels, on));
    if entry.removed_on.is_empty() {
        format!("{}{ground}", listing(&entry.list, labels, on))
    } else if entry.list == BROKEN_COMMITMENT {
        format!("{}(已办结)", listing(&entry.list, labels, on))
    } else {
        format!("移出名录{ground}")
    }
}

/// The listing and the removal; before the listing, the last step towards it.
fn abnormal(entry: &AbnormalEntry, labels: Labels<'_>) -> Vec<TimelineEvent> {
    let source = Source { stage: Stage::After, service: "punishment", resource: &entry.name };
    let changed = day(entry.update_time.as_ref());
    let on = if entry.listed_on.is_empty() { &changed } else { &entry.listed_on };
    // A sole trader is marked, and not entered in the directory.
    let mark = entry.kind == "MARK";
    let ground = in_brackets(&ground(if mark { "MARK" } else { "ABNORMAL" }, &entry.ground, labels, on));
    if entry.listed_on.is_empty() {
        return vec![source.event(changed, format!("经营异常线索最近办理{ground}"))];
    }
    let (listed, removed) = if mark {
        ("标记为经营异常状态".to_owned(), "恢复正常记载状态")
    } else {
        (listing("ABNORMAL", labels, on), "移出经营异常名录")
    };
    vec![
        source.event(entry.listed_on.as_str(), format!("{listed}{ground}{}", annulled(&entry.state))),
        source.event(entry.removed_on.as_str(), format!("{removed}{ground}")),
    ]
}

/// The listing and its end; before the listing, the last step of the case.
fn serious(case: &SeriousCase, labels: Labels<'_>) -> Vec<TimelineEvent> {
    let source = Source { stage: Stage::After, service: "punishment", resource: &case.name };
    let changed = day(case.update_time.as_ref());
    let on = if case.listed_on.is_empty() { &changed } else { &case.listed_on };
    let ground = in_brackets(&ground("SERIOUS", &case.ground, labels, on));
    if case.listed_on.is_empty() {
        return vec![source.event(changed, format!("严重违法失信案件最近办理{ground}"))];
    }
    let listed = listing("SERIOUS", labels, on);
    let why = in_brackets(&labels.code(SERIOUS_END, &case.removal_ground, &case.ended_on));
    let ended = match case.removal_ground.as_str() {
        LISTING_REVOKED => format!("撤销{listed}{why}"),
        _ => format!("移出严重违法失信名单{why}"),
    };
    vec![
        source.event(case.listed_on.as_str(), format!("{listed}{ground}{}", annulled(&case.state))),
        source.event(case.ended_on.as_str(), ended),
    ]
}

/// What being put on a list is called.
fn listing(list: &str, labels: Labels<'_>, on: &str) -> String {
    labels.code("measure_trigger", list, on)
}

fn ground(list: &str, ground: &str, labels: Labels<'_>, on: &str) -> String {
    let set = match list {
        "SERIOUS" => "serious_ground",
        "MARK" => "abnormal_mark_ground",
        _ => "abnormal_ground",
    };
    labels.code(set, ground, on)
}

/// The beginning and the end of a measure that some system has taken, also while it is contested.
fn measured(measure: &Measure) -> Vec<TimelineEvent> {
    if measure.receivers.iter().all(|receiver| receiver.acknowledge_time.is_none()) {
        return Vec::new();
    }
    let source = Source { stage: Stage::After, service: "punishment", resource: &measure.name };
    let label = after_colon(&measure.label);
    vec![
        source.event(measure.starts_on.as_str(), format!("采取联合惩戒措施{label}")),
        source.event(measure.ended_on.as_str(), format!("联合惩戒措施终止{label}")),
    ]
}

/// The application, its acceptance, the decision, and what revoked that.
fn repaired(repair: &Repair, labels: Labels<'_>) -> Vec<TimelineEvent> {
    let source = Source { stage: Stage::After, service: "punishment", resource: &repair.name };
    let of = after_colon(&labels.code("repair_subject", &repair.subject_kind, &repair.submitted_on));
    let mut events = vec![
        source.event(repair.submitted_on.as_str(), format!("申请信用修复{of}")),
        source.event(repair.accepted_on.as_str(), format!("受理信用修复申请{of}")),
    ];
    if let Some((_, decision)) = DECISIONS.iter().find(|(state, _)| *state == repair.state) {
        let title = format!("{decision}{}{of}", in_brackets(&repair.decision_no));
        events.push(source.event(repair.decided_on.as_str(), title));
    }
    let revoked = format!("撤销信用修复{}{of}", in_brackets(&repair.revocation_no));
    events.push(source.event(repair.revoked_on.as_str(), revoked));
    events
}
