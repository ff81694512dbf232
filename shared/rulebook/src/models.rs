//! Models of risk classification, carried as text; the risk service reads and checks them.

use crate::source;

/// A model file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// Name of the file without folder and ending.
    pub name: String,
    /// Its YAML.
    pub text: String,
    /// SM3 of the text, lower-case hex: the version of the model.
    pub hash: String,
}

impl Model {
    /// A model from one file of a rulebook; `None` if the file is no model.
    pub(crate) fn from_file(file: &str, text: &str) -> Option<Self> {
        let name = file.strip_prefix(source::MODELS)?.strip_suffix(".yaml")?;
        Some(Self { name: name.to_owned(), text: text.to_owned(), hash: source::sm3_hex(text.as_bytes()) })
    }
}
