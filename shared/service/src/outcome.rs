//! How a program ends: with exit code 0, or with one line on standard error that says why not.

use std::error::Error;
use std::process::ExitCode;

use crate::config::{BadConfig, EXIT_USAGE};

/// The exit code for how the work of `program` ended. A failure is told in one line: a supervisor shows the last line of a program
/// that will not start, and a page of causes would hide the one that matters.
#[allow(clippy::print_stderr, reason = "the log may go elsewhere, or may not have been started")]
pub fn of<E: AsRef<dyn Error + Send + Sync>>(program: &str, ended: Result<(), E>) -> ExitCode {
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let error: &(dyn Error + Send + Sync) = error.as_ref();
            eprintln!("{program}: {}", one_line(error));
            exit_code(error)
        }
    }
}

/// [`EXIT_USAGE`] for a wrong configuration, wherever in the chain of causes it is.
fn exit_code(error: &(dyn Error + 'static)) -> ExitCode {
    let mut next = Some(error);
    while let Some(cause) = next {
        if cause.is::<BadConfig>() {
            return ExitCode::from(u8::try_from(EXIT_USAGE).unwrap_or(u8::MAX));
        }
        next = cause.source();
    }
    ExitCode::FAILURE
}

/// An error with its causes, in one line. A cause that the text before it tells already is left out: some errors hold the text of
/// their cause, others leave it to the reader of the chain.
pub fn one_line(error: &(dyn Error + 'static)) -> String {
    let mut line = String::new();
    let mut next = Some(error);
    while let Some(cause) = next {
        let text = cause.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        if line.is_empty() {
            line = text;
        } else if !line.contains(&text) {
            line = format!("{line}: {text}");
        }
        next = cause.source();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Told {
        text: &'static str,
        source: Option<Box<Told>>,
    }

    fn told(text: &'static str, cause: Option<Told>) -> Told {
        Told { text, source: cause.map(Box::new) }
    }

    #[test]
    fn a_wrong_configuration_is_told_by_the_exit_code_however_deep_it_is() {
        #[derive(Debug, thiserror::Error)]
        #[error("cannot start")]
        struct Outer(#[source] BadConfig);
        let wrong = BadConfig::new(&told("the key cannot be read", None));
        let code = |error: &(dyn Error + 'static)| format!("{:?}", exit_code(error));
        assert_eq!(code(&wrong), format!("{:?}", ExitCode::from(64)));
        assert_eq!(code(&Outer(wrong)), format!("{:?}", ExitCode::from(64)));
        assert_eq!(code(&told("no memory", None)), format!("{:?}", ExitCode::FAILURE));
    }

    #[test]
    fn causes_follow_in_one_line() {
        let error =
            told("cannot start", Some(told("cannot listen on\n 127.0.0.1:1", Some(told("refused", None)))));
        assert_eq!(one_line(&error), "cannot start: cannot listen on 127.0.0.1:1: refused");
    }

    #[test]
    fn a_cause_that_has_been_told_is_not_told_again() {
        let error = told("cannot open `x`: no such file", Some(told("no such file", None)));
        assert_eq!(one_line(&error), "cannot open `x`: no such file");
    }
}
