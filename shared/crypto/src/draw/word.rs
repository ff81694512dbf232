//! The names that stand in announcement and tables: bounded, and free of the bytes that separate columns and lines.

/// Longest name, in bytes of UTF-8.
const MAX_BYTES: usize = 128;
/// Length of a unified social credit code, the first part of every object.
pub(super) const USCC_LENGTH: usize = 18;

/// A name that cannot stand in the texts of a draw.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} `{word}`: {reason}")]
pub struct InvalidWord {
    /// What the name stands for, such as `stratum`.
    pub what: &'static str,
    /// The name, shortened when it is too long.
    pub word: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// Accepts letters and digits of any script and ASCII signs; refuses blanks and control characters.
pub(super) fn check(what: &'static str, word: &str) -> Result<(), InvalidWord> {
    check_by(what, word, |c| c.is_ascii_graphic() || (!c.is_ascii() && c.is_alphanumeric()))
}

/// As [`check`], and refuses the comma, which joins lists.
pub(super) fn check_listed(what: &'static str, word: &str) -> Result<(), InvalidWord> {
    check(what, word)?;
    refuse_if(word.contains(','), what, word, "a comma separates the names of a list")
}

/// As [`check`], ASCII only: the announcement is read by strangers' programs.
pub(super) fn check_ascii(what: &'static str, word: &str) -> Result<(), InvalidWord> {
    check_by(what, word, |c| c.is_ascii_graphic())
}

/// An object is `USCC` or `USCC/LICENCE`. The fixed length of its head keeps `seed ‖ object` apart from
/// `seed ‖ "k" ‖ stratum`.
pub(super) fn check_object(object: &str) -> Result<(), InvalidWord> {
    const WHAT: &str = "object";
    let is_code = |text: &[u8]| {
        text.len() == USCC_LENGTH && text.iter().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
    };
    if is_code(object.as_bytes()) {
        return Ok(());
    }
    check(WHAT, object)?;
    let head = object.split('/').next().unwrap_or_default();
    refuse_if(
        !is_code(head.as_bytes()),
        WHAT,
        object,
        "must begin with a credit code of 18 digits and capital letters",
    )?;
    let licence = object.get(USCC_LENGTH + 1..);
    refuse_if(licence == Some(""), WHAT, object, "names an empty licence after the slash")
}

fn check_by(what: &'static str, word: &str, allowed: impl Fn(char) -> bool) -> Result<(), InvalidWord> {
    refuse_if(word.is_empty(), what, word, "is empty")?;
    if word.len() > MAX_BYTES {
        let word = word.chars().take(32).chain(['…']).collect();
        return Err(InvalidWord { what, word, reason: "is longer than 128 bytes" });
    }
    let reason = "holds a blank, a control character or a sign that is not allowed";
    refuse_if(!word.chars().all(allowed), what, word, reason)
}

fn refuse_if(refused: bool, what: &'static str, word: &str, reason: &'static str) -> Result<(), InvalidWord> {
    if refused { Err(InvalidWord { what, word: word.to_owned(), reason }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credit_codes_with_and_without_licence_are_objects() {
        for object in
            ["91370102MA4J283FE6", "91370102MADHL35L9K/SC1013701020340", "91370102MA4J283FE6/锅10鲁A00001"]
        {
            assert_eq!(check_object(object), Ok(()));
        }
    }

    #[test]
    fn other_texts_are_no_objects() {
        for object in
            ["", "kS1", "91370102ma4j283fe6", "91370102MA4J283FE6/", "91370102MA4J283FE6 ", "9137/X"]
        {
            assert!(check_object(object).is_err(), "{object}");
        }
    }

    #[test]
    fn separators_and_endless_names_are_refused() {
        for word in ["a\tb", "a\nb", "a b", "\u{3000}", "", &"x".repeat(129)] {
            assert!(check("stratum", word).is_err(), "{word:?}");
        }
        assert!(check_listed("field", "FOOD,SE").is_err());
        assert!(check_ascii("task", "任务1").is_err());
        assert_eq!(check("stratum", "甲级"), Ok(()));
    }
}
