//! Events of the size that records have.

use chrono::NaiveDate;
use outbox::{EventContext, NewEvent};

/// Bytes of a payload: a record of the demo city has about so many.
const PAYLOAD_BYTES: usize = 400;

/// What all events of a benchmark share.
pub(super) fn context() -> EventContext {
    EventContext {
        actor: "bench".to_owned(),
        office: "SYSTEM".to_owned(),
        request_id: "00000000-0000-0000-0000-000000000000".to_owned(),
        legal_basis: String::new(),
        rulebook_hash: "0".repeat(64),
        trace_context: String::new(),
        recorded_at_us: 1_775_000_000_000_000,
    }
}

/// Event number `number`.
pub(super) fn event(context: &EventContext, number: usize) -> NewEvent<'_> {
    NewEvent {
        kind: "bench.record.accepted",
        subject: format!("enterprises/{number}"),
        effective_on: NaiveDate::default(),
        context,
        payload: vec![b'x'; PAYLOAD_BYTES],
    }
}
