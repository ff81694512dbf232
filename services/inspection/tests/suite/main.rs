//! Inspection through a real channel, on both engines.

#![allow(clippy::unwrap_used, reason = "a step of a test that fails fails the test")]

mod access;
mod checks;
mod draw;
mod follow;
mod house;
mod items;
mod plans;
mod rectifications;
mod results;
