//! Protobuf to domain and back. What comes in is checked here, all fields at once; past this module every value is valid.

pub(crate) mod checks;
pub(crate) mod clue;
pub(crate) mod evidence;
pub(crate) mod inspector;
pub(crate) mod plan;
pub(crate) mod rectification;
pub(crate) mod replacement;
pub(crate) mod task;
pub(crate) mod visit;

use chrono::NaiveDate;
use domain::{DivisionCode, FieldCode, MicrosUtc, RequestId};
use rulebook::Rulebook;
use service::FieldErrors;

use crate::domain::{TaskName, VisitName};

/// Reads a request id.
pub(crate) fn request_id(errors: &mut FieldErrors, text: &str) -> Option<RequestId> {
    errors.check("request_id", RequestId::parse(text))
}

/// Reads the name of a task.
pub(crate) fn task_name(errors: &mut FieldErrors, path: &str, text: &str) -> Option<TaskName> {
    errors.check(path, TaskName::parse(text))
}

/// Reads the name of a visit.
pub(crate) fn visit_name(errors: &mut FieldErrors, text: &str) -> Option<VisitName> {
    errors.check("name", VisitName::parse(text))
}

/// Reads text of `shortest` to `longest` characters; control characters are refused, line breaks are not.
pub(crate) fn text(
    errors: &mut FieldErrors,
    path: &str,
    text: &str,
    (shortest, longest): (usize, usize),
) -> Option<String> {
    let text = text.trim();
    let length = text.chars().count();
    if length < shortest || length > longest {
        errors.push(path, format!("must have {shortest} to {longest} characters"));
    } else if text.chars().any(|sign| sign.is_control() && sign != '\n') {
        errors.push(path, "holds a control character");
    } else {
        return Some(text.to_owned());
    }
    None
}

/// Reads a key field that the rulebook has.
pub(crate) fn field(errors: &mut FieldErrors, path: &str, text: &str, book: &Rulebook) -> Option<FieldCode> {
    let field = errors.check(path, FieldCode::parse(text))?;
    if book.field(&field).is_none() {
        errors.push(path, format!("`{field}` is not a key field of the rulebook"));
        return None;
    }
    Some(field)
}

/// Looks whether a set has this code on a day; what it has is named otherwise.
pub(crate) fn known_code(
    errors: &mut FieldErrors,
    path: &str,
    code: &str,
    (book, set, on): (&Rulebook, &str, NaiveDate),
) {
    if book.code(set, code, on).is_none() {
        let codes: Vec<_> = book.codes(set, on).map(|own| format!("`{}`", own.code)).collect();
        errors.push(path, format!("`{code}` is not a code of the set `{set}`: {}", codes.join(", ")));
    }
}

/// Most divisions or fields of one list.
const LONGEST_LIST: usize = 40;

/// Reads a list of divisions, sorted, each once.
pub(crate) fn divisions(errors: &mut FieldErrors, path: &str, texts: &[String]) -> Option<Vec<DivisionCode>> {
    let parsed = texts.iter().enumerate();
    let parsed = parsed.map(|(at, text)| errors.check(format!("{path}[{at}]"), DivisionCode::parse(text)));
    sorted(parsed.collect::<Vec<_>>(), errors, path)
}

/// The whole list, sorted, each once; nothing when a part of it is wrong or it is too long.
fn sorted<T: Ord>(parsed: Vec<Option<T>>, errors: &mut FieldErrors, path: &str) -> Option<Vec<T>> {
    if parsed.len() > LONGEST_LIST {
        errors.push(path, format!("has more than {LONGEST_LIST} entries"));
        return None;
    }
    let mut list: Vec<T> = parsed.into_iter().collect::<Option<_>>()?;
    list.sort_unstable();
    list.dedup();
    Some(list)
}

/// An instant as protobuf writes it.
pub(crate) fn timestamp(instant: MicrosUtc) -> prost_types::Timestamp {
    let micros = instant.micros();
    let nanos = i32::try_from(micros.rem_euclid(1_000_000) * 1_000).unwrap_or(0);
    prost_types::Timestamp { seconds: micros.div_euclid(1_000_000), nanos }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_code_that_a_set_does_not_have_the_field_is_named_and_the_codes_there_are() {
        let (mut errors, book) = (FieldErrors::default(), Rulebook::builtin());
        let on = NaiveDate::from_ymd_opt(2026, 12, 1).unwrap();
        known_code(&mut errors, "ground", "Complaint", (&book, "clue_ground", on));
        assert!(errors.is_empty());
        known_code(&mut errors, "ground", "GOSSIP", (&book, "clue_ground", on));
        let said = errors.into_result().unwrap_err().to_string();
        let codes = "`Complaint`, `Transfer`, `Warning`, `Campaign`";
        assert!(said.contains("`ground`") && said.contains("`GOSSIP`") && said.contains(codes), "{said}");
    }
}
