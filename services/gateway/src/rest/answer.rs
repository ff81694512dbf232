//! HTTP answers from messages.

use std::convert::Infallible;

use axum::{
    body::Body,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use bytes::Bytes;
use contract::rest::File;
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, IF_NONE_MATCH, X_CONTENT_TYPE_OPTIONS},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use prost_reflect::{DynamicMessage, MessageDescriptor, SerializeOptions};
use tokio_stream::StreamExt;
use tonic::Streaming;

use super::{direct::version_of, encoded::text_of_bytes, error::Refusal, resume::Resume};

/// The message as JSON.
pub(super) fn json(message: &DynamicMessage) -> Result<Response, Refusal> {
    let text = text_of(message).map_err(Refusal::unwritable)?;
    Ok(written(text.into()))
}

/// The message that is encoded in `bytes`, as JSON.
pub(super) fn json_of(descriptor: &MessageDescriptor, bytes: &[u8]) -> Result<Response, Refusal> {
    Ok(written(text_of_bytes(descriptor, bytes).map_err(Refusal::unwritable)?))
}

/// JSON that is written already.
pub(super) fn written(text: Bytes) -> Response {
    ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], text).into_response()
}

/// The answer to a GET: with the version of what it shows, and without it for who has it already.
pub(super) fn json_with_version(
    descriptor: &MessageDescriptor,
    bytes: &[u8],
    asked: &HeaderMap,
) -> Result<Response, Refusal> {
    let Some(version) = version_of(descriptor, bytes) else { return json_of(descriptor, bytes) };
    let known = asked.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut known = known.flat_map(|value| value.split(',')).map(str::trim);
    let mut answer = match known.any(|known| known.trim_start_matches("W/") == version || known == "*") {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => json_of(descriptor, bytes)?,
    };
    answer.headers_mut().extend(HeaderValue::try_from(version).ok().map(|version| (ETAG, version)));
    Ok(answer)
}

/// The field of the message that is a file, to be saved.
pub(super) fn file(message: &DynamicMessage, file: &File) -> Response {
    let name = message.get_field_by_name("file_name");
    let name = name.and_then(|name| name.as_str().map(str::to_owned));
    (file_headers(file, name.as_deref()), bytes_of(message, file)).into_response()
}

/// A file in parts, to be saved. One that breaks off breaks the answer off: half of it must not be taken for all.
pub(super) fn file_in_parts(parts: Streaming<DynamicMessage>, file: &File) -> Response {
    let headers = file_headers(file, None);
    let file = file.clone();
    let parts = parts.map(move |part| part.map(|part| bytes_of(&part, &file)));
    (headers, Body::from_stream(parts)).into_response()
}

/// Server-sent events: each message as the data of one, a failure as an event called `error`. Where the stream can go on, each has
/// an id, which a failure repeats: behind it the stream goes on. What whoever comes back has seen (`last`) is not sent again.
pub(super) fn events(
    messages: Streaming<DynamicMessage>,
    resume: Option<Resume>,
    last: Option<String>,
) -> Response {
    let mut reached = last.clone().filter(|_| resume.is_some());
    let events = messages.filter_map(move |message| {
        let event = match (message, &resume, &last) {
            (Ok(message), Some(resume), Some(last)) if resume.seen(&message, last) => return None,
            (message, resume, _) => event(message.map_err(Refusal::from), resume.as_ref(), &mut reached),
        };
        Some(Ok::<_, Infallible>(event))
    });
    Sse::new(events).keep_alive(KeepAlive::default()).into_response()
}

/// `reached`: the id of the last message, for a failure behind it.
fn event(
    message: Result<DynamicMessage, Refusal>,
    resume: Option<&Resume>,
    reached: &mut Option<String>,
) -> Event {
    let written = message.and_then(|message| {
        let id = resume.map(|resume| resume.id(&message));
        text_of(&message).map(|text| (text, id)).map_err(Refusal::unwritable)
    });
    match written {
        Ok((text, None)) => Event::default().data(String::from_utf8_lossy(&text)),
        Ok((text, Some(id))) => {
            let event = Event::default().id(&id).data(String::from_utf8_lossy(&text));
            *reached = Some(id);
            event
        }
        Err(refusal) => {
            let event = Event::default().event("error").data(refusal.body().to_string());
            match reached {
                Some(id) => event.id(id),
                None => event,
            }
        }
    }
}

