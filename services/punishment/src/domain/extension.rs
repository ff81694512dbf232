//! More time for a case, as it was asked for.

use chrono::NaiveDate;
use domain::DocumentNumber;

use crate::machines::extension::State;

/// An extension of the period of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseExtension {
    /// Where it stands.
    pub state: State,
    /// Why more time is needed.
    pub reason: String,
    /// Who asked for it.
    pub requester: String,
    /// On which day.
    pub requested_on: NaiveDate,
    /// Who decided; empty while nobody has.
    pub decider: String,
    /// On which day.
    pub decided_on: Option<NaiveDate>,
    /// Number of the record by which the heads decided together; `None` for what one of them approved.
    pub document_no: Option<DocumentNumber>,
    /// What the decider remarked.
    pub remark: String,
    /// Last day of the period when it was asked for, or granted.
    pub extended_from: Option<NaiveDate>,
    /// Last day that it was extended to; `None` while it is not, or while the calendar does not reach it.
    pub extended_to: Option<NaiveDate>,
}

impl CaseExtension {
    /// One that is asked for, before its machine has said where that leads.
    pub fn asked(reason: String, requester: &str, requested_on: NaiveDate) -> Self {
        Self {
            state: State::Requested,
            reason,
            requester: requester.to_owned(),
            requested_on,
            decider: String::new(),
            decided_on: None,
            document_no: None,
            remark: String::new(),
            extended_from: None,
            extended_to: None,
        }
    }
}

/// A decision about an extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtensionDecision {
    /// Whether it is granted.
    pub granted: bool,
    /// Number of the record by which the heads decided together.
    pub document_no: Option<DocumentNumber>,
    /// Day to which they let the case run.
    pub extended_to: Option<NaiveDate>,
    /// Remark.
    pub remark: String,
}
