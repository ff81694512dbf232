//! Between messages and this service's types. Every bad field of a request is reported at once, by the path it was sent under.

pub(crate) mod extension;
pub(crate) mod measure;
mod papers;
pub(crate) mod party;
pub(crate) mod receipt;
mod remedy;
pub(crate) mod repair;
mod report;
pub(crate) mod simulate;

use chrono::NaiveDate;
use contract::punishment::v1 as pb;
use domain::{DivisionCode, DocumentNumber, FieldCode, LegalName, RequestId, Uscc, date_text};
use rulebook::Rulebook;
use service::FieldErrors;

use crate::domain::abnormal::{Entry, Kind, NewEntry};
use crate::domain::list::{Advance, EntryName, List};
use crate::domain::papers::CasePapers;
use crate::domain::serious::{Case, NewCase};
use crate::error::Error;
use crate::machines::ListEvent;
use crate::store::Batch;

pub(crate) use papers::{SentPapers, case_papers, stored_papers};
pub(crate) use remedy::{SentOrder, entry_remedy, new_remedy, order, outcome, repair_remedies, sent_order};
pub(crate) use report::annual_reports;

/// Longest facts, in characters.
const MAX_FACTS: usize = 1_000;
/// Tag of grounds whose decision is due from the end of a period or order.
const FROM_LAPSE: &str = "from_lapse";
/// Tag of the ground of what a party was ordered to publish.
const BY_ORDER: &str = "immediate_info";
/// Longest reason, in characters.
const MAX_REASON: usize = 500;
/// Most cases of a batch.
const MAX_BATCH: usize = 500;
/// Longest title of a batch, in characters.
const MAX_TITLE: usize = 200;
/// Longest legal basis, in characters.
const MAX_BASIS: usize = 200;

/// An entry to be opened, with its request id.
pub(crate) fn new_entry(
    request: &pb::CreateAbnormalEntryRequest,
    book: &Rulebook,
    today: NaiveDate,
) -> Result<(RequestId, NewEntry), Error> {
    let mut fields = FieldErrors::default();
    let request_id = fields.check("request_id", RequestId::parse(&request.request_id));
    let sent = fields.require("entry", request.entry.as_ref()).cloned().unwrap_or_default();
    let uscc = fields.check("entry.uscc", Uscc::parse(&sent.uscc));
    let party_name = fields.check("entry.party_name", LegalName::parse(&sent.party_name));
    let division = fields.check("entry.division", DivisionCode::parse(&sent.division));
    let set = uscc.as_ref().map_or(Kind::Directory, Kind::of).grounds();
    let ground = fields.check("entry.ground", code(book, set, &sent.ground, today));
    let facts = fields.check("entry.facts", bounded(&sent.facts, MAX_FACTS));
    let lapsed_on = fields.check_optional("entry.lapsed_on", &sent.lapsed_on, domain::parse_date);
    let tagged = |tag| book.code(set, &sent.ground, today).is_some_and(|code| code.has_tag(tag));
    match lapsed_on {
        // A typed day would pass for an order that nobody gave.
        Some(_) if tagged(BY_ORDER) => {
            fields.push("entry.lapsed_on", "follows from the order to publish: `RecordOrder` sets it");
        }
        Some(day) if tagged(FROM_LAPSE) && day >= today => {
            fields.push("entry.lapsed_on", "the day has not passed");
        }
        // An order that is still to be given says when it ends.
        None if tagged(FROM_LAPSE) && !tagged(BY_ORDER) && sent.lapsed_on.is_empty() => {
            fields.push("entry.lapsed_on", "must be given for this ground");
        }
        _ => {}
    }
    match (request_id, uscc, party_name, division, ground, facts) {
        (Some(id), Some(uscc), Some(party_name), Some(division), Some(ground), Some(facts))
            if fields.is_empty() =>
        {
            Ok((id, NewEntry { uscc, party_name, division, ground, facts, lapsed_on }))
        }
        _ => Err(fields.into()),
    }
}

