//! What an event is, before and after it is sealed.

use chrono::NaiveDate;

use crate::chain::{self, ChainHash};

/// Where the events of this process come from; constant while it runs, and part of every header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The deployment, such as `jinan`: one city's installation.
    pub deployment: String,
    /// The service that owns the facts, such as `registry`.
    pub service: String,
}

/// Who did something, on what ground, and when: the part of a header that the events of one transaction share.
///
/// A text that does not apply (no request behind a job, no trace) is empty. No field may hold personal data: headers
/// outlive the erasure of their payload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventContext {
    /// The officer, the calling system, or `SYSTEM` for an act of the clock.
    pub actor: String,
    /// Code of the office the actor acted for.
    pub office: String,
    /// The request that caused the change.
    pub request_id: String,
    /// Article that the act rests on.
    pub legal_basis: String,
    /// Content hash of the rulebook in force, as hex.
    pub rulebook_hash: String,
    /// W3C `traceparent` of the request.
    pub trace_context: String,
    /// When the change was recorded: microseconds since 1970-01-01 UTC.
    pub recorded_at_us: i64,
}

/// An event about to be written.
#[derive(Clone, Debug)]
pub struct NewEvent<'a> {
    /// What happened, as a stable name such as `registry.enterprise.registered`; 1 to 100 characters.
    pub kind: &'a str,
    /// Resource name of what it happened to; events of one subject keep their order.
    pub subject: String,
    /// The day the fact or the act takes effect in law (Asia/Shanghai).
    pub effective_on: NaiveDate,
    /// Who, on what ground, when.
    pub context: &'a EventContext,
    /// The encoded message; served as it is stored here.
    pub payload: Vec<u8>,
}

/// All of an event that stays readable after its payload is erased, exactly as it was hashed.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Header {
    /// UUID (version 7) of the event; the same in every copy.
    pub event_id: String,
    /// See [`Origin`].
    pub deployment: String,
    /// See [`Origin`].
    pub service: String,
    /// See [`NewEvent`].
    pub kind: String,
    /// See [`NewEvent`].
    pub subject: String,
    /// `YYYY-MM-DD`; see [`NewEvent`].
    pub effective_on: String,
    /// See [`EventContext`].
    pub recorded_at_us: i64,
    /// See [`EventContext`].
    pub actor: String,
    /// See [`EventContext`].
    pub office: String,
    /// See [`EventContext`].
    pub request_id: String,
    /// See [`EventContext`].
    pub legal_basis: String,
    /// See [`EventContext`].
    pub rulebook_hash: String,
    /// See [`EventContext`].
    pub trace_context: String,
}

/// An event with its place in the chain.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct SealedEvent {
    /// Its place: 1, 2, 3 … without gaps within one service.
    pub seq: i64,
    /// Hash of the chain up to and including this event.
    #[sqlx(try_from = "Vec<u8>")]
    pub hash: ChainHash,
    /// What happened, to what, by whom.
    #[sqlx(flatten)]
    pub header: Header,
    /// `SM3(salt ‖ payload)`; stays when both are erased.
    #[sqlx(try_from = "Vec<u8>")]
    pub payload_digest: ChainHash,
    /// Random bytes that keep a short payload from being guessed from its digest; `None` once erased.
    pub salt: Option<Vec<u8>>,
    /// The encoded message; `None` once erased.
    pub payload: Option<Vec<u8>>,
}

impl SealedEvent {
    /// Whether the event follows a chain that ended in `previous`, and its payload, if it is there, is the sealed one.
    /// What a consumer checks as it reads.
    pub fn follows(&self, previous: &ChainHash) -> bool {
        let payload_is_sealed = match (&self.salt, &self.payload) {
            (Some(salt), Some(payload)) => chain::payload_digest(salt, payload) == self.payload_digest,
            (None, None) => true,
            _ => false,
        };
        payload_is_sealed && chain::link(previous, &self.header, &self.payload_digest) == self.hash
    }
}
