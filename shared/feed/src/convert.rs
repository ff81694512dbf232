//! Sealed events and their messages.

use contract::feed::v1 as pb;
use outbox::{ChainHash, Header, SealedEvent};
use prost_types::Timestamp;

const MICROS_PER_SECOND: i64 = 1_000_000;
const NANOS_PER_MICRO: i32 = 1_000;

/// The message of an event, with its payload or only with the digest.
pub(crate) fn to_message(sealed: SealedEvent, with_payload: bool) -> pb::Event {
    let header = sealed.header;
    pb::Event {
        seq: sealed.seq,
        event_id: header.event_id,
        deployment: header.deployment,
        service: header.service,
        kind: header.kind,
        subject: header.subject,
        effective_on: header.effective_on,
        actor: header.actor,
        office: header.office,
        request_id: header.request_id,
        legal_basis: header.legal_basis,
        rulebook_hash: header.rulebook_hash,
        trace_context: header.trace_context,
        recorded_time: Some(to_timestamp(header.recorded_at_us)),
        payload_digest: sealed.payload_digest.as_bytes().to_vec(),
        payload: sealed.payload.filter(|_| with_payload),
        salt: sealed.salt.filter(|_| with_payload),
        hash: sealed.hash.as_bytes().to_vec(),
    }
}

/// The message is not one that [`to_message`] makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event {seq} has no usable {field}")]
pub(crate) struct Malformed {
    /// Position that the message claims.
    pub(crate) seq: i64,
    /// Field that is missing or wrong.
    pub(crate) field: &'static str,
}

/// The event of a message; hashes are not checked here.
pub(crate) fn from_message(event: pb::Event) -> Result<SealedEvent, Malformed> {
    let malformed = |field| Malformed { seq: event.seq, field };
    let hash = |bytes: &[u8], field| ChainHash::try_from(bytes).map_err(|_| malformed(field));
    Ok(SealedEvent {
        seq: event.seq,
        hash: hash(&event.hash, "hash")?,
        payload_digest: hash(&event.payload_digest, "payload_digest")?,
        header: Header {
            recorded_at_us: event
                .recorded_time
                .as_ref()
                .and_then(from_timestamp)
                .ok_or(malformed("recorded_time"))?,
            event_id: event.event_id,
            deployment: event.deployment,
            service: event.service,
            kind: event.kind,
            subject: event.subject,
            effective_on: event.effective_on,
            actor: event.actor,
            office: event.office,
            request_id: event.request_id,
            legal_basis: event.legal_basis,
            rulebook_hash: event.rulebook_hash,
            trace_context: event.trace_context,
        },
        salt: event.salt,
        payload: event.payload,
    })
}

/// Microseconds since 1970 as a timestamp.
pub(crate) fn to_timestamp(micros: i64) -> Timestamp {
    let sub_second = i32::try_from(micros.rem_euclid(MICROS_PER_SECOND)).unwrap_or_default();
    Timestamp { seconds: micros.div_euclid(MICROS_PER_SECOND), nanos: sub_second * NANOS_PER_MICRO }
}

/// A timestamp as microseconds since 1970; `None` when it holds more than microseconds or more than fits.
pub(crate) fn from_timestamp(timestamp: &Timestamp) -> Option<i64> {
    let exact = timestamp.nanos >= 0 && timestamp.nanos % NANOS_PER_MICRO == 0;
    let micros = i64::from(timestamp.nanos / NANOS_PER_MICRO);
    timestamp.seconds.checked_mul(MICROS_PER_SECOND)?.checked_add(micros).filter(|_| exact)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed() -> SealedEvent {
        let header = Header {
            event_id: "0195e3b0-0000-7000-8000-000000000001".into(),
            deployment: "jinan".into(),
            service: "registry".into(),
            kind: "registry.enterprise.registered".into(),
            subject: "enterprises/91350100M000100Y43".into(),
            effective_on: "2026-04-01".into(),
            recorded_at_us: 1_775_000_000_000_001,
            actor: "officers/7".into(),
            office: "REGISTRATION".into(),
            request_id: "r".into(),
            legal_basis: "办法第十条".into(),
            rulebook_hash: "ab".into(),
            trace_context: "00-0-0-00".into(),
        };
        let payload_digest = outbox::chain::payload_digest(b"salt", b"payload");
        let hash = outbox::chain::link(&ChainHash::GENESIS, &header, &payload_digest);
        let (salt, payload) = (Some(b"salt".to_vec()), Some(b"payload".to_vec()));
        SealedEvent { seq: 1, hash, header, payload_digest, salt, payload }
    }

    #[test]
    fn an_event_survives_the_wire_and_still_follows() {
        let received = from_message(to_message(sealed(), true)).unwrap();
        assert_eq!(received, sealed());
        assert!(received.follows(&ChainHash::GENESIS));
    }

    #[test]
    fn a_withheld_payload_leaves_the_chain_checkable() {
        let received = from_message(to_message(sealed(), false)).unwrap();
        assert_eq!((&received.payload, &received.salt), (&None, &None));
        assert!(received.follows(&ChainHash::GENESIS));
    }

    #[test]
    fn a_message_without_a_hash_or_an_instant_is_refused() {
        let short = pb::Event { hash: vec![0; 31], ..to_message(sealed(), true) };
        assert_eq!(from_message(short), Err(Malformed { seq: 1, field: "hash" }));
        let timeless = pb::Event { recorded_time: None, ..to_message(sealed(), true) };
        assert_eq!(from_message(timeless), Err(Malformed { seq: 1, field: "recorded_time" }));
    }

    #[test]
    fn instants_keep_their_microseconds_before_and_after_1970() {
        for micros in [0, 1, -1, 1_775_000_000_000_001, -62_000_000_000_000_007] {
            assert_eq!(from_timestamp(&to_timestamp(micros)), Some(micros));
        }
        assert_eq!(from_timestamp(&Timestamp { seconds: i64::MAX, nanos: 0 }), None);
        assert_eq!(from_timestamp(&Timestamp { seconds: 0, nanos: 1 }), None);
    }
}
