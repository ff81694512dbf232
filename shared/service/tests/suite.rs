//! What a service is built on: who gets in, the server, and the tables that every service has. Telemetry, of which a process has one, has
//! programs of its own.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod identity;
mod server;
mod store;
