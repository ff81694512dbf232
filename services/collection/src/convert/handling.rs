//! What became of a ticket, as an officer writes it.

use chrono::NaiveDate;
use contract::collection::v1::{
    DecideCheckExtensionRequest, EraseTicketCallerRequest, RequestCheckExtensionRequest, TicketProgress,
};
use domain::RequestId;
use service::FieldErrors;

use super::text::remark;
use super::{Judge, request_id};
use crate::domain::NaturalId;
use crate::domain::handling::Days;
use crate::domain::privacy::without_personal_numbers;
use crate::store::{CallerErasure, ExtensionDecision, ExtensionRequest};

/// Reads a progress, as far as it can be judged without its ticket. `None` when it is not there.
pub(crate) fn read_progress(
    judge: &Judge<'_>,
    errors: &mut FieldErrors,
    sent: Option<&TicketProgress>,
) -> Option<(TicketProgress, Days)> {
    let Some(sent) = sent else {
        errors.push("progress", "must be given");
        return None;
    };
    let mut day = |field: &str, text: &str| -> Option<NaiveDate> {
        if text.is_empty() { None } else { judge.past_day(errors, &format!("progress.{field}"), text) }
    };
    let days = Days {
        acceptance: day("acceptance_on", &sent.acceptance_on),
        filing: day("filing_on", &sent.filing_on),
        told: day("told_on", &sent.told_on),
        closed: day("closed_on", &sent.closed_on),
        mediation_ended: day("mediation_ended_on", &sent.mediation_ended_on),
        parties_told: day("parties_told_on", &sent.parties_told_on),
    };
    let text = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let progress = TicketProgress {
        acceptance_on: text(days.acceptance),
        filing_on: text(days.filing),
        told_on: text(days.told),
        closed_on: text(days.closed),
        mediation_ended_on: text(days.mediation_ended),
        parties_told_on: text(days.parties_told),
        ..sent.clone()
    };
    Some((progress, days))
}

/// Reads what asks for an extension of a check.
pub(crate) fn read_extension_request(
    sent: &RequestCheckExtensionRequest,
) -> Result<(RequestId, ExtensionRequest), FieldErrors> {
    let mut errors = FieldErrors::default();
    let request_id = request_id(&mut errors, &sent.request_id);
    let id = errors.check("name", NaturalId::from_name(&sent.name, "tickets"));
    let reason = impersonal(&mut errors, "reason", &sent.reason);
    match (request_id, id) {
        (Some(request_id), Some(id)) if errors.is_empty() => {
            Ok((request_id, ExtensionRequest { id, reason, revision: sent.revision }))
        }
        _ => Err(errors),
    }
}

/// Reads a decision about an extension of a check.
pub(crate) fn read_extension_decision(
    sent: &DecideCheckExtensionRequest,
) -> Result<(RequestId, ExtensionDecision), FieldErrors> {
    let mut errors = FieldErrors::default();
    let request_id = request_id(&mut errors, &sent.request_id);
    let id = errors.check("name", NaturalId::from_name(&sent.name, "tickets"));
    let remark = if sent.granted && sent.remark.is_empty() {
        String::new()
    } else {
        impersonal(&mut errors, "remark", &sent.remark)
    };
    match (request_id, id) {
        (Some(request_id), Some(id)) if errors.is_empty() => {
            let decision = ExtensionDecision { id, granted: sent.granted, remark, revision: sent.revision };
            Ok((request_id, decision))
        }
        _ => Err(errors),
    }
}

/// Reads of which ticket the caller is to be erased.
pub(crate) fn read_caller_erasure(
    sent: &EraseTicketCallerRequest,
) -> Result<(RequestId, CallerErasure), FieldErrors> {
    let mut errors = FieldErrors::default();
    let request_id = request_id(&mut errors, &sent.request_id);
    let id = errors.check("name", NaturalId::from_name(&sent.name, "tickets"));
    let reason = impersonal(&mut errors, "reason", &sent.reason);
    match (request_id, id) {
        (Some(request_id), Some(id)) if errors.is_empty() => Ok((request_id, CallerErasure { id, reason })),
        _ => Err(errors),
    }
}

/// A remark that every reader of the feed may see: without what looks like the number of a person (X3, X5).
fn impersonal(errors: &mut FieldErrors, path: &str, text: &str) -> String {
    errors.check(path, without_personal_numbers(text));
    remark(errors, path, text.to_owned())
}
