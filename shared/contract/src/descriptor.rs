//! The contract as data.

use std::sync::LazyLock;

use prost_reflect::{DescriptorPool, FieldDescriptor};

/// Every file of the contract with its imports, options and comments: an encoded `google.protobuf.FileDescriptorSet`.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/contract.bin"));

static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    DescriptorPool::decode(FILE_DESCRIPTOR_SET).expect("the build script writes a descriptor set that links")
});

/// The contract for reflection; decoded once.
pub fn descriptors() -> &'static DescriptorPool {
    &POOL
}

/// Whether the field never leaves by the public listener: option `xinjian.common.v1.confidential`.
pub fn confidential(field: &FieldDescriptor) -> bool {
    descriptors()
        .get_extension_by_name("xinjian.common.v1.confidential")
        .is_some_and(|option| field.options().get_extension(&option).as_bool() == Some(true))
}
