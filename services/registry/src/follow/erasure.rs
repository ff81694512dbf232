//! Records of which it was erased elsewhere who they are about: the parties are looked through by an officer (X5).

use std::sync::Arc;

use contract::collection::v1::RecordEvent;
use db::Tx;
use domain::DivisionCode;
use feed::{ApplyError, Event, Reaction};
use service::Clock;

use crate::store::{Act, Store};

/// Opens the duty to look.
#[derive(Clone, Debug)]
pub(crate) struct Erasures {
    store: Arc<Store>,
    clock: Clock,
}

impl Erasures {
    /// A reaction that writes into `store`, by `clock`.
    pub(crate) fn new(store: Arc<Store>, clock: Clock) -> Self {
        Self { store, clock }
    }
}

impl Reaction for Erasures {
    const NAME: &'static str = "erasures";
    const KINDS: &'static [&'static str] = &["collection.record.erased"];

    async fn react(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        let Some(told) = event.payload::<RecordEvent>()? else { return Ok(()) };
        // Erased because of a party that is erased here: nobody else is to be looked for.
        let Some(record) = told.record.filter(|_| told.follows.is_empty()) else { return Ok(()) };
        let division = Some(record.division.as_str()).filter(|code| !code.is_empty());
        let division = division.map(DivisionCode::parse).transpose().map_err(ApplyError::poison)?;
        let act = Act::of_system(event.id(), self.clock.now(), self.store.book());
        Ok(self.store.record_was_erased(tx, &act, (&record.name, division.as_ref())).await?)
    }
}
