//! What follows from other services' feeds, one file a feed (of the registry's, one for enterprises, one for breaches and one for erasures; of
//! punishment's, one for lists and one for repairs). Each is a reaction: it acts once for an event, in one transaction with the note
//! that it did, as the system and by reason of that event.

mod breach;
mod erasure;
mod inspection;
mod punishment;
mod registry;
mod repair;

pub(crate) use breach::Breaches;
pub(crate) use erasure::Erasures;
pub(crate) use inspection::Results;
pub(crate) use punishment::Entries;
pub(crate) use registry::Enterprises;
pub(crate) use repair::Repairs;

use feed::Event;
use service::Clock;

use crate::store::{Act, Store};

/// What a reaction acts with.
#[derive(Clone, Debug)]
pub(crate) struct Hands {
    /// The records.
    pub(crate) store: Store,
    /// The present.
    pub(crate) clock: Clock,
}

impl Hands {
    /// The act of the system that an event causes.
    fn act(&self, event: &Event) -> Act {
        Act::of_system(event.id(), self.clock.now(), self.store.book())
    }
}
