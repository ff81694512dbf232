//! Codes of open sets: the form is checked here, membership is data of the rulebook, so that a new field or office
//! needs no new code.

use crate::text::{cleared, text_value};

/// Why a text is not a code of an open set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no {what}: a capital letter, then capitals, digits or `_`; 2 to {longest} characters")]
pub struct InvalidOpenCode {
    /// What was to be read.
    pub what: &'static str,
    /// The text as given, at most its first 64 characters.
    pub text: String,
    /// Longest code accepted.
    pub longest: usize,
}

/// A key field (重点领域): `FOOD`, `SE`, and whatever the rulebook adds. 2 to 20 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldCode(String);

/// An office as a role (处室): `CREDIT`, `FOOD_PROD`, …, and `SYSTEM` for acts no officer made. 2 to 32 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OfficeCode(String);

impl FieldCode {
    /// Longest field code, in characters.
    pub const LONGEST: usize = 20;

    /// Reads a field code as typed; lower and full-width letters are cleared.
    ///
    /// # Errors
    /// [`InvalidOpenCode`] if the form is wrong. Whether the field exists, the rulebook says.
    pub fn parse(text: &str) -> Result<Self, InvalidOpenCode> {
        code(text, "field code", Self::LONGEST).map(Self)
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl OfficeCode {
    /// Longest office code, in characters.
    pub const LONGEST: usize = 32;

    /// Reads an office code as typed; lower and full-width letters are cleared.
    ///
    /// # Errors
    /// [`InvalidOpenCode`] if the form is wrong. Whether the office exists, the rulebook says.
    pub fn parse(text: &str) -> Result<Self, InvalidOpenCode> {
        code(text, "office code", Self::LONGEST).map(Self)
    }

    /// `SYSTEM`, the actor of expiries and other transitions that no officer decides.
    pub fn system() -> Self {
        Self("SYSTEM".to_owned())
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_value!(FieldCode, InvalidOpenCode);
text_value!(OfficeCode, InvalidOpenCode);

fn code(text: &str, what: &'static str, longest: usize) -> Result<String, InvalidOpenCode> {
    let cleared = cleared(text);
    let known = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    let well_formed = (2..=longest).contains(&cleared.len())
        && cleared.bytes().all(known)
        && cleared.starts_with(|first: char| first.is_ascii_uppercase());
    if well_formed {
        Ok(cleared)
    } else {
        Err(InvalidOpenCode { what, text: text.chars().take(64).collect(), longest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn field_codes_are_cleared_and_bounded() {
        assert_eq!(FieldCode::parse(" food ").unwrap().as_str(), "FOOD");
        assert_eq!(FieldCode::parse("SE").unwrap().as_str(), "SE");
        assert!(FieldCode::parse(&"A".repeat(20)).is_ok());
        for text in ["", "F", "1FOOD", "_FOOD", "FOOD PROD", "食品", "FOOD-1", &"A".repeat(21)] {
            assert!(FieldCode::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn every_office_of_the_notice_has_a_code_of_the_right_form() {
        for text in ["CREDIT", "FOOD_PROD", "SAMPLING_SPECIAL_FOOD", "SE_SUPERV", "DISTRICT", "IT", "SYSTEM"]
        {
            assert_eq!(OfficeCode::parse(text).unwrap().as_str(), text);
        }
        assert_eq!(OfficeCode::parse("SYSTEM").unwrap(), OfficeCode::system());
        assert!(OfficeCode::parse(&"A".repeat(33)).is_err());
    }

    #[test]
    fn the_refusal_names_what_was_to_be_read() {
        let refused = FieldCode::parse("x").unwrap_err().to_string();
        assert!(refused.starts_with("`x` is no field code"), "{refused}");
    }
}
