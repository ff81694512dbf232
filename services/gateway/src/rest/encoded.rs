//! Answers that an RPC gives as the text that REST sends, so that nobody writes and reads a message in between.
//!
//! A request that comes through REST says so in its extensions, where nothing from outside can stand. An RPC that has the text already, or
//! keeps it, answers an empty message then, with the text beside it; all others answer their message.

use bytes::Bytes;
use contract::{descriptors, json::JsonError};
use prost::{Message, Name};
use prost_reflect::{DynamicMessage, MessageDescriptor};
use tonic::{Request, Response};

use super::{answer::text_of, direct};

/// In the extensions of a request: its answer becomes JSON.
#[derive(Clone, Copy, Debug)]
struct Wanted;

/// In the extensions of an answer: its message as JSON.
#[derive(Clone, Debug)]
struct Text(Bytes);

/// Says that the answer becomes JSON.
pub(super) fn want<T>(request: &mut Request<T>) {
    request.extensions_mut().insert(Wanted);
}

/// The text that came instead of the message, if one did.
pub(super) fn text_in<T>(answer: &mut Response<T>) -> Option<Bytes> {
    answer.extensions_mut().remove::<Text>().map(|Text(text)| text)
}

/// Whether the answer becomes JSON.
pub(crate) fn is_wanted<T>(request: &Request<T>) -> bool {
    request.extensions().get::<Wanted>().is_some()
}

/// The answer to a request that wants it as text: of a message without `etag` and `revision`, which REST would show in a header.
pub(crate) fn answer<M: Default>(text: Bytes) -> Response<M> {
    let mut answer = Response::new(M::default());
    answer.extensions_mut().insert(Text(text));
    answer
}

/// A message as REST sends it.
pub(crate) fn text<M: Message + Name>(message: &M) -> Result<Bytes, JsonError> {
    let name = M::full_name();
    let descriptor = descriptors().get_message_by_name(&name).ok_or(JsonError::Unknown(name))?;
    text_of_bytes(&descriptor, &message.encode_to_vec())
}

/// The message that is encoded in `bytes`, as REST sends it.
pub(super) fn text_of_bytes(descriptor: &MessageDescriptor, bytes: &[u8]) -> Result<Bytes, JsonError> {
    if let Some(text) = direct::text(descriptor, bytes) {
        return Ok(text.into());
    }
    Ok(text_of(&DynamicMessage::decode(descriptor.clone(), bytes)?)?.into())
}

#[cfg(test)]
mod tests {
    use contract::gateway::v1::{MissingPart, Profile};
    use http_body_util::BodyExt;

    use super::super::answer::{json, written};
    use super::*;

    #[tokio::test]
    async fn the_text_is_sent_as_the_message_would_be() {
        let missing = MissingPart {
            part: "flags".to_owned(),
            problem: "《食品安全法》".to_owned(),
            ..Default::default()
        };
        let profile = Profile {
            name: "enterprises/x/profile".to_owned(),
            missing: vec![missing],
            ..Default::default()
        };
        let descriptor = descriptors().get_message_by_name("xinjian.gateway.v1.Profile").unwrap();
        let message = DynamicMessage::decode(descriptor, profile.encode_to_vec().as_slice()).unwrap();
        let (of_text, of_message) = (written(text(&profile).unwrap()), json(&message).unwrap());
        assert_eq!(of_text.headers(), of_message.headers());
        let (of_text, of_message) = (of_text.into_body().collect(), of_message.into_body().collect());
        assert_eq!(of_text.await.unwrap().to_bytes(), of_message.await.unwrap().to_bytes());
    }

    #[test]
    fn only_what_comes_through_rest_wants_text() {
        let mut request = Request::new(());
        assert!(!is_wanted(&request));
        want(&mut request);
        assert!(is_wanted(&request));
        let mut answer = answer::<Profile>(Bytes::from_static(b"{}"));
        assert_eq!(text_in(&mut answer).as_deref(), Some(&b"{}"[..]));
        assert_eq!(text_in(&mut answer), None);
    }
}
