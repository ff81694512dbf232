//! Working days (工作日): neither weekend nor State Council holiday, plus make-up weekends (调休上班).

use crate::{
    error::{RowProblem, RulebookError},
    table,
};
use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};
use domain::parse_date;
use std::collections::BTreeMap;

pub(crate) const FILE: &str = "calendar.csv";

/// The State Council's holiday notices, for a run of whole years.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// Days that are not what their weekday says.
    exceptions: BTreeMap<NaiveDate, bool>,
    first_year: i32,
    last_year: i32,
}

/// A day in a year whose holidays are not loaded: the question waits until they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the calendar is loaded for {first_year} to {last_year} only, which {date} is outside of")]
pub struct AwaitsCalendar {
    /// The day that would have to be known.
    pub date: NaiveDate,
    /// First year loaded.
    pub first_year: i32,
    /// Last year loaded.
    pub last_year: i32,
}

/// The loaded calendar ends soon, or has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CalendarWarning {
    /// Last day loaded.
    pub last_day: NaiveDate,
    /// Days left until then; negative once it has passed.
    pub days_left: i64,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    date: String,
    kind: String,
    #[serde(rename = "festival_zh")]
    festival: String,
    weekday: String,
}

impl Calendar {
    pub(crate) fn read(text: &str) -> Result<Self, RulebookError> {
        let mut exceptions = BTreeMap::new();
        for line in table::read::<Row>(FILE, text)? {
            let (date, working) = exception(&line.row).map_err(|problem| line.refuse(problem))?;
            if exceptions.insert(date, working).is_some() {
                return Err(line.refuse(RowProblem::Calendar(format!("{date} is listed twice"))));
            }
        }
        let refuse = |problem| RulebookError::Row { file: FILE, line: 1, problem };
        let (Some((first, _)), Some((last, _))) = (exceptions.first_key_value(), exceptions.last_key_value())
        else {
            return Err(refuse(RowProblem::Calendar("no year is loaded".to_owned())));
        };
        let (first_year, last_year) = (first.year(), last.year());
        for year in first_year..=last_year {
            // Every year has holidays: one without rows was forgotten, and all its holidays would count as work.
            if !exceptions.keys().any(|date| date.year() == year) {
                return Err(refuse(RowProblem::Calendar(format!("{year} is missing between other years"))));
            }
        }
        Ok(Self { exceptions, first_year, last_year })
    }

    /// First year whose holidays are loaded.
    pub fn first_loaded_year(&self) -> i32 {
        self.first_year
    }

    /// Last year whose holidays are loaded.
    pub fn last_loaded_year(&self) -> i32 {
        self.last_year
    }

    /// Whether a day is a working day.
    ///
    /// # Errors
    /// [`AwaitsCalendar`] in a year that is not loaded.
    pub fn is_working_day(&self, date: NaiveDate) -> Result<bool, AwaitsCalendar> {
        if !(self.first_year..=self.last_year).contains(&date.year()) {
            return Err(AwaitsCalendar { date, first_year: self.first_year, last_year: self.last_year });
        }
        let by_weekday = !is_weekend(date);
        Ok(self.exceptions.get(&date).copied().unwrap_or(by_weekday))
    }

    /// The last day of a period of working days. The day of the event is not counted; 0 days end on it.
    ///
    /// # Errors
    /// [`AwaitsCalendar`] when a day that must be known is not loaded.
    pub fn add_working_days(&self, start: NaiveDate, count: u32) -> Result<NaiveDate, AwaitsCalendar> {
        let mut day = start;
        let mut left = count;
        while left > 0 {
            day = next(day);
            if self.is_working_day(day)? {
                left -= 1;
            }
        }
        Ok(day)
    }

    /// The day itself, or the first working day after it.
    ///
    /// # Errors
    /// [`AwaitsCalendar`] when a day that must be known is not loaded.
    pub fn working_day_from(&self, date: NaiveDate) -> Result<NaiveDate, AwaitsCalendar> {
        let mut day = date;
        while !self.is_working_day(day)? {
            day = next(day);
        }
        Ok(day)
    }

    /// Working days after `start` up to and including `end`; 0 when `end` is not later.
    ///
    /// # Errors
    /// [`AwaitsCalendar`] when a day between them is not loaded.
    pub fn working_days_between(&self, start: NaiveDate, end: NaiveDate) -> Result<u32, AwaitsCalendar> {
        let mut day = start;
        let mut count = 0;
        while day < end {
            day = next(day);
            count += u32::from(self.is_working_day(day)?);
        }
        Ok(count)
    }

    /// How many working days a year has; `None` when it is not loaded.
    pub fn working_days_in_year(&self, year: i32) -> Option<u32> {
        let last_day_before = NaiveDate::from_ymd_opt(year.checked_sub(1)?, 12, 31)?;
        self.working_days_between(last_day_before, NaiveDate::from_ymd_opt(year, 12, 31)?).ok()
    }

    /// The warning due on a day, from `warn_before_days` before the end of the calendar on.
    pub(crate) fn warning(&self, today: NaiveDate, warn_before_days: i64) -> Option<CalendarWarning> {
        let last_day = NaiveDate::from_ymd_opt(self.last_year, 12, 31)?;
        let days_left = last_day.signed_duration_since(today).num_days();
        (days_left <= warn_before_days).then_some(CalendarWarning { last_day, days_left })
    }
}

/// One row: the day and whether it is worked.
fn exception(row: &Row) -> Result<(NaiveDate, bool), RowProblem> {
    let date = parse_date(&row.date)?;
    let weekday = date.format("%a").to_string();
    if row.weekday != weekday {
        return Err(RowProblem::Calendar(format!("{date} is a {weekday}, not a {}", row.weekday)));
    }
    if row.festival.is_empty() {
        return Err(RowProblem::Empty("festival_zh"));
    }
    match row.kind.as_str() {
        "holiday" => Ok((date, false)),
        "workday" if is_weekend(date) => Ok((date, true)),
        "workday" => {
            Err(RowProblem::Calendar(format!("{date} is worked anyway; a make-up day is a weekend")))
        }
        other => Err(RowProblem::Calendar(format!("`{other}` is neither holiday nor workday"))),
    }
}

fn is_weekend(date: NaiveDate) -> bool {
    matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}

/// The next day; the last day chrono knows is its own next, and lies outside every calendar.
fn next(date: NaiveDate) -> NaiveDate {
    date.checked_add_signed(TimeDelta::days(1)).unwrap_or(date)
}

#[cfg(test)]
mod tests;
