//! Chinese labels of codes, by the rulebook and the date of the fact.

use chrono::NaiveDate;
use contract::collection::v1::Penalty;
use domain::{FieldCode, Money, OfficeCode, parse_date};
use rulebook::{Code, Rulebook, penalty_in_words};

/// Looks up labels. A code without a label on its date is shown as it is: a fact is not hidden for want of a word.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Labels<'a>(&'a Rulebook);

impl<'a> Labels<'a> {
    pub(crate) fn of(book: &'a Rulebook) -> Self {
        Self(book)
    }

    /// The code of a set on a day (`YYYY-MM-DD`).
    pub(crate) fn find(self, set: &str, code: &str, on: &str) -> Option<&'a Code> {
        self.0.code(set, code, parse_date(on).ok()?)
    }

    /// Label of a code of a set on a day (`YYYY-MM-DD`).
    pub(crate) fn code(self, set: &str, code: &str, on: &str) -> String {
        self.find(set, code, on).map_or_else(|| code.to_owned(), |found| found.label_zh.clone())
    }

    /// Labels of several codes of a set on a day.
    pub(crate) fn codes(self, set: &str, codes: &[String], on: &str) -> Vec<String> {
        codes.iter().map(|code| self.code(set, code, on)).collect()
    }

    /// A penalty of a day (`YYYY-MM-DD`) in words.
    pub(crate) fn penalty(self, penalty: &Penalty, on: &str) -> String {
        let kinds = penalty.penalty_kinds.iter().filter_map(|kind| self.find("penalty_kind", kind, on));
        let amount = |fen: i64| Money::from_fen(fen).ok().filter(|money| *money != Money::ZERO);
        penalty_in_words(kinds, amount(penalty.fine_fen), amount(penalty.confiscated_fen))
    }

    /// Name of a key field.
    pub(crate) fn field(self, code: &str) -> String {
        let field = FieldCode::parse(code).ok().and_then(|code| self.0.field(&code));
        field.map_or_else(|| code.to_owned(), |field| field.label_zh.clone())
    }

    /// Every code of a set on a day, in the order of the rulebook.
    pub(crate) fn codes_of(self, set: &'a str, on: NaiveDate) -> impl Iterator<Item = &'a Code> {
        self.0.codes(set, on)
    }

    /// Name of an office.
    pub(crate) fn office(self, code: &str) -> String {
        let office = OfficeCode::parse(code).ok().and_then(|code| self.0.office(&code));
        office.map_or_else(|| code.to_owned(), |office| office.label_zh.clone())
    }

    /// Names of sub-kinds.
    pub(crate) fn sub_kinds(self, codes: &[String]) -> Vec<String> {
        let name = |code: &String| self.0.sub_kind(code).map_or(code.clone(), |kind| kind.label_zh.clone());
        codes.iter().map(name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_that_of_its_date_and_an_unknown_code_stays_itself() {
        let book = Rulebook::builtin();
        let labels = Labels::of(&book);
        assert_eq!(labels.code("penalty_kind", "2", "2022-01-01"), "通报批评");
        assert_eq!(labels.code("penalty_kind", "2", "2020-01-01"), "2");
        assert_eq!(labels.code("penalty_kind", "99", "2022-01-01"), "99");
        assert_eq!(labels.field("FOOD"), "食品生产");
        assert_eq!(labels.sub_kinds(&["HealthFood".to_owned(), "Other".to_owned()]), ["保健食品", "Other"]);
    }
}
