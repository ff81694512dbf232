//! The contract as Rust: what `proto/` says, generated at build time, plus the few things that read it.
//!
//! One module a package, such as [`registry::v1`] or [`common::v1`]; [`FILE_DESCRIPTOR_SET`] and [`descriptors`] hold the
//! contract as data, comments and options included. [`access`] tells what a caller needs for each RPC, [`rest`] which HTTP
//! request it answers, [`json`] maps messages to JSON and back, [`client`] opens bounded channels. This crate holds no rule of
//! its own: what is not in `proto/` is not here.

pub mod access;
pub mod client;
mod codec;
mod compression;
mod descriptor;
pub mod json;
pub mod rest;

pub use codec::{MessageCodec, buffers};
pub use compression::Compressed;
pub use descriptor::{FILE_DESCRIPTOR_SET, confidential, descriptors, files_of};
pub use generated::{google, xinjian::*};

/// What the build script writes; its documentation is the comments of the `.proto` files.
#[allow(missing_docs, unreachable_pub, clippy::all, clippy::unwrap_used, reason = "generated")]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/contract.rs"));
}
