//! What the numbers of a request may be, in words for who sent it: a library tells of a misread one in its own.

use std::fmt::Display;

use prost_reflect::Kind;

/// Longest part of what was sent that is shown, in characters.
const SHOWN: usize = 40;

/// What is wrong with `found`, which cannot be read as a number of this kind; `None` for a kind that is no number.
pub(super) fn misread(kind: &Kind, found: &str) -> Option<String> {
    let whole = |least: &dyn Display, most: &dyn Display| format!("a whole number from {least} to {most}");
    let expected = match kind {
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => whole(&i32::MIN, &i32::MAX),
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

    #[test]
    fn what_was_found_and_what_is_expected_are_told() {
        let told = misread(&Kind::Int32, "many").unwrap();
        assert_eq!(told, "is `many`, not a whole number from -2147483648 to 2147483647");
        assert_eq!(misread(&Kind::Double, "1,5").unwrap(), "is `1,5`, not a number");
        assert_eq!(misread(&Kind::String, "many"), None);
    }

    #[test]
    fn a_long_text_is_cut() {
        let told = misread(&Kind::Double, &"九".repeat(1_000)).unwrap();
        assert_eq!(told, format!("is `{}…`, not a number", "九".repeat(SHOWN)));
    }
}
