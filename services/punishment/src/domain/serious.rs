//! Cases for the list of serious violators.

use chrono::NaiveDate;
use domain::{DivisionCode, DocumentNumber, FieldCode, LegalName, MicrosUtc, Uscc};

use super::list::EntryName;
use crate::machines::serious::State;

/// A case to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCase {
    /// The party.
    pub uscc: Uscc,
    /// Its name.
    pub party_name: LegalName,
    /// Key field.
    pub field: FieldCode,
    /// Division of the case-handling body.
    pub division: DivisionCode,
    /// Ground, a code of the rulebook.
    pub ground: String,
    /// Number of the penalty decision.
    pub penalty_document_no: DocumentNumber,
    /// Kinds of the penalty, codes of the rulebook.
    pub penalty_kinds: Vec<String>,
    /// Grade under the discretion benchmark; empty when not stated.
    pub discretion_grade: String,
}

/// A case as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its name.
    pub name: EntryName,
    /// What was opened.
    pub content: NewCase,
    /// Where it stands.
    pub state: State,
    /// Who took the last step.
    pub last_actor: String,
    /// Day of the listing decision.
    pub listed_on: Option<NaiveDate>,
    /// Last day of the term.
    pub term_ends_on: Option<NaiveDate>,
    /// Number of the listing decision.
    pub decision_no: Option<DocumentNumber>,
    /// Day on which the case was revoked or the term was booked as over.
    pub ended_on: Option<NaiveDate>,
    /// Date of the last act; `None` before the first.
    pub acted_on: Option<NaiveDate>,
    /// Last day for the next step.
    pub due_on: Option<NaiveDate>,
    /// Rises by one with every change.
    pub revision: i64,
    /// When it last changed.
    pub updated_at: MicrosUtc,
}
