//! Windows of a model: exactly one form, and a length that can be meant.

use super::{Length, Window, raw::RawWindow};
use crate::domain::parameters::Span;

/// Longest window, in years: a longer one is a slip of the pen.
pub(super) const MOST_YEARS: u32 = 100;
/// The same in months.
pub(super) const MOST_MONTHS: u32 = MOST_YEARS * 12;
/// The same in days.
pub(super) const MOST_DAYS: u32 = MOST_YEARS * 366;

pub(super) fn window(raw: RawWindow) -> Result<Window, String> {
    match raw {
        RawWindow {
            days: None,
            months: None,
            years: None,
            parameter: None,
            older_than: None,
            open: true,
        } => Ok(Window::Open),
        RawWindow {
            days: None,
            months: None,
            years: None,
            parameter: None,
            older_than: Some(inner),
            open: false,
        } => length(*inner).map(Window::OlderThan),
        other => length(other).map(Window::Last),
    }
}

fn length(raw: RawWindow) -> Result<Length, String> {
    let RawWindow { days, months, years, parameter, older_than: None, open: false } = raw else {
        return Err(FORMS.to_owned());
    };
    let fixed = |span: Span| meant(span).map(|()| Length::Fixed(span));
    match (days, months, years, parameter) {
        (Some(days), None, None, None) => fixed(Span::Days(days)),
        (None, Some(months), None, None) => fixed(Span::Months(months)),
        (None, None, Some(years), None) => fixed(Span::Years(years)),
        (None, None, None, Some(name)) => Ok(Length::Parameter(name)),
        _ => Err(FORMS.to_owned()),
    }
}

const FORMS: &str = "a window is one of `days`, `months`, `years`, `parameter`, `older_than`, `open: true`";

/// A length that can be meant: at least a day, at most [`MOST_YEARS`].
pub(super) fn meant(span: Span) -> Result<(), String> {
    let (unit, length, most) = match span {
        Span::Days(days) => ("days", days, MOST_DAYS),
        Span::Months(months) => ("months", months, MOST_MONTHS),
        Span::Years(years) => ("years", years, MOST_YEARS),
    };
    if (1..=most).contains(&length) {
        return Ok(());
    }
    Err(format!("a window of {length} {unit} cannot be meant; expected 1 to {most}"))
}
