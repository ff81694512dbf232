//! Scans, signals and flags.

use chrono::NaiveDate;
use contract::risk::v1 as pb;
use domain::FieldCode;
use prost::Message;
use rulebook::Rulebook;
use service::FieldErrors;

use super::timestamp;
use crate::domain::attention::{Scan, Signal};
use crate::domain::signal::Evidence;
use crate::machines::attention::State;
use crate::store::Decision;

/// Kind of the event of a signal that was raised, taken up or dismissed.
pub(crate) const SIGNAL_CHANGED: &str = "risk.signal.changed";
/// Kind of the event of a flag that began, went on or ended.
pub(crate) const ATTENTION_CHANGED: &str = "risk.attention.changed";
/// Longest identifier, in bytes.
const LONGEST_ID: usize = 60;
/// Longest reason, in characters.
const LONGEST_REASON: usize = 500;

/// Reads `signals/{id}`; answers the identifier.
pub(crate) fn parse_signal_name(errors: &mut FieldErrors, name: &str) -> Option<String> {
    parse(errors, name, "signals")
}

/// Reads `flags/{id}`; answers the identifier.
pub(crate) fn parse_flag_name(errors: &mut FieldErrors, name: &str) -> Option<String> {
    parse(errors, name, "flags")
}

fn parse(errors: &mut FieldErrors, name: &str, collection: &str) -> Option<String> {
    let plain = |id: &&str| {
        (1..=LONGEST_ID).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let id = name.strip_prefix(collection).and_then(|rest| rest.strip_prefix('/'));
    let id = id.filter(plain).map(str::to_owned);
    if id.is_none() {
        errors.push("name", format!("is not of the form `{collection}/{{id}}`"));
    }
    id
}

/// Reads the reason of a decision: 1 to 500 characters.
pub(crate) fn reason(errors: &mut FieldErrors, text: &str) -> Option<String> {
    let text = text.trim();
    match text.chars().count() {
        0 => errors.push("reason", "must be given"),
        1..=LONGEST_REASON if !text.contains('\0') => return Some(text.to_owned()),
        1..=LONGEST_REASON => errors.push("reason", "holds a control character"),
        _ => errors.push("reason", format!("has more than {LONGEST_REASON} characters")),
    }
    None
}

/// Reads a state to list by; empty means all.
pub(crate) fn states(errors: &mut FieldErrors, text: &str) -> Vec<State> {
    if text.is_empty() {
        return State::all().collect();
    }
    errors.check("state", text.parse()).into_iter().collect()
}

/// Reads what becomes of a flag, with its reason.
pub(crate) fn outcome(errors: &mut FieldErrors, sent: i32, text: &str) -> Option<Decision> {
    let reason = reason(errors, text);
    match pb::FlagOutcome::try_from(sent) {
        Ok(pb::FlagOutcome::Extend) => reason.map(Decision::Extend),
        Ok(pb::FlagOutcome::End) => reason.map(Decision::End),
        Ok(pb::FlagOutcome::Unspecified) | Err(_) => {
            errors.push("outcome", "must say whether the flag goes on or ends");
            None
        }
    }
}

/// The scan as the API shows it.
pub(crate) fn scan_to_pb(scan: &Scan) -> pb::Scan {
    pb::Scan {
        name: scan.name(),
        as_of: scan.as_of.to_string(),
        enterprises: scan.enterprises,
        events: scan.events,
        tests: scan.tests,
        raised: scan.raised,
        rulebook_hash: scan.rulebook_hash.clone(),
        created_by: scan.created_by.clone(),
        create_time: Some(timestamp(scan.created_at)),
    }
}

/// The signal as it stands on a day.
pub(crate) fn signal_to_pb(signal: &Signal, book: &Rulebook, today: NaiveDate) -> pb::Signal {
    pb::Signal {
        name: signal.name(),
        uscc: signal.uscc.clone(),
        field: signal.field.clone(),
        topic: signal.topic.clone(),
        topic_label_zh: label(signal, book),
        state: signal.state_on(today).as_str().to_owned(),
        division: signal.division.clone(),
        scan: format!("scans/{}", signal.scan),
        evidence: Some(evidence_to_pb(&signal.evidence)),
        as_of: signal.as_of.to_string(),
        raised_on: signal.raised_on.to_string(),
        decided_by: signal.decided_by.clone(),
        decided_on: day(signal.decided_on),
        reason: signal.reason.clone(),
        revision: signal.revision,
    }
}

/// The flag as it stands on a day.
pub(crate) fn flag_to_pb(signal: &Signal, book: &Rulebook, today: NaiveDate) -> pb::Flag {
    let state = signal.state_on(today);
    let review_on = signal.flag.map(|term| term.review_on).filter(|_| state.is_on());
    pb::Flag {
        name: signal.flag_name(),
        uscc: signal.uscc.clone(),
        field: signal.field.clone(),
        topic: signal.topic.clone(),
        topic_label_zh: label(signal, book),
        state: state.as_str().to_owned(),
        division: signal.division.clone(),
        signal: signal.name(),
        on_since: day(signal.flag.map(|term| term.since)),
        on_until: day(signal.flag.map(|term| term.until)),
        review_on: day(review_on),
        decided_by: signal.decided_by.clone(),
        reason: signal.reason.clone(),
        revision: signal.revision,
    }
}

/// Payload of [`SIGNAL_CHANGED`].
pub(crate) fn signal_event(signal: &Signal, book: &Rulebook) -> Vec<u8> {
    // As of its own day: a signal that is not confirmed has no term that could end.
    pb::SignalEvent { signal: Some(signal_to_pb(signal, book, signal.as_of)) }.encode_to_vec()
}

/// Payload of [`ATTENTION_CHANGED`].
pub(crate) fn attention_event(signal: &Signal, book: &Rulebook, today: NaiveDate) -> Vec<u8> {
    pb::AttentionEvent { flag: Some(flag_to_pb(signal, book, today)) }.encode_to_vec()
}

fn evidence_to_pb(evidence: &Evidence) -> pb::SignalEvidence {
    let topics = evidence.topics.iter();
    pb::SignalEvidence {
        window_from: evidence.window_from.to_string(),
        window_to: evidence.window_to.to_string(),
        events: whole(evidence.events),
        weighted: whole(evidence.weighted),
        expected: evidence.expected,
        expected_events: evidence.expected_events,
        spread: evidence.spread,
        weight_shares: evidence.weight_shares.clone(),
        p_value: evidence.p,
        q_value: evidence.q,
        level: evidence.level,
        tests: whole(evidence.tests),
        peer_category: evidence.category.clone(),
        peer_division: evidence.division.clone(),
        peers: whole(evidence.peers),
        peer_events: whole(evidence.peer_events),
        peer_exposure: evidence.peer_exposure,
        exposure: evidence.exposure,
        size_known: evidence.size_known,
        topics: topics
            .map(|(topic, count)| pb::TopicCount { topic: topic.clone(), count: whole(*count) })
            .collect(),
        tickets: evidence.tickets.clone(),
    }
}

/// The topic's name on the day of the scan; its code when the rulebook has none.
fn label(signal: &Signal, book: &Rulebook) -> String {
    let field = FieldCode::parse(&signal.field).ok();
    let named = field.and_then(|field| {
        book.complaint_topics(&field, signal.as_of).find(|topic| topic.code == signal.topic)
    });
    named.map_or_else(|| signal.topic.clone(), |topic| topic.label_zh.clone())
}

fn day(day: Option<NaiveDate>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_broken_ones_refused() {
        let mut errors = FieldErrors::default();
        assert_eq!(
            parse_signal_name(&mut errors, "signals/daily-2026-03-31-1").as_deref(),
            Some("daily-2026-03-31-1")
        );
        assert_eq!(parse_flag_name(&mut errors, "flags/1").as_deref(), Some("1"));
        for broken in
            ["signals/", "signals/a b", "flags/1", "signals1", &format!("signals/{}", "1".repeat(61))]
        {
            assert_eq!(parse_signal_name(&mut errors, broken), None, "{broken}");
        }
        assert_eq!(errors.iter().count(), 5);
    }

    #[test]
    fn an_outcome_needs_its_word_and_its_reason_and_says_all_that_is_missing() {
        let mut errors = FieldErrors::default();
        let end = pb::FlagOutcome::End.into();
        assert_eq!(outcome(&mut errors, end, "已整改"), Some(Decision::End("已整改".to_owned())));
        assert_eq!(outcome(&mut errors, 0, " "), None);
        assert_eq!(errors.iter().map(|error| error.path.as_str()).collect::<Vec<_>>(), ["reason", "outcome"]);
        assert_eq!(reason(&mut errors, &"理".repeat(501)), None);
    }
}