/// The message by the JSON mapping of protobuf, with every field.
pub(super) fn text_of(message: &DynamicMessage) -> Result<Vec<u8>, serde_json::Error> {
    let options = SerializeOptions::new().skip_default_fields(false);
    let mut text = Vec::new();
    let mut writer = serde_json::Serializer::new(&mut text);
    message.serialize_with_options(&mut writer, &options)?;
    Ok(text)
}

fn bytes_of(message: &DynamicMessage, file: &File) -> Bytes {
    message.get_field(&file.field).as_bytes().cloned().unwrap_or_default()
}

fn file_headers(file: &File, name: Option<&str>) -> HeaderMap {
    let disposition = match name {
        Some(name) => format!("attachment; filename*=UTF-8''{}", utf8_percent_encode(name, NON_ALPHANUMERIC)),
        None => "attachment".to_owned(),
    };
    let sent = [(CONTENT_TYPE, file.media_type.clone()), (CONTENT_DISPOSITION, disposition)];
    let sent = sent.into_iter().filter_map(|(name, value)| Some((name, HeaderValue::try_from(value).ok()?)));
    sent.chain([(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"))]).collect()
}

#[cfg(test)]
mod tests {
    use prost::Message;
    use prost_reflect::ReflectMessage;

    use super::*;

    fn message(name: &str, json: serde_json::Value) -> DynamicMessage {
        let descriptor = contract::descriptors().get_message_by_name(name).unwrap();
        DynamicMessage::deserialize(descriptor, json).unwrap()
    }

    /// The answer to who asks for a record and says which version of it is known; its tag.
    fn answered(record: &DynamicMessage, known: &str) -> (u16, String) {
        let asked = HeaderMap::from_iter([(IF_NONE_MATCH, HeaderValue::from_str(known).unwrap())]);
        let answer = json_with_version(&record.descriptor(), &record.encode_to_vec(), &asked).unwrap();
        (answer.status().as_u16(), answer.headers()[ETAG].to_str().unwrap().to_owned())
    }

    #[test]
    fn who_has_this_version_already_is_not_sent_it_again() {
        let record = message("xinjian.collection.v1.Record", serde_json::json!({ "revision": "7" }));
        let (status, tag) = answered(&record, "");
        assert!(status == 200 && tag.starts_with("\"7-") && tag.ends_with('"'), "{status} {tag}");
        assert_eq!(answered(&record, &format!("\"6\", W/{tag}")), (304, tag));
        assert_eq!(answered(&record, "*").0, 304);
        assert_eq!(answered(&record, "\"6\"").0, 200);
    }

    #[test]
    fn what_changed_under_the_same_revision_is_sent_again() {
        let record = |state: &str| {
            message("xinjian.collection.v1.Record", serde_json::json!({ "revision": "7", "state": state }))
        };
        let (_, before) = answered(&record("Published"), "");
        assert_eq!(answered(&record("Published"), &before).0, 304);
        let (status, after) = answered(&record("Expired"), &before);
        assert_eq!(status, 200, "its term ran out, which is no revision");
        assert_ne!(before, after);
    }

    #[test]
    fn a_tag_of_the_message_goes_before_its_revision() {
        let version = |name: &str, json| {
            let message = message(name, json);
            version_of(&message.descriptor(), &message.encode_to_vec())
        };
        let enterprise = |tag: &str| {
            version("xinjian.registry.v1.Enterprise", serde_json::json!({ "etag": tag, "revision": 3 }))
        };
        assert_eq!(enterprise("\"1\"").as_deref(), Some("\"1\""));
        assert!(enterprise("").is_some_and(|tag| tag.starts_with("\"3-")));
        assert_eq!(enterprise("x").as_deref(), Some("\"x\""));
        assert_eq!(version("xinjian.collection.v1.Record", serde_json::json!({})), None);
        assert_eq!(version("xinjian.feed.v1.Checkpoint", serde_json::json!({})), None);
    }

    #[test]
    fn a_file_is_saved_under_its_name_and_is_what_it_is_said_to_be() {
        let template = serde_json::json!({ "fileName": "许可\"模板.xlsx", "content": "AQI=" });
        let template = message("xinjian.collection.v1.Template", template);
        let field = template.descriptor().get_field_by_name("content").unwrap();
        let answer = file(&template, &File { field, media_type: "application/x-test".to_owned() });
        assert_eq!(answer.headers()[CONTENT_TYPE], "application/x-test");
        let disposition = answer.headers()[CONTENT_DISPOSITION].to_str().unwrap();
        assert!(disposition.starts_with("attachment; filename*=UTF-8''%E8%AE%B8"), "{disposition}");
        assert!(!disposition.contains('"'), "{disposition}");
    }
}
