//! Filters of lists: each may be left out, and then lets everything through.

use domain::{DivisionCode, Uscc};
use rulebook::Rulebook;
use service::{FieldErrors, auth::Caller, filter};

use crate::machines::mark::State;

/// A key field of the rulebook; empty: all.
pub(crate) fn field_filter(errors: &mut FieldErrors, sent: &str, book: &Rulebook) -> Option<String> {
    unless_refused(errors, sent, |errors| filter::field(errors, sent, book)).map(text)
}

/// A credit code; empty: all.
pub(crate) fn uscc_filter(errors: &mut FieldErrors, sent: &str) -> Option<String> {
    optional(errors, "uscc", sent, Uscc::parse).map(text)
}

/// A division and those below it; `Some(None)`: all.
pub(crate) fn division_filter(
    errors: &mut FieldErrors,
    sent: &str,
    caller: &Caller,
) -> Option<Option<DivisionCode>> {
    unless_refused(errors, sent, |errors| filter::division(errors, sent, &caller.scope()))
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
