//! Units of parameters.

/// The unit a parameter is given in; it decides how the value is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// A length in working days of the State Council's calendar (工作日).
    WorkingDay,
    /// A length in calendar days; an end on a holiday moves to the next working day.
    CalendarDay,
    /// A length in calendar months.
    CalendarMonth,
    /// A length in calendar years.
    CalendarYear,
    /// A length in minutes, of the clock.
    Minute,
    /// Days of a draft that does not say which; no deadline can be computed from them.
    Day,
    /// A number of years without a break.
    ConsecutiveYear,
    /// A calendar year, such as 2026.
    Year,
    /// A day of every year, such as `06-30`.
    MonthDay,
    /// A number of things.
    Count,
    /// How often in a year.
    PerYear,
    /// Points of a score, exact.
    Point,
    /// Parts of a hundred; read as an exact fraction of one.
    Percent,
    /// A factor, exact.
    Multiple,
    /// Renminbi; the table writes 元.
    Cny,
    /// Yes or no.
    Bool,
    /// One word of a closed set that the reader of the rule knows.
    Enum,
}

impl Unit {
    const ALL: [(Self, &'static str); 17] = [
        (Self::WorkingDay, "working_day"),
        (Self::CalendarDay, "calendar_day"),
        (Self::CalendarMonth, "calendar_month"),
        (Self::CalendarYear, "calendar_year"),
        (Self::Minute, "minute"),
        (Self::Day, "day"),
        (Self::ConsecutiveYear, "consecutive_year"),
        (Self::Year, "year"),
        (Self::MonthDay, "month_day"),
        (Self::Count, "count"),
        (Self::PerYear, "per_year"),
        (Self::Point, "point"),
        (Self::Percent, "percent"),
        (Self::Multiple, "multiple"),
        (Self::Cny, "CNY"),
        (Self::Bool, "bool"),
        (Self::Enum, "enum"),
    ];

    /// Reads the word of the table.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, word)| *word == text).map(|(unit, _)| *unit)
    }

    /// The word of the table.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(unit, _)| *unit == self).map_or("", |(_, word)| word)
    }

    /// The unit as one that deadlines are counted in; `None` for all others.
    pub fn period(self) -> Option<PeriodUnit> {
        match self {
            Self::WorkingDay => Some(PeriodUnit::WorkingDay),
            Self::CalendarDay => Some(PeriodUnit::CalendarDay),
            Self::CalendarMonth => Some(PeriodUnit::CalendarMonth),
            Self::CalendarYear => Some(PeriodUnit::CalendarYear),
            _ => None,
        }
    }
}

impl std::fmt::Display for Unit {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// A unit that deadlines are counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PeriodUnit {
    /// Working days; needs the loaded calendar.
    WorkingDay,
    /// Calendar days; the end moves to the next working day, which needs the loaded calendar.
    CalendarDay,
    /// Calendar months: the same day number, else the last day. The end does not move.
    CalendarMonth,
    /// Calendar years, by the same convention.
    CalendarYear,
}

impl PeriodUnit {
    /// Reads the word of the table, as stored with a deadline.
    pub fn parse(text: &str) -> Option<Self> {
        Unit::parse(text).and_then(Unit::period)
    }

    /// The word of the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WorkingDay => Unit::WorkingDay,
            Self::CalendarDay => Unit::CalendarDay,
            Self::CalendarMonth => Unit::CalendarMonth,
            Self::CalendarYear => Unit::CalendarYear,
        }
        .as_str()
    }
}

impl std::fmt::Display for PeriodUnit {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_reads_what_it_prints() {
        for (unit, word) in Unit::ALL {
            assert_eq!((Unit::parse(word), unit.as_str()), (Some(unit), word));
            if let Some(period) = unit.period() {
                assert_eq!(PeriodUnit::parse(period.as_str()), Some(period));
            }
        }
        assert_eq!(Unit::parse("fortnight"), None);
    }

    #[test]
    fn days_of_a_draft_and_counts_are_no_period() {
        assert_eq!((PeriodUnit::parse("day"), PeriodUnit::parse("count")), (None, None));
    }
}
