//! A classification run, as it is stored and told.

use chrono::{Datelike, NaiveDate};
use domain::{MicrosUtc, shanghai_date};

use super::{known::Known, parameters::Span};
use crate::machines::run::State;

/// A full run over all enterprises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Identifier, a UUID.
    pub id: String,
    /// Day as of which it computes.
    pub as_of: NaiveDate,
    /// State.
    pub state: State,
    /// First day of the period that the system started it for; `None` when somebody asked for it.
    pub period: Option<NaiveDate>,
    /// Enterprises to class, one for each key field.
    pub total: i64,
    /// Those done.
    pub done: i64,
    /// Classes that differ from those in effect when it was computed; ended ones are not counted.
    pub changed: i64,
    /// Positions in the feeds that it reads up to.
    pub known: Known,
    /// SM3 of the rulebook by which it computes, hex.
    pub rulebook_hash: String,
    /// Models used, name and hash.
    pub models: Vec<String>,
    /// Models on trial that are scored beside them, name and hash.
    pub shadows: Vec<String>,
    /// Person who started it, or the system.
    pub created_by: String,
    /// Person who approved it; empty before.
    pub approved_by: String,
    /// Why it was approved although a line office differs; empty otherwise.
    pub approval_reason: String,
    /// When it was started.
    pub created_at: MicrosUtc,
    /// What went wrong, or why it was cancelled; empty otherwise.
    pub problem: String,
    /// Credit code up to which everything is written; whoever goes on begins behind it.
    pub written_to: String,
    /// How often another process had to go on.
    pub resumed: i64,
}

impl Run {
    /// `runs/{id}`.
    pub fn name(&self) -> String {
        format!("runs/{}", self.id)
    }

    /// Whether it was asked for as of a day that was over: it then reads what was known at the end of that day, and is a
    /// report that never takes effect.
    pub fn looks_back(&self) -> bool {
        self.as_of < shanghai_date(self.created_at)
    }
}

/// First day of the period of this length that `day` lies in. Months and years begin with the calendar's.
pub fn period_start(length: Span, day: NaiveDate) -> NaiveDate {
    let of_months = |months: u32| {
        let months = i32::try_from(months.max(1)).unwrap_or(i32::MAX);
        let since = day.year() * 12 + day.month0().cast_signed();
        let first = since - since.rem_euclid(months);
        NaiveDate::from_ymd_opt(first.div_euclid(12), first.rem_euclid(12).cast_unsigned() + 1, 1)
    };
    let start = match length {
        Span::Days(days) => {
            let days = i32::try_from(days.max(1)).unwrap_or(i32::MAX);
            let since = day.num_days_from_ce();
            NaiveDate::from_num_days_from_ce_opt(since - since.rem_euclid(days))
        }
        Span::Months(months) => of_months(months),
        Span::Years(years) => of_months(years.saturating_mul(12)),
    };
    start.unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_begins_with_the_calendar() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        for (length, on, start) in [
            (Span::Months(1), "2026-03-31", "2026-03-01"),
            (Span::Months(1), "2026-04-01", "2026-04-01"),
            (Span::Months(3), "2026-03-31", "2026-01-01"),
            (Span::Years(1), "2026-12-31", "2026-01-01"),
            (Span::Days(1), "2026-12-31", "2026-12-31"),
        ] {
            assert_eq!(period_start(length, day(on)), day(start), "{length:?} {on}");
        }
    }
}
