//! Identity that follows from what a thing is: the digest of its natural key.

use crypto::sm3::Hasher;

/// Half of an SM3 digest: enough that no two natural keys of a province meet, and half the key in every index.
const BYTES: usize = 16;

/// The id of a record or ticket: 32 lower-case hexadecimal digits, the first 128 bits of the SM3 of its natural key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NaturalId {
    bytes: [u8; BYTES],
    /// What the bytes are written as.
    digits: [u8; 2 * BYTES],
}

/// The text is not an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id has 32 lower-case hexadecimal digits")]
pub struct InvalidId;

impl NaturalId {
    /// The id of the thing of this `sort` whose natural key has these parts, in a fixed order.
    pub fn of(sort: &str, parts: &[&str]) -> Self {
        let mut hasher = Hasher::new().update(sort.as_bytes());
        for part in parts {
            // The length first, so that ("ab", "c") and ("a", "bc") differ.
            hasher = hasher.update(&(part.len() as u64).to_be_bytes()).update(part.as_bytes());
        }
        let mut bytes = [0; BYTES];
        bytes.copy_from_slice(&hasher.finish().as_bytes()[..BYTES]);
        Self::of_bytes(&bytes)
    }

    /// Reads an id.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        // The library reads capital letters as well.
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let mut bytes = [0; BYTES];
        if text.bytes().all(is_digit) && hex::decode_to_slice(text, &mut bytes).is_ok() {
            Ok(Self::of_bytes(&bytes))
        } else {
            Err(InvalidId)
        }
    }

    /// The id of the resource `name` in `collection`: `records/{id}`.
    pub fn from_name(name: &str, collection: &str) -> Result<Self, InvalidId> {
        let id = name.strip_prefix(collection).and_then(|rest| rest.strip_prefix('/')).ok_or(InvalidId)?;
        Self::parse(id)
    }

    /// The half digest that the digits write.
    pub fn as_bytes(&self) -> &[u8; BYTES] {
        &self.bytes
    }

    /// The id of these bytes, which [`as_bytes`](Self::as_bytes) gave.
    pub fn of_bytes(bytes: &[u8; BYTES]) -> Self {
        let mut digits = [0; 2 * BYTES];
        hex::encode_to_slice(bytes, &mut digits).expect("a byte is two digits");
        Self { bytes: *bytes, digits }
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.digits).expect("hexadecimal digits are text")
    }
}

impl std::fmt::Debug for NaturalId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("NaturalId").field(&self.as_str()).finish()
    }
}

impl std::fmt::Display for NaturalId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_key_has_the_same_id_and_moved_letters_another() {
        let id = NaturalId::of("record", &["penalty", "ab", "c"]);
        assert_eq!(id, NaturalId::of("record", &["penalty", "ab", "c"]));
        for other in [["penalty", "a", "bc"], ["permit", "ab", "c"]] {
            assert_ne!(id, NaturalId::of("record", &other));
        }
        assert_ne!(id, NaturalId::of("ticket", &["penalty", "ab", "c"]));
    }

    #[test]
    fn ids_never_change_between_releases() {
        // By OpenSSL 3: the parts joined as above, `openssl dgst -sm3`, the first 32 digits.
        assert_eq!(NaturalId::of("ticket", &["12345", "JN1"]).as_str(), "888ebe9668b6ee59115ad2650a0f034c");
    }

    #[test]
    fn a_name_gives_back_its_id_and_nothing_else_does() {
        let id = NaturalId::of("record", &["x"]);
        assert_eq!(NaturalId::from_name(&format!("records/{id}"), "records"), Ok(id.clone()));
        assert_eq!(NaturalId::of_bytes(id.as_bytes()), id);
        for name in
            [id.as_str(), "records/", "records/xyz", &format!("tickets/{id}"), &format!("records/{id}0")]
        {
            assert_eq!(NaturalId::from_name(name, "records"), Err(InvalidId), "{name}");
        }
    }
}
