//! What models take from the rulebook by name and date, so that no number of the law stands in a model.

use chrono::{Days, Months, NaiveDate};

use super::hundredths::Hundredths;

/// A length of time that reaches back from a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// Calendar days.
    Days(u32),
    /// Calendar months; a day that the month lacks is its last.
    Months(u32),
    /// Calendar years.
    Years(u32),
}

impl Span {
    /// The day that lies this span before `day`; the first day of the calendar when that is out of range.
    pub fn before(self, day: NaiveDate) -> NaiveDate {
        let earlier = match self {
            Self::Days(days) => day.checked_sub_days(Days::new(days.into())),
            Self::Months(months) => day.checked_sub_months(Months::new(months)),
            Self::Years(years) => {
                years.checked_mul(12).and_then(|months| day.checked_sub_months(Months::new(months)))
            }
        };
        earlier.unwrap_or(NaiveDate::MIN)
    }
}

/// Dated parameters, as the rulebook holds them.
pub trait Parameters {
    /// The number called `name` in force on `day`; `None` if there is none or it is not a number.
    fn number(&self, name: &str, day: NaiveDate) -> Option<Hundredths>;
    /// The length called `name` in force on `day`; `None` if there is none or it is not a calendar length.
    fn span(&self, name: &str, day: NaiveDate) -> Option<Span>;
}

/// Parameters of which those that are not held on a day count as on another.
#[derive(Debug)]
pub struct OrOn<'a, P> {
    /// The parameters.
    pub parameters: &'a P,
    /// The other day.
    pub day: NaiveDate,
}

impl<P: Parameters> Parameters for OrOn<'_, P> {
    fn number(&self, name: &str, day: NaiveDate) -> Option<Hundredths> {
        self.parameters.number(name, day).or_else(|| self.parameters.number(name, self.day))
    }

    fn span(&self, name: &str, day: NaiveDate) -> Option<Span> {
        self.parameters.span(name, day).or_else(|| self.parameters.span(name, self.day))
    }
}

/// A model names a parameter that the rulebook does not hold for the day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("model `{model}` needs the parameter `{name}`, which has no usable value on {day}")]
pub struct MissingParameter {
    /// Model, such as `food2016@3`.
    pub model: String,
    /// The parameter.
    pub name: String,
    /// The day asked for.
    pub day: NaiveDate,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_reaches_back_by_the_calendar() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        for (span, from, to) in [
            (Span::Days(90), "2026-03-31", "2025-12-31"),
            (Span::Months(1), "2026-03-31", "2026-02-28"),
            (Span::Years(3), "2024-02-29", "2021-02-28"),
        ] {
            assert_eq!(span.before(day(from)), day(to), "{span:?}");
        }
        assert_eq!(Span::Years(u32::MAX).before(day("2026-01-01")), NaiveDate::MIN);
    }
}
