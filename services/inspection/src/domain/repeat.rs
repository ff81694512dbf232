//! Checks of others, and what they leave of a year: which bar a further check in the same field, and which use up no annual cap.

use chrono::{Datelike, Months, NaiveDate};
use domain::{FieldCode, add_months};
use rulebook::{RuleMissing, Rulebook};

use super::plan::no_repeat_months;

/// The code set of how a check is made.
const MODE_SET: &str = "inspection_mode";
/// Tag of checks after a licence was granted (证后监督检查).
const POST_LICENCE: &str = "post_licence";
/// Tag of checks that follow a clue: they use up no annual cap.
const CLUE_LED: &str = "clue_led";

/// What is known of a check that others made.
#[derive(Clone, Copy, Debug)]
pub struct CheckOfOthers<'a> {
    /// Its day.
    pub on: NaiveDate,
    /// Whether a higher body made it.
    pub superior: bool,
    /// How it was made: a code of the set `inspection_mode`; empty for a routine one.
    pub mode: &'a str,
}

impl CheckOfOthers<'_> {
    /// Whether it uses up a place of the annual cap of its year: not when it followed a clue (国办发〔2024〕54号).
    pub fn counts(&self, book: &Rulebook) -> bool {
        !self.is(CLUE_LED, book)
    }

    fn is(&self, tag: &str, book: &Rulebook) -> bool {
        book.code(MODE_SET, self.mode, self.on).is_some_and(|mode| mode.has_tag(tag))
    }
}

/// Which checks of others bar a further one in a field.
#[derive(Clone, Debug)]
pub struct RepeatRules<'b> {
    book: &'b Rulebook,
    /// For how many months what a higher body has checked is not checked again.
    months: Option<u32>,
    /// Whether a check after the licence takes the place of the regular ones of its year.
    post_licence: bool,
}

impl<'b> RepeatRules<'b> {
    /// The rules of a field on a day. Where the law says nothing of a field there is no parameter, and nothing is barred.
    ///
    /// # Errors
    /// When a parameter is there and cannot be used.
    pub fn on(book: &'b Rulebook, field: &FieldCode, day: NaiveDate) -> Result<Self, RuleMissing> {
        let name = format!("inspection.{}.post_licence_excludes_regular", field.as_str().to_lowercase());
        let post_licence = match book.flag(&name, day) {
            Err(RuleMissing::UnknownName { .. } | RuleMissing::NotInForce { .. }) => false,
            said => said?,
        };
        Ok(Self { book, months: no_repeat_months(book, field, day)?, post_licence })
    }

    /// Whether a check bars another one on `day`, which the law does not ask for: a higher body's within the months of order 49 art 42,
    /// their last day counted; one after the licence within its year (order 57 art 17).
    pub fn bar(&self, check: &CheckOfOthers<'_>, day: NaiveDate) -> bool {
        let until = self.months.filter(|_| check.superior).and_then(|months| add_months(check.on, months));
        let replaced = check.on.year() == day.year() && self.replaces(check);
        check.on <= day && (replaced || until.is_some_and(|until| day <= until))
    }

    /// Whether a check takes the place of the regular ones of its year (order 57 art 17).
    pub fn replaces(&self, check: &CheckOfOthers<'_>) -> bool {
        self.post_licence && check.is(POST_LICENCE, self.book)
    }

    /// The earliest day of a check that may bar another one on `day`.
    pub fn since(&self, day: NaiveDate) -> NaiveDate {
        let months = Months::new(self.months.unwrap_or(0));
        let new_year = NaiveDate::from_ymd_opt(day.year(), 1, 1);
        [day.checked_sub_months(months), new_year].into_iter().flatten().min().unwrap_or(NaiveDate::MIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// Whether a check, under the rules of the day of another one, bars this.
    fn bars(field: &str, (on, superior, mode): (&str, bool, &str), other: &str) -> bool {
        let (book, field) = (Rulebook::builtin(), FieldCode::parse(field).unwrap());
        let rules = RepeatRules::on(&book, &field, day(other)).unwrap();
        let check = CheckOfOthers { on: day(on), superior, mode };
        assert!(rules.since(day(other)) <= day(on) || !rules.bar(&check, day(other)), "{on} is looked for");
        rules.bar(&check, day(other))
    }

    #[test]
    fn what_a_higher_body_checked_is_not_checked_again_for_three_months_since_order_49() {
        let superior = |on| (on, true, "");
        assert!(bars("FOOD", superior("2026-08-10"), "2026-11-10"), "the last day counts");
        assert!(!bars("FOOD", superior("2026-08-09"), "2026-11-10"));
        assert!(!bars("FOOD", superior("2026-11-11"), "2026-11-10"), "it was not made yet");
        assert!(!bars("FOOD", ("2026-11-01", false, ""), "2026-11-10"), "of the same level");
        assert!(!bars("SE", superior("2026-11-01"), "2026-11-10"), "order 57 says nothing of it");
        assert!(bars("FOOD", superior("2022-03-01"), "2022-03-15"));
        assert!(!bars("FOOD", superior("2022-03-01"), "2022-03-14"), "the day before order 49");
    }

    #[test]
    fn a_check_after_the_licence_takes_the_place_of_the_regular_ones_of_its_year_since_order_57() {
        let after_licence = |on| (on, false, "PostLicence");
        assert!(bars("SE", after_licence("2026-01-05"), "2026-11-10"));
        assert!(!bars("SE", after_licence("2025-12-31"), "2026-11-10"), "another year");
        assert!(!bars("SE", ("2026-01-05", false, "Regular"), "2026-11-10"));
        assert!(!bars("FOOD", after_licence("2026-01-05"), "2026-11-10"), "order 49 says nothing of it");
        assert!(bars("SE", after_licence("2022-06-01"), "2022-07-01"));
        assert!(!bars("SE", after_licence("2022-06-01"), "2022-06-30"), "the day before order 57");
    }

    #[test]
    fn a_check_that_follows_a_clue_uses_up_no_cap() {
        let book = Rulebook::builtin();
        let counts = |mode| CheckOfOthers { on: day("2026-03-02"), superior: false, mode }.counts(&book);
        let counted = ["", "Routine", "Regular", "Special", "Unannounced"].map(counts);
        assert_eq!(counted, [true, true, true, true, false]);
    }
}
