//! What the tests of the whole share: a city in one process, its people, and the program at the command line. The tests
//! themselves stand in `tests/`.

pub mod chicago;
pub mod city;
pub mod dynamic;
pub mod flow;
pub mod job;
pub mod killed;
pub mod ledger;
pub mod people;
pub mod postgres;
pub mod process;
pub mod producer;
pub mod program;
pub mod rest;
pub mod wait;

use std::path::{Path, PathBuf};

pub use program::{xinjian, xinjian_json};

/// The root of the workspace.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A request id of its own for each request.
pub fn id() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// Today in Shanghai: the day by which the services judge.
pub fn today() -> chrono::NaiveDate {
    domain::shanghai_date(domain::MicrosUtc::now())
}

/// The day after. What ends on a day of the test's own ends on this one: a test that runs past midnight does not fail by it.
pub fn tomorrow() -> chrono::NaiveDate {
    today() + chrono::TimeDelta::days(1)
}

/// A variable of the environment that `tests/run` sets.
#[allow(clippy::disallowed_methods, reason = "tests have no Config; their variables are read here only")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
