//! The numbers that a plan follows, out of the rulebook.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use domain::FieldCode;
use rulebook::{PeriodUnit, RuleMissing, Rulebook};

use super::Month;
use crate::domain::strata::SCHEME_SET;

/// The parameter with the annual cap of an enterprise over all departments.
const CAP: &str = "inspection.annual_cap_per_enterprise";
/// The parameters with the visits a year of each class: this, a dot, the class.
const FREQUENCY: &str = "inspection.frequency.jinan";

/// What a plan of one year follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanRules {
    /// The year.
    pub year: i32,
    /// Most checks of an enterprise in a year, of all departments; `None` while nobody has set one.
    pub cap: Option<u32>,
    /// In which fields the law asks for a full check, and within how many years.
    pub full_check_years: BTreeMap<FieldCode, u32>,
    /// For how many months a check of a higher body is not repeated, by field.
    pub no_repeat_months: BTreeMap<FieldCode, u32>,
    /// Visits a year by risk class.
    pub visits_by_class: BTreeMap<String, u32>,
    /// Visits a year of an enterprise without a class: those of the middle class.
    pub visits_without_class: u32,
    /// Most visits that the inspectors of a field can make in a month. A field that is not named has no limit.
    pub capacity: BTreeMap<FieldCode, u64>,
}

/// Why there are no rules to plan by.
#[derive(Debug, thiserror::Error)]
pub enum PlanRulesError {
    /// A class has fewer visits than a class below it.
    #[error(
        "class `{class}` has fewer visits a year than the class before it: the parameters `{FREQUENCY}.*` are not monotone"
    )]
    NotMonotone {
        /// The class.
        class: String,
    },
    /// A parameter is missing, or is no period of the kind that it should be.
    #[error(transparent)]
    Rule(#[from] RuleMissing),
}

impl PlanRules {
    /// The rules for a year, as they are in force on `today`: a plan is an act of its day.
    ///
    /// # Errors
    /// [`PlanRulesError`].
    pub fn on(
        book: &Rulebook,
        year: i32,
        capacity: BTreeMap<FieldCode, u64>,
        today: NaiveDate,
    ) -> Result<Self, PlanRulesError> {
        let mut full_check_years = BTreeMap::new();
        let mut no_repeat_months = BTreeMap::new();
        for field in book.fields() {
            // The law says it of some fields: where it says nothing there is no parameter.
            let name = field.code.as_str().to_lowercase();
            let full = format!("inspection.{name}.full_points.every");
            if let Some(years) = period(book, &full, PeriodUnit::CalendarYear, today)? {
                full_check_years.insert(field.code.clone(), years);
            }
            if let Some(months) = self::no_repeat_months(book, &field.code, today)? {
                no_repeat_months.insert(field.code.clone(), months);
            }
        }
        let by_class = visits_by_class(book, today)?;
        let visits_without_class = by_class.get(by_class.len() / 2).map_or(0, |(_, visits)| *visits);
        Ok(Self {
            year,
            cap: cap(book, today)?,
            full_check_years,
            no_repeat_months,
            visits_by_class: by_class.into_iter().collect(),
            visits_without_class,
            capacity,
        })
    }

    /// Visits a year of an enterprise with a class or without one.
    pub(super) fn visits_of(&self, class: Option<&str>) -> u32 {
        class.and_then(|class| self.visits_by_class.get(class)).copied().unwrap_or(self.visits_without_class)
    }

    /// The last month that ends within the term of a full check after `covered_on`, as (year, month); `None` where the law asks for
    /// none.
    pub fn covered_until(&self, field: &FieldCode, covered_on: NaiveDate) -> Option<(i32, Month)> {
        let years = self.full_check_years.get(field)?;
        let due = domain::add_years(covered_on, *years)?;
        let ends_month = due.succ_opt().is_some_and(|next| next.day() == 1);
        Some(match (ends_month, due.month()) {
            (true, month) => (due.year(), month),
            (false, 1) => (due.year() - 1, 12),
            (false, month) => (due.year(), month - 1),
        })
    }
}

/// The cap. One that was not supplied is no cap; one that the rulebook does not have at all is a gap in the rulebook.
fn cap(book: &Rulebook, today: NaiveDate) -> Result<Option<u32>, RuleMissing> {
    match book.integer(CAP, today) {
        Ok(cap) => Ok(u32::try_from(cap).ok()),
        Err(RuleMissing::NotSupplied { .. } | RuleMissing::NotInForce { .. }) => Ok(None),
        Err(missing) => Err(missing),
    }
}

/// For how many months a check of a higher body in a field is not repeated; `None` where the law says nothing of it.
pub(crate) fn no_repeat_months(
    book: &Rulebook,
    field: &FieldCode,
    today: NaiveDate,
) -> Result<Option<u32>, RuleMissing> {
    let name = format!("inspection.{}.no_repeat_after_superior", field.as_str().to_lowercase());
    period(book, &name, PeriodUnit::CalendarMonth, today)
}

/// A period of a unit; `None` where no rule says it.
fn period(
    book: &Rulebook,
    name: &str,
    unit: PeriodUnit,
    today: NaiveDate,
) -> Result<Option<u32>, RuleMissing> {
    match book.deadline(today, name) {
        Ok(period) if period.unit == unit => Ok(Some(period.length)),
        Err(RuleMissing::UnknownName { .. } | RuleMissing::NotInForce { .. }) | Ok(_) => Ok(None),
        Err(missing) => Err(missing),
    }
}

/// The visits of each class, in ascending order of rank.
fn visits_by_class(book: &Rulebook, today: NaiveDate) -> Result<Vec<(String, u32)>, PlanRulesError> {
    let rank = |code: &&rulebook::Code| code.tag_value("rank").and_then(|rank| rank.parse::<u32>().ok());
    let mut classes: Vec<_> = book.codes(SCHEME_SET, today).collect();
    classes.sort_by_key(rank);
    let visits = |code: &&rulebook::Code| {
        let visits = book.integer(&format!("{FREQUENCY}.{}", code.code), today)?;
        Ok((code.code.clone(), u32::try_from(visits).unwrap_or(0)))
    };
    let visits = classes.iter().map(visits).collect::<Result<Vec<_>, RuleMissing>>()?;
    match visits.windows(2).find(|pair| pair[1].1 < pair[0].1) {
        Some(pair) => Err(PlanRulesError::NotMonotone { class: pair[1].0.clone() }),
        None => Ok(visits),
    }
}
