//! The unified social credit code (统一社会信用代码, GB 32100-2015).

use crate::{
    province,
    text::{cleared, text_value},
};

/// Characters of a code, in the order of their values 0..=30: no I, O, S, V, Z.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
/// Value of each byte; [`NONE`] where it is not of the alphabet.
const VALUES: [u8; 256] = {
    let mut values = [NONE; 256];
    let mut value = 0;
    while value < ALPHABET.len() {
        values[ALPHABET[value] as usize] = value as u8;
        value += 1;
    }
    values
};
const NONE: u8 = u8::MAX;
/// Weights of the first 17 positions: powers of 3 modulo 31 (GB 32100-2015).
const WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
/// Weights of the eight characters of the entity body (GB 11714).
const ENTITY_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
const LENGTH: usize = 18;

/// A unified social credit code: 18 characters, both check characters verified.
///
/// It is the key under which records are collected. Positions 3 to 8 say who registered the entity then; they do not
/// follow it when it moves and may be an abolished division, so no jurisdiction is ever derived from them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uscc([u8; LENGTH]);

/// Why a text is not a unified social credit code. Positions count from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUscc {
    /// Too short or too long.
    #[error("a credit code has 18 characters, this has {found}")]
    Length {
        /// Number of characters found.
        found: usize,
    },
    /// I, O, S, V or Z, which the standard leaves out. They are refused, not read as 1, 0, 5, U or 2.
    #[error("position {position}: the letter {found} is never used in a credit code (nor are I, O, S, V, Z)")]
    UnusedLetter {
        /// Where it stands.
        position: usize,
        /// The letter.
        found: char,
    },
    /// Neither a digit nor a letter of the alphabet.
    #[error("position {position}: `{found}` is not a digit or capital letter")]
    Character {
        /// Where it stands.
        position: usize,
        /// The character.
        found: char,
    },
    /// A letter within the division of the registering authority.
    #[error(
        "position {position}: `{found}` stands in the division code (positions 3 to 8), which is digits only"
    )]
    DivisionDigit {
        /// Where it stands.
        position: usize,
        /// The character.
        found: char,
    },
    /// The division code begins with a province that does not exist.
    #[error("position 3: no province has the division prefix `{found}`")]
    Province {
        /// Positions 3 and 4.
        found: String,
    },
    /// The last character contradicts the 17 before it.
    #[error("position 18: the check character is `{found}`, the 17 before it need `{expected}`")]
    CheckCharacter {
        /// What the rest of the code needs.
        expected: char,
        /// What stands there.
        found: char,
    },
    /// The check character of the organisation code contradicts its body, positions 9 to 16.
    #[error("position 17: the organisation-code check is `{found}`, positions 9 to 16 need `{expected}`")]
    EntityCheck {
        /// What the body needs.
        expected: char,
        /// What stands there.
        found: char,
    },
}

impl Uscc {
    /// Reads a code as typed: blanks around, full-width characters and lower case are cleared first.
    ///
    /// # Errors
    /// The first thing that is wrong, with its position.
    pub fn parse(text: &str) -> Result<Self, InvalidUscc> {
        let code = match plain(text) {
            Some(code) => code,
            None => characters::<LENGTH>(&cleared(text), 1)?,
        };
        check_division(&code)?;
        let expected = check_character(&code);
        if code[17] != expected {
            return Err(InvalidUscc::CheckCharacter { expected: expected.into(), found: code[17].into() });
        }
        let expected = entity_check(&code);
        if code[16] != expected {
            return Err(InvalidUscc::EntityCheck { expected: expected.into(), found: code[16].into() });
        }
        Ok(Self(code))
    }

    /// Builds a code from its first eight characters (department, kind, division) and the eight-character entity
    /// body, computing both check characters. For generators and for sources that have no code of their own.
    ///
    /// # Errors
    /// As [`Uscc::parse`]; a part that has not eight characters is a wrong length of the whole.
    pub fn compose(prefix8: &str, body8: &str) -> Result<Self, InvalidUscc> {
        let prefix = characters::<8>(&cleared(prefix8), 1)?;
        let body = characters::<8>(&cleared(body8), 9)?;
        let mut code = [b'0'; LENGTH];
        code[..8].copy_from_slice(&prefix);
        code[8..16].copy_from_slice(&body);
        check_division(&code)?;
        code[16] = entity_check(&code);
        code[17] = check_character(&code);
        Ok(Self(code))
    }

    /// The 18 characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a credit code holds only characters of its ASCII alphabet")
    }

    /// Division of the authority that registered the entity, as it was then. Not where the entity is now.
    pub fn registering_division(&self) -> &str {
        &self.as_str()[2..8]
    }
}

text_value!(Uscc, InvalidUscc);

/// A text in which there is nothing to clear and no foreign character, as nearly all are.
fn plain(text: &str) -> Option<[u8; LENGTH]> {
    let code: [u8; LENGTH] = text.as_bytes().try_into().ok()?;
    code.iter().all(|byte| VALUES[usize::from(*byte)] != NONE).then_some(code)
}

/// Takes exactly `N` characters of the alphabet; `first` is the position of the first one in the whole code.
fn characters<const N: usize>(text: &str, first: usize) -> Result<[u8; N], InvalidUscc> {
    let mut code = [b'0'; N];
    for (index, found) in text.chars().enumerate().take(N) {
        let position = first + index;
        code[index] = match u8::try_from(found) {
            Ok(byte) if ALPHABET.contains(&byte) => byte,
            Ok(b'I' | b'O' | b'S' | b'V' | b'Z') => {
                return Err(InvalidUscc::UnusedLetter { position, found });
            }
            _ => return Err(InvalidUscc::Character { position, found }),
        };
    }
    let count = text.chars().count();
    if count == N { Ok(code) } else { Err(InvalidUscc::Length { found: LENGTH - N + count }) }
}

fn check_division(code: &[u8; LENGTH]) -> Result<(), InvalidUscc> {
    if let Some(offset) = code[2..8].iter().position(|byte| !byte.is_ascii_digit()) {
        let found = code[2 + offset].into();
        return Err(InvalidUscc::DivisionDigit { position: 3 + offset, found });
    }
    let prefix = std::str::from_utf8(&code[2..4]).unwrap_or_default();
    if province::is_known(prefix) { Ok(()) } else { Err(InvalidUscc::Province { found: prefix.to_owned() }) }
}

/// Position 18: 31 minus the weighted sum modulo 31, where 31 stands for 0 (GB 32100-2015).
fn check_character(code: &[u8; LENGTH]) -> u8 {
    let sum: u32 = code.iter().zip(WEIGHTS).map(|(byte, weight)| value_of(*byte) * weight).sum();
    ALPHABET[((31 - sum % 31) % 31) as usize]
}

/// Position 17: 11 minus the weighted sum of positions 9 to 16 modulo 11, where 10 is `X` and 11 is `0` (GB 11714).
/// Letters count A = 10 to Z = 35 here, unlike in the check of the whole code.
fn entity_check(code: &[u8; LENGTH]) -> u8 {
    let sum: u32 = code[8..16]
        .iter()
        .zip(ENTITY_WEIGHTS)
        .map(|(byte, weight)| char::from(*byte).to_digit(36).unwrap_or_default() * weight)
        .sum();
    match 11 - sum % 11 {
        10 => b'X',
        11 => b'0',
        digit => b'0' + digit as u8,
    }
}

/// Value of a byte of the alphabet.
fn value_of(byte: u8) -> u32 {
    u32::from(VALUES[usize::from(byte)])
}

#[cfg(test)]
mod tests;
