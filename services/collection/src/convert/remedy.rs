//! Remedies, orders and outcomes, as officers write them.

use contract::collection::v1 as pb;
use domain::{DocumentNumber, LegalName, RequestId};
use service::FieldErrors;

use super::{Judge, read_record_at, remark, request_id};
use crate::domain::NaturalId;
use crate::machines::remedy::{Effect, outcome};
use crate::store::{NewRemedy, Order, RemedyOutcome as Outcome};

/// Reads a remedy to register.
pub(crate) fn read_remedy(
    judge: &Judge<'_>,
    sent: &pb::RegisterRemedyRequest,
) -> Result<(RequestId, NewRemedy), FieldErrors> {
    let mut errors = FieldErrors::default();
    let request_id = request_id(&mut errors, &sent.request_id);
    let Some(remedy) = errors.require("remedy", sent.remedy.as_ref()) else { return Err(errors) };
    let record = errors.check("remedy.record", NaturalId::from_name(&remedy.record, "records"));
    let accepted_on = judge.past_day(&mut errors, "remedy.accepted_on", &remedy.accepted_on);
    judge.lawful_code(
        &mut errors,
        "remedy.kind",
        "remedy_kind",
        &remedy.kind,
        accepted_on.unwrap_or(judge.today),
    );
    let body = errors.check("remedy.body", LegalName::parse(&remedy.body));
    let document_no = errors.check("remedy.document_no", DocumentNumber::parse(&remedy.document_no));
    match (request_id, record, accepted_on, body, document_no) {
        (Some(request_id), Some(record), Some(accepted_on), Some(body), Some(document_no))
            if errors.is_empty() =>
        {
            let kind = remedy.kind.clone();
            Ok((request_id, NewRemedy { record, kind, body, document_no, accepted_on }))
        }
        _ => Err(errors),
    }
}

/// What the two requests about enforcement say.
pub(crate) struct SentOrder<'a> {
    pub(crate) name: &'a str,
    pub(crate) document_no: &'a str,
    pub(crate) ordered_on: &'a str,
    pub(crate) reason: &'a str,
    pub(crate) request_id: &'a str,
    pub(crate) suspends: bool,
}

/// Reads an order about enforcement.
pub(crate) fn read_order(judge: &Judge<'_>, sent: &SentOrder<'_>) -> Result<(RequestId, Order), FieldErrors> {
    let mut errors = FieldErrors::default();
    let request_id = request_id(&mut errors, sent.request_id);
    let id = errors.check("name", NaturalId::from_name(sent.name, "remedies"));
    let document_no = errors.check("document_no", DocumentNumber::parse(sent.document_no));
    let ordered_on = judge.past_day(&mut errors, "ordered_on", sent.ordered_on);
    let reason = remark(&mut errors, "reason", sent.reason.to_owned());
    match (request_id, id, document_no, ordered_on) {
        (Some(request_id), Some(id), Some(document_no), Some(ordered_on)) if errors.is_empty() => {
            let suspends = sent.suspends;
            Ok((request_id, Order { id, suspends, document_no, ordered_on, reason }))
        }
        _ => Err(errors),
    }
}

/// Reads an outcome.
pub(crate) fn read_outcome(
    judge: &Judge<'_>,
    sent: &pb::RecordRemedyOutcomeRequest,
) -> Result<(RequestId, Outcome), FieldErrors> {
    let mut errors = FieldErrors::default();
    let request_id = request_id(&mut errors, &sent.request_id);
    let id = errors.check("name", NaturalId::from_name(&sent.name, "remedies"));
    let Some(told) = errors.require("outcome", sent.outcome.as_ref()) else { return Err(errors) };
    let decided_on = judge.past_day(&mut errors, "outcome.decided_on", &told.decided_on);
    let on = decided_on.unwrap_or(judge.today);
    let code = judge.lawful_code(&mut errors, "outcome.code", "remedy_outcome", &told.code, on);
    let event = code.and_then(outcome);
    let document_no = errors.check("outcome.document_no", DocumentNumber::parse(&told.document_no));
    let summary = remark(&mut errors, "outcome.summary", told.summary.clone());
    let path = "corrected_record";
    let changes = event.is_none_or(|event| event.effect() == Some(Effect::Correct));
    let corrected = match &sent.corrected_record {
        Some(_) if !changes => {
            errors.push(path, "must be empty: the outcome changes nothing in the record");
            None
        }
        Some(record) => read_record_at(judge, &mut errors, path, Some(record)),
        None => None,
    };
    match (request_id, id, event, document_no, decided_on) {
        (Some(request_id), Some(id), Some(event), Some(document_no), Some(decided_on))
            if errors.is_empty() =>
        {
            let code = told.code.clone();
            Ok((request_id, Outcome { id, code, event, document_no, decided_on, summary, corrected }))
        }
        _ => Err(errors),
    }
}
