//! Entries in the directory of abnormal operations.

use chrono::NaiveDate;
use domain::{DivisionCode, DocumentNumber, LegalName, MicrosUtc, Uscc};

use super::list::EntryName;
use crate::machines::abnormal::State;

/// An entry to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEntry {
    /// The enterprise.
    pub uscc: Uscc,
    /// Its name.
    pub party_name: LegalName,
    /// Division of the registering authority.
    pub division: DivisionCode,
    /// Ground, a code of the rulebook.
    pub ground: String,
    /// Facts.
    pub facts: String,
}

/// An entry as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: EntryName,
    /// What was opened.
    pub content: NewEntry,
    /// Where it stands.
    pub state: State,
    /// Who took the last step; a second person must take a step with four eyes.
    pub last_actor: String,
    /// Day of listing.
    pub listed_on: Option<NaiveDate>,
    /// Number of the listing decision.
    pub decision_no: Option<DocumentNumber>,
    /// Day of removal.
    pub removed_on: Option<NaiveDate>,
    /// Date of the last act; `None` before the first.
    pub acted_on: Option<NaiveDate>,
    /// Last day for the next step.
    pub due_on: Option<NaiveDate>,
    /// Rises by one with every change.
    pub revision: i64,
    /// When it last changed.
    pub updated_at: MicrosUtc,
}
