//! Filters of lists: each may be left out, and then lets everything through.

use domain::{DivisionCode, DivisionKind, Uscc};
use rulebook::Rulebook;
use service::{FieldErrors, auth::Caller, filter};

use super::enterprise::in_use;
use crate::machines::mark::State;

/// A key field of the rulebook; empty: all.
pub(crate) fn field_filter(errors: &mut FieldErrors, sent: &str, book: &Rulebook) -> Option<String> {
    unless_refused(errors, sent, |errors| filter::field(errors, sent, book)).map(text)
}

/// A credit code; empty: all.
pub(crate) fn uscc_filter(errors: &mut FieldErrors, sent: &str) -> Option<String> {
    optional(errors, "uscc", sent, Uscc::parse).map(text)
}

/// A division and those below it; `Some(None)`: all. A code that was given up stands for the division in its place, in which everything
/// that was entered by it lies now.
pub(crate) fn division_filter(
    errors: &mut FieldErrors,
    sent: &str,
    caller: &Caller,
) -> Option<Option<DivisionCode>> {
    let division = unless_refused(errors, sent, |errors| filter::division(errors, sent, &caller.scope()));
    division.map(|asked| asked.map(in_its_place))
}

/// The division in the place of `code`. What the city as a whole took over, such as a city that was merged into it, stays as it is: it is
/// not all of the city.
fn in_its_place(code: DivisionCode) -> DivisionCode {
    let place = in_use(code.clone());
    if place.kind() == DivisionKind::City { code } else { place }
}

/// A state of marks; `Some(None)`: all.
pub(crate) fn state_filter(errors: &mut FieldErrors, sent: &str) -> Option<Option<State>> {
    optional(errors, "state", sent, str::parse)
}

/// `None` when the text is there and cannot be read.
fn optional<T, E: std::fmt::Display>(
    errors: &mut FieldErrors,
    path: &str,
    sent: &str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Option<Option<T>> {
    unless_refused(errors, sent, |errors| errors.check(path, parse(sent)))
}

/// `Some(None)` when the text is left out, `None` when it is there and refused.
fn unless_refused<T>(
    errors: &mut FieldErrors,
    sent: &str,
    read: impl FnOnce(&mut FieldErrors) -> Option<T>,
) -> Option<Option<T>> {
    if sent.is_empty() { Some(None) } else { read(errors).map(Some) }
}

fn text(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_division_that_was_given_up_is_sought_in_the_one_in_its_place() {
        for (asked, sought) in [
            ("370181", "370114"),
            ("371203", "370117"),
            ("370171", "JN-GX"),
            ("370102", "370102"),
            ("JN-GX", "JN-GX"),
            ("370100", "370100"),
            ("371200", "371200"),
        ] {
            assert_eq!(in_its_place(DivisionCode::parse(asked).unwrap()).as_str(), sought, "{asked}");
        }
    }
}
