//! Between messages about more time for a case and this service's types.

use contract::punishment::v1 as pb;
use domain::{DocumentNumber, RequestId};
use service::FieldErrors;

use super::{MAX_REASON, bounded, date};
use crate::domain::extension::{CaseExtension, ExtensionDecision};
use crate::domain::list::{EntryName, List};
use crate::error::Error;

/// A request for more time: its id, the case and the reason.
pub(crate) fn asked(
    request: &pb::RequestCaseExtensionRequest,
) -> Result<(RequestId, EntryName, String), Error> {
    let mut fields = FieldErrors::default();
    let request_id = fields.check("request_id", RequestId::parse(&request.request_id));
    let name = fields.check("name", EntryName::parse(List::Serious, &request.name));
    let reason = fields.check("reason", bounded(&request.reason, MAX_REASON));
    if request.reason.trim().is_empty() {
        fields.push("reason", "must be given");
    }
    match (request_id, name, reason) {
        (Some(id), Some(name), Some(reason)) if fields.is_empty() => Ok((id, name, reason)),
        _ => Err(fields.into()),
    }
}

/// A decision about more time: its request, the case and the decision.
pub(crate) fn decided(
    request: &pb::DecideCaseExtensionRequest,
) -> Result<(RequestId, EntryName, ExtensionDecision), Error> {
    let mut fields = FieldErrors::default();
    let request_id = fields.check("request_id", RequestId::parse(&request.request_id));
    let name = fields.check("name", EntryName::parse(List::Serious, &request.name));
    let remark = fields.check("remark", bounded(&request.remark, MAX_REASON));
    let document_no = fields.check_optional("document_no", &request.document_no, DocumentNumber::parse);
    let extended_to = fields.check_optional("extended_to", &request.extended_to, domain::parse_date);
    if !request.granted {
        if request.remark.trim().is_empty() {
            fields.push("remark", "must be given for a refusal");
        }
        if !request.extended_to.is_empty() {
            fields.push("extended_to", "does not go with a refusal");
        }
    }
    match (request_id, name, remark) {
        (Some(id), Some(name), Some(remark)) if fields.is_empty() => {
            Ok((id, name, ExtensionDecision { granted: request.granted, document_no, extended_to, remark }))
        }
        _ => Err(fields.into()),
    }
}

/// An extension as told, and as stored.
pub(crate) fn told(extension: &CaseExtension) -> pb::CaseExtension {
    pb::CaseExtension {
        state: extension.state.word().to_owned(),
        reason: extension.reason.clone(),
        requester: extension.requester.clone(),
        requested_on: extension.requested_on.to_string(),
        decider: extension.decider.clone(),
        decided_on: date(extension.decided_on),
        document_no: extension.document_no.as_ref().map(ToString::to_string).unwrap_or_default(),
        remark: extension.remark.clone(),
        extended_from: date(extension.extended_from),
        extended_to: date(extension.extended_to),
    }
}

/// An extension from what was stored.
///
/// # Errors
/// What cannot be read, in words.
pub(crate) fn stored(extension: pb::CaseExtension) -> Result<CaseExtension, String> {
    let day = |text: &str| domain::parse_date(text).map_err(|problem| problem.to_string());
    let optional = |text: &str| (!text.is_empty()).then(|| day(text)).transpose();
    let number = Some(extension.document_no.as_str()).filter(|number| !number.is_empty());
    Ok(CaseExtension {
        state: extension.state.parse()?,
        requested_on: day(&extension.requested_on)?,
        decided_on: optional(&extension.decided_on)?,
        document_no: number.map(DocumentNumber::parse).transpose().map_err(|problem| problem.to_string())?,
        extended_from: optional(&extension.extended_from)?,
        extended_to: optional(&extension.extended_to)?,
        reason: extension.reason,
        requester: extension.requester,
        decider: extension.decider,
        remark: extension.remark,
    })
}
