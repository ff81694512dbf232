//! Rectification of what a visit found.

use std::fmt;

use chrono::NaiveDate;
use domain::{DivisionCode, FieldCode, OfficeCode, Uscc};
use rulebook::{RuleMissing, Rulebook};

use super::{InvalidName, TaskName, VisitName};
use crate::machines::rectification::{RECHECK, State};

/// What stands behind the name of the visit.
const SUFFIX: &str = "/rectification";

/// The name of a rectification: `tasks/{task}/visits/{uscc}/rectification`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RectificationName(pub VisitName);

impl RectificationName {
    /// Reads `tasks/{task}/visits/{uscc}/rectification`.
    ///
    /// # Errors
    /// [`InvalidName`] for every other text.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        const FORM: InvalidName = InvalidName("tasks/{task}/visits/{uscc}/rectification");
        let visit = text.strip_suffix(SUFFIX).ok_or(FORM)?;
        Ok(Self(VisitName::parse(visit).map_err(|_| FORM)?))
    }
}

impl fmt::Display for RectificationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{SUFFIX}", self.0)
    }
}

/// A rectification as it stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rectification {
    /// Its name.
    pub name: RectificationName,
    /// Key field.
    pub field: FieldCode,
    /// Division of the enterprise at the visit.
    pub division: DivisionCode,
    /// Office that answers for it.
    pub owner: OfficeCode,
    /// State of the machine.
    pub state: State,
    /// Day of the order; of the visit where nothing is ordered.
    pub ordered_on: NaiveDate,
    /// Last day to put it right; `None` while the calendar is not loaded, and where nothing is ordered.
    pub rectify_by: Option<NaiveDate>,
    /// Day of the report.
    pub reported_on: Option<NaiveDate>,
    /// What was reported; empty before.
    pub report: String,
    /// Last day of the re-check; `None` before the report and while the calendar is not loaded.
    pub recheck_by: Option<NaiveDate>,
    /// Day of the last re-check.
    pub rechecked_on: Option<NaiveDate>,
    /// What the last re-check found; empty before.
    pub recheck_note: String,
    /// How many re-checks failed.
    pub failed_rechecks: u32,
    /// Number of the case; empty without one.
    pub case_no: String,
    /// Day on which the case was opened; `None` without one.
    pub case_opened_on: Option<NaiveDate>,
    /// Number of the written order; empty where none was entered.
    pub order_no: String,
    /// Whether what was found is a case lead by itself.
    pub case_lead: bool,
    /// Whether it is nothing else: nothing is ordered to be put right.
    pub lead_only: bool,
    /// Day on which the body that handles cases said that it files none, the last time; `None` before.
    pub case_declined_on: Option<NaiveDate>,
    /// Why it files none, at most 500 characters; empty before.
    pub case_declined_for: String,
    /// Day on which the result that ordered it was withdrawn; `None` while that stands.
    pub lifted_on: Option<NaiveDate>,
    /// Rises by one with every change.
    pub revision: i64,
}

impl Rectification {
    /// Whether its last day has passed without a report.
    pub fn is_overdue(&self, today: NaiveDate) -> bool {
        self.state.awaits_report() && self.rectify_by.is_some_and(|last| last < today)
    }

    /// Whether what was found is a case lead about which nobody has said that no case is filed.
    pub const fn lead_is_open(&self) -> bool {
        self.case_lead && self.case_declined_on.is_none()
    }

    /// Whether a case may be opened: what was found is a lead, it is overdue, or what was reported as put right was not.
    pub fn allows_case(&self, today: NaiveDate) -> bool {
        self.case_lead || self.is_overdue(today) || self.failed_rechecks > 0
    }
}

/// Whether an order of a field is given in writing with a number (order 57 art 29: 特种设备安全监察指令书). Where the law says nothing of a
/// field there is no parameter, and none is asked for.
///
/// # Errors
/// When the parameter is there and cannot be used.
pub fn needs_order_no(field: &FieldCode, book: &Rulebook, on: NaiveDate) -> Result<bool, RuleMissing> {
    match book.flag(&format!("inspection.{}.order.numbered", field.as_str().to_lowercase()), on) {
        Err(RuleMissing::UnknownName { .. } | RuleMissing::NotInForce { .. }) => Ok(false),
        said => said,
    }
}

/// A re-check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recheck {
    /// Day.
    pub on: NaiveDate,
    /// Whether everything is put right.
    pub passed: bool,
    /// What was found.
    pub note: String,
    /// New last day, as the inspectors set it.
    pub rectify_by: Option<NaiveDate>,
}

/// Which rectifications to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RectificationFilter {
    /// Only of this task.
    pub task: Option<TaskName>,
    /// Only of this enterprise.
    pub uscc: Option<Uscc>,
    /// Only in this state.
    pub state: Option<State>,
    /// Only those overdue on this day.
    pub overdue_on: Option<NaiveDate>,
}

/// The parameter with the period of the re-check after a report on a day: the law's of the field, where it names one.
///
/// # Errors
/// [`RuleMissing`] for a gap in the rulebook; not for a field whose law names no period.
pub fn recheck_parameter(field: &FieldCode, book: &Rulebook, on: NaiveDate) -> Result<String, RuleMissing> {
    let of_field = format!("inspection.{}.recheck_after_report", field.as_str().to_lowercase());
    match book.parameter(&of_field, on) {
        Ok(_) => Ok(of_field),
        Err(RuleMissing::UnknownName { .. } | RuleMissing::NotInForce { .. }) => Ok(RECHECK.to_owned()),
        Err(missing) => Err(missing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_about_equipment_is_numbered_from_the_first_day_of_order_57_on_and_one_about_food_is_not() {
        let book = Rulebook::builtin();
        let needs = |field: &str, day: &str| {
            needs_order_no(&FieldCode::parse(field).unwrap(), &book, day.parse().unwrap()).unwrap()
        };
        assert!(needs("SE", "2022-07-01") && !needs("SE", "2022-06-30"));
        assert!(!needs("FOOD", "2026-11-01"));
    }

    #[test]
    fn a_name_is_that_of_the_visit_and_a_word() {
        let name = "tasks/2026-1/visits/91370102MA3C00011F/rectification";
        assert_eq!(RectificationName::parse(name).unwrap().to_string(), name);
        for other in ["tasks/2026-1/visits/91370102MA3C00011F", "tasks/2026-1/rectification", ""] {
            assert!(RectificationName::parse(other).is_err(), "{other}");
        }
    }

    #[test]
    fn equipment_is_rechecked_by_order_57_from_its_first_day_on_and_food_by_the_default() {
        let book = Rulebook::builtin();
        let of = |field: &str, day: &str| {
            recheck_parameter(&FieldCode::parse(field).unwrap(), &book, day.parse().unwrap()).unwrap()
        };
        assert_eq!(of("SE", "2022-06-30"), RECHECK);
        assert_eq!(of("SE", "2022-07-01"), "inspection.se.recheck_after_report");
        assert_eq!(of("FOOD", "2026-11-01"), RECHECK);
    }
}
