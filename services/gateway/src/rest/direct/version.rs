//! The version of what a message shows, as it stands in its bytes.

use prost_reflect::{Kind, MessageDescriptor};

use super::wire::Wire;

/// Numbers of the fields `etag` and `revision`, of those that the message has.
fn fields_of(descriptor: &MessageDescriptor) -> (Option<u32>, Option<u32>) {
    let number = |name: &str, is_one: fn(Kind) -> bool| {
        let field =
            descriptor.get_field_by_name(name).filter(|field| !field.is_list() && is_one(field.kind()));
        field.map(|field| field.number())
    };
    let etag = number("etag", |kind| matches!(kind, Kind::String));
    (etag, number("revision", |kind| matches!(kind, Kind::Int64)))
}

/// Whether messages of this kind may have a version.
pub(crate) fn is_versioned(descriptor: &MessageDescriptor) -> bool {
    fields_of(descriptor) != (None, None)
}

/// The version of the message, as an HTTP entity tag: its `etag`, or its `revision`.
pub(in crate::rest) fn version_of(descriptor: &MessageDescriptor, mut bytes: &[u8]) -> Option<String> {
    let (etag, revision) = fields_of(descriptor);
    if etag.is_none() && revision.is_none() {
        return None;
    }
    let (mut tag, mut count) = ("", 0);
    while !bytes.is_empty() {
        match Wire::take(&mut bytes)? {
            (field, Wire::Bytes(text)) if Some(field) == etag => tag = std::str::from_utf8(text).ok()?,
            (field, Wire::Varint(value)) if Some(field) == revision => count = value as i64,
            _ => {}
        }
    }
    match (tag, count) {
        ("", ..=0) => None,
        ("", count) => Some(format!("\"{count}\"")),
        (tag, _) if tag.starts_with('"') => Some(tag.to_owned()),
        (tag, _) => Some(format!("\"{tag}\"")),
    }
}
