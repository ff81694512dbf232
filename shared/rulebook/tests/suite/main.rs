//! The shipped rulebook and what is refused in others.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod calendar;
mod folder;
mod law;
mod parameters;
mod tables;
