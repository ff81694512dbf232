//! Remedies against listings, and against refusals.

use std::fmt;

use chrono::NaiveDate;
use domain::{DivisionCode, DocumentNumber, FieldCode, MicrosUtc, Uscc};
use rulebook::Rulebook;

use super::list::{EntryName, List};
use super::name::id_in;
use super::repair::RepairName;
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
        let id = id_in(text, "entryRemedies").ok_or(InvalidRemedyName)?;
        Ok(Self(id.to_owned()))
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

/// What a remedy is against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Against {
    /// The listing, by its entry or case.
    Listing(EntryName),
    /// The refusal to remove an entry in the directory, or a mark.
    Removal(EntryName),
    /// The answer to an application for credit repair that went against the party, or the revocation of a repair.
    Repair(RepairName),
}

/// The text names nothing that a remedy can be against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be `abnormalEntries/`, `seriousCases/` or `repairs/` and an id of 1 to 64 letters, digits or `-`; \
     the first alone for a refused removal"
)]
pub struct InvalidAgainst;

impl Against {
    /// Reads what is contested: by its name and, for an entry in the directory, whether its refused removal is meant.
    ///
    /// # Errors
    /// [`InvalidAgainst`].
    pub fn parse(name: &str, refused_removal: bool) -> Result<Self, InvalidAgainst> {
        if let Ok(repair) = RepairName::parse(name) {
            return if refused_removal { Err(InvalidAgainst) } else { Ok(Self::Repair(repair)) };
        }
        let entry = EntryName::parse_any(name).map_err(|_| InvalidAgainst)?;
        match (refused_removal, entry.list()) {
            (false, _) => Ok(Self::Listing(entry)),
            (true, List::Serious) => Err(InvalidAgainst),
            (true, _) => Ok(Self::Removal(entry)),
        }
    }

    /// Whether it is the refused removal of an entry, and not the listing.
    pub const fn is_refused_removal(&self) -> bool {
        matches!(self, Self::Removal(_))
    }
}

impl fmt::Display for Against {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listing(entry) | Self::Removal(entry) => entry.fmt(formatter),
            Self::Repair(repair) => repair.fmt(formatter),
        }
    }
}

/// A remedy to be registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRemedy {
    /// What it is against.
    pub against: Against,
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
    /// Field of the case or application; `None` for the directory, and for none.
    pub field: Option<FieldCode>,
    /// Division of the entry, case or application.
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
    /// What it changes; `None` when the listing stands as it was, or falls.
    pub change: Option<Change>,
    /// Last day for deciding again what was refused, where the body set one (行政诉讼法解释 art 60); `None`: the period of the law.
    pub decide_again_by: Option<NaiveDate>,
}

/// What a body above changes of a listing, and nothing to the party's disadvantage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Another ground, a code of the rulebook; `None`: as it was.
    pub ground: Option<String>,
    /// An earlier last day of the term, of the list of serious violators alone; `None`: as it was.
    pub term_ends_on: Option<NaiveDate>,
}

/// What an outcome says does not change the listing, or not for the better.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` {problem}")]
pub struct UnfitChange {
    /// The field of the outcome.
    pub field: &'static str,
    /// What is wrong.
    pub problem: String,
}

impl Change {
    /// What it makes of a ground, by the codes of a set on the day of the listing.
    ///
    /// # Errors
    /// When it is no code of the set on that day, or the ground that it is.
    pub fn ground_of(
        &self,
        present: &str,
        (set, on): (&str, NaiveDate),
        book: &Rulebook,
    ) -> Result<String, UnfitChange> {
        let Some(ground) = &self.ground else { return Ok(present.to_owned()) };
        let problem = match book.code(set, ground, on) {
            None => format!("`{ground}` is not a code of `{set}` on {on}"),
            Some(_) if ground == present => "is the ground of the listing already".to_owned(),
            Some(_) => return Ok(ground.clone()),
        };
        Err(UnfitChange { field: "changed_ground", problem })
    }

    /// What it makes of the last day of a term.
    ///
    /// # Errors
    /// When there is no term, or the day is no earlier one of it.
    pub fn last_day_of(
        &self,
        starts_on: Option<NaiveDate>,
        ends_on: Option<NaiveDate>,
    ) -> Result<Option<NaiveDate>, UnfitChange> {
        let Some(last) = self.term_ends_on else { return Ok(ends_on) };
        let earlier =
            starts_on.is_some_and(|first| first <= last) && ends_on.is_some_and(|present| last < present);
        let problem = "must lie within the term, before its last day".to_owned();
        if earlier { Ok(Some(last)) } else { Err(UnfitChange { field: "changed_term_ends_on", problem }) }
    }
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
