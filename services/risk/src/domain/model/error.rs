//! What is wrong with a model file, and where.

/// A model file that cannot be used. Operator text: the service does not start with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// The text is not a model; the problem names line and column.
    #[error("{file}: {problem}")]
    Form {
        /// File of the rulebook.
        file: String,
        /// What is wrong, with its line and column.
        problem: String,
    },
    /// The text is well formed and says something impossible.
    #[error("{file}: {place}: {problem}")]
    Content {
        /// File of the rulebook.
        file: String,
        /// Part of the model, such as `indicator penalty_count`.
        place: String,
        /// What is wrong.
        problem: String,
    },
}

/// What is wrong with a part; [`ModelError`] adds where.
pub(super) type Problem = String;

/// Collects where we are while a model is checked.
pub(super) struct Place<'a> {
    pub(super) file: &'a str,
    pub(super) part: String,
}

impl Place<'_> {
    pub(super) fn error(&self, problem: impl Into<Problem>) -> ModelError {
        ModelError::Content { file: self.file.to_owned(), place: self.part.clone(), problem: problem.into() }
    }
}
