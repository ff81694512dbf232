//! Licence numbers of the two key fields that have a form of their own.
//!
//! What a number says is a hint for checking what was typed. The licence record is what counts: a holder of several
//! categories is numbered by its main product, and an expiry year is not a date.

mod equipment;
mod food;

pub use equipment::EquipmentLicence;
pub use food::FoodLicence;

use crate::text::{cleared, text_value};

/// A licence number: `SC` of food production (食品生产许可证) or `TS` of special equipment (特种设备).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LicenceNumber {
    /// `SC` and 14 digits.
    Food(FoodLicence),
    /// `TS`, seven characters, `-` and the last year of validity.
    Equipment(EquipmentLicence),
}

/// Why a text is not a licence number. Positions count from 1 over the whole number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLicenceNumber {
    /// Neither `SC` nor `TS`. `QS` numbers ended on 2018-10-01.
    #[error("`{text}` is not a licence number: SC and 14 digits, or TS such as TS2210890-2028")]
    Kind {
        /// The text as given, at most its first 64 characters.
        text: String,
    },
    /// Too short or too long.
    #[error("a licence number of this kind has {expected} characters, this has {found}")]
    Length {
        /// How many it should have.
        expected: usize,
        /// How many it has.
        found: usize,
    },
    /// A character that may not stand there.
    #[error("position {position}: `{found}` may not stand here; {expected}")]
    Character {
        /// Where it stands.
        position: usize,
        /// The character.
        found: char,
        /// What may stand there.
        expected: &'static str,
    },
    /// A food or additive category that does not exist.
    #[error("positions 3 to 5: there is no food category `{found}`")]
    Category {
        /// The three digits: food or additive, then the category.
        found: String,
    },
    /// The production site lies in a province that does not exist.
    #[error("position 6: no province has the division prefix `{found}`")]
    Province {
        /// Positions 6 and 7.
        found: String,
    },
    /// The check digit contradicts the 13 before it.
    #[error("position 16: the check digit is {found}, the 13 before it need {expected}")]
    CheckDigit {
        /// What the rest needs.
        expected: char,
        /// What stands there.
        found: char,
    },
}

impl LicenceNumber {
    /// Reads a number as typed: full-width characters, lower case, blanks around and other dashes are cleared first.
    ///
    /// # Errors
    /// The first thing that is wrong, with its position.
    pub fn parse(text: &str) -> Result<Self, InvalidLicenceNumber> {
        let number = licence_key(text);
        match number.get(..2) {
            Some("SC") => FoodLicence::parse(&number).map(Self::Food),
            Some("TS") => EquipmentLicence::parse(&number).map(Self::Equipment),
            _ => Err(InvalidLicenceNumber::Kind { text: text.chars().take(64).collect() }),
        }
    }

    /// Builds a food licence number and its check digit; for generators.
    ///
    /// `category` is 1 to 31 for food, 1 to 3 for an additive; `site_division` has six digits; `serial` at most 9999.
    ///
    /// # Errors
    /// As [`LicenceNumber::parse`] for the part that is out of bounds.
    pub fn compose_food(
        additive: bool,
        category: u8,
        site_division: &str,
        serial: u16,
    ) -> Result<Self, InvalidLicenceNumber> {
        FoodLicence::compose(additive, category, site_division, serial).map(Self::Food)
    }

    /// Builds a special-equipment licence number; for generators.
    ///
    /// `kind` 1 to 9 (2 manufacture, 4 cylinder filling, …), `equipment` 0 to 9, `authority` 10 for national or the
    /// province (37 Shandong), `serial` at most 999, `expiry_year` 2000 to 2099.
    ///
    /// # Errors
    /// As [`LicenceNumber::parse`] for the part that is out of bounds.
    pub fn compose_se(
        kind: u8,
        equipment: u8,
        authority: u8,
        serial: u16,
        expiry_year: u16,
    ) -> Result<Self, InvalidLicenceNumber> {
        EquipmentLicence::compose(kind, equipment, authority, serial, expiry_year).map(Self::Equipment)
    }

    /// The number.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Food(licence) => licence.as_str(),
            Self::Equipment(licence) => licence.as_str(),
        }
    }

    /// Code of the key field the licence belongs to: `FOOD` or `SE`.
    pub fn field(&self) -> &'static str {
        match self {
            Self::Food(_) => "FOOD",
            Self::Equipment(_) => "SE",
        }
    }

    /// Code of the sub-kind the number names, such as `HealthFood` or `SeManufacture`; `None` where the number leaves
    /// several open (`TS3`: install, alter, repair; `TS7`: inspection, testing) or names none.
    pub fn sub_kind(&self) -> Option<&'static str> {
        match self.possible_sub_kinds() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Codes of all sub-kinds the number leaves open.
    pub fn possible_sub_kinds(&self) -> &'static [&'static str] {
        match self {
            Self::Food(licence) => licence.sub_kinds(),
            Self::Equipment(licence) => licence.sub_kinds(),
        }
    }
}

text_value!(LicenceNumber, InvalidLicenceNumber);

/// The form in which two ways to write one licence number are equal, of any text: half-width, upper case, without blanks around, every dash
/// as `-`. It has no more characters than the text, and that of a [`LicenceNumber`] is the number itself.
pub fn licence_key(text: &str) -> String {
    cleared(text).chars().map(plain_dash).collect()
}

/// The hyphen for the dashes that word processors put in its place.
fn plain_dash(character: char) -> char {
    if matches!(character, '\u{2010}'..='\u{2015}' | '\u{2212}') { '-' } else { character }
}

#[cfg(test)]
mod tests;
