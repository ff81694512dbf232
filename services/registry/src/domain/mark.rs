//! Marks: the label that an enterprise of a key field carries in the publicity system (R22 to R24).

use chrono::NaiveDate;
use domain::{DivisionCode, FieldCode, LegalName, MicrosUtc, Uscc};

use super::{Codes, Licence};
use crate::machines::mark::State;

/// What a mark belongs to: there is one for each enterprise and field.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MarkKey {
    /// The enterprise.
    pub uscc: Uscc,
    /// The key field.
    pub field: FieldCode,
}

/// What a mark says: taken from the valid licences of the field, empty when none is left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MarkContent {
    /// Sub-kinds of all valid licences.
    pub sub_kinds: Codes,
    /// Numbers of the valid licences.
    pub licence_nos: Codes,
}

/// A mark as it stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// What it belongs to.
    pub key: MarkKey,
    /// State of the machine.
    pub state: State,
    /// What it says.
    pub content: MarkContent,
    /// What the publicity system shows: the content that it acknowledged last. It stands while a change is under way, and is
    /// empty while the mark is not public.
    pub shown: MarkContent,
    /// Of the offices that the proposed content belongs to, those that have confirmed it; empty unless some have and others have not.
    pub confirmed_by: Codes,
    /// 1 when proposed; rises by one with every change.
    pub revision: i64,
    /// Revision whose content was last handed to the publicity system; 0 before the first time.
    pub pushed_revision: i64,
    /// When the publicity system acknowledged the present content.
    pub published_at: Option<MicrosUtc>,
    /// When it last changed.
    pub updated_at: MicrosUtc,
}

/// A mark together with what it shows of its enterprise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkView {
    /// The mark.
    pub mark: Mark,
    /// Name of the enterprise.
    pub legal_name: LegalName,
    /// Division of the enterprise, which says who may see and confirm the mark.
    pub division: DivisionCode,
}

impl MarkKey {
    /// The key of a stored row.
    ///
    /// # Errors
    /// A stored text that is no code: the row is unreadable.
    pub fn from_stored(uscc: &str, field: &str) -> Result<Self, service::Error> {
        let unreadable =
            |problem: String| service::Error::corrupt(format!("mark of {uscc} in {field}: {problem}"));
        Ok(Self {
            uscc: Uscc::parse(uscc).map_err(|problem| unreadable(problem.to_string()))?,
            field: FieldCode::parse(field).map_err(|problem| unreadable(problem.to_string()))?,
        })
    }

    /// `enterprises/{uscc}/marks/{field}`.
    pub fn name(&self) -> String {
        format!("enterprises/{}/marks/{}", self.uscc, self.field)
    }
}

/// What the mark of one enterprise in one field has to say on `today`: the content of its valid licences, or `None` when
/// there is none and so no mark (machine 1: a mark exists exactly while a valid licence of the field does).
pub fn derive<'a>(licences: impl IntoIterator<Item = &'a Licence>, today: NaiveDate) -> Option<MarkContent> {
    let mut content = MarkContent::default();
    let mut numbers = Vec::new();
    for licence in licences.into_iter().filter(|licence| licence.is_valid_on(today)) {
        content.sub_kinds.extend(&licence.content.sub_kinds);
        numbers.push(licence.licence_no.as_str());
    }
    content.licence_nos = numbers.into_iter().collect();
    (!content.licence_nos.is_empty()).then_some(content)
}

#[cfg(test)]
mod tests {
    use super::super::licence::tests::{day, licence};
    use super::super::{EXPIRED, VALID};
    use super::*;

    #[test]
    fn a_mark_carries_the_sub_kinds_and_numbers_of_all_valid_licences() {
        let licences = [
            licence("SC12737011400238", "HealthFood", VALID),
            licence("SC10137010200018", "OrdinaryFood", VALID),
            licence("SC20137011600076", "FoodAdditive", "Suspended"),
        ];
        let content = derive(&licences, day("2025-06-01")).unwrap();
        assert_eq!(content.sub_kinds.to_vec(), ["HealthFood", "OrdinaryFood"]);
        assert_eq!(content.licence_nos.to_vec(), ["SC10137010200018", "SC12737011400238"]);
    }

    #[test]
    fn without_a_valid_licence_there_is_no_mark() {
        assert_eq!(derive([], day("2025-06-01")), None);
        for state in ["Suspended", "Cancelled", "Withdrawn", "Voided", "Revoked", EXPIRED] {
            assert_eq!(
                derive(&[licence("SC10137010200018", "OrdinaryFood", state)], day("2025-06-01")),
                None,
                "{state}"
            );
        }
    }

    #[test]
    fn the_mark_ends_on_the_day_after_the_last_term_and_not_before() {
        let licences = [licence("SC10137010200018", "OrdinaryFood", VALID)];
        assert!(derive(&licences, day("2025-12-31")).is_some());
        assert!(derive(&licences, day("2026-01-01")).is_none());
        assert!(
            derive(&licences, day("2024-12-31")).is_none(),
            "a licence granted ahead carries no mark yet"
        );
    }
}
