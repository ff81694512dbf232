//! Remedies: what an officer sends, and what is told.

use chrono::NaiveDate;
use contract::punishment::v1 as pb;
use domain::{DocumentNumber, RequestId};
use rulebook::Rulebook;
use service::FieldErrors;

use super::{bounded, code, date, timestamp};
use crate::domain::remedy::{Against, Change, NewRemedy, Order, Outcome, Remedy, RemedyName};
use crate::domain::repair::Remedy as OpenRemedy;
use crate::error::Error;
use crate::machines::remedy::{Event, outcome as ended_by};

/// Longest name of a body, in characters.
const MAX_BODY: usize = 200;
/// Longest reason or summary, in characters.
const MAX_TEXT: usize = 500;

fn said(fields: &mut FieldErrors, path: &str, text: &str, longest: usize) -> Option<String> {
    if text.trim().is_empty() {
        fields.push(path, "must be given");
        return None;
    }
    fields.check(path, bounded(text, longest))
}

/// A remedy to be registered, with its request id.
pub(crate) fn new_remedy(
    request: &pb::RegisterEntryRemedyRequest,
    book: &Rulebook,
    today: NaiveDate,
) -> Result<(RequestId, NewRemedy), Error> {
    let mut fields = FieldErrors::default();
    let request_id = fields.check("request_id", RequestId::parse(&request.request_id));
    let sent = fields.require("entry_remedy", request.entry_remedy.as_ref()).cloned().unwrap_or_default();
    let against = fields.check("entry_remedy.entry", Against::parse(&sent.entry, sent.refused_removal));
    let kind = fields.check("entry_remedy.kind", code(book, "remedy_kind", &sent.kind, today));
    let body = said(&mut fields, "entry_remedy.body", &sent.body, MAX_BODY);
    let document_no = fields.check("entry_remedy.document_no", DocumentNumber::parse(&sent.document_no));
    let accepted_on = fields.check("entry_remedy.accepted_on", domain::parse_date(&sent.accepted_on));
    match (request_id, against, kind, body, document_no, accepted_on) {
        (Some(id), Some(against), Some(kind), Some(body), Some(document_no), Some(accepted_on)) => {
            Ok((id, NewRemedy { against, kind, body, document_no, accepted_on }))
        }
        _ => Err(fields.into()),
    }
}

/// An order as sent: the requests to suspend and to resume have these fields.
pub(crate) struct SentOrder<'a> {
    /// Name of the remedy.
    pub name: &'a str,
    /// Number of the order.
    pub document_no: &'a str,
    /// Day of the order.
    pub ordered_on: &'a str,
    /// Why.
    pub reason: &'a str,
    /// Request id.
    pub request_id: &'a str,
}

/// An order, with the name of its remedy and its request id.
pub(crate) fn order(sent: &SentOrder<'_>) -> Result<(RequestId, RemedyName, Order), Error> {
    let mut fields = FieldErrors::default();
    let request_id = fields.check("request_id", RequestId::parse(sent.request_id));
    let name = fields.check("name", RemedyName::parse(sent.name));
    let document_no = fields.check("document_no", DocumentNumber::parse(sent.document_no));
    let ordered_on = fields.check("ordered_on", domain::parse_date(sent.ordered_on));
    let reason = said(&mut fields, "reason", sent.reason, MAX_TEXT);
    match (request_id, name, document_no, ordered_on, reason) {
        (Some(id), Some(name), Some(document_no), Some(ordered_on), Some(reason)) => {
            Ok((id, name, Order { document_no, ordered_on, reason }))
        }
        _ => Err(fields.into()),
    }
}

