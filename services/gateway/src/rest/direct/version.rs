//! The version of what a message shows, as it stands in its bytes.

use std::hash::{DefaultHasher, Hasher as _};

use prost_reflect::{Kind, MessageDescriptor};

use super::wire::Wire;

/// Stands between a revision and the digest behind it.
const BEFORE_DIGEST: char = '-';

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

/// The version of the message, as an HTTP entity tag: its `etag`; or its `revision`, and a digest of all that is shown. That changes under
/// the same revision as well: a term runs out, somebody gets key attention, and who asks may see more than before.
pub(in crate::rest) fn version_of(descriptor: &MessageDescriptor, shown: &[u8]) -> Option<String> {
    let (etag, revision) = fields_of(descriptor);
    if etag.is_none() && revision.is_none() {
        return None;
    }
    let (mut bytes, mut tag, mut count) = (shown, "", 0);
    while !bytes.is_empty() {
        match Wire::take(&mut bytes)? {
            (field, Wire::Bytes(text)) if Some(field) == etag => tag = std::str::from_utf8(text).ok()?,
            (field, Wire::Varint(value)) if Some(field) == revision => count = value as i64,
            _ => {}
        }
    }
    match (tag, count) {
        ("", ..=0) => None,
        ("", count) => Some(format!("\"{count}{BEFORE_DIGEST}{:016x}\"", digest(shown))),
        (tag, _) if tag.starts_with('"') => Some(tag.to_owned()),
        (tag, _) => Some(format!("\"{tag}\"")),
    }
}

/// The revision that a tag names, without its quotation marks; also of one that has no digest.
pub(in crate::rest) fn revision_in(tag: &str) -> Option<i64> {
    tag.split_once(BEFORE_DIGEST).map_or(tag, |(revision, _)| revision).parse().ok()
}

/// Tells answers apart. It is kept nowhere here: where another build has another one, an answer is sent once more.
fn digest(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}
