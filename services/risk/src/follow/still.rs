//! Whether a copy is still being filled: the daily scan waits until it is not, so that it never judges by half a city.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Notes since when a copy is kept by this process, and when it changed last.
#[derive(Debug)]
pub(crate) struct Stillness {
    since: Instant,
    changed: Mutex<Instant>,
}

impl Default for Stillness {
    /// A copy that may be filled any moment.
    fn default() -> Self {
        let now = Instant::now();
        Self { since: now, changed: Mutex::new(now) }
    }
}

impl Stillness {
    /// The copy has changed.
    pub(crate) fn stirred(&self) {
        *self.changed.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Whether it has not changed for so long.
    pub(crate) fn lasts(&self, long: Duration) -> bool {
        self.changed.lock().unwrap_or_else(PoisonError::into_inner).elapsed() >= long
    }

    /// Whether this process has kept it for so long.
    pub(crate) fn has_run_for(&self, long: Duration) -> bool {
        self.since.elapsed() >= long
    }
}
