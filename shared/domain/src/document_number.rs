//! Numbers of official documents (文号).

use crate::text::{is_invisible, text_value, trimmed};

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
        if let Some(index) = number.chars().position(is_invisible) {
            return Err(InvalidDocumentNumber::Control { position: index + 1 });
        }
        Ok(Self(number.to_owned()))
    }

    /// The number as printed.
    pub fn as_str(&self) -> &str {
        &self.0
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
