//! `If-Match`: a change that is made only of the version that its sender has seen.

use http::{
    HeaderMap,
    header::{IF_MATCH, IF_NONE_MATCH},
};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage, Value};
use service::FieldErrors;

use super::direct::revision_in;

/// Name of the header, as faults name it.
const HEADER: &str = "if-match";
/// Name of the condition that only what is read can keep.
const OF_READS: &str = "if-none-match";
/// Fields of a request that name a version: the tag that the answer had, or its revision.
const TAG: &str = "etag";
const REVISION: &str = "revision";

/// The field of a request that names the version which its sender has seen; `None` where it takes none.
pub(crate) fn version_asked(request: &MessageDescriptor) -> Option<FieldDescriptor> {
    let revision = || request.get_field_by_name(REVISION).filter(|field| matches!(field.kind(), Kind::Int64));
    request.get_field_by_name(TAG).or_else(revision)
}

/// Writes the version that the header names into the request; whether it is the present one, the service says. A tag is read as
/// answers give it: in quotation marks, and not a weak one. Of one with a revision only that counts, not what was shown beside it. `*` asks
/// for no version.
///
/// # Errors
/// The header is misread, the request says another version, or takes none; a change is to be made unless something is there. A condition is
/// never passed over.
pub(super) fn guard(message: &mut DynamicMessage, headers: &HeaderMap) -> Result<(), FieldErrors> {
    if headers.contains_key(IF_NONE_MATCH) {
        return Err(FieldErrors::one(
            OF_READS,
            "can be asked for where something is read; a change takes `If-Match`",
        ));
    }
    let mut sent = headers.get_all(IF_MATCH).iter();
    let Some(header) = sent.next() else { return Ok(()) };
    let fault = |problem: &str| Err(FieldErrors::one(HEADER, problem));
    if sent.next().is_some() {
        return fault("is sent more than once");
    }
    let tag = header.to_str().unwrap_or_default().trim();
    let plain = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
    let plain = plain.filter(|plain| !plain.is_empty() && !plain.contains('"'));
    let (field, value) = match (version_asked(&message.descriptor()), plain) {
        (_, None) if tag == "*" => return Ok(()),
        (_, None) => return fault("must be one tag in quotation marks, as `ETag` gives it, or `*`"),
        (None, Some(_)) => return fault("cannot be asked for here: the request takes no version"),
        (Some(field), Some(_)) if field.name() == TAG => (field, Value::String(tag.to_owned())),
        (Some(field), Some(plain)) => match revision_in(plain) {
            Some(revision) => (field, Value::I64(revision)),
            None => return fault("is not a version of this resource"),
        },
    };
    if message.has_field(&field) && *message.get_field(&field) != value {
        return fault("names another version than the request");
    }
    message.set_field(&field, value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use serde_json::json;

    use super::*;

    fn guarded(
        name: &str,
        sent: serde_json::Value,
        header: &'static str,
    ) -> Result<serde_json::Value, String> {
        let descriptor = contract::descriptors().get_message_by_name(name).unwrap();
        let mut message = DynamicMessage::deserialize(descriptor, sent).unwrap();
        let headers = header.split('\n').map(|line| (IF_MATCH, HeaderValue::from_str(line).unwrap()));
        match guard(&mut message, &headers.collect()) {
            Ok(()) => Ok(serde_json::to_value(&message).unwrap()),
            Err(errors) => Err(errors.iter().map(|error| error.path.clone()).collect()),
        }
    }

    const UPDATE: &str = "xinjian.registry.v1.UpdateEnterpriseRequest";
    const CHOOSE: &str = "xinjian.collection.v1.ChoosePublicationLawRequest";

    #[test]
    fn the_tag_of_an_answer_is_the_version_of_the_request() {
        assert_eq!(guarded(UPDATE, json!({}), "\"3\"").unwrap(), json!({ "etag": "\"3\"" }));
        assert_eq!(guarded(CHOOSE, json!({}), "\"3\"").unwrap(), json!({ "revision": "3" }));
        let with_digest = "\"3-00000000000000ab\"";
        assert_eq!(guarded(CHOOSE, json!({}), with_digest).unwrap(), json!({ "revision": "3" }));
        assert_eq!(guarded(CHOOSE, json!({ "revision": 3 }), "\"3\"").unwrap(), json!({ "revision": "3" }));
        assert_eq!(guarded(UPDATE, json!({}), "*").unwrap(), json!({}));
    }

    #[test]
    fn a_condition_that_cannot_be_kept_is_refused() {
        for (name, sent, header) in [
            (UPDATE, json!({}), "3"),
            (UPDATE, json!({}), "W/\"3\""),
            (UPDATE, json!({}), "\"3\", \"4\""),
            (UPDATE, json!({}), ""),
            (UPDATE, json!({}), "*\n\"3\""),
            (UPDATE, json!({ "etag": "\"2\"" }), "\"3\""),
            (CHOOSE, json!({}), "\"x\""),
            (CHOOSE, json!({}), "\"-3\""),
            (CHOOSE, json!({ "revision": 2 }), "\"3\""),
            ("xinjian.registry.v1.ConfirmMarksRequest", json!({}), "\"3\""),
        ] {
            assert_eq!(guarded(name, sent, header).unwrap_err(), HEADER, "{name} {header}");
        }
    }
}
