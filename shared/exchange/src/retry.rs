//! When a failed attempt is repeated.

use std::time::Duration;

/// How often and how fast a delivery is tried: waits double from `base` up to `cap`, each shortened by up to a half at
/// random, so that what failed together does not come back together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts before a delivery becomes a dead letter; at least 1.
    pub max_attempts: i64,
    /// Longest wait after the first failure.
    pub base: Duration,
    /// Longest wait after any failure.
    pub cap: Duration,
    /// How long one attempt may take; afterwards it counts as failed.
    pub attempt_timeout: Duration,
    /// Kind of deliveries that are tried until they are taken, with the longest wait again and again, and so is whatever stands before
    /// them about their subject; `None` for none.
    pub until_taken: Option<&'static str>,
}

impl Default for RetryPolicy {
    /// About four days of attempts: 2 s, 4 s, 8 s … then every two hours.
    fn default() -> Self {
        Self {
            max_attempts: 60,
            base: Duration::from_secs(2),
            cap: Duration::from_secs(2 * 3600),
            attempt_timeout: Duration::from_secs(15),
            until_taken: None,
        }
    }
}

impl RetryPolicy {
    /// Wait after failure number `attempts` (from 1), where `jitter` is a random number in `[0, 1)`.
    pub fn wait(&self, attempts: i64, jitter: f64) -> Duration {
        let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(31);
        let longest = self.base.saturating_mul(1 << doublings).min(self.cap);
        longest.mul_f64(1.0 - jitter.clamp(0.0, 1.0) / 2.0)
    }

    /// How long a claimed attempt belongs to its dispatcher: twice the attempt's time-out, so that a slow attempt is
    /// not overtaken by its own repetition.
    pub(crate) fn lease(&self) -> Duration {
        self.attempt_timeout.saturating_mul(2)
    }

    /// Whether failure number `attempts` of a delivery of this kind was the last.
    pub(crate) fn exhausted(&self, kind: &str, attempts: i64) -> bool {
        attempts >= self.max_attempts && self.until_taken != Some(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_cap_and_jitter_takes_at_most_half() {
        let policy = RetryPolicy::default();
        let seconds: Vec<_> = [1, 2, 3, 13, 60, 1_000].map(|n| policy.wait(n, 0.0).as_secs()).to_vec();
        assert_eq!(seconds, [2, 4, 8, 7200, 7200, 7200]);
        assert_eq!(policy.wait(3, 0.5), Duration::from_secs(6));
        assert_eq!(policy.wait(3, 1.0), Duration::from_secs(4));
    }

    #[test]
    fn what_must_be_taken_is_never_given_up_and_everything_else_is_after_its_last_attempt() {
        let policy = RetryPolicy { until_taken: Some("mark.withdrawn"), ..RetryPolicy::default() };
        assert!(!policy.exhausted("mark.published", 59) && policy.exhausted("mark.published", 60));
        assert!(!policy.exhausted("mark.withdrawn", 60) && !policy.exhausted("mark.withdrawn", i64::MAX));
        assert!(RetryPolicy::default().exhausted("mark.withdrawn", 60));
    }

    #[test]
    fn the_default_outlasts_a_long_holiday_weekend_of_the_receiver() {
        let policy = RetryPolicy::default();
        let shortest: Duration = (1..policy.max_attempts).map(|n| policy.wait(n, 1.0)).sum();
        assert!(shortest > Duration::from_secs(45 * 3600), "{shortest:?}");
    }
}