/// A case to be opened, with its request id.
pub(crate) fn new_case(
    request: &pb::CreateSeriousCaseRequest,
    book: &Rulebook,
    today: NaiveDate,
) -> Result<(RequestId, NewCase), Error> {
    let mut fields = FieldErrors::default();
    let request_id = fields.check("request_id", RequestId::parse(&request.request_id));
    let sent = fields.require("serious_case", request.serious_case.as_ref()).cloned().unwrap_or_default();
    let uscc = fields.check("serious_case.uscc", Uscc::parse(&sent.uscc));
    let party_name = fields.check("serious_case.party_name", LegalName::parse(&sent.party_name));
    let field = fields.check("serious_case.field", known_field(book, &sent.field));
    let division = fields.check("serious_case.division", DivisionCode::parse(&sent.division));
    let registered_in =
        fields.check_optional("serious_case.registered_in", &sent.registered_in, DivisionCode::parse);
    let penalty =
        fields.check("serious_case.penalty_document_no", DocumentNumber::parse(&sent.penalty_document_no));
    if sent.penalty_kinds.is_empty() {
        fields.push("serious_case.penalty_kinds", "must name at least one kind");
    }
    for (index, kind) in sent.penalty_kinds.iter().enumerate() {
        fields.check(format!("serious_case.penalty_kinds[{index}]"), code(book, "penalty_kind", kind, today));
    }
    fields.check_optional("serious_case.discretion_grade", &sent.discretion_grade, |grade| {
        code(book, "discretion_grade", grade, today)
    });
    fields.check("serious_case.ground", code(book, "serious_ground", &sent.ground, today));
    match (request_id, uscc, party_name, field, division, penalty) {
        (Some(id), Some(uscc), Some(party_name), Some(field), Some(division), Some(penalty_document_no))
            if fields.is_empty() =>
        {
            let new = NewCase {
                uscc,
                party_name,
                field,
                division,
                registered_in,
                ground: sent.ground,
                penalty_document_no,
                penalty_kinds: sent.penalty_kinds,
                discretion_grade: sent.discretion_grade,
            };
            Ok((id, new))
        }
        _ => Err(fields.into()),
    }
}

/// A batch to publish, with its request id.
pub(crate) fn batch(request: &pb::PublishSeriousCasesRequest) -> Result<(RequestId, Batch), Error> {
    let mut fields = FieldErrors::default();
    let request_id = fields.check("request_id", RequestId::parse(&request.request_id));
    let effective_on = fields.check_optional("effective_on", &request.effective_on, domain::parse_date);
    if request.names.is_empty() || request.names.len() > MAX_BATCH {
        fields.push("names", format!("has {} cases; 1 to {MAX_BATCH} are taken", request.names.len()));
    }
    let mut names: Vec<EntryName> = Vec::with_capacity(request.names.len());
    for (index, text) in request.names.iter().enumerate() {
        let name = fields.check(format!("names[{index}]"), EntryName::parse(List::Serious, text));
        if name.as_ref().is_some_and(|name| names.contains(name)) {
            fields.push(format!("names[{index}]"), "was named above");
        }
        names.extend(name);
    }
    let title = fields.check("title", bounded(&request.title, MAX_TITLE)).unwrap_or_default();
    if title.trim().is_empty() {
        fields.push("title", "must be given");
    }
    match request_id {
        Some(id) if fields.is_empty() => Ok((id, Batch { names, title, effective_on })),
        _ => Err(fields.into()),
    }
}

/// A step as sent: the requests of both lists have these fields.
pub(crate) struct SentStep<'a> {
    /// Name of entry or case.
    pub name: &'a str,
    /// Word of the event.
    pub event: &'a str,
    /// Document of the step.
    pub document_no: &'a str,
    /// Date of the act.
    pub effective_on: &'a str,
    /// Reason.
    pub reason: &'a str,
    /// Legal basis.
    pub legal_basis: &'a str,
    /// Request id.
    pub request_id: &'a str,
    /// What the event asks for besides.
    pub papers: SentPapers<'a>,
}

/// A step of an entry or case, with name and request id.
pub(crate) fn advance<E: ListEvent>(
    list: List,
    sent: &SentStep<'_>,
) -> Result<(RequestId, EntryName, Advance<E>), Error> {
    let mut fields = FieldErrors::default();
    let request_id = fields.check("request_id", RequestId::parse(sent.request_id));
    let name = fields.check("name", EntryName::parse(list, sent.name));
    let event = fields.check("event", sent.event.parse::<E>());
    let document_no = fields.check_optional("document_no", sent.document_no, DocumentNumber::parse);
    let effective_on = fields.check_optional("effective_on", sent.effective_on, domain::parse_date);
    let reason = fields.check("reason", bounded(sent.reason, MAX_REASON));
    let legal_basis = fields.check("legal_basis", bounded(sent.legal_basis, MAX_BASIS));
    if event.is_some_and(|event| event.has_own_way()) {
        fields.push("event", "is not taken by this RPC");
    }
    let paper = event.and_then(|event| sent.papers.read(&mut fields, event.paper()));
    if event.is_some_and(|event| event.needs_document()) && sent.document_no.is_empty() {
        fields.push("document_no", "must be given for this event");
    }
    if event.is_some_and(|event| event.needs_reason()) && sent.reason.trim().is_empty() {
        fields.push("reason", "must be given for this event");
    }
    match (request_id, name, event, reason, legal_basis) {
        (Some(id), Some(name), Some(event), Some(reason), Some(legal_basis)) if fields.is_empty() => {
            let due_by = None;
            Ok((id, name, Advance { event, document_no, effective_on, reason, legal_basis, paper, due_by }))
        }
        _ => Err(fields.into()),
    }
}

