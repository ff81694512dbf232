//! The elements of the contract with their comments.
#![allow(dead_code, reason = "each test file uses its own part")]

use contract::{FILE_DESCRIPTOR_SET, descriptors};
use prost::Message;
use prost_reflect::MethodDescriptor;
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet,
    SourceCodeInfo,
};

/// A named element of the contract.
#[derive(Debug)]
pub(crate) struct Element {
    /// Full name.
    pub(crate) name: String,
    /// Leading comment; empty without one.
    pub(crate) comment: String,
}

/// Whether a full name or a file belongs to protobuf itself or to Google's annotations.
pub(crate) fn is_google(name: &str) -> bool {
    name.starts_with("google.") || name.starts_with("google/")
}

/// Every RPC of Xinjian.
pub(crate) fn methods_of_ours() -> impl Iterator<Item = MethodDescriptor> {
    descriptors()
        .services()
        .filter(|service| !is_google(service.full_name()))
        .flat_map(|service| service.methods().collect::<Vec<_>>())
}

/// Every service, RPC, message, field, oneof, enum, enum value and extension, protobuf's own files left out.
pub(crate) fn elements() -> Vec<Element> {
    let set =
        FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).expect("the build script writes a descriptor set");
    let ours = set.file.iter().filter(|file| !file.name().starts_with("google/protobuf/"));
    let elements: Vec<_> = ours.flat_map(|file| Walk::over(file).found).collect();
    assert!(elements.len() > 300, "only {} elements: is the contract complete?", elements.len());
    elements
}

/// Walks a file by the paths of `SourceCodeInfo`: field numbers of the descriptor messages and positions, alternately.
struct Walk<'a> {
    source: &'a SourceCodeInfo,
    found: Vec<Element>,
}

impl<'a> Walk<'a> {
    fn over(file: &'a FileDescriptorProto) -> Self {
        let source = file.source_code_info.as_ref().expect("the build script keeps source info");
        let mut walk = Self { source, found: Vec::new() };
        for (at, message) in file.message_type.iter().enumerate() {
            walk.message(message, file.package(), &[4, at as i32]);
        }
        for (at, item) in file.enum_type.iter().enumerate() {
            walk.item(item, file.package(), &[5, at as i32]);
        }
        for (at, extension) in file.extension.iter().enumerate() {
            walk.field(extension, file.package(), &[7, at as i32]);
        }
        for (at, service) in file.service.iter().enumerate() {
            let (name, path) = (format!("{}.{}", file.package(), service.name()), [6, at as i32]);
            walk.note(&name, &path);
            for (at, method) in service.method.iter().enumerate() {
                walk.note(&format!("{name}.{}", method.name()), &[path[0], path[1], 2, at as i32]);
            }
        }
        walk
    }

    fn message(&mut self, message: &DescriptorProto, within: &str, path: &[i32]) {
        if message.options.as_ref().is_some_and(prost_types::MessageOptions::map_entry) {
            return;
        }
        let name = format!("{within}.{}", message.name());
        self.note(&name, path);
        for (at, field) in message.field.iter().enumerate() {
            self.field(field, &name, &extended(path, 2, at));
        }
        for (at, oneof) in message.oneof_decl.iter().enumerate() {
            // `optional` makes a oneof of its own that nobody wrote.
            let written =
                message.field.iter().any(|f| f.oneof_index == Some(at as i32) && !f.proto3_optional());
            if written {
                self.note(&format!("{name}.{}", oneof.name()), &extended(path, 8, at));
            }
        }
        for (at, nested) in message.nested_type.iter().enumerate() {
            self.message(nested, &name, &extended(path, 3, at));
        }
        for (at, item) in message.enum_type.iter().enumerate() {
            self.item(item, &name, &extended(path, 4, at));
        }
    }

    fn item(&mut self, item: &EnumDescriptorProto, within: &str, path: &[i32]) {
        let name = format!("{within}.{}", item.name());
        self.note(&name, path);
        for (at, value) in item.value.iter().enumerate() {
            self.note(&format!("{name}.{}", value.name()), &extended(path, 2, at));
        }
    }

    fn field(&mut self, field: &FieldDescriptorProto, within: &str, path: &[i32]) {
        self.note(&format!("{within}.{}", field.name()), path);
    }

    fn note(&mut self, name: &str, path: &[i32]) {
        let place = self.source.location.iter().find(|location| location.path == path);
        let comment = place.map(|location| location.leading_comments().to_owned()).unwrap_or_default();
        self.found.push(Element { name: name.to_owned(), comment });
    }
}

fn extended(path: &[i32], number: i32, at: usize) -> Vec<i32> {
    path.iter().copied().chain([number, at as i32]).collect()
}
