//! Entries in the directory of abnormal operations, and marks of sole traders.

use chrono::NaiveDate;
use domain::{DivisionCode, DocumentNumber, LegalName, MicrosUtc, Uscc};
use rulebook::{Code, RuleMissing, Rulebook};

use super::list::{EntryName, List};
use crate::machines::abnormal::State;

/// What an entry is: enterprises and cooperatives are entered in the directory, sole traders are marked (个体工商户年度报告暂行办法).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An entry in the directory.
    Directory,
    /// A mark.
    Mark,
}

impl Kind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Directory, Self::Mark];

    /// What a party gets, by the kind that its code names: `92…` is a sole trader (GB 32100).
    pub fn of(uscc: &Uscc) -> Self {
        if uscc.as_str().starts_with("92") { Self::Mark } else { Self::Directory }
    }

    /// The word in contract and database.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Directory => "DIRECTORY",
            Self::Mark => "MARK",
        }
    }

    /// Set of the rulebook that holds its grounds.
    pub const fn grounds(self) -> &'static str {
        match self {
            Self::Directory => "abnormal_ground",
            Self::Mark => "abnormal_mark_ground",
        }
    }

    /// The list that it stands on.
    pub const fn list(self) -> List {
        match self {
            Self::Directory => List::Abnormal,
            Self::Mark => List::Mark,
        }
    }
}

/// An entry to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEntry {
    /// The party.
    pub uscc: Uscc,
    /// Its name.
    pub party_name: LegalName,
    /// Division of the registering authority.
    pub division: DivisionCode,
    /// Ground, a code of the rulebook.
    pub ground: String,
    /// Facts.
    pub facts: String,
    /// End of the period or order that the ground counts from; `None` where it counts from verification.
    pub lapsed_on: Option<NaiveDate>,
}

impl NewEntry {
    /// Entry or mark.
    pub fn kind(&self) -> Kind {
        Kind::of(&self.uscc)
    }

    /// The ground on a day; `None` when the rulebook has no such.
    pub fn ground_code<'b>(&self, book: &'b Rulebook, on: NaiveDate) -> Option<&'b Code> {
        book.code(self.kind().grounds(), &self.ground, on)
    }
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
    /// Who took the last step; a second person must take a step with four eyes. Beside a removal, steps about an objection leave it.
    pub last_actor: String,
    /// Who took the last step about the objection that is open; empty while none is.
    pub objection_actor: String,
    /// Day of listing.
    pub listed_on: Option<NaiveDate>,
    /// Number of the listing decision.
    pub decision_no: Option<DocumentNumber>,
    /// Office that decided the listing; empty before.
    pub decided_by: String,
    /// Day of removal.
    pub removed_on: Option<NaiveDate>,
    /// Ground of the removal that was asked for last; empty before one was.
    pub removal_ground: String,
    /// Date of the last act; `None` before the first.
    pub acted_on: Option<NaiveDate>,
    /// Last day for the next step.
    pub due_on: Option<NaiveDate>,
    /// First day of an order that suspends it; `None` while none does.
    pub suspended_on: Option<NaiveDate>,
    /// Letters of the verification, in their order; empty where entries are listed.
    pub letters: Vec<SentLetter>,
    /// The order to publish, where one was recorded.
    pub order: Option<Order>,
    /// Day on which what the removal was asked for was found true, where the period for the decision counts from that; `None` before.
    pub removal_verified_on: Option<NaiveDate>,
    /// Day on which a removal was refused last; `None` before.
    pub removal_refused_on: Option<NaiveDate>,
    /// Rises by one with every change.
    pub revision: i64,
    /// When it last changed.
    pub updated_at: MicrosUtc,
}

/// An order to publish what a party owes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Number of its document.
    pub document_no: DocumentNumber,
    /// Day of the order, from which its period counts.
    pub ordered_on: NaiveDate,
}

