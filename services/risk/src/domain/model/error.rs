//! What is wrong with a model file, and where.

use std::fmt;

use chrono::NaiveDate;

use super::places::{Places, Position};

/// A model file that cannot be used or submitted, with all that is wrong with it. Operator text: the service does not start with it,
/// unless it is in force already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelError {
    /// File of the rulebook.
    pub file: String,
    /// Everything that is wrong; never empty.
    pub faults: Vec<Fault>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Part of the model, such as `indicators[3].window`; empty where the text is not read that far.
    pub path: String,
    /// Where that part stands.
    pub position: Option<Position>,
    /// What is wrong, and what was expected.
    pub problem: String,
}

impl ModelError {
    /// A text that is not of the form of a model, as the reader of YAML says it.
    pub(in crate::domain) fn form(file: &str, error: &serde_norway::Error) -> Self {
        let position = error.location().map(|at| Position { line: at.line(), column: at.column() });
        let told = error.to_string();
        let at = position.map(|at| format!(" at line {} column {}", at.line, at.column)).unwrap_or_default();
        let told = told.strip_suffix(&at).unwrap_or(&told);
        // The reader puts the path before the problem, where it has come that far.
        let is_path =
            |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.[]".contains(&byte));
        let (path, problem) = told.split_once(": ").filter(|(path, _)| is_path(path)).unwrap_or(("", told));
        let fault = Fault { path: path.to_owned(), position, problem: problem.to_owned() };
        Self { file: file.to_owned(), faults: vec![fault] }
    }

    /// What `text`, the content of `file`, takes from the rulebook and `is_there` does not find: it is asked by name, and whether a
    /// length of time is needed.
    ///
    /// # Errors
    /// With every place that names such a parameter.
    pub fn unless_all_parameters(
        file: &str,
        text: &str,
        is_there: impl Fn(&str, bool) -> bool,
        day: NaiveDate,
    ) -> Result<(), Self> {
        let mut faults = Faults::default();
        for (path, name) in Places::of(text).parameters() {
            let (is_span, wanted) = match path.contains(".window.") {
                true => (true, "length in days, months or years"),
                false => (false, "number with at most two decimals"),
            };
            if !is_there(name, is_span) {
                faults.note(
                    path,
                    format!("the rulebook holds no parameter `{name}` on {day}; expected a {wanted}"),
                );
            }
        }
        faults.unless_any(file, text, Some(()))
    }

    /// One fault that shows only when files are seen together.
    pub(in crate::domain) fn whole(file: String, problem: String) -> Self {
        Self { file, faults: vec![Fault { path: "model".to_owned(), position: None, problem }] }
    }
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, fault) in self.faults.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            f.write_str(&self.file)?;
            if let Some(Position { line, column }) = fault.position {
                write!(f, ":{line}:{column}")?;
            }
            if !fault.path.is_empty() {
                write!(f, ": {}", fault.path)?;
            }
            write!(f, ": {}", fault.problem)?;
        }
        Ok(())
    }
}

impl std::error::Error for ModelError {}

/// Collects what is wrong while a model is checked, so that its author learns all at once.
#[derive(Default)]
pub(in crate::domain) struct Faults(Vec<(String, String)>);

impl Faults {
    /// Notes a fault of the part at `path`.
    pub(in crate::domain) fn note(&mut self, path: impl Into<String>, problem: impl Into<String>) {
        self.0.push((path.into(), problem.into()));
    }

    /// Whether nothing is wrong.
    pub(in crate::domain) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Notes all that `other` has noted, behind what is noted already.
    pub(in crate::domain) fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The value, or a note of what is wrong with the part at `path`.
    pub(in crate::domain) fn take<T>(
        &mut self,
        path: impl Into<String>,
        read: Result<T, String>,
    ) -> Option<T> {
        read.map_err(|problem| self.note(path, problem)).ok()
    }

    /// `read`, unless something was wrong with `text`, the content of `file`.
    pub(in crate::domain) fn unless_any<T>(
        self,
        file: &str,
        text: &str,
        read: Option<T>,
    ) -> Result<T, ModelError> {
        match read {
            Some(read) if self.0.is_empty() => Ok(read),
            _ => {
                let places = Places::of(text);
                let fault =
                    |(path, problem): (String, String)| Fault { position: places.find(&path), path, problem };
                let faults = self.0.into_iter().map(fault).collect();
                Err(ModelError { file: file.to_owned(), faults })
            }
        }
    }
}
