//! The name of a file: the digest of its content.

use std::fmt;
use std::str::FromStr;

use crypto::{Digest, InvalidDigest, sm3};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The scheme in front of the digest, so that another hash can follow one day without doubt about the old ids.
const SCHEME: &str = "sm3:";

/// Names a file by its content: `sm3:` and 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(Digest);

/// A text that names no file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidFileId {
    /// The text does not begin with `sm3:`.
    #[error("a file id begins with `sm3:`")]
    Scheme,
    /// What follows is no digest.
    #[error("file id: {0}")]
    Digest(#[from] InvalidDigest),
}

impl FileId {
    /// The id of this content.
    pub fn of(content: &[u8]) -> Self {
        Self(sm3::digest(content))
    }

    /// The digest of the content.
    pub fn digest(&self) -> Digest {
        self.0
    }
}

impl fmt::Display for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}", self.0)
    }
}

impl FromStr for FileId {
    type Err = InvalidFileId;

    fn from_str(text: &str) -> Result<Self, InvalidFileId> {
        let digest = text.strip_prefix(SCHEME).ok_or(InvalidFileId::Scheme)?;
        Ok(Self(digest.parse()?))
    }
}

impl Serialize for FileId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FileId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_the_digest_of_the_content_with_its_scheme() {
        let text = "sm3:66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0";
        assert_eq!(FileId::of(b"abc").to_string(), text);
        assert_eq!(text.parse(), Ok(FileId::of(b"abc")));
    }

    #[test]
    fn paths_and_other_schemes_are_no_ids() {
        assert_eq!("../../etc/passwd".parse::<FileId>(), Err(InvalidFileId::Scheme));
        assert_eq!("sha256:66".parse::<FileId>(), Err(InvalidFileId::Scheme));
        assert!(matches!("sm3:../../etc/passwd".parse::<FileId>(), Err(InvalidFileId::Digest(_))));
    }
}
