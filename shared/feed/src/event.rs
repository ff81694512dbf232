//! An event as a reader handles it.

use chrono::NaiveDate;
use domain::MicrosUtc;
use outbox::{Header, SealedEvent};
use prost::Message;

use crate::{ApplyError, convert::Malformed};

/// One event of another service, checked against its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    sealed: SealedEvent,
    effective_on: NaiveDate,
}

impl Event {
    pub(crate) fn new(sealed: SealedEvent) -> Result<Self, Malformed> {
        let effective_on = sealed.header.effective_on.parse();
        let effective_on = effective_on.map_err(|_| Malformed { seq: sealed.seq, field: "effective_on" })?;
        Ok(Self { sealed, effective_on })
    }

    /// Position in its feed: what a result that rests on it notes as `known_seq`.
    pub fn seq(&self) -> i64 {
        self.sealed.seq
    }

    /// UUID of the event.
    pub fn id(&self) -> &str {
        &self.sealed.header.event_id
    }

    /// What happened, such as `registry.enterprise.registered`.
    pub fn kind(&self) -> &str {
        &self.sealed.header.kind
    }

    /// Resource that it happened to.
    pub fn subject(&self) -> &str {
        &self.sealed.header.subject
    }

    /// Date of the legal fact; it may lie before the day on which its service learned of it.
    pub fn effective_on(&self) -> NaiveDate {
        self.effective_on
    }

    /// When its service accepted it.
    pub fn recorded_at(&self) -> MicrosUtc {
        MicrosUtc(self.sealed.header.recorded_at_us)
    }

    /// Everything that outlives the erasure of the payload: actor, office, basis, rulebook, trace, origin.
    pub fn header(&self) -> &Header {
        &self.sealed.header
    }

    /// The payload; `None` when it was erased, or when this reader may not see the kind.
    ///
    /// # Errors
    /// [`ApplyError::Poison`] when the bytes are not an `M`.
    pub fn payload<M: Message + Default>(&self) -> Result<Option<M>, ApplyError> {
        let Some(bytes) = &self.sealed.payload else { return Ok(None) };
        let decoded = M::decode(bytes.as_slice());
        decoded.map(Some).map_err(|problem| {
            ApplyError::Poison(format!("the payload of `{}` cannot be read: {problem}", self.kind()))
        })
    }

    pub(crate) fn sealed(&self) -> &SealedEvent {
        &self.sealed
    }
}
