//! Key attention, confirmed elsewhere, calls for a strict review of applications for its term (R10, R11). Internal: only the reviewing
//! office is told, and its read is logged.

use std::sync::Arc;

use contract::risk::v1::{AttentionEvent, Flag};
use db::Tx;
use domain::{FieldCode, Uscc, parse_date};
use feed::{ApplyError, Event, Projection};

use crate::domain::Reason;
use crate::store::{ReasonFact, Store};

/// Code of the trigger in the rulebook.
const TRIGGER: &str = "ATTENTION";
/// State of a flag that has ended (machine 4 of risk).
const OFF: &str = "AttentionOff";

/// Keeps the flags as reasons for strict review.
#[derive(Clone, Debug)]
pub(crate) struct Attention {
    store: Arc<Store>,
}

impl Attention {
    /// A projection into `store`.
    pub(crate) fn new(store: Arc<Store>) -> Self {
        Self { store }
    }
}

impl Projection for Attention {
    const NAME: &'static str = "attention";
    const KINDS: &'static [&'static str] = &["risk.attention.changed"];

    async fn apply(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        self.apply_batch(tx, std::slice::from_ref(event)).await
    }

    async fn apply_batch(&self, tx: &mut Tx, events: &[Event]) -> Result<(), ApplyError> {
        let mut facts = Vec::with_capacity(events.len());
        for event in events {
            let flag = event.payload::<AttentionEvent>()?.and_then(|told| told.flag);
            facts.extend(flag.map(fact).transpose()?);
        }
        Ok(self.store.take_reasons(tx, &facts).await?)
    }

    async fn clear(&self, tx: &mut Tx) -> Result<(), sqlx::Error> {
        self.store.forget_reasons(tx, TRIGGER).await
    }
}

fn fact(flag: Flag) -> Result<ReasonFact, ApplyError> {
    if flag.state == OFF {
        return Ok(ReasonFact::Ended { resource: flag.name });
    }
    Ok(ReasonFact::Holds(Reason {
        uscc: Uscc::parse(&flag.uscc).map_err(ApplyError::poison)?,
        trigger: TRIGGER.to_owned(),
        resource: flag.name,
        ground: flag.topic,
        field: Some(FieldCode::parse(&flag.field).map_err(ApplyError::poison)?),
        since: parse_date(&flag.on_since).map_err(ApplyError::poison)?,
        until: Some(parse_date(&flag.on_until).map_err(ApplyError::poison)?),
    }))
}
