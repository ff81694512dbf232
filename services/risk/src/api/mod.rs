//! The RPCs of risk, a file per resource: who asks, what is asked, is it theirs, note the read, answer.

mod backtests;
mod classes;
mod dossiers;
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
use service::access_log::{Read, Together};
use service::auth::Caller;
use service::idempotency::Key;
use tokio::sync::Notify;

use crate::error::Error;
use crate::store::{Act, Store};

/// Serves `Models`, `Classes`, `Dossiers`, `Overrides`, `ProvincialClasses`, `Runs`, `Backtests`, `Signals` and `Flags`. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    store: Store,
    clock: Clock,
    /// The log of reads: many come at once.
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

    /// Notes a read, before its answer leaves.
    async fn note_read(&self, caller: &Caller, read: &Read<'_>) -> Result<(), Error> {
        self.note_reads_of(caller, std::slice::from_ref(read)).await
    }

    /// Notes all reads of one answer, before it leaves.
    async fn note_reads_of(&self, caller: &Caller, reads: &[Read<'_>]) -> Result<(), Error> {
        Ok(self.reads.record_all(caller, reads, self.clock.now()).await?)
    }

    /// The caller's act of this moment.
    fn act(&self, caller: &Caller, key: &Key<'_>) -> Act {
        Act::of(caller, key.request_id.as_str(), self.clock.now(), self.book())
    }
}

/// What an answer shows of what is confidential: it is noted before the answer leaves.
#[derive(Debug)]
struct Shown {
    subject: String,
    purpose: String,
}

impl Shown {
    /// The read by the RPC that answers.
    fn by<'a>(&'a self, method: &'a str) -> Read<'a> {
        Read { subject: &self.subject, method, purpose: &self.purpose }
    }
}

/// What a request of `caller` to `method` is known by.
fn key<'a>(caller: &'a Caller, method: &'a str, request_id: &'a RequestId) -> Key<'a> {
    Key { caller: caller.subject(), method, request_id }
}
