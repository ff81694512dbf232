//! Filters of lists: each may be left out, and then lets everything through.

use domain::{DivisionCode, FieldCode, Uscc};
use service::FieldErrors;

use crate::machines::mark::State;

/// A key field; empty: all.
pub(crate) fn field_filter(errors: &mut FieldErrors, sent: &str) -> Option<String> {
    optional(errors, "field", sent, FieldCode::parse).map(text)
}

/// A credit code; empty: all.
pub(crate) fn uscc_filter(errors: &mut FieldErrors, sent: &str) -> Option<String> {
    optional(errors, "uscc", sent, Uscc::parse).map(text)
}

/// A division and those below it; `Some(None)`: all.
pub(crate) fn division_filter(errors: &mut FieldErrors, sent: &str) -> Option<Option<DivisionCode>> {
    optional(errors, "division", sent, DivisionCode::parse)
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
    if sent.is_empty() { Some(None) } else { errors.check(path, parse(sent)).map(Some) }
}

fn text(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}
