//! `If-Match`: a change that is made only of the version that its sender has seen, and a read that shows no other.

use axum::response::Response;
use http::{
    HeaderMap,
    header::{ETAG, IF_MATCH, IF_NONE_MATCH},
};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage, Value};
use service::FieldErrors;

use super::{direct::revision_in, error::Refusal};

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

/// The answer to a read, if it shows a version that `If-Match` names, by the strong comparison (RFC 9110 section 13.1.1): a weak tag is none,
/// `*` is whatever is there, and what has no version is none that could be named. Only a read that is answered is held against it, and
/// before `If-None-Match` counts.
///
/// # Errors
/// It shows another version, or one that cannot be named.
pub(super) fn shown_as_asked(headers: &HeaderMap, answer: Response) -> Result<Response, Refusal> {
    if !headers.contains_key(IF_MATCH) {
        return Ok(answer);
    }
    let shown = answer.headers().get(ETAG).and_then(|tag| tag.to_str().ok());
    let names_it = |line: &str| line.trim() == "*" || line.split(',').any(|tag| Some(tag.trim()) == shown);
    let is_asked = headers.get_all(IF_MATCH).iter().filter_map(|line| line.to_str().ok()).any(names_it);
    if is_asked { Ok(answer) } else { Err(Refusal::another_version()) }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;
    use http::{HeaderValue, StatusCode};
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
    fn a_read_shows_the_version_that_is_asked_for_or_none() {
        let read = |tag: Option<&'static str>, lines: &[&'static str]| {
            let mut answer = StatusCode::NOT_MODIFIED.into_response();
            answer.headers_mut().extend(tag.map(|tag| (ETAG, HeaderValue::from_static(tag))));
            let asked =
                lines.iter().copied().map(|line| (IF_MATCH, HeaderValue::from_static(line))).collect();
            shown_as_asked(&asked, answer)
                .map_or_else(|refusal| refusal.http_status(), |shown| shown.status())
        };
        let some = Some("\"7-ab\"");
        for lines in [&["*"][..], &["\"7-ab\""], &["\"6\" , \"7-ab\""], &["\"6\"", "\"7-ab\""], &[]] {
            assert_eq!(read(some, lines), 304, "{lines:?}");
        }
        for lines in [&["\"7\""][..], &["W/\"7-ab\""], &["7-ab"], &[""], &["\"6,*\""], &["\"6\", *"]] {
            assert_eq!(read(some, lines), 412, "{lines:?}");
        }
        assert_eq!(
            (read(None, &["*"]), read(None, &["\"7\""])),
            (StatusCode::NOT_MODIFIED, StatusCode::PRECONDITION_FAILED)
        );
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
