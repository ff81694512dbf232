//! What the contract says of its elements.

use std::{collections::HashMap, sync::LazyLock};

use prost_reflect::{
    EnumDescriptor, EnumValueDescriptor, FieldDescriptor, FileDescriptor, MessageDescriptor, MethodDescriptor,
};

/// Comments by file and place in it.
static COMMENTS: LazyLock<HashMap<(String, Vec<i32>), String>> = LazyLock::new(|| {
    let files = contract::descriptors().files();
    files.flat_map(|file| comments_of(&file)).collect()
});

fn comments_of(file: &FileDescriptor) -> Vec<((String, Vec<i32>), String)> {
    let source = file.file_descriptor_proto().source_code_info.as_ref();
    let places = source.map(|source| source.location.as_slice()).unwrap_or_default();
    let named = places.iter().filter(|place| !place.leading_comments().trim().is_empty());
    named
        .map(|place| ((file.name().to_owned(), place.path.clone()), plain(place.leading_comments())))
        .collect()
}

/// Lines of one sentence become one line; an empty line still parts.
fn plain(comment: &str) -> String {
    let paragraphs =
        comment.split("\n\n").map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "));
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

fn at(file: &FileDescriptor, path: &[i32]) -> String {
    COMMENTS.get(&(file.name().to_owned(), path.to_vec())).cloned().unwrap_or_default()
}

pub(super) fn of_rpc(rpc: &MethodDescriptor) -> String {
    at(&rpc.parent_file(), rpc.path())
}

pub(super) fn of_message(message: &MessageDescriptor) -> String {
    at(&message.parent_file(), message.path())
}

pub(super) fn of_field(field: &FieldDescriptor) -> String {
    at(&field.parent_file(), field.path())
}

pub(super) fn of_enum(item: &EnumDescriptor) -> String {
    at(&item.parent_file(), item.path())
}

pub(super) fn of_value(value: &EnumValueDescriptor) -> String {
    at(&value.parent_enum().parent_file(), value.path())
}
