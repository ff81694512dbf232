//! The program at the command line, as a user runs it.

use std::process::{Command, Output};

use serde_json::Value;

use crate::process::binary;

/// Runs `xinjian ARGUMENTS` and returns how it ended and what it wrote.
///
/// # Panics
/// When the program cannot be started.
pub fn xinjian<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Output {
    Command::new(binary("xinjian")).args(arguments).output().expect("the program starts")
}

/// Runs `xinjian --json ARGUMENTS`, which must succeed, and returns its answer.
///
/// # Panics
/// When it fails or answers something else than one JSON value.
pub fn xinjian_json<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Value {
    let output = xinjian(std::iter::once("--json").chain(arguments));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|problem| panic!("{problem}: {errors}"))
}
