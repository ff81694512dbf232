//! Filters of lists: each may be left out, and then lets everything through. A code that nobody knows is refused, because an empty
//! answer to a mistyped code reads like "there is none".

use domain::{DivisionCode, DivisionKind, FieldCode, OfficeCode};
use rulebook::Rulebook;

use crate::{FieldErrors, auth::Scope};

/// A key field of the rulebook, sent as `field`; `None` when it is left out or noted as wrong.
pub fn field(errors: &mut FieldErrors, sent: &str, book: &Rulebook) -> Option<FieldCode> {
    let code = errors.check_optional("field", sent, FieldCode::parse)?;
    let known = || book.fields().iter().map(|field| field.code.as_str()).collect();
    if book.field(&code).is_some() { Some(code) } else { unknown(errors, "field", known()) }
}

/// An office of the rulebook, sent as `path`; `None` when it is left out or noted as wrong.
pub fn office(errors: &mut FieldErrors, (path, sent): (&str, &str), book: &Rulebook) -> Option<OfficeCode> {
    let code = errors.check_optional(path, sent, OfficeCode::parse)?;
    let known = || book.offices().iter().map(|office| office.code.as_str()).collect();
    if book.office(&code).is_some() { Some(code) } else { unknown(errors, path, known()) }
}

/// A division of the table, or a place outside of it that the caller answers for, sent as `division`; `None` when it is left out or
/// noted as wrong.
pub fn division(errors: &mut FieldErrors, sent: &str, scope: &Scope) -> Option<DivisionCode> {
    let code = errors.check_optional("division", sent, DivisionCode::parse)?;
    if code.kind() != DivisionKind::Foreign || scope.divisions.iter().any(|own| own.covers(&code)) {
        return Some(code);
    }
    errors.push("division", format!("`{code}` is neither in the table of divisions nor the caller's"));
    None
}

/// A code of a set of the rulebook, whenever it was in force, sent as `path`; `None` when it is left out or noted as wrong.
pub fn code<'s>(
    errors: &mut FieldErrors,
    (path, sent): (&str, &'s str),
    set: &str,
    book: &Rulebook,
) -> Option<&'s str> {
    if sent.is_empty() || book.codes_of(set).any(|code| code.code == sent) {
        return Some(sent).filter(|sent| !sent.is_empty());
    }
    unknown(errors, path, book.codes_of(set).map(|code| code.code.as_str()).collect())
}

fn unknown<T>(errors: &mut FieldErrors, path: &str, mut known: Vec<&str>) -> Option<T> {
    // A code that has changed stands in the rulebook more than once.
    known.sort_unstable();
    known.dedup();
    errors.push(path, format!("is not one of: {}", known.join(", ")));
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Fields;

    fn scope(division: &str) -> Scope {
        Scope { fields: Fields::All, divisions: vec![DivisionCode::parse(division).unwrap()] }
    }

    #[test]
    fn what_nobody_knows_is_refused_by_its_field_and_what_is_left_out_lets_everything_through() {
        let (book, city) = (Rulebook::builtin(), scope("370100"));
        let mut errors = FieldErrors::default();
        assert_eq!(field(&mut errors, "", &book), None);
        assert_eq!(office(&mut errors, ("office", ""), &book), None);
        assert_eq!(division(&mut errors, "", &city), None);
        assert_eq!(code(&mut errors, ("kind", ""), "penalty_kind", &book), None);
        assert_eq!(field(&mut errors, "FOOD", &book).unwrap().as_str(), "FOOD");
        assert_eq!(office(&mut errors, ("office", "CREDIT"), &book).unwrap().as_str(), "CREDIT");
        assert_eq!(division(&mut errors, "370102", &city).unwrap().as_str(), "370102");
        assert_eq!(code(&mut errors, ("kind", "2"), "penalty_kind", &book), Some("2"));
        assert!(errors.is_empty(), "{errors}");

        field(&mut errors, "FOO", &book);
        office(&mut errors, ("office", "NOBODY"), &book);
        division(&mut errors, "370200", &city);
        code(&mut errors, ("kind", "99"), "penalty_kind", &book);
        let paths: Vec<_> = errors.iter().map(|error| error.path.as_str()).collect();
        assert_eq!(paths, ["field", "office", "division", "kind"]);
        assert!(errors.to_string().contains("`field`: is not one of: FOOD, SE"), "{errors}");
    }

    #[test]
    fn a_place_outside_of_the_table_is_known_to_who_answers_for_it() {
        let mut errors = FieldErrors::default();
        assert!(division(&mut errors, "370200", &scope("370200")).is_some());
        assert!(division(&mut errors, "370202", &scope("370200")).is_some(), "it lies in that");
        assert!(errors.is_empty());
    }
}
