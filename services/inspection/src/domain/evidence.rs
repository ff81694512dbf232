//! Files of evidence: kept only when a check of the visit names their digest, which was taken where they were captured.

use std::fmt;

use crypto::Digest;
use domain::MicrosUtc;

use super::{InvalidName, VisitName};

/// Largest file, in bytes: a message of the contract has at most 4 MiB.
pub const MOST_BYTES: usize = 3 * 1024 * 1024;

/// The name of a file of evidence: `tasks/{task}/visits/{uscc}/evidence/{digest}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EvidenceName {
    /// The visit.
    pub visit: VisitName,
    /// SM3 of the file.
    pub digest: Digest,
}

impl EvidenceName {
    /// Reads `tasks/{task}/visits/{uscc}/evidence/{digest}` in its one spelling.
    ///
    /// # Errors
    /// [`InvalidName`] for every other text.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        const FORM: InvalidName = InvalidName("tasks/{task}/visits/{uscc}/evidence/{digest}");
        let (visit, digest) = text.split_once("/evidence/").ok_or(FORM)?;
        let name = Self {
            visit: VisitName::parse(visit).map_err(|_| FORM)?,
            digest: digest.parse().map_err(|_| FORM)?,
        };
        if name.to_string() == text { Ok(name) } else { Err(FORM) }
    }
}

impl fmt::Display for EvidenceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/evidence/{}", self.visit, self.digest)
    }
}

/// A file that is kept; its content lies in the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceFile {
    /// Its name.
    pub name: EvidenceName,
    /// Media type.
    pub media_type: String,
    /// Size of the content.
    pub size_bytes: u64,
    /// When it was kept first.
    pub uploaded_at: MicrosUtc,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_one_spelling() {
        let digest = crypto::sm3::digest(b"photo").to_hex();
        let name = format!("tasks/2026-1/visits/91370102MA3C00011F/evidence/{digest}");
        assert_eq!(EvidenceName::parse(&name).unwrap().to_string(), name);
        for other in [name.to_uppercase(), name.replace("/evidence/", "/"), format!("{name}0")] {
            assert!(EvidenceName::parse(&other).is_err(), "{other}");
        }
    }
}
