//! Check at use through real channels: one party, many, by name, as of a day; replicas that are cut off; receipts.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "a test's sentence is its name, and it fails by panicking"
)]

mod asked;
#[path = "../common/mod.rs"]
mod common;
mod history;
mod house;
mod receipts;
mod register;
mod replicas;
mod triggers;
