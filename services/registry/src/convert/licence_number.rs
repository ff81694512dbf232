//! Numbers of licences, and the sub-kinds that they name: what they look like is data of each field.

use chrono::NaiveDate;
use domain::{DivisionCode, FieldCode, LicenceNumber};
use rulebook::{Field, Rulebook};
use service::FieldErrors;

use crate::domain::Codes;

/// Longest licence number of a field with free numbers, in characters.
const LONGEST_NUMBER: usize = 40;
/// Families of numbers that have a national form; the rulebook's licence classes begin with them.
const NATIONAL_FAMILIES: [&str; 2] = ["SC", "TS"];

/// What the licence numbers of a field look like: data of its sub-kinds, so that a new field needs no code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NumberForm {
    /// `SC` or `TS` numbers, checked digit by digit.
    National,
    /// Any 1 to 40 characters without blanks.
    Free,
}

impl NumberForm {
    /// The form of the numbers of `field`.
    fn of(field: &FieldCode, book: &Rulebook) -> Self {
        let national = |class: &str| NATIONAL_FAMILIES.iter().any(|family| class.starts_with(family));
        if book.sub_kinds(field).any(|kind| national(&kind.licence_class)) {
            Self::National
        } else {
            Self::Free
        }
    }
}

/// A number that fits its field, with the sub-kinds that it leaves open.
pub(super) struct Number {
    pub(super) text: String,
    pub(super) possible: &'static [&'static str],
    /// Division of the production site, where the number names it.
    pub(super) site: Option<DivisionCode>,
}

/// Reads the number of a licence of `field`.
pub(super) fn number(errors: &mut FieldErrors, sent: &str, field: &Field, book: &Rulebook) -> Option<Number> {
    const PATH: &str = "licence_no";
    match NumberForm::of(&field.code, book) {
        NumberForm::National => {
            let number = errors.check(PATH, LicenceNumber::parse(sent))?;
            let possible = number.possible_sub_kinds();
            let belongs = |kind: &&str| book.sub_kind(kind).is_some_and(|kind| kind.field == field.code);
            if !possible.iter().all(belongs) {
                errors.push(PATH, format!("`{number}` is not a number of the field {}", field.code));
                return None;
            }
            let site = match &number {
                LicenceNumber::Food(food) => food.site_division(),
                LicenceNumber::Equipment(_) => None,
            };
            Some(Number { text: number.to_string(), possible, site })
        }
        NumberForm::Free => {
            let text = sent.trim();
            let blank = |character: char| character.is_whitespace() || character.is_control();
            if text.is_empty() || text.chars().count() > LONGEST_NUMBER || text.contains(blank) {
                errors.push(PATH, format!("is not 1 to {LONGEST_NUMBER} characters without blanks"));
                return None;
            }
            Some(Number { text: text.to_owned(), possible: &[], site: None })
        }
    }
}

/// The sub-kinds sent, all of the field; where none is sent, those that the number leaves open (`possible`), or the only
/// one that the field has.
pub(super) fn sub_kinds_of(
    errors: &mut FieldErrors,
    sent: &[String],
    possible: &[&str],
    field: &Field,
    book: &Rulebook,
    today: NaiveDate,
) -> Option<Codes> {
    const PATH: &str = "sub_kinds";
    let known: Vec<&str> = book
        .sub_kinds(&field.code)
        .filter(|kind| kind.effective.on(today))
        .map(|kind| kind.code.as_str())
        .collect();
    if let Some(unknown) = sent.iter().find(|kind| !known.contains(&kind.as_str())) {
        errors.push(PATH, format!("`{unknown}` is not a sub-kind of {}: {}", field.code, known.join(", ")));
        return None;
    }
    let codes: Codes = match (sent, possible, known.as_slice()) {
        ([_, ..], _, _) => sent.iter().map(String::as_str).collect(),
        ([], [_, ..], _) => possible.iter().copied().collect(),
        ([], [], [only]) => [*only].into_iter().collect(),
        ([], [], _) => {
            errors.push(PATH, "must be given: the number names none");
            return None;
        }
    };
    Some(codes)
}
