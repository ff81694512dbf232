//! The identity of one attempt to change something.

use crate::text::text_value;
use uuid::Uuid;

/// A UUID chosen by the caller of a mutating RPC: the same value again returns the first answer. Held and compared in
/// the canonical form, lower case with hyphens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(String);

/// Why a text is not a request id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRequestId {
    /// Not 36 characters of the hyphenated form.
    #[error("a request id is a UUID with hyphens, such as 6f1c0a52-0f0e-4b7e-9d57-2a0f2c6b9f11")]
    Format,
    /// All zeros, which is what a client sends that forgot to choose one.
    #[error("the request id is the nil UUID; choose a random one for each new request")]
    Nil,
}

impl RequestId {
    /// Reads a hyphenated UUID, in any case.
    ///
    /// # Errors
    /// [`InvalidRequestId`] for another form or the nil UUID.
    pub fn parse(text: &str) -> Result<Self, InvalidRequestId> {
        if text.len() != uuid::fmt::Hyphenated::LENGTH {
            return Err(InvalidRequestId::Format);
        }
        let id = Uuid::parse_str(text).map_err(|_| InvalidRequestId::Format)?;
        if id.is_nil() { Err(InvalidRequestId::Nil) } else { Ok(Self::from_uuid(id)) }
    }

    /// A request id from a UUID that the caller made, such as a random one or one derived from an event.
    pub fn from_uuid(id: Uuid) -> Self {
        Self(id.hyphenated().to_string())
    }

    /// The canonical text, 36 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_value!(RequestId, InvalidRequestId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_spellings_of_one_id_are_one_id() {
        let lower = RequestId::parse("6f1c0a52-0f0e-4b7e-9d57-2a0f2c6b9f11").unwrap();
        let upper = RequestId::parse("6F1C0A52-0F0E-4B7E-9D57-2A0F2C6B9F11").unwrap();
        assert_eq!(lower, upper);
        assert_eq!(lower.as_str(), "6f1c0a52-0f0e-4b7e-9d57-2a0f2c6b9f11");
    }

    #[test]
    fn other_forms_and_the_nil_id_are_refused() {
        let unhyphenated = RequestId::parse("6f1c0a520f0e4b7e9d572a0f2c6b9f11");
        assert_eq!(unhyphenated, Err(InvalidRequestId::Format));
        assert_eq!(RequestId::parse(""), Err(InvalidRequestId::Format));
        assert_eq!(RequestId::parse("6f1c0a52-0f0e-4b7e-9d57-2a0f2c6b9fgg"), Err(InvalidRequestId::Format));
        assert_eq!(RequestId::parse("00000000-0000-0000-0000-000000000000"), Err(InvalidRequestId::Nil));
    }
}
