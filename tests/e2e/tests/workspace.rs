//! The workspace from outside: how its crates and files hang together, what a deployment is made of, and the other program that reads
//! its proofs.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "a test is read by its name, and its modules are its own"
)]

mod deployment;
mod structure;
mod verifier;
