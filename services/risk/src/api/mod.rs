//! The RPCs of risk, a file per resource: who asks, what is asked, is it theirs, note the read, answer.

mod backtests;
mod classes;
mod flags;
mod models;
mod overrides;
mod page;
mod provincial;
mod runs;
mod signals;

use std::sync::Arc;

use domain::RequestId;
use rulebook::Rulebook;
use service::Clock;
use service::access_log::Together;
use service::auth::Caller;
use service::idempotency::Key;
use tokio::sync::Notify;

use crate::store::{Act, Store};

/// Serves `Models`, `Classes`, `Overrides`, `ProvincialClasses`, `Runs`, `Backtests`, `Signals` and `Flags`. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    store: Store,
    clock: Clock,
    /// The log of reads: a profile of the gateway notes two.
    reads: Together,
    /// Wakes whoever computes runs.
    runs_wait: Arc<Notify>,
}

impl Api {
    /// Serves what `store` holds, by `clock`; rings `runs_wait` when a run was asked for.
    pub(crate) fn new(store: Store, clock: Clock, runs_wait: Arc<Notify>) -> Self {
        let reads = Together::new(store.db().clone());
        Self { store, clock, reads, runs_wait }
    }

    fn book(&self) -> &Rulebook {
        self.store.book()
    }

    /// The caller's act of this moment.
    fn act(&self, caller: &Caller, key: &Key<'_>) -> Act {
        Act::of(caller, key.request_id.as_str(), self.clock.now(), self.book())
    }
}

/// What a request of `caller` to `method` is known by.
fn key<'a>(caller: &'a Caller, method: &'a str, request_id: &'a RequestId) -> Key<'a> {
    Key { caller: caller.subject(), method, request_id }
}
