//! Pauses between attempts to connect.

use std::time::Duration;

use rand::{Rng, rngs::StdRng};

/// Pause after the first failure.
const FIRST: Duration = Duration::from_millis(100);
/// Longest pause.
const LONGEST: Duration = Duration::from_secs(10);

/// Pauses that double up to ten seconds, each shortened at random by up to a half, so that readers that lost one server
/// together do not come back together.
#[derive(Debug)]
pub(super) struct Backoff {
    failures: u32,
    rng: StdRng,
}

impl Backoff {
    pub(super) fn new(rng: StdRng) -> Self {
        Self { failures: 0, rng }
    }

    /// Something succeeded.
    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }

    /// Something failed: how long to wait.
    pub(super) fn pause(&mut self) -> Duration {
        let longest = FIRST.saturating_mul(1 << self.failures.min(16)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        longest.mul_f64(1.0 - self.rng.random::<f64>() / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn pauses_grow_to_ten_seconds_and_start_again_after_a_success() {
        let mut backoff = Backoff::new(StdRng::seed_from_u64(1));
        let pauses: Vec<_> = (0..20).map(|_| backoff.pause()).collect();
        assert!(pauses[0] <= FIRST && pauses[0] >= FIRST / 2, "{:?}", pauses[0]);
        assert!(pauses[10..].iter().all(|pause| *pause <= LONGEST && *pause >= LONGEST / 2), "{pauses:?}");
        backoff.reset();
        assert!(backoff.pause() <= FIRST);
    }
}
