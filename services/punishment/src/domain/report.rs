//! Annual reports: who owes one, and since when one is missing.

use chrono::{Datelike, NaiveDate};
use domain::{DivisionCode, LegalName, Uscc};
use rulebook::{RuleMissing, Rulebook};

/// A report that a party owes, or has published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The party.
    pub uscc: Uscc,
    /// Its name.
    pub party_name: LegalName,
    /// Division of its registering authority.
    pub division: DivisionCode,
    /// Year that it is about.
    pub year: i32,
    /// Day on which it was published; `None`: it is owed.
    pub published_on: Option<NaiveDate>,
}

/// Last day for the report about a year, by the law of the year in which it is due; `None` for a year out of range.
///
/// # Errors
/// [`RuleMissing`] when the rulebook has no such day.
pub fn last_day(year: i32, book: &Rulebook) -> Result<Option<NaiveDate>, RuleMissing> {
    let Some(begins) = NaiveDate::from_ymd_opt(year + 1, 1, 1) else { return Ok(None) };
    let (month, day) = book.month_day("abnormal.annual_report.deadline", begins)?;
    Ok(NaiveDate::from_ymd_opt(year + 1, month, day))
}

/// The latest year whose period for reports is over on a day.
///
/// # Errors
/// As [`last_day`].
pub fn last_year_over(on: NaiveDate, book: &Rulebook) -> Result<i32, RuleMissing> {
    let year = on.year() - 1;
    let over = last_day(year, book)?.is_some_and(|last| last < on);
    Ok(if over { year } else { year - 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_period_of_a_year_ends_on_the_last_of_june_of_the_next() {
        let book = Rulebook::builtin();
        let over = |on: &str| last_year_over(domain::parse_date(on).unwrap(), &book).unwrap();
        assert_eq!(last_day(2023, &book).unwrap(), domain::parse_date("2024-06-30").ok());
        assert_eq!((over("2024-06-30"), over("2024-07-01"), over("2025-01-01")), (2022, 2023, 2023));
    }
}
