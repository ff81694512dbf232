//! Buckets of this process.

use std::{collections::HashMap, sync::Mutex, time::Duration};

use domain::MicrosUtc;

use super::bucket::{Bucket, Limit};

/// Callers that are remembered; then those whose buckets are full are forgotten, which changes nothing for them.
const MOST: usize = 10_000;

/// Buckets by the subject of the caller.
#[derive(Debug, Default)]
pub(super) struct Own(Mutex<HashMap<String, Bucket>>);

impl Own {
    /// Takes one request; the time to wait where there is none.
    pub(super) fn take(&self, caller: &str, limit: Limit, now: MicrosUtc) -> Duration {
        let mut buckets = self.0.lock().expect("nothing panics while it holds the buckets");
        if let Some(bucket) = buckets.get_mut(caller) {
            return bucket.take(limit, now);
        }
        if buckets.len() >= MOST {
            buckets.retain(|_, bucket| !bucket.is_full(limit, now));
        }
        if buckets.len() >= MOST {
            // So many callers at once are no callers that should be waited for: all begin anew.
            buckets.clear();
        }
        buckets.entry(caller.to_owned()).or_insert_with(|| Bucket::full(limit, now)).take(limit, now)
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
        assert!(own.0.lock().unwrap().len() <= MOST);
    }
}
