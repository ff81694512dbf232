//! REST and JSON over the RPCs, by the `google.api.http` rules of the contract.
//!
//! A handler turns path and query into the request message, sends it with the caller's headers through this server's own
//! RPCs (so that the same authority, bounds and observation hold), and writes the answer by the JSON mapping of protobuf.

mod code;
mod error;
mod inside;
mod outside;
mod transcode;

pub(crate) use code::code_name;
pub(crate) use inside::inside;
pub(crate) use outside::outside;
