//! Names of enterprises and other parties.

use crate::text::{first_invisible, half_width, text_value, trimmed};

/// The name of a party as registered: 1 to 200 characters, blanks around dropped, no control characters and none that cannot be seen.
///
/// The name is kept as written. It is never a key: two parties may share one, and one may change it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LegalName(String);

/// Why a text is not a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLegalName {
    /// Nothing but blanks.
    #[error("the name is empty")]
    Empty,
    /// Over 200 characters.
    #[error("a name has at most 200 characters, this has {found}")]
    TooLong {
        /// Number of characters found.
        found: usize,
    },
    /// A line break, a tab, another control character, or one that cannot be seen.
    #[error("position {position}: a control or invisible character stands in the name")]
    Control {
        /// Where it stands, from 1.
        position: usize,
    },
}

impl LegalName {
    /// Longest name, in characters.
    pub const LONGEST: usize = 200;

    /// Reads a name as typed.
    ///
    /// # Errors
    /// [`InvalidLegalName`] when it is empty, too long or holds such characters.
    pub fn parse(text: &str) -> Result<Self, InvalidLegalName> {
        let name = trimmed(text);
        if name.is_empty() {
            return Err(InvalidLegalName::Empty);
        }
        let found = name.chars().count();
        if found > Self::LONGEST {
            return Err(InvalidLegalName::TooLong { found });
        }
        if let Some(index) = first_invisible(name) {
            return Err(InvalidLegalName::Control { position: index + 1 });
        }
        Ok(Self(name.to_owned()))
    }

    /// The name as registered.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What to compare names by; see [`comparison_key`].
    pub fn comparison_key(&self) -> String {
        comparison_key(&self.0)
    }
}

text_value!(LegalName, InvalidLegalName);

/// The form in which two spellings of one name are equal: half-width, upper case, without blanks, dots and the
/// middle dot between parts of foreign names. Works on any text, such as the target a complainant wrote down.
pub fn comparison_key(name: &str) -> String {
    name.chars()
        .map(half_width)
        .filter(|character| {
            !character.is_whitespace() && !matches!(character, '.' | '·' | '•' | '・' | '\u{FEFF}')
        })
        .flat_map(char::to_uppercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_as_written_without_blanks_around() {
        let name = LegalName::parse(" 济南某某食品（集团）有限公司　").unwrap();
        assert_eq!(name.as_str(), "济南某某食品（集团）有限公司");
    }

    #[test]
    fn the_bounds_count_characters_and_not_bytes() {
        assert!(LegalName::parse(&"济".repeat(200)).is_ok());
        assert_eq!(LegalName::parse(&"济".repeat(201)), Err(InvalidLegalName::TooLong { found: 201 }));
        assert_eq!(LegalName::parse(" 　"), Err(InvalidLegalName::Empty));
    }

    #[test]
    fn a_control_character_is_refused_with_its_position() {
        assert_eq!(LegalName::parse("济南\n公司"), Err(InvalidLegalName::Control { position: 3 }));
    }

    #[test]
    fn spellings_of_one_name_have_one_comparison_key() {
        let key = comparison_key("济南ABC（中国）有限公司");
        assert_eq!(comparison_key("济南 abc(中国)有限公司"), key);
        assert_eq!(LegalName::parse("济南Ａ.Ｂ.Ｃ（中国）有限公司").unwrap().comparison_key(), key);
        assert_ne!(comparison_key("济南ABD（中国）有限公司"), key);
    }
}
