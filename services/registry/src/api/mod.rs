//! The registry's RPCs, a file per resource: who asks, what is asked, is it theirs, do it, answer.

mod breaches;
mod commitments;
mod divisions;
mod dossiers;
mod enterprises;
mod licences;
mod marks;
mod page;
mod parties;
mod reviews;
mod templates;

use std::sync::Arc;

use domain::RequestId;
use rulebook::Rulebook;
use service::Clock;
use service::auth::Caller;
use service::idempotency::Key;

use crate::store::{Act, Store};

pub(crate) use commitments::CommitmentsApi;

/// Serves `CommitmentTemplates`, `Divisions`, `Dossiers`, `Enterprises`, `Parties`, `Licences`, `Marks` and `Reviews`. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    store: Arc<Store>,
    clock: Clock,
}

impl Api {
    /// Serves what `store` holds, by `clock`.
    pub(crate) fn new(store: Arc<Store>, clock: Clock) -> Self {
        Self { store, clock }
    }

    fn book(&self) -> &Rulebook {
        self.store.book()
    }

    /// The caller's act of this moment.
    fn act(&self, caller: &Caller, key: &Key<'_>, legal_basis: &str) -> Act {
        Act::of(caller, key, legal_basis, self.clock.now(), self.book())
    }
}

/// What a request of `caller` to `method` is known by.
fn key<'a>(caller: &'a Caller, method: &'a str, request_id: &'a RequestId) -> Key<'a> {
    Key { caller: caller.subject(), method, request_id }
}
