//! The registry: the store on both engines, and the service through a real channel. They are one program, so that what they share is compiled
//! and linked once.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod grpc;
mod store;
