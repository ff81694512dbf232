//! What both lists have in common.

use std::fmt;

use chrono::NaiveDate;
use domain::{DocumentNumber, Uscc};

use super::name::id_in;
use super::papers::Paper;
use super::suspension::Suspension;

/// Which list, or what else measures follow from: codes of the rulebook's set `measure_trigger`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum List {
    /// The directory of abnormal operations: a reminder.
    Abnormal,
    /// Marks of sole traders whose operation is abnormal: no list, and no measure of the directory follows.
    Mark,
    /// The list of serious violators: a sanction.
    Serious,
    /// No list: a confirmed breach of a letter of commitment, as its record says.
    BrokenCommitment,
    /// No list: a revoked licence for food, as the record of the penalty says.
    FoodLicenceRevoked,
    /// No list: as many penalties within a year as the law of food counts; the record is that of the last.
    PenaltiesInYear,
}

impl List {
    /// The word in contract, database and rulebook.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Abnormal => "ABNORMAL",
            Self::Mark => "ABNORMAL_MARK",
            Self::Serious => "SERIOUS",
            Self::BrokenCommitment => "BROKEN_COMMITMENT",
            Self::FoodLicenceRevoked => "FOOD_LICENCE_REVOKED",
            Self::PenaltiesInYear => "PENALTIES_IN_YEAR",
        }
    }

    /// What follows from penalties alone.
    pub const BY_PENALTIES: [Self; 2] = [Self::FoodLicenceRevoked, Self::PenaltiesInYear];

    /// The list that `word` names.
    pub fn of_word(word: &str) -> Option<Self> {
        let lists = [Self::Abnormal, Self::Mark, Self::Serious, Self::BrokenCommitment];
        lists.into_iter().chain(Self::BY_PENALTIES).find(|list| list.word() == word)
    }

    /// Whether it is none, but what records say: nobody lists the party, and nothing is decided here.
    pub fn is_of_records(self) -> bool {
        collection(self) == RECORDS
    }
}

/// Resource name of an entry: `abnormalEntries/{id}`, of a mark too, `seriousCases/{id}`, or `records/{id}` for what a record triggers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryName {
    list: List,
    id: String,
}

/// The text is not the name of an entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be `{collection}/` and an id of 1 to 64 letters, digits or `-`")]
pub struct InvalidEntryName {
    collection: &'static str,
}

impl EntryName {
    /// A new name.
    pub fn new(list: List, id: uuid::Uuid) -> Self {
        Self { list, id: id.to_string() }
    }

    /// Reads a name of `list`.
    pub fn parse(list: List, text: &str) -> Result<Self, InvalidEntryName> {
        let collection = collection(list);
        let id = id_in(text, collection).ok_or(InvalidEntryName { collection })?;
        Ok(Self { list, id: id.to_owned() })
    }

    /// Reads a name of the directory or of the list of serious violators, by what it begins with.
    pub fn parse_any(text: &str) -> Result<Self, InvalidEntryName> {
        let list = if text.starts_with(collection(List::Serious)) { List::Serious } else { List::Abnormal };
        Self::parse(list, text)
    }

    /// The id without the collection.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether both name one resource: a record stays the same whatever it triggers.
    pub fn is_resource_of(&self, other: &Self) -> bool {
        self.id == other.id && collection(self.list) == collection(other.list)
    }

    /// The list that the entry is of.
    pub fn list(&self) -> List {
        self.list
    }
}

impl fmt::Display for EntryName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", collection(self.list), self.id)
    }
}

const fn collection(list: List) -> &'static str {
    match list {
        List::Abnormal | List::Mark => "abnormalEntries",
        List::Serious => "seriousCases",
        List::BrokenCommitment | List::FoodLicenceRevoked | List::PenaltiesInYear => RECORDS,
    }
}

/// Collection of what collection keeps.
const RECORDS: &str = "records";

/// A step to be taken on an entry or case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advance<E> {
    /// Which.
    pub event: E,
    /// Document of the step.
    pub document_no: Option<DocumentNumber>,
    /// Date of the act; `None`: today.
    pub effective_on: Option<NaiveDate>,
    /// Reason.
    pub reason: String,
    /// Legal basis cited.
    pub legal_basis: String,
    /// What the step says beyond these; which steps need one, [`Event`](crate::machines) says.
    pub paper: Option<Paper>,
    /// Last day for what the step makes due of an entry in the directory, where a body above set one; `None`: the period of the rulebook.
    pub due_by: Option<NaiveDate>,
}

impl<E> Advance<E> {
    /// A step of today without document, reason or basis: as the system takes it.
    pub const fn bare(event: E) -> Self {
        Self {
            event,
            document_no: None,
            effective_on: None,
            reason: String::new(),
            legal_basis: String::new(),
            paper: None,
            due_by: None,
        }
    }
}

