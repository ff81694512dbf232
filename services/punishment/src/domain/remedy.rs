//! Remedies against listings.

use std::fmt;

use chrono::NaiveDate;
use domain::{DivisionCode, DocumentNumber, FieldCode, MicrosUtc, Uscc};

use super::list::EntryName;
use crate::machines::remedy::State;

/// Resource name of a remedy: `entryRemedies/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RemedyName(String);

/// The text is not the name of a remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be `entryRemedies/` and an id of 1 to 64 letters, digits or `-`")]
pub struct InvalidRemedyName;

impl RemedyName {
    /// A new name.
    pub fn new(id: uuid::Uuid) -> Self {
        Self(id.to_string())
    }

    /// Reads a name.
    pub fn parse(text: &str) -> Result<Self, InvalidRemedyName> {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        match text.strip_prefix("entryRemedies/") {
            Some(id) if (1..=64).contains(&id.len()) && id.bytes().all(known) => Ok(Self(id.to_owned())),
            _ => Err(InvalidRemedyName),
        }
    }

    /// The id without the collection.
    pub fn id(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RemedyName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "entryRemedies/{}", self.0)
    }
}

/// A remedy to be registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRemedy {
    /// Entry or case that it is against.
    pub entry: EntryName,
    /// Kind, a code of the rulebook.
    pub kind: String,
    /// Body that accepted it.
    pub body: String,
    /// Number of the matter there.
    pub document_no: DocumentNumber,
    /// Day of acceptance.
    pub accepted_on: NaiveDate,
}

/// A remedy as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// Its name.
    pub name: RemedyName,
    /// What was registered.
    pub content: NewRemedy,
    /// The party.
    pub uscc: Uscc,
    /// Field of the case; `None` for the directory.
    pub field: Option<FieldCode>,
    /// Division of the entry or case.
    pub division: DivisionCode,
    /// Where it stands.
    pub state: State,
    /// The last order to suspend; empty before.
    pub order_no: String,
    /// Since when it suspends; `None` while it does not.
    pub suspended_on: Option<NaiveDate>,
    /// Date of the last act.
    pub acted_on: NaiveDate,
    /// The outcome.
    pub outcome: Option<Outcome>,
    /// Rises by one with every change.
    pub revision: i64,
    /// When it last changed.
    pub updated_at: MicrosUtc,
}

/// How a remedy ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// A code of the set `remedy_outcome`.
    pub code: String,
    /// Number of the decision or judgment.
    pub document_no: DocumentNumber,
    /// Day of it.
    pub decided_on: NaiveDate,
    /// What it says.
    pub summary: String,
}

/// An order about a suspension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Number of the order.
    pub document_no: DocumentNumber,
    /// Day of the order.
    pub ordered_on: NaiveDate,
    /// Why.
    pub reason: String,
}
