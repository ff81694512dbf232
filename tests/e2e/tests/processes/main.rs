//! Services as processes: six of them as a deployment runs them, and such as are killed at any moment.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "a test's sentence is its name, and it fails by panicking"
)]

mod cable;
mod encrypted;
mod killed_city;
mod killed_collection;
mod line;
mod main_job;
mod rolling;
mod secured;
mod six;
mod trouble;
