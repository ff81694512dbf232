//! Risk: its models, its store on both engines, and the service through a real channel. They are one program, so that what they share is
//! compiled and linked once.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod agree;
mod attention;
mod golden;
mod grpc;
mod load;
mod signals;
mod store;
mod support;
