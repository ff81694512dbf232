//! The public keys in force: where they come from, and what happens while they change.
//!
//! Keys come from a text, from a file or from the issuer's own address, and are asked for again: regularly, and from an issuer also when a
//! token names one that nobody knows, but then at most every [`BETWEEN_QUESTIONS_US`]. A key that is published no more is accepted for
//! [`RETIRED_US`], for the tokens that it signed last. While the source does not answer, the keys stay; health and metrics say so.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use domain::MicrosUtc;
use tokio::sync::{Mutex, Semaphore};

use super::{
    KeysError,
    fetch::IssuerKeys,
    jwks::{self, Others, VerifyingKey},
};

const SECOND_US: i64 = 1_000_000;
/// Shortest time between two questions that tokens with unknown keys cause: nobody makes us flood the issuer.
pub(super) const BETWEEN_QUESTIONS_US: i64 = 30 * SECOND_US;
/// Most requests that wait for an answer of the issuer at once; others are refused without it.
const MOST_WAITING: usize = 128;
/// Time for which a key is accepted after the source stopped publishing it.
pub(super) const RETIRED_US: i64 = 600 * SECOND_US;
/// Time between two questions to an issuer that answers, and to one that did not answer last.
const REGULARLY_US: i64 = 300 * SECOND_US;
const AFTER_FAILURE_US: i64 = 15 * SECOND_US;

/// How well the keys are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Supply {
    /// The source has answered the last question.
    Fresh,
    /// It has not; the keys of before are in use.
    Stale,
    /// It never has: no token can be verified.
    Missing,
}

/// Where keys come from.
#[derive(Debug)]
pub(super) enum Source {
    /// A text that never changes.
    Text,
    File(PathBuf),
    Issuer(IssuerKeys),
}

#[derive(Debug)]
pub(super) struct KeyRing {
    source: Source,
    held: RwLock<Held>,
    /// When the source was asked last; held while it is being asked, so that one question serves all who wait.
    asked: Mutex<Option<MicrosUtc>>,
    waiting: Arc<Semaphore>,
    changes: AtomicU64,
}

#[derive(Debug, Default)]
struct Held {
    keys: HashMap<String, HeldKey>,
    loaded_at: Option<MicrosUtc>,
    failed: bool,
}

#[derive(Debug)]
struct HeldKey {
    key: VerifyingKey,
    /// Since when it is published no more.
    gone_at: Option<MicrosUtc>,
}

impl HeldKey {
    fn is_good(&self, now: MicrosUtc) -> bool {
        self.gone_at.is_none_or(|gone| now < gone.plus_micros(RETIRED_US))
    }
}

impl KeyRing {
    pub(super) fn new(source: Source, keys: HashMap<String, VerifyingKey>) -> Self {
        let keys = keys.into_iter().map(|(id, key)| (id, HeldKey { key, gone_at: None })).collect();
        let held = RwLock::new(Held { keys, loaded_at: None, failed: false });
        let waiting = Arc::new(Semaphore::new(MOST_WAITING));
        Self { source, held, asked: Mutex::default(), waiting, changes: AtomicU64::new(0) }
    }

    /// The key with this id.
    pub(super) fn find(&self, id: &str, now: MicrosUtc) -> Option<VerifyingKey> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.keys.get(id).filter(|held| held.is_good(now)).map(|held| held.key.clone())
    }

    /// A number that grows whenever a key has gone: what was verified by it must be verified again.
    pub(super) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    /// Whether asking may bring a key that is not here; a file is looked at all the time.
    pub(super) fn can_learn(&self) -> bool {
        matches!(self.source, Source::Issuer(_))
    }

    /// How well the keys are known.
    pub(super) fn supply(&self) -> Supply {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        match (held.keys.is_empty(), held.failed) {
            (true, _) => Supply::Missing,
            (false, true) => Supply::Stale,
            (false, false) => Supply::Fresh,
        }
    }

    /// Seconds since the source was read last; `None` for keys that have no source, or were never read from it.
    pub(super) fn age_seconds(&self, now: MicrosUtc) -> Option<i64> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        Some((now.micros() - held.loaded_at?.micros()).max(0) / SECOND_US)
    }

    /// Asks the source if its time has come.
    pub(super) async fn refresh(&self, now: MicrosUtc) {
        let pause = match (&self.source, self.supply()) {
            (Source::Text, _) => return,
            (Source::File(_), _) => 0,
            (Source::Issuer(_), Supply::Fresh) => REGULARLY_US,
            (Source::Issuer(_), _) => AFTER_FAILURE_US,
        };
        self.ask_after(pause, now).await;
    }

    /// Asks the source because a token names a key that is not here.
    pub(super) async fn learn(self: &Arc<Self>, now: MicrosUtc) {
        let Ok(place) = self.waiting.clone().try_acquire_owned() else { return };
        let ring = self.clone();
        // A task of its own: who asked may be gone before the answer, and a question once begun counts as asked.
        let asking = tokio::spawn(async move {
            ring.ask_after(BETWEEN_QUESTIONS_US, now).await;
            drop(place);
        });
        drop(asking.await);
    }

    async fn ask_after(&self, pause_us: i64, now: MicrosUtc) {
        let mut asked = self.asked.lock().await;
        if asked.is_some_and(|at| now < at.plus_micros(pause_us)) {
            return self.forget_retired(now);
        }
        *asked = Some(now);
        match self.load().await {
            Ok(keys) => self.take(keys, now),
            Err(problem) => self.note_failure(&problem),
        }
        self.forget_retired(now);
    }

    async fn load(&self) -> Result<HashMap<String, VerifyingKey>, KeysError> {
        match &self.source {
            Source::Text => Err(KeysError::Empty),
            Source::File(path) => super::keys::read_file(path),
            Source::Issuer(issuer) => jwks::read(&issuer.key_set().await?, Others::LeftOut),
        }
    }

    /// Takes what is published now in the place of what was.
    fn take(&self, published: HashMap<String, VerifyingKey>, now: MicrosUtc) {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        if held.failed {
            tracing::info!("the keys for tokens are published again");
        }
        (held.loaded_at, held.failed) = (Some(now), false);
        for (id, key) in &mut held.keys {
            if !published.contains_key(id) && key.gone_at.is_none() {
                tracing::info!(key = id, "key `{id}` for tokens is published no more");
                key.gone_at = Some(now);
            }
        }
        for (id, key) in published {
            let before = held.keys.get(&id);
            let replaced = before.is_some_and(|before| before.key.published != key.published);
            if before.is_none() || replaced {
                tracing::info!(key = id, "tokens signed by key `{id}` are accepted");
            }
            held.keys.insert(id, HeldKey { key, gone_at: None });
            if replaced {
                self.changes.fetch_add(1, Ordering::Release);
            }
        }
    }

    fn note_failure(&self, problem: &KeysError) {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        if !held.failed {
            let problem = crate::error::causes(problem);
            tracing::warn!(error = %problem, "the keys for tokens cannot be read, those of before stay: {problem}");
        }
        held.failed = true;
    }

    fn forget_retired(&self, now: MicrosUtc) {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        let before = held.keys.len();
        held.keys.retain(|_, key| key.is_good(now));
        if held.keys.len() < before {
            self.changes.fetch_add(1, Ordering::Release);
        }
    }
}
