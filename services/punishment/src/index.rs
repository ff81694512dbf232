//! The copy of all standings in memory, from which party checks are answered.
//!
//! It follows the database: after every decision of this process at once, and every 100 ms for those of others. A copy that has
//! not heard from the database for a second says so, and the check then reads the database itself (design §10).

use std::collections::HashMap;
use std::sync::RwLock;
use std::time::Duration;

use domain::{MicrosUtc, Uscc};
use service::{Clock, Shutdown};
use tokio::sync::Mutex;

use crate::domain::list::Standing;
use crate::error::Error;
use crate::store::{Changes, Store};

/// Pause between two looks at the database.
const REFRESH_INTERVAL: Duration = Duration::from_millis(100);
/// Age past which the copy is not to be trusted.
const MAX_AGE_US: i64 = 1_000_000;

/// What is known of every party that is or was listed.
#[derive(Debug, Default)]
pub struct PartyIndex {
    known: RwLock<Known>,
    /// Held while reading changes, so that two refreshes do not apply them out of order.
    refreshing: Mutex<()>,
}

#[derive(Debug, Default)]
struct Known {
    parties: HashMap<Uscc, Vec<Standing>>,
    change_no: i64,
    known_seq: i64,
    /// When the database was last heard; `None` before the first time.
    heard_at: Option<MicrosUtc>,
}

impl PartyIndex {
    /// Gives `answer` what is known of a party, and up to which position of the feed; `None` when the copy is too old.
    pub fn with<T>(
        &self,
        uscc: &Uscc,
        now: MicrosUtc,
        answer: impl FnOnce(&[Standing], i64) -> T,
    ) -> Option<T> {
        let known = self.known.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let fresh = known.heard_at.is_some_and(|heard| now.micros() - heard.micros() <= MAX_AGE_US);
        fresh.then(|| answer(known.parties.get(uscc).map_or(&[][..], Vec::as_slice), known.known_seq))
    }

    /// Takes over what has changed in the database. `now` is the instant before reading.
    pub async fn refresh(&self, store: &Store, now: MicrosUtc) -> Result<(), Error> {
        let _alone = self.refreshing.lock().await;
        loop {
            let change_no = self.known.read().unwrap_or_else(std::sync::PoisonError::into_inner).change_no;
            let changes = store.standing_changes(change_no).await?;
            let done = changes.changes.is_empty();
            self.known
                .write()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
                .apply(changes, done.then_some(now));
            if done {
                return Ok(());
            }
        }
    }

    /// Keeps the copy fresh until the shutdown begins.
    pub async fn follow(&self, store: &Store, clock: Clock, shutdown: Shutdown) -> Result<(), Error> {
        loop {
            self.refresh(store, clock.now()).await?;
            tokio::select! {
                () = shutdown.begun() => return Ok(()),
                () = tokio::time::sleep(REFRESH_INTERVAL) => {}
            }
        }
    }
}

impl Known {
    fn apply(&mut self, changes: Changes, heard_at: Option<MicrosUtc>) {
        for change in changes.changes {
            let party = self.parties.entry(change.standing.uscc.clone()).or_default();
            party.retain(|standing| standing.name != change.standing.name);
            if !change.void {
                party.push(change.standing);
            }
        }
        self.change_no = changes.change_no;
        // Only a complete copy speaks for a position of the feed.
        if heard_at.is_some() {
            self.known_seq = changes.known_seq;
            self.heard_at = heard_at;
        }
    }
}
