//! The 32-byte digest every part of Xinjian prints, stores and compares.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An SM3 digest: 32 bytes, printed as 64 lower-case hexadecimal digits.
///
/// The text form is canonical: upper-case digits are refused, so that one digest has exactly one spelling.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

/// Why a text or a byte string is not a [`Digest`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDigest {
    /// The text does not have 64 characters.
    #[error("a digest has 64 hexadecimal digits, this text has {0} characters")]
    Length(usize),
    /// A character is not one of `0-9a-f`.
    #[error("`{found}` at position {position} is not a lower-case hexadecimal digit")]
    Character {
        /// Position of the character, from 0.
        position: usize,
        /// The character found.
        found: char,
    },
    /// The byte string does not have 32 bytes.
    #[error("a digest has 32 bytes, this value has {0}")]
    Bytes(usize),
}

impl Digest {
    /// Wraps 32 bytes that already are a digest.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Appends the 64 lower-case hexadecimal digits.
    pub(crate) fn write_hex(&self, to: &mut Vec<u8>) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        to.extend(
            self.0.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]),
        );
    }

    /// The 64 lower-case hexadecimal digits.
    pub fn to_hex(&self) -> String {
        hex::encode(self.0)
    }
}

impl AsRef<[u8]> for Digest {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl TryFrom<&[u8]> for Digest {
    type Error = InvalidDigest;

    fn try_from(bytes: &[u8]) -> Result<Self, InvalidDigest> {
        bytes.try_into().map(Self).map_err(|_| InvalidDigest::Bytes(bytes.len()))
    }
}

impl FromStr for Digest {
    type Err = InvalidDigest;

    fn from_str(text: &str) -> Result<Self, InvalidDigest> {
        let canonical = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        if let Some((position, found)) = text.chars().enumerate().find(|(_, c)| !canonical(*c)) {
            return Err(InvalidDigest::Character { position, found });
        }
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| InvalidDigest::Length(text.len()))?;
        Ok(Self(bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_hex())
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0";

    #[test]
    fn text_and_digest_round_trip() {
        let digest: Digest = TEXT.parse().unwrap();
        assert_eq!(digest.to_string(), TEXT);
        let mut written = Vec::new();
        digest.write_hex(&mut written);
        assert_eq!(written, TEXT.as_bytes());
        assert_eq!(serde_json::from_str::<Digest>(&serde_json::to_string(&digest).unwrap()).unwrap(), digest);
        assert_eq!(Digest::try_from(digest.as_bytes().as_slice()).unwrap(), digest);
    }

    #[test]
    fn an_upper_case_digit_is_refused_with_its_position() {
        let refused = TEXT.replacen('c', "C", 1).parse::<Digest>().unwrap_err();
        assert_eq!(refused, InvalidDigest::Character { position: 2, found: 'C' });
    }

    #[test]
    fn a_wrong_length_is_refused() {
        assert_eq!(TEXT[1..].parse::<Digest>().unwrap_err(), InvalidDigest::Length(63));
        assert_eq!(Digest::try_from([0u8; 31].as_slice()).unwrap_err(), InvalidDigest::Bytes(31));
    }
}
