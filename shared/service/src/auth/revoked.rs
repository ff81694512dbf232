//! What was revoked before its time: tokens, people, keys.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    sync::{PoisonError, RwLock},
};

use chrono::DateTime;
use domain::MicrosUtc;

use super::Claims;

/// A list of revocations, from a file that is read again while the process runs.
///
/// A line each; what stands behind `#` is for people:
///
/// ```text
/// token   8f14e45f-ceea-4e67-a2b1-6f0e2a8f9c11        # lost with a laptop
/// subject wang 2026-05-01T10:00:00+08:00              # all that was issued before
/// key     3a7bd3e2360a3d29                            # whatever it signed
/// ```
#[derive(Debug, Default)]
pub struct Revocations {
    path: Option<PathBuf>,
    list: RwLock<List>,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct List {
    tokens: HashSet<String>,
    subjects: HashMap<String, MicrosUtc>,
    keys: HashSet<String>,
}

/// The file of revocations cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the revocations in `{}` cannot be used: {problem}", path.display())]
pub struct RevocationsError {
    path: PathBuf,
    problem: String,
}

impl Revocations {
    /// Reads a file.
    ///
    /// # Errors
    /// [`RevocationsError`] names the line that is none.
    pub fn from_file(path: &Path) -> Result<Self, RevocationsError> {
        let list = RwLock::new(read(path)?);
        Ok(Self { path: Some(path.to_owned()), list })
    }

    /// Reads the file again; whether something else is revoked now. What cannot be read leaves the list as it was.
    pub(super) fn look_again(&self) -> Result<bool, RevocationsError> {
        let Some(path) = &self.path else { return Ok(false) };
        let new = read(path)?;
        let mut list = self.list.write().unwrap_or_else(PoisonError::into_inner);
        let changed = *list != new;
        *list = new;
        Ok(changed)
    }

    /// Whether a token is revoked that says this and was signed by the key `key`.
    pub(super) fn cover(&self, claims: &Claims, key: &str) -> bool {
        let list = self.list.read().unwrap_or_else(PoisonError::into_inner);
        // Seconds are all that a token says: one of the same second is old rather than new.
        let before = |until: &MicrosUtc| claims.iat.saturating_mul(1_000_000) < until.micros();
        list.keys.contains(key)
            || (!claims.jti.is_empty() && list.tokens.contains(&claims.jti))
            || list.subjects.get(&claims.sub).is_some_and(before)
    }
}

fn read(path: &Path) -> Result<List, RevocationsError> {
    let bad = |problem: String| RevocationsError { path: path.to_owned(), problem };
    let text = std::fs::read_to_string(path).map_err(|error| bad(error.to_string()))?;
    let mut list = List::default();
    for (at, line) in text.lines().enumerate() {
        // A remark begins a word: an id may have the sign within.
        let words: Vec<_> = line.split_whitespace().take_while(|word| !word.starts_with('#')).collect();
        match words[..] {
            [] => {}
            ["token", id] => drop(list.tokens.insert(id.to_owned())),
            ["key", id] => drop(list.keys.insert(id.to_owned())),
            ["subject", subject, until] => {
                let until = DateTime::parse_from_rfc3339(until)
                    .map_err(|problem| bad(format!("line {}: `{until}`: {problem}", at + 1)))?;
                let until = MicrosUtc(until.timestamp_micros());
                let latest = list.subjects.entry(subject.to_owned()).or_insert(until);
                *latest = until.max(*latest);
            }
            _ => {
                let form = "not `token ID`, `subject SUBJECT INSTANT` or `key ID`";
                return Err(bad(format!("line {}: {form}", at + 1)));
            }
        }
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use domain::OfficeCode;

    use super::*;
    use crate::auth::ISSUER;

    fn claims(subject: &str, issued: &str) -> Claims {
        let now = MicrosUtc(DateTime::parse_from_rfc3339(issued).unwrap().timestamp_micros());
        Claims::new(subject, &OfficeCode::parse("CREDIT").unwrap(), &[], ISSUER, now, 3600)
    }

    #[test]
    fn tokens_by_id_subjects_by_time_and_keys_are_covered() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("revoked");
        let lost = claims("li", "2026-05-01T09:00:00+08:00");
        let text = format!(
            "# by the office IT\n\ntoken {} # lost\nsubject wang 2026-05-01T10:00:00+08:00\n\
             subject wang 2026-04-01T00:00:00Z\nkey old\n",
            lost.jti
        );
        std::fs::write(&file, text).unwrap();
        let revoked = Revocations::from_file(&file).unwrap();
        let (old, new) =
            (claims("wang", "2026-05-01T09:59:59+08:00"), claims("wang", "2026-05-01T10:00:00+08:00"));
        assert!(revoked.cover(&lost, "k") && revoked.cover(&old, "k") && !revoked.cover(&new, "k"));
        assert!(
            revoked.cover(&new, "old") && !revoked.cover(&claims("li", "2026-05-01T09:00:00+08:00"), "k")
        );
        std::fs::write(&file, "").unwrap();
        assert!(revoked.look_again().unwrap() && !revoked.look_again().unwrap());
        assert!(!revoked.cover(&lost, "k"));
    }

    #[test]
    fn a_line_that_is_none_is_named_and_leaves_the_list_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("revoked");
        std::fs::write(&file, "key old").unwrap();
        let revoked = Revocations::from_file(&file).unwrap();
        for bad in ["token", "person wang", "subject wang", "subject wang yesterday", "key a b"] {
            std::fs::write(&file, format!("key new\n{bad}\n")).unwrap();
            let problem = revoked.look_again().unwrap_err().to_string();
            assert!(problem.contains("line 2"), "{problem}");
        }
        assert!(revoked.cover(&claims("li", "2026-05-01T09:00:00+08:00"), "old"));
    }
}
