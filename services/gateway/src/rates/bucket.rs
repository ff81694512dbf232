//! One bucket.

use std::time::Duration;

use domain::MicrosUtc;

/// Microseconds of a minute.
const MINUTE_MICROS: f64 = 60e6;

/// How fast a bucket fills, and how much it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit {
    /// Requests a minute, above zero.
    pub(crate) per_minute: u32,
    /// Requests at once after a pause, above zero.
    pub(crate) burst: u32,
}

/// The requests that a caller may still make.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    left: f64,
    at: MicrosUtc,
}

impl Bucket {
    pub(super) fn full(limit: Limit, now: MicrosUtc) -> Self {
        Self { left: limit.burst.into(), at: now }
    }

    /// Takes one request; the time to wait where there is none. A clock that goes back fills nothing.
    pub(super) fn take(&mut self, limit: Limit, now: MicrosUtc) -> Duration {
        self.fill(limit, now);
        if self.left >= 1.0 {
            self.left -= 1.0;
            return Duration::ZERO;
        }
        let micros = (1.0 - self.left) * MINUTE_MICROS / f64::from(limit.per_minute);
        Duration::from_micros(micros.ceil() as u64)
    }

    /// Whether it holds as much as it can: then it need not be kept.
    pub(super) fn is_full(&mut self, limit: Limit, now: MicrosUtc) -> bool {
        self.fill(limit, now);
        self.left >= f64::from(limit.burst)
    }

    fn fill(&mut self, limit: Limit, now: MicrosUtc) {
        let passed = now.0.saturating_sub(self.at.0).max(0);
        // Also back: a clock that was set right must not fill nothing for as long as it was wrong.
        self.at = now;
        let more = passed as f64 * f64::from(limit.per_minute) / MINUTE_MICROS;
        self.left = (self.left + more).min(limit.burst.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Limit = Limit { per_minute: 120, burst: 4 };

    #[test]
    fn a_bucket_holds_its_burst_and_no_more_and_a_clock_that_goes_back_fills_nothing() {
        let mut bucket = Bucket::full(LIMIT, MicrosUtc(0));
        let later = MicrosUtc(3_600_000_000);
        assert!(bucket.is_full(LIMIT, later));
        let taken = (0..10).filter(|_| bucket.take(LIMIT, later).is_zero()).count();
        assert_eq!(taken, 4);
        assert!(!bucket.is_full(LIMIT, MicrosUtc(0)));
        assert_eq!(bucket.take(LIMIT, MicrosUtc(0)), Duration::from_millis(500));
        assert!(bucket.take(LIMIT, MicrosUtc(later.0 + 500_000)).is_zero());
    }
}
