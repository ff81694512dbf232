//! How a program ends: with exit code 0, or with one line on standard error that says why not.

use std::error::Error;
use std::process::ExitCode;

/// The exit code for how the work of `program` ended. A failure is told in one line: a supervisor shows the last line of a program
/// that will not start, and a page of causes would hide the one that matters.
#[allow(clippy::print_stderr, reason = "the log may go elsewhere, or may not have been started")]
pub fn of<E: AsRef<dyn Error + Send + Sync>>(program: &str, ended: Result<(), E>) -> ExitCode {
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let error: &(dyn Error + Send + Sync) = error.as_ref();
            eprintln!("{program}: {}", one_line(error));
            ExitCode::FAILURE
        }
    }
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
