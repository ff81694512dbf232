//! Credit repair: the store on both engines, a random walk through its machine, and the whole path through a real channel.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod attention;
#[path = "../common/mod.rs"]
mod common;
mod fixture;
mod granted;
mod grpc;
mod push;
mod remedies;
mod store;
mod walk;
