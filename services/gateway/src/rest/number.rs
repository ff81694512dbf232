//! What the numbers of a request may be, in words for who sent it: a library tells of a misread one in its own.

use std::fmt::Display;

use prost_reflect::{FieldDescriptor, Kind};

/// Longest part of what was sent that is shown, in characters.
const SHOWN: usize = 40;
/// The number of every list that is never below zero, though its type is.
const PAGE_SIZE: &str = "page_size";

/// The least that a field takes, where its type goes lower.
pub(crate) fn least(field: &FieldDescriptor) -> Option<i32> {
    (field.name() == PAGE_SIZE && field.kind() == Kind::Int32).then_some(0)
}

/// What is wrong with `found`, which cannot be read as the number of this field; `None` for a field that is no number.
pub(super) fn misread(field: &FieldDescriptor, found: &str) -> Option<String> {
    let whole = |least: &dyn Display, most: &dyn Display| format!("a whole number from {least} to {most}");
    let expected = match field.kind() {
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => whole(&least(field).unwrap_or(i32::MIN), &i32::MAX),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => whole(&i64::MIN, &i64::MAX),
        Kind::Uint32 | Kind::Fixed32 => whole(&u32::MIN, &u32::MAX),
        Kind::Uint64 | Kind::Fixed64 => whole(&u64::MIN, &u64::MAX),
        Kind::Double | Kind::Float => "a number".to_owned(),
        _ => return None,
    };
    let mut shown: String = found.chars().take(SHOWN).collect();
    if shown.len() < found.len() {
        shown.push('…');
    }
    Some(format!("is `{shown}`, not {expected}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(message: &str, name: &str) -> FieldDescriptor {
        let message = contract::descriptors().get_message_by_name(message).unwrap();
        message.get_field_by_name(name).unwrap()
    }

    #[test]
    fn what_was_found_and_what_is_expected_are_told() {
        let told = misread(&field("xinjian.inspection.v1.Task", "uniform_percent"), "many").unwrap();
        assert_eq!(told, "is `many`, not a whole number from -2147483648 to 2147483647");
        let share = field("xinjian.gateway.v1.Score", "late_share");
        assert_eq!(misread(&share, "1,5").unwrap(), "is `1,5`, not a number");
        assert_eq!(misread(&field("xinjian.inspection.v1.Task", "title"), "many"), None);
    }

    #[test]
    fn the_size_of_a_page_is_never_said_to_be_below_zero() {
        let size = field("xinjian.registry.v1.ListMarksRequest", "page_size");
        for found in ["-", "99999999999"] {
            let told = misread(&size, found).unwrap();
            assert_eq!(told, format!("is `{found}`, not a whole number from 0 to 2147483647"));
        }
    }

    #[test]
    fn a_long_text_is_cut() {
        let share = field("xinjian.gateway.v1.Score", "late_share");
        let told = misread(&share, &"九".repeat(1_000)).unwrap();
        assert_eq!(told, format!("is `{}…`, not a number", "九".repeat(SHOWN)));
    }
}
