//! Deliveries to other systems, and what operators see and do about them, on both engines.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod deliveries;
mod delivery;
