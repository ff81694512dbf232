//! Reads descriptors, which every process begins with.
//!
//! It is a crate of its own for the profile alone: what prost reads messages with is compiled where it is called, and a debug build
//! optimises whole crates. In that of the contract, with all that is generated there, it would run many times as long, or
//! everything else long to build.

use prost_reflect::{DescriptorError, DescriptorPool};

/// The files of an encoded `google.protobuf.FileDescriptorSet`, linked.
///
/// # Errors
/// When it is none, or its files do not link.
#[inline(never)]
pub fn pool_of(set: &[u8]) -> Result<DescriptorPool, DescriptorError> {
    DescriptorPool::decode(set)
}
