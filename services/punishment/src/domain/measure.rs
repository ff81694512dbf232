//! Joint measures against parties, and which of the city's list an entry brings.

use std::fmt;

use chrono::NaiveDate;
use domain::{DivisionCode, LegalName, MicrosUtc, OfficeCode, Uscc};
use rulebook::Measure as Item;

use super::list::EntryName;
use super::name::is_id;
use crate::machines::measure::{Reach, State};

/// Resource name of a measure: `measures/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MeasureName(String);

/// The text is not the name of a measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be `measures/` and an id of 1 to 64 letters, digits or `-`")]
pub struct InvalidMeasureName;

impl MeasureName {
    /// A new name.
    pub fn new(id: uuid::Uuid) -> Self {
        Self(id.to_string())
    }

    /// Reads a name.
    pub fn parse(text: &str) -> Result<Self, InvalidMeasureName> {
        Self::of_id(text.strip_prefix("measures/").ok_or(InvalidMeasureName)?)
    }

    /// The name with this id.
    pub fn of_id(id: &str) -> Result<Self, InvalidMeasureName> {
        if is_id(id) { Ok(Self(id.to_owned())) } else { Err(InvalidMeasureName) }
    }

    /// The id without the collection.
    pub fn id(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MeasureName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "measures/{}", self.0)
    }
}

/// The entry from which measures follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// The entry or case.
    pub entry: EntryName,
    /// The party.
    pub uscc: Uscc,
    /// Its name.
    pub party_name: LegalName,
    /// Division of the entry.
    pub division: DivisionCode,
    /// Number of the listing decision.
    pub decision_no: String,
}

/// A measure as stored, with the item of the list as it read when the measure was derived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    /// Its name.
    pub name: MeasureName,
    /// What triggers it.
    pub trigger: Trigger,
    /// Code of the item.
    pub code: String,
    /// Name of the measure.
    pub label: String,
    /// Whom it is for.
    pub object: String,
    /// The law it rests on.
    pub basis: String,
    /// The article that lets it reduce rights; `None`: it reduces none.
    pub rights_basis: Option<String>,
    /// The office that answers for it.
    pub implementer: OfficeCode,
    /// Edition of the list.
    pub edition: String,
    /// Where it stands.
    pub state: State,
    /// Who published the entry.
    pub derived_by: String,
    /// Who confirmed it; `None` before.
    pub confirmed_by: Option<String>,
    /// First day.
    pub starts_on: NaiveDate,
    /// Day on which it ended.
    pub ended_on: Option<NaiveDate>,
    /// Why it ended; empty while it runs.
    pub end_reason: String,
    /// What the party said against it, of the last time; empty when it never did.
    pub contest: String,
    /// Last day for the next step.
    pub due_on: Option<NaiveDate>,
    /// Revision under which the systems were told of it; `None`: nobody was.
    pub told_revision: Option<i64>,
    /// Revision under which they were told of its end.
    pub end_revision: Option<i64>,
    /// The systems, in the order of their names.
    pub receivers: Vec<Receiver>,
    /// Rises by one with every change.
    pub revision: i64,
    /// When it last changed.
    pub updated_at: MicrosUtc,
}

/// A system that is told of a measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receiver {
    /// Its name in the rulebook.
    pub name: String,
    /// Its acknowledgement of the measure.
    pub taken: Option<Taken>,
    /// Its acknowledgement of the end.
    pub end_taken: Option<Taken>,
    /// Whether its use was reported in the running period.
    pub reported: bool,
}

/// An acknowledgement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// When.
    pub at: MicrosUtc,
    /// The system's number.
    pub receipt: String,
}

impl Measure {
    /// How far the systems have come.
    pub fn reach(&self) -> Reach {
        match self.told_revision {
            None => Reach::Untold,
            Some(_) if self.receivers.iter().all(|receiver| receiver.taken.is_some()) => Reach::Everywhere,
            Some(_) => Reach::OnTheWay,
        }
    }

    /// Who decided last about whether the measure holds: somebody else answers when it is contested.
    pub fn proposer(&self) -> &str {
        self.confirmed_by.as_deref().unwrap_or(&self.derived_by)
    }
}

/// A report on the use of a measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUse {
    /// The system.
    pub receiver: String,
    /// How often it applied the measure.
    pub applied_count: i64,
    /// What came of it.
    pub result: String,
}

/// Parts the items that a trigger brings into those that the law carries and those that it does not. A rulebook that was read has none
/// of the second kind; that no list yields them is asked here again, because a measure without its basis harms somebody.
pub fn founded<'a>(items: impl Iterator<Item = &'a Item>) -> (Vec<&'a Item>, Vec<&'a Item>) {
    items.partition(|item| item.is_founded())
}

#[cfg(test)]
mod tests {
    use rulebook::Rulebook;

    use super::*;

    #[test]
    fn names_of_other_resources_are_no_measures() {
        assert_eq!(MeasureName::parse("measures/a-1").unwrap().to_string(), "measures/a-1");
        for text in ["measures/", "measures", "measures/a/b", "seriousCases/1", "measures/a b", ""] {
            assert!(MeasureName::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_reminder_yields_nothing_that_reduces_rights_without_a_cited_article() {
        let day = domain::parse_date("2024-06-03").unwrap();
        let mut items: Vec<_> = Rulebook::builtin().measures("ABNORMAL", day).cloned().collect();
        let codes = |items: &[&Item]| items.iter().map(|item| item.code.clone()).collect::<Vec<_>>();
        let (taken, left_out) = founded(items.iter());
        assert_eq!((codes(&taken), left_out.len()), (codes(&items.iter().collect::<Vec<_>>()), 0));
        for item in items.iter_mut().filter(|item| item.reduces_rights) {
            item.rights_basis = None;
        }
        let (taken, left_out) = founded(items.iter());
        assert_eq!(
            (codes(&taken), codes(&left_out)),
            (vec!["StrictPermitReview".into()], vec!["ProcurementBidding".into()])
        );
    }

    #[test]
    fn no_item_without_a_basis_is_derived() {
        let day = domain::parse_date("2024-06-03").unwrap();
        let mut items: Vec<_> = Rulebook::builtin().measures("SERIOUS", day).cloned().collect();
        items.iter_mut().for_each(|item| item.basis.clear());
        assert!(founded(items.iter()).0.is_empty());
    }
}
