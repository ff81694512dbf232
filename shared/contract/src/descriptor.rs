//! The contract as data.

use std::collections::HashSet;
use std::sync::LazyLock;

use prost::Message;
use prost_reflect::{DescriptorPool, FieldDescriptor, FileDescriptor};

/// Every file of the contract with its imports, options and comments: an encoded `google.protobuf.FileDescriptorSet`.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/contract.bin"));

static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    descriptors::pool_of(FILE_DESCRIPTOR_SET).expect("the build script writes a descriptor set that links")
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

/// The files that declare `services` (full names), with everything they import: an encoded
/// `google.protobuf.FileDescriptorSet`, so that the reflection of a server tells of nothing that it does not serve. Names
/// that are not of the contract are passed over.
pub fn files_of(services: &[&str]) -> Vec<u8> {
    let mut part = Part::default();
    let mut names = HashSet::new();
    for service in services.iter().filter_map(|name| descriptors().get_service_by_name(name)) {
        add(&mut part, &mut names, &service.parent_file());
    }
    part.encode_to_vec()
}

/// A `google.protobuf.FileDescriptorSet` with its files as they are encoded, which keeps custom options.
#[derive(prost::Message)]
struct Part {
    #[prost(bytes = "vec", repeated, tag = "1")]
    file: Vec<Vec<u8>>,
}

/// Adds a file after its imports, unless it is there already.
fn add(part: &mut Part, names: &mut HashSet<String>, file: &FileDescriptor) {
    if names.insert(file.name().to_owned()) {
        for import in file.dependencies() {
            add(part, names, &import);
        }
        part.file.push(file.encode_to_vec());
    }
}