/// An outcome, with the name of its remedy and its request id.
pub(crate) fn outcome(
    request: &pb::RecordEntryRemedyOutcomeRequest,
    book: &Rulebook,
    today: NaiveDate,
) -> Result<(RequestId, RemedyName, Outcome), Error> {
    let mut fields = FieldErrors::default();
    let request_id = fields.check("request_id", RequestId::parse(&request.request_id));
    let name = fields.check("name", RemedyName::parse(&request.name));
    let sent = fields.require("outcome", request.outcome.as_ref()).cloned().unwrap_or_default();
    let ended = fields.check("outcome.code", code(book, "remedy_outcome", &sent.code, today));
    let document_no = fields.check("outcome.document_no", DocumentNumber::parse(&sent.document_no));
    let decided_on = fields.check("outcome.decided_on", domain::parse_date(&sent.decided_on));
    let summary = said(&mut fields, "outcome.summary", &sent.summary, MAX_TEXT);
    let change = change(&mut fields, &sent);
    let does = book.code("remedy_outcome", &sent.code, today).and_then(ended_by);
    let changes = does.is_some_and(Event::changes);
    let decide_again_by = decide_again_by(&mut fields, &sent, (does, decided_on));
    // Whether it must be given depends on what is contested, which the store knows.
    if change.is_some() && !changes {
        fields.push("outcome.changed_ground", "this outcome changes nothing");
    }
    match (request_id, name, ended, document_no, decided_on, summary) {
        (Some(id), Some(name), Some(code), Some(document_no), Some(decided_on), Some(summary))
            if fields.is_empty() =>
        {
            Ok((id, name, Outcome { code, document_no, decided_on, summary, change, decide_again_by }))
        }
        _ => Err(fields.into()),
    }
}

/// What an outcome changes; `None` when it says nothing of the kind.
fn change(fields: &mut FieldErrors, sent: &pb::EntryRemedyOutcome) -> Option<Change> {
    let term_ends_on =
        fields.check_optional("outcome.changed_term_ends_on", &sent.changed_term_ends_on, domain::parse_date);
    let ground = Some(sent.changed_ground.clone()).filter(|ground| !ground.is_empty());
    (ground.is_some() || !sent.changed_term_ends_on.is_empty()).then_some(Change { ground, term_ends_on })
}

/// The day that the body set for deciding again: given by an outcome alone that annuls, and not before the day of that. Whether anything is
/// decided again depends on what is contested, which the store knows.
fn decide_again_by(
    fields: &mut FieldErrors,
    sent: &pb::EntryRemedyOutcome,
    (does, decided_on): (Option<Event>, Option<NaiveDate>),
) -> Option<NaiveDate> {
    const FIELD: &str = "outcome.decide_again_by";
    let day = fields.check_optional(FIELD, &sent.decide_again_by, domain::parse_date)?;
    if does.is_some_and(|event| !event.annuls()) {
        fields.push(FIELD, "this outcome has nothing decided again");
    }
    if decided_on.is_some_and(|decided_on| day < decided_on) {
        fields.push(FIELD, "must not lie before `decided_on`");
    }
    Some(day)
}

/// A remedy as told.
pub(crate) fn entry_remedy(remedy: &Remedy) -> pb::EntryRemedy {
    let outcome = remedy.outcome.as_ref().map(|ended| pb::EntryRemedyOutcome {
        code: ended.code.clone(),
        document_no: ended.document_no.to_string(),
        decided_on: ended.decided_on.to_string(),
        summary: ended.summary.clone(),
        changed_ground: ended.change.as_ref().and_then(|change| change.ground.clone()).unwrap_or_default(),
        changed_term_ends_on: date(ended.change.as_ref().and_then(|change| change.term_ends_on)),
        decide_again_by: date(ended.decide_again_by),
    });
    pb::EntryRemedy {
        name: remedy.name.to_string(),
        entry: remedy.content.against.to_string(),
        refused_removal: remedy.content.against.is_refused_removal(),
        kind: remedy.content.kind.clone(),
        body: remedy.content.body.clone(),
        document_no: remedy.content.document_no.to_string(),
        accepted_on: remedy.content.accepted_on.to_string(),
        state: remedy.state.word().to_owned(),
        uscc: remedy.uscc.to_string(),
        order_no: remedy.order_no.clone(),
        suspended_on: date(remedy.suspended_on),
        outcome,
        revision: remedy.revision,
        update_time: timestamp(remedy.updated_at.micros()),
    }
}

/// Remedies against an answer, as the party is told them.
pub(crate) fn repair_remedies(remedies: Vec<OpenRemedy>) -> Vec<pb::RepairRemedy> {
    let told = |OpenRemedy { kind, label, within }| pb::RepairRemedy { kind, label, within };
    remedies.into_iter().map(told).collect()
}

/// The fields of an order, from the request to suspend or to resume.
macro_rules! sent_order {
    ($request:expr) => {
        $crate::api::convert::SentOrder {
            name: &$request.name,
            document_no: &$request.document_no,
            ordered_on: &$request.ordered_on,
            reason: &$request.reason,
            request_id: &$request.request_id,
        }
    };
}
pub(crate) use sent_order;
