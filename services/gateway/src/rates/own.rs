//! Buckets of this process.

use std::{collections::HashMap, sync::Mutex, time::Duration};

use domain::MicrosUtc;

use super::bucket::{Bucket, Limit};

/// Callers that are remembered; then those whose buckets are full are forgotten, which changes nothing for them.
const MOST: usize = 10_000;
/// How often they are forgotten besides, in microseconds: who has not called for long is nobody's business.
const SWEEP_MICROS: u64 = 60_000_000;

/// Buckets of callers.
#[derive(Debug, Default)]
pub(super) struct Own(Mutex<Buckets>);

#[derive(Debug, Default)]
struct Buckets {
    by_caller: HashMap<String, Bucket>,
    /// When full ones were forgotten last.
    swept: Option<MicrosUtc>,
}

impl Own {
    /// Takes one request; the time to wait where there is none.
    pub(super) fn take(&self, caller: &str, limit: Limit, now: MicrosUtc) -> Duration {
        let mut buckets = self.0.lock().expect("nothing panics while it holds the buckets");
        if buckets.swept.is_none_or(|swept| now.0.abs_diff(swept.0) >= SWEEP_MICROS) {
            buckets.forget_full(limit, now);
        }
        if let Some(bucket) = buckets.by_caller.get_mut(caller) {
            return bucket.take(limit, now);
        }
        if buckets.by_caller.len() >= MOST {
            buckets.forget_full(limit, now);
        }
        if buckets.by_caller.len() >= MOST {
            // So many callers at once are no callers that should be waited for: all begin anew.
            buckets.by_caller.clear();
        }
        let new = || Bucket::full(limit, now);
        buckets.by_caller.entry(caller.to_owned()).or_insert_with(new).take(limit, now)
    }
}

impl Buckets {
    fn forget_full(&mut self, limit: Limit, now: MicrosUtc) {
        self.by_caller.retain(|_, bucket| !bucket.is_full(limit, now));
        self.swept = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_callers_that_are_remembered_has_a_bound() {
        let (own, limit) = (Own::default(), Limit { per_minute: 60, burst: 1 });
        for caller in 0..=MOST {
            assert!(own.take(&caller.to_string(), limit, MicrosUtc(0)).is_zero());
        }
        assert!(own.0.lock().unwrap().by_caller.len() <= MOST);
    }

    #[test]
    fn whose_bucket_is_full_is_forgotten_before_long_and_whose_is_not_is_kept() {
        let (own, limit) = (Own::default(), Limit { per_minute: 1, burst: 2 });
        let at = |minutes: i64| MicrosUtc(minutes * 60_000_000);
        own.take("192.0.2.7", limit, at(0));
        for _ in 0..2 {
            own.take("192.0.2.8", limit, at(0));
        }
        own.take("192.0.2.9", limit, at(1));
        let mut kept: Vec<_> = own.0.lock().unwrap().by_caller.keys().cloned().collect();
        kept.sort_unstable();
        assert_eq!(kept, ["192.0.2.8", "192.0.2.9"]);
    }
}
