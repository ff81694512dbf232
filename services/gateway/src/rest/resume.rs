//! Streams of events that go on where they broke off: each event has an `id`, and a client that comes back sends the last one that it
//! has seen in `Last-Event-ID`, as browsers do by themselves.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MethodDescriptor, Value};
use service::FieldErrors;

/// Header with the id of the last event that was seen.
pub(super) const LAST_EVENT_ID: &str = "last-event-id";
/// Fields that say how far a reader is: in an answer, and in the request that goes on from there.
const PLACE: [(&str, &str); 3] =
    [("epoch", "epoch"), ("reached_seq", "from_seq"), ("reached_hash", "last_hash")];
/// Field that numbers the messages of a stream which begins with the first one whenever it is opened.
const POSITION: &str = "position";
/// Stands between the values of an id.
const BETWEEN: char = '.';

/// How the stream of an RPC goes on.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Resume {
    /// The request says from where: its fields take the values that those of the last answer had.
    From(Vec<(FieldDescriptor, FieldDescriptor)>),
    /// What was seen is passed over.
    Behind(FieldDescriptor),
}

/// Whether the stream of this RPC goes on behind an event that was seen.
pub(crate) fn goes_on(rpc: &MethodDescriptor) -> bool {
    Resume::of(rpc).is_some()
}

impl Resume {
    /// How the stream of this RPC goes on; `None` for one that only begins anew.
    pub(super) fn of(rpc: &MethodDescriptor) -> Option<Self> {
        let field = |(answer, request): (&str, &str)| {
            Some((rpc.output().get_field_by_name(answer)?, rpc.input().get_field_by_name(request)?))
        };
        let place: Option<Vec<_>> = PLACE.into_iter().map(field).collect();
        place.map(Self::From).or_else(|| rpc.output().get_field_by_name(POSITION).map(Self::Behind))
    }

    /// The id of an event.
    pub(super) fn id(&self, message: &DynamicMessage) -> String {
        match self {
            Self::From(fields) => {
                let texts: Vec<_> =
                    fields.iter().map(|(answer, _)| text_of(&message.get_field(answer))).collect();
                texts.join(&BETWEEN.to_string())
            }
            Self::Behind(position) => text_of(&message.get_field(position)),
        }
    }

    /// Has a request go on behind the event with this id.
    ///
    /// # Errors
    /// The id is none of this stream.
    pub(super) fn go_on(&self, request: &mut DynamicMessage, id: &str) -> Result<(), FieldErrors> {
        let bad = || FieldErrors::one(LAST_EVENT_ID, "is not the id of an event of this stream");
        match self {
            Self::From(fields) => {
                let texts: Vec<_> = id.split(BETWEEN).collect();
                if texts.len() != fields.len() {
                    return Err(bad());
                }
                for ((_, field), text) in fields.iter().zip(texts) {
                    request.set_field(field, value_of(field, text).ok_or_else(bad)?);
                }
                Ok(())
            }
            Self::Behind(position) => value_of(position, id).map(drop).ok_or_else(bad),
        }
    }

    /// Whether whoever saw the event with the id `last` has seen this one.
    pub(super) fn seen(&self, message: &DynamicMessage, last: &str) -> bool {
        match self {
            Self::From(_) => false,
            Self::Behind(position) => {
                let last = last.parse().unwrap_or(0);
                message.get_field(position).as_i64().is_some_and(|position| position <= last)
            }
        }
    }
}

/// A value in characters that an id may hold.
fn text_of(value: &Value) -> String {
    match value {
        Value::I64(number) => number.to_string(),
        Value::Bytes(bytes) => URL_SAFE_NO_PAD.encode(bytes),
        _ => String::new(),
    }
}

fn value_of(field: &FieldDescriptor, text: &str) -> Option<Value> {
    match field.kind() {
        Kind::Int64 => text.parse().ok().map(Value::I64),
        Kind::Bytes => URL_SAFE_NO_PAD.decode(text).ok().map(|bytes| Value::Bytes(bytes.into())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rpc(service: &str, name: &str) -> MethodDescriptor {
        let service = contract::descriptors().get_service_by_name(service).unwrap();
        service.methods().find(|method| method.name() == name).unwrap()
    }

    fn answer(rpc: &MethodDescriptor, json: serde_json::Value) -> DynamicMessage {
        DynamicMessage::deserialize(rpc.output(), json).unwrap()
    }

    #[test]
    fn a_feed_goes_on_from_where_the_last_event_was() {
        let rpc = rpc("xinjian.feed.v1.Feed", "Subscribe");
        let resume = Resume::of(&rpc).unwrap();
        let reached = json!({ "epoch": 2, "reachedSeq": 41, "reachedHash": "AQID/w==" });
        let id = resume.id(&answer(&rpc, reached));
        assert_eq!(id, "2.41.AQID_w");
        let mut request =
            DynamicMessage::deserialize(rpc.input(), json!({ "kinds": ["a.b"], "fromSeq": 7 })).unwrap();
        resume.go_on(&mut request, &id).unwrap();
        assert_eq!(
            serde_json::to_value(&request).unwrap(),
            json!({ "epoch": "2", "fromSeq": "41", "lastHash": "AQID/w==", "kinds": ["a.b"] })
        );
        for bad in ["", "2.41", "2.41.AQID_w.1", "2.x.AQID_w", "2.41.%%"] {
            let errors = resume.go_on(&mut request, bad).unwrap_err();
            assert!(errors.iter().all(|error| error.path == LAST_EVENT_ID), "{bad}");
        }
    }

    #[test]
    fn the_steps_of_a_ceremony_that_were_seen_are_passed_over() {
        let rpc = rpc("xinjian.inspection.v1.Tasks", "WatchCeremony");
        let resume = Resume::of(&rpc).unwrap();
        let step = |position: i64| answer(&rpc, json!({ "position": position }));
        assert_eq!(resume.id(&step(3)), "3");
        let seen: Vec<_> = (1..5).filter(|position| resume.seen(&step(*position), "3")).collect();
        assert_eq!(seen, [1, 2, 3]);
        assert!(resume.go_on(&mut DynamicMessage::new(rpc.input()), "x").is_err());
    }

    #[test]
    fn a_stream_without_places_begins_anew() {
        assert_eq!(Resume::of(&rpc("xinjian.risk.v1.Backtests", "ReplayHistory")), None);
    }
}
