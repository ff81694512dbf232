//! The gRPC services, a file each: who asks, what for, do it, answer.

mod ceremony;
mod dossiers;
mod evidence;
mod inspectors;
mod items;
mod plans;
mod rectifications;
mod replacements;
mod tasks;
mod visits;

use std::collections::BTreeMap;

use db::{Fingerprint, PageToken, page_size};
use domain::RequestId;
use files::Archive;
use rulebook::Rulebook;
use service::auth::Caller;
use service::idempotency::Key;
use service::{Clock, FieldErrors, Shutdown};

use self::ceremony::Screens;
use crate::domain::evidence::MOST_BYTES;
use crate::error::Error;
use crate::store::{Act, Cut, Store};

/// The right to know who has key attention, as risk grants it.
const FLAGS: &str = "risk.flag.read";

/// The right to enter what a visit found: who holds it makes visits, and may know of them before they begin.
const INSPECT: &str = "inspection.result.write";

/// What every handler needs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Api {
    store: Store,
    clock: Clock,
    screens: Screens,
    archive: Option<Archive>,
}

impl Api {
    /// Handlers over a store, with the present from `clock`. Streams end when `shutdown` begins.
    pub fn new(store: Store, clock: Clock, shutdown: Shutdown) -> Self {
        Self { store, clock, screens: Screens::new(shutdown), archive: None }
    }

    /// Keeps files of evidence in `archive`; without one they are refused.
    #[must_use]
    pub fn archiving(self, archive: Option<Archive>) -> Self {
        let archive = archive.map(|archive| archive.with_max_bytes(MOST_BYTES as u64));
        Self { archive, ..self }
    }

    fn book(&self) -> &Rulebook {
        self.store.book()
    }

    /// Whether a caller may know whom a clue leads to before anybody has come: another office has no part in that, and nobody shall be warned.
    fn may_know_ahead(&self, caller: &Caller) -> bool {
        caller.may(INSPECT, self.book(), self.clock.today())
    }

    /// The fields in which enterprises have key attention today, by credit code, as far as the caller may see; `None` if he may not
    /// read flags at all. The read is noted by who calls this.
    async fn attention_for(
        &self,
        caller: &Caller,
        usccs: &[&str],
    ) -> Result<Option<BTreeMap<String, Vec<String>>>, Error> {
        let today = self.clock.today();
        if !caller.may(FLAGS, self.book(), today) {
            return Ok(None);
        }
        Ok(Some(self.store.attention(usccs, &caller.scope(), today).await?))
    }

    /// The act of a caller who sent `request_id` to `method`.
    fn act<'a>(&self, caller: &'a Caller, method: &'a str, request_id: &'a RequestId) -> Act<'a> {
        let key = Key { caller: caller.subject(), method, request_id };
        Act::of(caller, key, self.clock.now(), self.book())
    }
}

/// What was read from a request, if nothing in it is wrong.
fn whole<T>(errors: FieldErrors, parsed: Option<T>) -> Result<T, Error> {
    match parsed {
        Some(parsed) if errors.is_empty() => Ok(parsed),
        _ => Err(errors.into()),
    }
}

/// Which page of a list: `list` names it, with every filter and the caller's scope.
fn cut(list: &[&str], caller: &Caller, (size, most): (i32, u32), token: &str) -> Result<Cut, Error> {
    let scope = caller.scope();
    let fields = scope.field_codes().map_or_else(|| "*".to_owned(), |fields| fields.join(","));
    let divisions = scope.division_codes().join(",");
    let names: Vec<&str> = list.iter().copied().chain([fields.as_str(), divisions.as_str()]).collect();
    let fingerprint = Fingerprint::of(&names);
    let mut errors = FieldErrors::default();
    let after = errors.check("page_token", PageToken::decode(token, fingerprint));
    let size = errors.check("page_size", page_size(size, 50, most));
    let (after, size) = whole(errors, after.zip(size))?;
    Ok(Cut { fingerprint, after, size })
}
