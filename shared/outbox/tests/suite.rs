//! What writers, readers and auditors of the feed may rely on, on both engines.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "suite/common.rs"]
mod common;
#[path = "suite/order.rs"]
mod order;
#[path = "suite/tampering.rs"]
mod tampering;
#[path = "suite/upgrade.rs"]
mod upgrade;
#[path = "suite/writing.rs"]
mod writing;
