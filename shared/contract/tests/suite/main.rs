//! What holds for every element of the contract, for every path of it, and between it and the one that was released before.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
mod lint;
mod rest;
mod wire;
