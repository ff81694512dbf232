//! Cases for the list of serious violators.

use chrono::NaiveDate;
use domain::{DivisionCode, DocumentNumber, FieldCode, LegalName, MicrosUtc, Uscc};

use super::extension::CaseExtension;
use super::home::is_elsewhere;
use super::list::EntryName;
use super::papers::CasePapers;
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
    /// Division in which the party is registered; `None`: that of the case.
    pub registered_in: Option<DivisionCode>,
    /// Ground, a code of the rulebook.
    pub ground: String,
    /// Number of the penalty decision.
    pub penalty_document_no: DocumentNumber,
    /// Kinds of the penalty, codes of the rulebook.
    pub penalty_kinds: Vec<String>,
    /// Grade under the discretion benchmark; empty when not stated.
    pub discretion_grade: String,
}

impl NewCase {
    /// Whether the party is registered in another province than that of the case.
    pub fn registered_elsewhere(&self) -> bool {
        self.registered_in.as_ref().is_some_and(|home| is_elsewhere(home, &self.division))
    }
}

/// A case as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its name.
    pub name: EntryName,
    /// What was opened.
    pub content: NewCase,
    /// Procedure of the day on which it was opened.
    pub procedure: String,
    /// Where it stands.
    pub state: State,
    /// Who took the last step.
    pub last_actor: String,
    /// Who put forward what the next decision answers.
    pub proposed_by: String,
    /// Day of the listing decision.
    pub listed_on: Option<NaiveDate>,
    /// First day of the term: that of the listing, or of the restoration.
    pub term_starts_on: Option<NaiveDate>,
    /// Last day of the term.
    pub term_ends_on: Option<NaiveDate>,
    /// Number of the listing decision.
    pub decision_no: Option<DocumentNumber>,
    /// Day on which the party left the list, or the case was revoked; `None` while it is there, and again once it is restored.
    pub ended_on: Option<NaiveDate>,
    /// How it ended: a code of the set `serious_removal_ground`; empty before.
    pub removal_ground: String,
    /// Date of the last act; `None` before the first.
    pub acted_on: Option<NaiveDate>,
    /// Last day for the next step.
    pub due_on: Option<NaiveDate>,
    /// First day of an order that suspends it; `None` while none does.
    pub suspended_on: Option<NaiveDate>,
    /// Assessment, hearing and decision.
    pub papers: CasePapers,
    /// The extensions of its period, in the order in which they were asked for.
    pub extensions: Vec<CaseExtension>,
    /// Rises by one with every change.
    pub revision: i64,
    /// When it last changed.
    pub updated_at: MicrosUtc,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(division: &str, registered_in: Option<&str>) -> NewCase {
        NewCase {
            uscc: Uscc::parse("91370102MA3C00011F").unwrap(),
            party_name: LegalName::parse("济南泉福食品有限公司").unwrap(),
            field: FieldCode::parse("FOOD").unwrap(),
            division: DivisionCode::parse(division).unwrap(),
            registered_in: registered_in.map(|code| DivisionCode::parse(code).unwrap()),
            ground: "F1".to_owned(),
            penalty_document_no: DocumentNumber::parse("济市监罚〔2024〕7号").unwrap(),
            penalty_kinds: vec!["3".to_owned()],
            discretion_grade: "Heavier".to_owned(),
        }
    }

    #[test]
    fn another_city_of_the_province_is_not_elsewhere_and_another_province_is() {
        for (home, elsewhere) in
            [(None, false), (Some("370202"), false), (Some("370102"), false), (Some("320102"), true)]
        {
            assert_eq!(case("370102", home).registered_elsewhere(), elsewhere, "{home:?}");
        }
        assert!(!case("JN-GX", Some("370102")).registered_elsewhere(), "a zone lies in its province");
    }
}
