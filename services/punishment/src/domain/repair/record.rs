//! What can be repaired, and what else is known of the party.

use std::fmt;

use chrono::NaiveDate;
use domain::{DocumentNumber, FieldCode};
use rulebook::term::Penalised;

use crate::domain::list::{EntryName, List, Standing};
use crate::domain::name::id_in;
use crate::domain::suspension::Suspended;

/// Name of what is to be repaired: an entry of a list, or a penalty by its record at collection.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// `seriousCases/{id}` or `abnormalEntries/{id}`.
    Entry(EntryName),
    /// `records/{id}`.
    Penalty(String),
}

/// The text names nothing that can be repaired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be `seriousCases/`, `abnormalEntries/` or `records/` and an id of 1 to 64 letters, digits or `-`"
)]
pub struct InvalidSubject;

impl Subject {
    /// Reads a name.
    ///
    /// # Errors
    /// [`InvalidSubject`].
    pub fn parse(text: &str) -> Result<Self, InvalidSubject> {
        let entry =
            [List::Serious, List::Abnormal].into_iter().find_map(|list| EntryName::parse(list, text).ok());
        if let Some(entry) = entry {
            return Ok(Self::Entry(entry));
        }
        id_in(text, "records").ok_or(InvalidSubject)?;
        Ok(Self::Penalty(text.to_owned()))
    }

    /// Code of the set [`SUBJECTS`](super::SUBJECTS).
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Entry(entry) => entry.list().word(),
            Self::Penalty(_) => "PENALTY",
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry(entry) => entry.fmt(formatter),
            Self::Penalty(name) => formatter.write_str(name),
        }
    }
}

/// What is to be repaired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// An entry of the list of serious violators, with its penalty.
    Serious(Listing),
    /// An entry of the directory of abnormal operations.
    Abnormal(Listing),
    /// A published penalty.
    Penalty(Penalty),
}

/// An entry of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// How it stands.
    pub standing: Standing,
    /// Number of the penalty decision that it goes with; `None` for the directory.
    pub penalty_no: Option<DocumentNumber>,
    /// Kinds of that penalty, codes of the set `penalty_kind`.
    pub penalty_kinds: Vec<String>,
    /// Last day of what the penalty forbids the party, where the decision says so: nothing is removed before (order 44 art 16).
    pub restricted_until: Option<NaiveDate>,
}

/// A penalty, as collection tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Penalty {
    /// `records/{id}`.
    pub name: String,
    /// Number of the decision.
    pub document_no: DocumentNumber,
    /// Key field; `None` for none.
    pub field: Option<FieldCode>,
    /// Kind of breach, in the words of the record.
    pub violation_type: String,
    /// Kinds of the penalty, codes of the set `penalty_kind`.
    pub kinds: Vec<String>,
    /// Grade under the discretion benchmark; empty when not stated.
    pub grade: String,
    /// Fine in fen; 0 for none.
    pub fine_fen: i64,
    /// Day of the decision.
    pub decided_on: NaiveDate,
    /// Last day of what it imposes; `None` when it says none.
    pub valid_to: Option<NaiveDate>,
    /// When its enforcement is and was suspended (X4): meanwhile it neither counts against the party nor is shown.
    pub suspended: Suspended,
    /// Where it is shown.
    pub publications: Vec<Publication>,
}

impl Penalty {
    /// What classes and terms depend on.
    pub fn penalised(&self) -> Penalised<'_> {
        Penalised { kinds: &self.kinds, fine_fen: self.fine_fen, valid_to: self.valid_to }
    }
}

/// A penalty on a chain that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// The chain.
    pub chain: String,
    /// Day from which it is shown.
    pub published_on: NaiveDate,
    /// The law that an officer chose at collection; empty for none.
    pub chosen: String,
}

/// What else is known of the party.
#[derive(Clone, Copy, Debug, Default)]
pub struct Others<'a> {
    /// Entries of the lists that stand or stood.
    pub standings: &'a [Standing],
    /// Penalties; the one that is to be repaired may be among them.
    pub penalties: &'a [Penalty],
    /// Years for which the party has published no annual report though the period is over.
    pub missing_reports: &'a [i64],
    /// How the register has the party, where that says that it is no more.
    pub no_more: Option<&'a str>,
}
