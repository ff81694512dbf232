//! What holds for every element of the contract, for every path of it, and between it and the one that was released before; and what this
//! crate tells of it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod client;
mod common;
mod descriptor;
mod json;
mod lint;
mod rest;
mod rules;
mod template;
mod wire;
