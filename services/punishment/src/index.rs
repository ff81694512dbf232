//! The copy of all standings in memory, from which party checks are answered.
//!
//! It follows the database: at once after every decision of this process, and of another when its bell is heard ([`STANDINGS`]); and
//! every 20 ms, whatever is heard. A copy that has not heard from the database for a second says so, and the check then reads the
//! database itself (design §10).

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use domain::{MicrosUtc, Uscc};
use service::{Clock, Shutdown};
use tokio::sync::{Mutex, Notify};

use crate::domain::list::Standing;
use crate::error::Error;
use crate::store::{Changes, STANDINGS, StandingChange, Store};

/// Pause between two looks at the database, which cost it two rows: while no bell is heard, what another replica has decided is told
/// here as soon as that.
pub const REFRESH_INTERVAL: Duration = Duration::from_millis(20);
/// Age past which the copy is not to be trusted.
const MAX_AGE_US: u64 = 1_000_000;

/// What is known of every party that is or was listed.
#[derive(Debug, Default)]
pub struct PartyIndex {
    known: RwLock<Known>,
    /// Held while reading changes, so that two refreshes do not apply them out of order.
    refreshing: Mutex<()>,
}

/// The copy at one moment: all that it says is of one state of the lists.
#[derive(Debug, Default)]
pub struct Known {
    parties: HashMap<Uscc, Vec<Standing>>,
    /// The party of each record that triggers something, or did.
    of_records: HashMap<String, Uscc>,
    change_no: i64,
    known_seq: i64,
    /// When the database was last heard; `None` before the first time.
    heard_at: Option<MicrosUtc>,
}

impl PartyIndex {
    /// Gives `answer` the copy; `None` when it is too old. A refresh waits while `answer` runs.
    pub fn read<T>(&self, now: MicrosUtc, answer: impl FnOnce(&Known) -> T) -> Option<T> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        // Either way: by a clock that was set back, a copy that hears nothing would stay young for ever.
        let fresh = known.heard_at.is_some_and(|heard| now.0.abs_diff(heard.0) <= MAX_AGE_US);
        fresh.then(|| answer(&known))
    }

    /// Takes over what has changed in the database. `now` is the instant before reading.
    pub async fn refresh(&self, store: &Store, now: MicrosUtc) -> Result<(), Error> {
        let _alone = self.refreshing.lock().await;
        loop {
            let change_no = self.known.read().unwrap_or_else(PoisonError::into_inner).change_no;
            let changes = store.standing_changes(change_no).await?;
            let done = changes.is_all;
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            known.apply(changes, done.then_some(now));
            if done {
                return Ok(());
            }
        }
    }

    /// Keeps the copy fresh until the shutdown begins: looks at the database when a change rings, and after each `pause`.
    pub async fn follow(
        &self,
        store: &Store,
        clock: Clock,
        pause: Duration,
        shutdown: Shutdown,
    ) -> Result<(), Error> {
        let rung = Notify::new();
        let looking = async {
            loop {
                self.refresh(store, clock.now()).await?;
                tokio::select! {
                    () = shutdown.begun() => return Ok::<(), Error>(()),
                    () = rung.notified() => {}
                    () = tokio::time::sleep(pause) => {}
                }
            }
        };
        tokio::select! {
            done = looking => done,
            never = store.db().hear(STANDINGS, &rung) => match never {},
        }
    }
}

impl Known {
    /// Periods in which entries of a party stand or stood.
    pub fn of(&self, uscc: &Uscc) -> &[Standing] {
        self.parties.get(uscc).map_or(&[], Vec::as_slice)
    }

    /// Position of the feed up to which everything is known.
    pub fn known_seq(&self) -> i64 {
        self.known_seq
    }

    /// A record may turn out to be about another party: it leaves the one that it was about.
    fn move_record(&mut self, standing: &Standing) {
        if !standing.name.list().is_of_records() {
            return;
        }
        let before = self.of_records.insert(standing.name.id().to_owned(), standing.uscc.clone());
        if let Some(party) = before.and_then(|before| self.parties.get_mut(&before)) {
            party.retain(|own| !own.name.is_resource_of(&standing.name));
        }
    }

    fn apply(&mut self, changes: Changes, heard_at: Option<MicrosUtc>) {
        for StandingChange { standing, void } in changes.changes {
            self.move_record(&standing);
            let party = self.parties.entry(standing.uscc.clone()).or_default();
            // A void entry never stood. Otherwise its periods that are over stay, and the one that is told again is replaced.
            party.retain(|own| {
                let over = !void && own.removed_on.is_some() && own.listed_on != standing.listed_on;
                !own.name.is_resource_of(&standing.name) || (over && !standing.name.list().is_of_records())
            });
            if !void {
                party.push(standing);
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
