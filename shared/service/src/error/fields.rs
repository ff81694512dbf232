//! Every bad field of a request at once, by the path the client sent.

use std::fmt;

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Path of the field as the client sent it, such as `enterprise.uscc` or `rows[3].field`.
    pub path: String,
    /// What is wrong, in a sentence for the client.
    pub problem: String,
}

/// Collects what is wrong with a request's fields. Empty means: nothing found yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    /// One problem only.
    pub fn one(path: impl Into<String>, problem: impl fmt::Display) -> Self {
        let mut errors = Self::default();
        errors.push(path, problem);
        errors
    }

    /// Keeps the value, or notes why `path` has none.
    pub fn check<T, E: fmt::Display>(&mut self, path: impl Into<String>, parsed: Result<T, E>) -> Option<T> {
        parsed.map_err(|problem| self.push(path, problem)).ok()
    }

    /// Like [`check`](Self::check) for a text that may be left out: the empty text is no value and no error.
    pub fn check_optional<T, E: fmt::Display>(
        &mut self,
        path: impl Into<String>,
        text: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        if text.is_empty() { None } else { self.check(path, parse(text)) }
    }

    /// Keeps the value, or notes that `path` must be given.
    pub fn require<T>(&mut self, path: impl Into<String>, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.push(path, "must be given");
        }
        value
    }

    /// Notes a problem.
    pub fn push(&mut self, path: impl Into<String>, problem: impl fmt::Display) {
        self.0.push(FieldError { path: path.into(), problem: problem.to_string() });
    }

    /// Takes over what was found in a part of the request, under the part's path.
    pub fn extend(&mut self, path: &str, part: FieldErrors) {
        self.0.extend(
            part.0.into_iter().map(|error| FieldError { path: format!("{path}.{}", error.path), ..error }),
        );
    }

    /// Keeps what was read of the request, or takes over all that is wrong with it, under the paths that it names itself.
    pub fn keep<T>(&mut self, read: Result<T, FieldErrors>) -> Option<T> {
        read.map_err(|found| self.0.extend(found.0)).ok()
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wrong, in the order found.
    pub fn iter(&self) -> impl Iterator<Item = &FieldError> {
        self.0.iter()
    }

    /// `Ok` if nothing is wrong.
    pub fn into_result(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl fmt::Display for FieldErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request has invalid fields")?;
        for (at, error) in self.0.iter().enumerate() {
            write!(f, "{} `{}`: {}", if at == 0 { ":" } else { ";" }, error.path, error.problem)?;
        }
        Ok(())
    }
}

impl std::error::Error for FieldErrors {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_problems_are_kept_in_order_under_their_paths() {
        let mut part = FieldErrors::default();
        assert_eq!(part.check("uscc", "x".parse::<i32>().map_err(|_| "not a code")), None);
        let mut errors = FieldErrors::default();
        errors.push("request_id", "must be given");
        errors.extend("enterprise", part);
        let paths: Vec<_> = errors.iter().map(|error| error.path.as_str()).collect();
        assert_eq!(paths, ["request_id", "enterprise.uscc"]);
        assert!(errors.to_string().ends_with("`enterprise.uscc`: not a code"), "{errors}");
        assert!(errors.into_result().is_err());
    }

    #[test]
    fn what_was_found_elsewhere_is_kept_under_its_own_paths() {
        let mut errors = FieldErrors::one("request_id", "must be given");
        assert_eq!(errors.keep(Ok(7)), Some(7));
        assert_eq!(errors.keep::<()>(Err(FieldErrors::one("round", "is no round"))), None);
        let paths: Vec<_> = errors.iter().map(|error| error.path.as_str()).collect();
        assert_eq!(paths, ["request_id", "round"]);
    }

    #[test]
    fn a_text_that_is_left_out_is_no_error() {
        let mut errors = FieldErrors::default();
        assert_eq!(errors.check_optional("count", "", str::parse::<i32>), None);
        assert_eq!(errors.check_optional("count", "7", str::parse::<i32>), Some(7));
        assert!(errors.into_result().is_ok());
    }
}
