//! Deadlines: a start, a length and the rule it comes from; the date is computed, and waits where it cannot be.

use crate::{calendar::Calendar, unit::PeriodUnit};
use chrono::{NaiveDate, TimeDelta};
use domain::{add_months, add_years};

/// A period that runs. Services store start, length, unit and parameter; `due` is filled in again when a further year
/// of the calendar is loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// Day of the event; it is not counted.
    pub start: NaiveDate,
    /// How many units.
    pub length: u32,
    /// What is counted.
    pub unit: PeriodUnit,
    /// Name of the parameter that gave the length.
    pub parameter: String,
    /// Last day.
    pub due: Due,
}

/// The last day of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Due {
    /// The period ends at the end of this day.
    On(NaiveDate),
    /// The day lies, or may lie, past the loaded calendar.
    AwaitsCalendar,
}

impl Due {
    /// The day, once it is known.
    pub fn date(self) -> Option<NaiveDate> {
        match self {
            Self::On(date) => Some(date),
            Self::AwaitsCalendar => None,
        }
    }

    /// Whether the last day has passed; never while it is not known.
    pub fn is_overdue(self, today: NaiveDate) -> bool {
        self.date().is_some_and(|date| date < today)
    }

    /// Counts a period by the conventions of the law: working days by the calendar; calendar days from the day after
    /// the event, an end on a day off moving to the next working day; months and years by day number, without moving.
    pub(crate) fn after(calendar: &Calendar, start: NaiveDate, length: u32, unit: PeriodUnit) -> Self {
        let date = match unit {
            PeriodUnit::WorkingDay => calendar.add_working_days(start, length).ok(),
            PeriodUnit::CalendarDay => start
                .checked_add_signed(TimeDelta::days(length.into()))
                .and_then(|end| calendar.working_day_from(end).ok()),
            PeriodUnit::CalendarMonth => add_months(start, length),
            PeriodUnit::CalendarYear => add_years(start, length),
        };
        date.map_or(Self::AwaitsCalendar, Self::On)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::parse_date;

    fn due(start: &str, length: u32, unit: PeriodUnit) -> Due {
        let calendar = Calendar::read(include_str!("../data/calendar.csv")).unwrap();
        Due::after(&calendar, parse_date(start).unwrap(), length, unit)
    }

    fn on(text: &str) -> Due {
        Due::On(parse_date(text).unwrap())
    }

    #[test]
    fn calendar_days_that_end_on_a_day_off_move_to_the_next_working_day() {
        assert_eq!(due("2026-09-15", 10, PeriodUnit::CalendarDay), on("2026-09-28"));
        assert_eq!(due("2024-09-04", 10, PeriodUnit::CalendarDay), on("2024-09-14"));
        assert_eq!(due("2026-03-02", 10, PeriodUnit::CalendarDay), on("2026-03-12"));
    }

    #[test]
    fn months_and_years_keep_their_day_even_on_holidays_and_past_the_calendar() {
        assert_eq!(due("2025-07-01", 3, PeriodUnit::CalendarMonth), on("2025-10-01"));
        assert_eq!(due("2024-08-31", 6, PeriodUnit::CalendarMonth), on("2025-02-28"));
        assert_eq!(due("2026-05-06", 3, PeriodUnit::CalendarYear), on("2029-05-06"));
    }

    #[test]
    fn days_past_the_loaded_calendar_wait() {
        assert_eq!(due("2026-12-21", 20, PeriodUnit::WorkingDay), Due::AwaitsCalendar);
        assert_eq!(due("2026-12-21", 20, PeriodUnit::CalendarDay), Due::AwaitsCalendar);
        assert_eq!(due("2026-12-21", u32::MAX, PeriodUnit::CalendarYear), Due::AwaitsCalendar);
    }

    #[test]
    fn a_deadline_is_overdue_from_the_day_after_and_never_while_it_waits() {
        let (last, next) = (parse_date("2026-03-02").unwrap(), parse_date("2026-03-03").unwrap());
        assert!(!Due::On(last).is_overdue(last) && Due::On(last).is_overdue(next));
        assert!(!Due::AwaitsCalendar.is_overdue(next));
    }
}