/// A code of a set of the rulebook, on a day.
pub(crate) fn code(book: &Rulebook, set: &str, text: &str, on: NaiveDate) -> Result<String, String> {
    match book.code(set, text, on) {
        Some(code) => Ok(code.code.clone()),
        None => {
            let known: Vec<_> = book.codes(set, on).map(|code| code.code.as_str()).collect();
            Err(format!("`{text}` is not a code of `{set}` on {on}; it has {}", known.join(", ")))
        }
    }
}

pub(crate) fn known_field(book: &Rulebook, text: &str) -> Result<FieldCode, String> {
    let field = FieldCode::parse(text).map_err(|problem| problem.to_string())?;
    if book.field(&field).is_none() {
        let known: Vec<_> = book.fields().iter().map(|field| field.code.as_str()).collect();
        return Err(format!("`{field}` is not a key field of the rulebook; it has {}", known.join(", ")));
    }
    Ok(field)
}

pub(crate) fn bounded(text: &str, longest: usize) -> Result<String, String> {
    let length = text.chars().count();
    if length > longest {
        return Err(format!("has {length} characters; at most {longest} are taken"));
    }
    if text.chars().any(|character| character.is_control() && character != '\n') {
        return Err("holds control characters".to_owned());
    }
    Ok(text.to_owned())
}

pub(crate) fn date(date: Option<NaiveDate>) -> String {
    date.map(date_text).unwrap_or_default()
}

pub(crate) fn timestamp(micros: i64) -> Option<prost_types::Timestamp> {
    let nanos = i32::try_from(micros.rem_euclid(1_000_000) * 1_000).ok()?;
    Some(prost_types::Timestamp { seconds: micros.div_euclid(1_000_000), nanos })
}

/// An entry as told.
pub(crate) fn abnormal_entry(entry: &Entry) -> pb::AbnormalEntry {
    pb::AbnormalEntry {
        name: entry.name.to_string(),
        uscc: entry.content.uscc.to_string(),
        party_name: entry.content.party_name.to_string(),
        division: entry.content.division.to_string(),
        ground: entry.content.ground.clone(),
        facts: entry.content.facts.clone(),
        state: entry.state.word().to_owned(),
        listed_on: date(entry.listed_on),
        decision_no: entry.decision_no.as_ref().map(ToString::to_string).unwrap_or_default(),
        removed_on: date(entry.removed_on),
        due_on: date(entry.due_on),
        revision: entry.revision,
        update_time: timestamp(entry.updated_at.micros()),
        kind: entry.content.kind().word().to_owned(),
        lapsed_on: date(entry.content.lapsed_on),
        removal_ground: entry.removal_ground.clone(),
        suspended_on: date(entry.suspended_on),
        order_no: entry.order.as_ref().map(|order| order.document_no.to_string()).unwrap_or_default(),
        ordered_on: date(entry.order.as_ref().map(|order| order.ordered_on)),
        removal_verified_on: date(entry.removal_verified_on),
        removal_refused_on: date(entry.removal_refused_on),
        letters: entry
            .letters
            .iter()
            .map(|letter| pb::AbnormalLetter {
                document_no: letter.document_no.to_string(),
                sent_on: letter.sent_on.to_string(),
                unsigned: letter.unsigned,
            })
            .collect(),
    }
}

/// A case as told.
pub(crate) fn serious_case(case: &Case) -> pb::SeriousCase {
    pb::SeriousCase {
        name: case.name.to_string(),
        uscc: case.content.uscc.to_string(),
        party_name: case.content.party_name.to_string(),
        field: case.content.field.to_string(),
        division: case.content.division.to_string(),
        ground: case.content.ground.clone(),
        penalty_document_no: case.content.penalty_document_no.to_string(),
        penalty_kinds: case.content.penalty_kinds.clone(),
        discretion_grade: case.content.discretion_grade.clone(),
        state: case.state.word().to_owned(),
        listed_on: date(case.listed_on),
        term_ends_on: date(case.term_ends_on),
        decision_no: case.decision_no.as_ref().map(ToString::to_string).unwrap_or_default(),
        due_on: date(case.due_on),
        revision: case.revision,
        update_time: timestamp(case.updated_at.micros()),
        registered_in: case.content.registered_in.as_ref().map(ToString::to_string).unwrap_or_default(),
        procedure: case.procedure.clone(),
        term_starts_on: date(case.term_starts_on),
        ended_on: date(case.ended_on),
        removal_ground: case.removal_ground.clone(),
        suspended_on: date(case.suspended_on),
        papers: (case.papers != CasePapers::default()).then(|| case_papers(&case.papers)),
        extensions: case.extensions.iter().map(extension::told).collect(),
    }
}

/// The fields of a step, from the request of either list.
macro_rules! sent_step {
    ($request:expr, $papers:expr) => {
        $crate::api::convert::SentStep {
            name: &$request.name,
            event: &$request.event,
            document_no: &$request.document_no,
            effective_on: &$request.effective_on,
            reason: &$request.reason,
            legal_basis: &$request.legal_basis,
            request_id: &$request.request_id,
            papers: $papers,
        }
    };
}
pub(crate) use sent_step;