/// An entry as the party check needs it: from when to when it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Name of entry or case.
    pub name: EntryName,
    /// The party.
    pub uscc: Uscc,
    /// Ground, a code of the rulebook.
    pub ground: String,
    /// First day.
    pub listed_on: NaiveDate,
    /// Last day of the term; `None`: until removed.
    pub term_ends_on: Option<NaiveDate>,
    /// Day of removal, on which it no longer stands.
    pub removed_on: Option<NaiveDate>,
    /// First day of an order that suspends it; `None` while none does.
    pub suspended_on: Option<NaiveDate>,
    /// Number of the decision.
    pub decision_no: String,
    /// Suspensions that have ended. The store keeps them, and what was lifted: writing how an entry stands leaves both as they are.
    pub suspensions: Vec<Suspension>,
    /// Measures that it does not bring.
    pub lifted: Vec<Lifted>,
}

/// A measure whose basis did not carry it, or which its party was right to contest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifted {
    /// Its code in the city's list.
    pub code: String,
    /// First day on which it does not follow from the entry.
    pub since: NaiveDate,
}

impl Standing {
    /// Whether the measure `code` of the list follows from the entry on `day`, where the entry stands.
    pub fn brings(&self, code: &str, day: NaiveDate) -> bool {
        !self.lifted.iter().any(|lifted| lifted.code == code && lifted.since <= day)
    }

    /// Whether writing `other` would change nothing: all is equal but what the store keeps beside it, suspensions and what was lifted.
    pub fn is_written_as(&self, other: &Self) -> bool {
        let written = |one: &Self| Self { suspensions: Vec::new(), lifted: Vec::new(), ..one.clone() };
        written(self) == written(other)
    }

    /// The same where the suspensions that have ended are written with it: of what a record triggers.
    pub fn is_written_with_suspensions_as(&self, other: &Self) -> bool {
        self.is_written_as(other) && self.suspensions == other.suspensions
    }

    /// Since when the entry has counted without a break, on a day on which it stands.
    pub fn counts_since(&self) -> NaiveDate {
        self.suspensions.iter().map(|over| over.to).fold(self.listed_on, NaiveDate::max)
    }

    /// From which day on the entry does not count any more, as far as is known; `None` while it goes on.
    pub fn ceased_on(&self) -> Option<NaiveDate> {
        let after_term = self.term_ends_on.and_then(|last| last.succ_opt());
        [after_term, self.removed_on, self.suspended_on].into_iter().flatten().min()
    }

    /// Whether the entry stands on `day` and counts. The term's end is computed, so a late job never shows an ended entry; what an
    /// order suspends does not count from the day of the order to that on which the suspension ends.
    pub fn stands_on(&self, day: NaiveDate) -> bool {
        self.listed_on <= day
            && self.term_ends_on.is_none_or(|last| day <= last)
            && self.removed_on.is_none_or(|removed| day < removed)
            && self.suspended_on.is_none_or(|suspended| day < suspended)
            && !self.suspensions.iter().any(|suspension| suspension.covers(day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        domain::parse_date(text).unwrap()
    }

    fn standing() -> Standing {
        Standing {
            name: EntryName::parse(List::Serious, "seriousCases/1").unwrap(),
            uscc: Uscc::parse("91370000706266601D").unwrap(),
            ground: "F1".to_owned(),
            listed_on: day("2023-03-01"),
            term_ends_on: Some(day("2026-03-01")),
            removed_on: None,
            suspended_on: None,
            decision_no: "济市监列〔2023〕1号".to_owned(),
            suspensions: Vec::new(),
            lifted: Vec::new(),
        }
    }

    #[test]
    fn an_entry_stands_from_its_first_to_its_last_day() {
        let mut entry = standing();
        for (on, stands) in
            [("2023-02-28", false), ("2023-03-01", true), ("2026-03-01", true), ("2026-03-02", false)]
        {
            assert_eq!(entry.stands_on(day(on)), stands, "{on}");
        }
        entry.removed_on = Some(day("2024-05-06"));
        assert!(entry.stands_on(day("2024-05-05")) && !entry.stands_on(day("2024-05-06")));
    }

    #[test]
    fn a_suspended_entry_does_not_count_from_the_day_of_the_order() {
        let mut entry = standing();
        entry.suspended_on = Some(day("2023-06-01"));
        assert!(entry.stands_on(day("2023-05-31")) && !entry.stands_on(day("2023-06-01")));
        let (before, on) = (entry.suspended_on.take(), day("2023-07-03"));
        entry.suspensions.extend(Suspension::over(before, None, on));
        for (on, stands) in
            [("2023-05-31", true), ("2023-06-01", false), ("2023-07-02", false), ("2023-07-03", true)]
        {
            assert_eq!(entry.stands_on(day(on)), stands, "{on}");
        }
    }

    #[test]
    fn names_of_the_other_list_are_refused() {
        assert!(EntryName::parse(List::Abnormal, "seriousCases/1").is_err());
        for text in ["abnormalEntries/", "abnormalEntries", "abnormalEntries/a b", "abnormalEntries/../x", ""]
        {
            assert!(EntryName::parse(List::Abnormal, text).is_err(), "{text}");
        }
    }
}
