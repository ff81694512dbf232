//! From when to when a row is in force.

use crate::error::{RowProblem, RulebookError};
use chrono::NaiveDate;
use domain::parse_date;
use std::collections::HashMap;

/// First and last day of a rule, both counted. A row without a first day is on record but not in force on any day
/// (a draft); without a last day it is in force until further notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Effective {
    /// First day; `None` while not in force.
    pub from: Option<NaiveDate>,
    /// Last day; `None` while open.
    pub to: Option<NaiveDate>,
}

impl Effective {
    /// Whether the rule is in force on a day.
    pub fn on(&self, day: NaiveDate) -> bool {
        self.from.is_some_and(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }

    /// Reads the two date cells of a row; empty means open.
    pub(crate) fn parse(from: &str, to: &str) -> Result<Self, RowProblem> {
        let date = |cell: &str| match cell {
            "" => Ok(None),
            text => parse_date(text).map(Some),
        };
        let period = Self { from: date(from)?, to: date(to)? };
        match (period.from, period.to) {
            (Some(from), Some(to)) if to < from => Err(RowProblem::EndsBeforeStart),
            (None, Some(_)) => Err(RowProblem::EndsBeforeStart),
            _ => Ok(period),
        }
    }

    /// As [`Effective::parse`], for tables that hold no drafts.
    pub(crate) fn parse_in_force(from: &str, to: &str) -> Result<Self, RowProblem> {
        if from.is_empty() { Err(RowProblem::Empty("effective_from")) } else { Self::parse(from, to) }
    }

    fn overlaps(&self, other: &Self) -> bool {
        let starts_within = |inner: &Self, outer: &Self| inner.from.is_some_and(|from| outer.on(from));
        starts_within(self, other) || starts_within(other, self)
    }
}

/// Refuses two rows of one key that are in force on one day. Gaps are allowed: on such a day there is no rule.
#[derive(Default)]
pub(crate) struct NoOverlap {
    seen: HashMap<String, Vec<(Effective, u64)>>,
}

impl NoOverlap {
    /// Takes the next row of the table.
    pub(crate) fn take(
        &mut self,
        file: &'static str,
        line: u64,
        key: &str,
        period: Effective,
    ) -> Result<(), RulebookError> {
        let rows = self.seen.entry(key.to_owned()).or_default();
        if let Some((_, other)) = rows.iter().find(|(other, _)| other.overlaps(&period)) {
            let problem = RowProblem::Overlaps { key: key.to_owned(), line: *other };
            return Err(RulebookError::Row { file, line, problem });
        }
        rows.push((period, line));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(from: &str, to: &str) -> Effective {
        Effective::parse(from, to).unwrap()
    }

    #[test]
    fn both_ends_are_counted() {
        let old = period("2021-09-01", "2025-12-24");
        let day = |text| parse_date(text).unwrap();
        assert!(old.on(day("2021-09-01")) && old.on(day("2025-12-24")));
        assert!(!old.on(day("2021-08-31")) && !old.on(day("2025-12-25")));
    }

    #[test]
    fn a_draft_is_never_in_force() {
        assert!(!period("", "").on(parse_date("2026-01-01").unwrap()));
    }

    #[test]
    fn a_period_that_ends_before_it_starts_is_refused() {
        assert_eq!(Effective::parse("2021-09-02", "2021-09-01"), Err(RowProblem::EndsBeforeStart));
        assert_eq!(Effective::parse("", "2021-09-01"), Err(RowProblem::EndsBeforeStart));
        assert_eq!(Effective::parse_in_force("", ""), Err(RowProblem::Empty("effective_from")));
    }

    #[test]
    fn periods_overlap_by_a_single_day_but_not_by_touching() {
        let old = period("2021-09-01", "2025-12-24");
        assert!(old.overlaps(&period("2025-12-24", "")));
        assert!(old.overlaps(&period("2020-01-01", "")));
        assert!(!old.overlaps(&period("2025-12-25", "")));
        assert!(!old.overlaps(&period("", "")));
    }
}
