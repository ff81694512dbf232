//! Punishment: its store on both engines, both lists by the law, joint measures, credit repair and the check at use, each also through
//! real channels. They are one program, so that what they share is compiled and linked once.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "a test's sentence is its name, and it fails by panicking"
)]

mod check;
mod common;
mod grpc;
mod lists;
mod measures;
mod repair;
mod store;
