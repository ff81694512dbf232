//! Where a rulebook's files come from, and what their hash is.

use crate::error::RulebookError;
use sm3::{Digest, Sm3};
use std::{collections::BTreeMap, fs, path::Path};

/// Prefix of the names of model files.
pub(crate) const MODELS: &str = "models/";
/// First line of what is hashed, so that the hash of a rulebook is never the hash of something else.
const HASH_PREFIX: &[u8] = b"xinjian-rulebook-v1\n";

/// The files of `data/`, named by the build script.
const EMBEDDED: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// Files by name, their text in canonical form: UTF-8, no byte order mark, lines ended by LF.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Files(BTreeMap<String, String>);

impl Files {
    /// The files that are part of the program.
    pub(crate) fn embedded() -> Result<Self, RulebookError> {
        Self::new(EMBEDDED.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())))
    }

    /// The files of a folder and of its sub-folder `models`.
    pub(crate) fn from_dir(folder: &Path) -> Result<Self, RulebookError> {
        let mut files = read_folder(folder, "")?;
        let models = folder.join(MODELS);
        if models.is_dir() {
            files.extend(read_folder(&models, MODELS)?);
        }
        Self::new(files)
    }

    /// Files from anywhere, such as an archive.
    pub(crate) fn new(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Result<Self, RulebookError> {
        let canonical = |(file, bytes)| match String::from_utf8(bytes) {
            Ok(text) => Ok((file, text.trim_start_matches('\u{FEFF}').replace("\r\n", "\n"))),
            Err(_) => Err(RulebookError::NotText { file }),
        };
        files.into_iter().map(canonical).collect::<Result<_, _>>().map(Self)
    }

    /// The text of a table that every rulebook has.
    pub(crate) fn table(&self, file: &'static str) -> Result<&str, RulebookError> {
        self.0.get(file).map(String::as_str).ok_or(RulebookError::MissingFile { file })
    }

    /// The text of a table that rulebooks of earlier programs do not have.
    pub(crate) fn later_table(&self, file: &str) -> Option<&str> {
        self.0.get(file).map(String::as_str)
    }

    /// All files in the byte order of their names.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// SM3 over the prefix and, for every file in order, name, LF, length in bytes, LF, text. Lower-case hex.
    pub(crate) fn hash(&self) -> String {
        let mut hasher = Sm3::new();
        hasher.update(HASH_PREFIX);
        for (name, text) in self.iter() {
            hasher.update(format!("{name}\n{}\n", text.len()));
            hasher.update(text);
        }
        hex::encode(hasher.finalize())
    }
}

/// SM3 of some bytes, lower-case hex.
pub(crate) fn sm3_hex(bytes: &[u8]) -> String {
    hex::encode(Sm3::digest(bytes))
}

/// Tables and models; other files of a folder, such as notes, are no rules. The build script embeds the same kinds.
fn is_rule_file(path: &Path) -> bool {
    matches!(path.extension().and_then(|kind| kind.to_str()), Some("csv" | "yaml"))
}

fn read_folder(folder: &Path, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, RulebookError> {
    let failed = |path: &Path, source| RulebookError::Read { path: path.to_owned(), source };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| failed(folder, error))? {
        let path = entry.map_err(|error| failed(folder, error))?.path();
        if let (true, Some(name)) = (is_rule_file(&path), path.file_name().and_then(|name| name.to_str())) {
            files.push((format!("{prefix}{name}"), fs::read(&path).map_err(|error| failed(&path, error))?));
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(list: &[(&str, &str)]) -> Files {
        Files::new(list.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()))).unwrap()
    }

    #[test]
    fn the_hash_does_not_depend_on_line_ends_marks_or_the_order_of_files() {
        let plain = files(&[("a.csv", "x\ny\n"), ("b.csv", "z\n")]);
        let windows = files(&[("b.csv", "z\r\n"), ("a.csv", "\u{FEFF}x\r\ny\r\n")]);
        assert_eq!(plain.hash(), windows.hash());
    }

    #[test]
    fn the_hash_changes_with_every_byte_and_with_where_a_file_ends() {
        let plain = files(&[("a.csv", "x"), ("b.csv", "y")]).hash();
        for other in [
            files(&[("a.csv", "X"), ("b.csv", "y")]),
            files(&[("a.csv", "xy"), ("b.csv", "")]),
            files(&[("a.csv", "x"), ("c.csv", "y")]),
            files(&[("a.csv", "x")]),
        ] {
            assert_ne!(other.hash(), plain);
        }
    }

    #[test]
    fn a_hash_can_be_computed_by_hand() {
        let expected = sm3_hex(b"xinjian-rulebook-v1\na.csv\n2\nx\n");
        assert_eq!(files(&[("a.csv", "x\n")]).hash(), expected);
        assert_eq!(sm3_hex(b"abc"), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    }

    #[test]
    fn a_file_that_is_not_text_is_refused_by_name() {
        let refused = Files::new([("a.csv".to_owned(), vec![0xFF])]).unwrap_err();
        assert_eq!(refused.to_string(), "a.csv is not UTF-8");
    }
}
