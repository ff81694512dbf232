//! Real history, the inspections and complaints of Chicago: the main job on it, and whether models would have helped.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "a test's sentence is its name, and it fails by panicking"
)]

mod backtest;
mod base;
mod job;
