//! Numbers of official documents (文号).

use crate::text::{first_invisible, half_width, text_value, trimmed};

/// The number of a decision or another document, such as `济市监处罚〔2024〕12号`: 1 to 100 characters, as printed,
/// blanks around dropped, no control characters and none that cannot be seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentNumber(String);

/// Why a text is not a document number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDocumentNumber {
    /// Nothing but blanks.
    #[error("the document number is empty")]
    Empty,
    /// Over 100 characters.
    #[error("a document number has at most 100 characters, this has {found}")]
    TooLong {
        /// Number of characters found.
        found: usize,
    },
    /// A line break, a tab, another control character, or one that cannot be seen.
    #[error("position {position}: a control or invisible character stands in the document number")]
    Control {
        /// Where it stands, from 1.
        position: usize,
    },
}

impl DocumentNumber {
    /// Longest number, in characters.
    pub const LONGEST: usize = 100;

    /// Reads a document number as printed.
    ///
    /// # Errors
    /// [`InvalidDocumentNumber`] when it is empty, too long or holds such characters.
    pub fn parse(text: &str) -> Result<Self, InvalidDocumentNumber> {
        let number = trimmed(text);
        if number.is_empty() {
            return Err(InvalidDocumentNumber::Empty);
        }
        let found = number.chars().count();
        if found > Self::LONGEST {
            return Err(InvalidDocumentNumber::TooLong { found });
        }
        if let Some(index) = first_invisible(number) {
            return Err(InvalidDocumentNumber::Control { position: index + 1 });
        }
        Ok(Self(number.to_owned()))
    }

    /// The number as printed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What two ways to write one number have in common: half-width, without blanks, every bracket as `〔〕`, every dash as `-`.
    pub fn key(&self) -> String {
        document_key(&self.0)
    }
}

/// The form in which two ways to write one number are equal, of any text: one that holds a number holds its [key](DocumentNumber::key)
/// then.
pub fn document_key(text: &str) -> String {
    text.chars().map(half_width).filter(|found| !found.is_whitespace()).map(plain).collect()
}

/// The bracket and the dash that stand for all others; any other character as it is.
fn plain(character: char) -> char {
    match character {
        '(' | '[' | '{' | '【' | '〖' | '「' | '﹝' | '⟨' => '〔',
        ')' | ']' | '}' | '】' | '〗' | '」' | '﹞' | '⟩' => '〕',
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' => '-',
        other => other,
    }
}

text_value!(DocumentNumber, InvalidDocumentNumber);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_kept_as_printed() {
        assert_eq!(
            DocumentNumber::parse(" 济市监处罚〔2024〕12号 ").unwrap().as_str(),
            "济市监处罚〔2024〕12号"
        );
    }

    #[test]
    fn one_number_has_one_key_however_it_is_written() {
        let key = |text: &str| DocumentNumber::parse(text).unwrap().key();
        let written = [
            "济市监罚〔2026〕88号",
            "济市监罚[2026]88号",
            "济市监罚(2026)88号",
            "济市监罚（2026）88号",
            "济市监罚【2026】88号",
            "济市监罚［２０２６］８８号",
            "济市监罚 〔2026〕 88 号",
            "济市监罚　〔2026〕88号",
        ];
        for text in written {
            assert_eq!(key(text), "济市监罚〔2026〕88号", "{text}");
        }
        for dash in ["JN-1", "JN－1", "JN—1", "JN–1", "ＪＮ－１", "JN - 1"] {
            assert_eq!(key(dash), "JN-1", "{dash}");
        }
        // Nothing else is one number.
        for other in ["济市监罚〔2026〕8号", "济市监罚〔2026〕88-1号", "济市监罚2026〕88号", "jn-1", "JN1"]
        {
            assert!(!["济市监罚〔2026〕88号", "JN-1"].contains(&key(other).as_str()), "{other}");
        }
    }

    #[test]
    fn empty_overlong_and_broken_numbers_are_refused() {
        assert_eq!(DocumentNumber::parse("\t"), Err(InvalidDocumentNumber::Empty));
        assert!(DocumentNumber::parse(&"号".repeat(100)).is_ok());
        assert_eq!(
            DocumentNumber::parse(&"号".repeat(101)),
            Err(InvalidDocumentNumber::TooLong { found: 101 })
        );
        assert_eq!(DocumentNumber::parse("12\r\n3"), Err(InvalidDocumentNumber::Control { position: 3 }));
    }
}