/// A letter that was sent to the registered address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentLetter {
    /// Number of its document.
    pub document_no: DocumentNumber,
    /// Day on which it was sent.
    pub sent_on: NaiveDate,
    /// Nobody signed for it.
    pub unsigned: bool,
}

/// What the law of a day wants of the letters by which nobody is found at the registered address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LetterRule {
    /// How many in a row nobody signs for.
    pub count: i64,
    /// Fewest days from one to the next.
    pub least: i64,
    /// Most days from one to the next.
    pub most: i64,
}

impl LetterRule {
    /// The rule of a day.
    ///
    /// # Errors
    /// [`RuleMissing`] when the rulebook has no such rule on that day.
    pub fn of(book: &Rulebook, on: NaiveDate) -> Result<Self, RuleMissing> {
        Ok(Self {
            count: book.integer("abnormal.letter.count", on)?,
            least: book.integer("abnormal.letter.gap_min", on)?,
            most: book.integer("abnormal.letter.gap_max", on)?,
        })
    }
}

/// Whether letters verify that nobody can be reached at the registered address: the last ones, as many as the law asks for, all
/// unsigned, each so many days after the one before as the law says. Judged by the law of the day of the last.
///
/// # Errors
/// [`RuleMissing`] when the rulebook has no such rule on that day.
pub fn unreachable_by(letters: &[SentLetter], book: &Rulebook) -> Result<bool, RuleMissing> {
    let Some(last) = letters.last() else { return Ok(false) };
    let rule = LetterRule::of(book, last.sent_on)?;
    let count = usize::try_from(rule.count).unwrap_or(usize::MAX);
    let gaps = rule.least..=rule.most;
    let Some(counted) = letters.len().checked_sub(count).map(|from| &letters[from..]) else {
        return Ok(false);
    };
    let spaced =
        counted.windows(2).all(|pair| gaps.contains(&(pair[1].sent_on - pair[0].sent_on).num_days()));
    Ok(spaced && counted.iter().all(|letter| letter.unsigned))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(sent_on: &str, unsigned: bool) -> SentLetter {
        let document_no = DocumentNumber::parse("济市监函〔2024〕1号").unwrap();
        SentLetter { document_no, sent_on: domain::parse_date(sent_on).unwrap(), unsigned }
    }

    fn unreachable(letters: &[(&str, bool)]) -> bool {
        let letters: Vec<_> = letters.iter().map(|(day, unsigned)| letter(day, *unsigned)).collect();
        unreachable_by(&letters, &Rulebook::builtin()).unwrap()
    }

    #[test]
    fn two_unsigned_letters_verify_from_the_fifteenth_to_the_thirtieth_day() {
        for (second, verified) in
            [("2024-03-15", false), ("2024-03-16", true), ("2024-03-31", true), ("2024-04-01", false)]
        {
            assert_eq!(unreachable(&[("2024-03-01", true), (second, true)]), verified, "{second}");
        }
    }

    #[test]
    fn one_letter_or_a_signed_one_verifies_nothing() {
        assert!(!unreachable(&[]));
        assert!(!unreachable(&[("2024-03-01", true)]));
        assert!(!unreachable(&[("2024-03-01", false), ("2024-03-20", true)]));
        assert!(!unreachable(&[("2024-03-01", true), ("2024-03-20", false)]));
    }

    #[test]
    fn a_letter_too_late_can_be_the_first_of_the_next_two() {
        assert!(unreachable(&[("2024-03-01", true), ("2024-05-01", true), ("2024-05-20", true)]));
    }

    #[test]
    fn a_sole_trader_is_marked_and_not_entered() {
        let kind = |prefix: &str| Kind::of(&Uscc::compose(prefix, "MA000001").unwrap());
        assert_eq!(kind("92370102"), Kind::Mark);
        assert_eq!(kind("91370102"), Kind::Directory);
        assert_eq!(kind("93370102"), Kind::Directory, "a cooperative is entered");
    }
}
