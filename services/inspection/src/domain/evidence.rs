//! Files of evidence: kept only when a check of the visit names their digest, which was taken where they were captured.

use std::fmt;

use crypto::Digest;
use domain::MicrosUtc;

use super::{InvalidName, VisitName};

/// Largest file, in bytes: a message of the contract has at most 4 MiB.
pub const MOST_BYTES: usize = 3 * 1024 * 1024;
/// What may be kept, and how such a file begins.
const MEDIA_TYPES: [(&str, &[u8]); 3] =
    [("application/pdf", b"%PDF-"), ("image/jpeg", b"\xff\xd8\xff"), ("image/png", b"\x89PNG\r\n\x1a\n")];

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

/// Everything that is wrong with a file, by the field of the request.
pub fn problems_of(media_type: &str, content: &[u8]) -> Vec<(&'static str, String)> {
    let mut problems = Vec::new();
    let known = MEDIA_TYPES.iter().find(|(name, _)| *name == media_type);
    if known.is_none() {
        let names = MEDIA_TYPES.map(|(name, _)| name).join(", ");
        problems.push(("media_type", format!("is none of {names}")));
    }
    if content.is_empty() || content.len() > MOST_BYTES {
        problems.push(("content", format!("has {} bytes, not 1 to {MOST_BYTES}", content.len())));
    } else if known.is_some_and(|(_, magic)| !content.starts_with(magic)) {
        problems.push(("content", format!("does not begin as a file of {media_type} does")));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_media_type_says_and_within_the_bound() {
        for (media_type, content, wrong) in [
            ("image/jpeg", b"\xff\xd8\xff\xe0".to_vec(), vec![]),
            ("image/png", b"%PDF-1.7".to_vec(), vec!["content"]),
            ("text/html", Vec::new(), vec!["media_type", "content"]),
            ("application/pdf", [b"%PDF-".to_vec(), vec![0; MOST_BYTES]].concat(), vec!["content"]),
        ] {
            let paths: Vec<_> = problems_of(media_type, &content).into_iter().map(|(path, _)| path).collect();
            assert_eq!(paths, wrong, "{media_type}");
        }
    }

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
