//! Free texts.

use domain::{Uscc, is_invisible, is_plainly_visible};
use service::FieldErrors;

/// Longest reason or legal basis of an officer, in characters.
const LONGEST_REMARK: usize = 500;

/// Clears `text` of blanks around and refuses it when it has more than `longest` characters, or characters that cannot
/// be seen, other than the ends of lines and tabs.
pub(super) fn clear(errors: &mut FieldErrors, path: &str, text: &mut String, longest: usize) {
    let trimmed = text.trim();
    if trimmed.len() != text.len() {
        *text = trimmed.to_owned();
    }
    // A text has at most as many characters as bytes: most are known to be short without counting.
    if text.len() > longest && text.chars().count() > longest {
        errors.push(path, format!("has more than {longest} characters"));
    } else if !is_plainly_visible(text)
        && let Some(at) = text.chars().position(is_unreadable)
    {
        errors.push(path, format!("position {}: a control or invisible character", at + 1));
    }
}

fn is_unreadable(character: char) -> bool {
    is_invisible(character) && !matches!(character, '\n' | '\r' | '\t')
}

/// Like [`clear`], for a text that must be given.
pub(super) fn clear_required(errors: &mut FieldErrors, path: &str, text: &mut String, longest: usize) {
    clear(errors, path, text, longest);
    if text.is_empty() {
        errors.push(path, "must be given");
    }
}

/// Puts the credit code of a unit, where one is given, into its canonical form.
pub(super) fn code_of_unit(errors: &mut FieldErrors, path: &str, text: &mut String) {
    if let Some(code) = errors.check_optional(path, text, Uscc::parse) {
        *text = code.to_string();
    }
}

/// Reads a remark of an officer of 1 to 500 characters.
pub(crate) fn remark(errors: &mut FieldErrors, path: &str, mut text: String) -> String {
    clear_required(errors, path, &mut text, LONGEST_REMARK);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str, longest: usize) -> Option<String> {
        let mut errors = FieldErrors::default();
        clear_required(&mut errors, "x", &mut text.to_owned(), longest);
        errors.iter().next().map(|error| error.problem.clone())
    }

    #[test]
    fn the_bound_counts_characters_and_not_bytes() {
        assert_eq!(problem("济南济南", 4), None);
        assert_eq!(problem("济南济南济", 4).as_deref(), Some("has more than 4 characters"));
    }

    #[test]
    fn blanks_alone_are_nothing_and_lines_are_text() {
        assert_eq!(problem(" 　\n", 4).as_deref(), Some("must be given"));
        assert_eq!(problem("一\n二", 4), None);
        for hidden in ["a\u{0}b", "a\u{200B}b", "a\u{202E}b"] {
            let expected = "position 2: a control or invisible character";
            assert_eq!(problem(hidden, 4).as_deref(), Some(expected));
        }
    }
}
