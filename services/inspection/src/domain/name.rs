//! Names of tasks, visits and plans.

use std::fmt;

use chrono::{Datelike, NaiveDate};
use domain::Uscc;

/// First and last year a task can be numbered in: four digits.
const YEARS: std::ops::RangeInclusive<i64> = 1000..=9999;

/// The name of a task: `tasks/{year}-{number}`, such as `tasks/2026-1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskName {
    year: i64,
    number: i64,
}

/// Why a text is not a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not of the form `{0}`")]
pub struct InvalidName(pub(super) &'static str);

impl InvalidName {
    /// For what is no item of a plan.
    pub(crate) const PLAN_ITEM: Self = Self("plans/{year}-{version}/items/{month}-{fields}");
}

impl TaskName {
    /// The name of the `number`th task of a year.
    pub fn new(year: i64, number: i64) -> Self {
        Self { year, number }
    }

    /// Reads `tasks/{year}-{number}` in its one spelling.
    ///
    /// # Errors
    /// [`InvalidName`] for every other text, one with leading zeros too.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        const FORM: InvalidName = InvalidName("tasks/{year}-{number}");
        let (year, number) = text.strip_prefix("tasks/").and_then(|id| id.split_once('-')).ok_or(FORM)?;
        let name = Self { year: year.parse().map_err(|_| FORM)?, number: number.parse().map_err(|_| FORM)? };
        let in_range = YEARS.contains(&name.year) && name.number >= 1;
        if in_range && name.to_string() == text { Ok(name) } else { Err(FORM) }
    }

    /// Year in which it was created.
    pub fn year(&self) -> i64 {
        self.year
    }

    /// Its number within the year.
    pub fn number(&self) -> i64 {
        self.number
    }
}

impl fmt::Display for TaskName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tasks/{}-{}", self.year, self.number)
    }
}

/// The name of a visit: `tasks/{task}/visits/{uscc}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VisitName {
    /// The task.
    pub task: TaskName,
    /// The enterprise.
    pub uscc: Uscc,
}

impl VisitName {
    /// Reads `tasks/{task}/visits/{uscc}`.
    ///
    /// # Errors
    /// [`InvalidName`] for every other text.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        const FORM: InvalidName = InvalidName("tasks/{task}/visits/{uscc}");
        let (task, uscc) = text.split_once("/visits/").ok_or(FORM)?;
        Ok(Self {
            task: TaskName::parse(task).map_err(|_| FORM)?,
            uscc: Uscc::parse(uscc).map_err(|_| FORM)?,
        })
    }
}

impl fmt::Display for VisitName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/visits/{}", self.task, self.uscc)
    }
}

/// The name of a version of a plan: `plans/{year}-{version}`, such as `plans/2027-1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlanName {
    year: i32,
    version: u32,
}

impl PlanName {
    /// The name of a version of the plan of a year.
    pub fn new(year: i32, version: u32) -> Self {
        Self { year, version }
    }

    /// Reads `plans/{year}-{version}` in its one spelling.
    ///
    /// # Errors
    /// [`InvalidName`] for every other text.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        const FORM: InvalidName = InvalidName("plans/{year}-{version}");
        let (year, version) = text.strip_prefix("plans/").and_then(|id| id.split_once('-')).ok_or(FORM)?;
        let name =
            Self { year: year.parse().map_err(|_| FORM)?, version: version.parse().map_err(|_| FORM)? };
        let in_range = YEARS.contains(&name.year.into()) && name.version >= 1;
        if in_range && name.to_string() == text { Ok(name) } else { Err(FORM) }
    }

    /// The year.
    pub fn year(&self) -> i32 {
        self.year
    }

    /// Whether the year of the plan has ended before a day: then the plan is closed.
    pub fn is_over(&self, today: NaiveDate) -> bool {
        self.year < today.year()
    }

    /// The version, from 1.
    pub fn version(&self) -> u32 {
        self.version
    }
}

impl fmt::Display for PlanName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "plans/{}-{}", self.year, self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_one_spelling() {
        assert_eq!(TaskName::parse("tasks/2026-1").unwrap(), TaskName::new(2026, 1));
        for other in
            ["tasks/2026-01", "tasks/2026-0", "tasks/26-1", "2026-1", "tasks/2026-+1", "tasks/2026-1 "]
        {
            assert!(TaskName::parse(other).is_err(), "{other}");
        }
        assert_eq!(PlanName::parse("plans/2027-2").unwrap(), PlanName::new(2027, 2));
        for other in ["plans/2027-0", "plans/2027-02", "plans/27-1", "plans/2027", "tasks/2027-1"] {
            assert!(PlanName::parse(other).is_err(), "{other}");
        }
        let visit = "tasks/2026-1/visits/91370102MA3C00011F";
        assert_eq!(VisitName::parse(visit).unwrap().to_string(), visit);
        assert!(VisitName::parse("tasks/2026-1/visits/x").is_err());
    }
}
