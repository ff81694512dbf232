//! Answers kept in this process.

use std::sync::Arc;

use domain::MicrosUtc;
use quick_cache::{Weighter, sync::Cache};

use super::entry::Entry;

/// What an answer takes beside its bytes and those of its key: places and the table, about.
const OVERHEAD: u64 = 500;
/// Bytes of an answer as the table is laid out for; it adjusts itself.
const USUAL: u64 = 1024;

/// Answers by their keys, of which those that nobody asks for go first when there are too many.
#[derive(Debug)]
pub(super) struct Own(Cache<String, Arc<Entry>, Bytes>);

#[derive(Clone, Debug)]
struct Bytes;

impl Weighter<String, Arc<Entry>> for Bytes {
    fn weight(&self, key: &String, entry: &Arc<Entry>) -> u64 {
        (key.len() + entry.answer.len()) as u64 + OVERHEAD
    }
}

impl Own {
    /// Room for so many bytes.
    pub(super) fn new(bytes: u64) -> Self {
        let entries = usize::try_from(bytes / USUAL).unwrap_or(usize::MAX);
        Self(Cache::with_weighter(entries, bytes, Bytes))
    }

    pub(super) fn get(&self, key: &str) -> Option<Arc<Entry>> {
        self.0.get(key)
    }

    pub(super) fn put(&self, key: String, entry: Entry) {
        self.0.insert(key, Arc::new(entry));
    }

    pub(super) fn remove(&self, key: &str) {
        self.0.remove(key);
    }

    /// Removes what has ended its life by now.
    pub(super) fn sweep(&self, now: MicrosUtc) {
        self.0.retain(|_, entry| entry.good_until_us > now.micros());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_has_a_bound_in_bytes() {
        let own = Own::new(1 << 20);
        let entry = Entry { answer: vec![0; 10_000].into(), ..Entry::default() };
        for key in 0..1_000 {
            own.put(key.to_string(), entry.clone());
        }
        // Room is dealt out to shards, rounded up by a byte each.
        assert!(own.0.weight() <= (1 << 20) + 1024, "{} bytes", own.0.weight());
        assert!(own.0.len() > 10, "{} answers", own.0.len());
    }

    #[test]
    fn the_bound_counts_keys_too() {
        let own = Own::new(1 << 20);
        for key in 0..1_000 {
            own.put(format!("{key:010000}"), Entry::default());
        }
        assert!(own.0.len() <= 1 << 7, "{} answers", own.0.len());
    }

    #[test]
    fn what_is_removed_or_has_lived_is_there_no_more() {
        let own = Own::new(1 << 20);
        for (key, good_until_us) in [("removed", 9), ("old", 5), ("young", 6)] {
            own.put(key.to_owned(), Entry { good_until_us, ..Entry::default() });
        }
        own.remove("removed");
        own.sweep(MicrosUtc(5));
        let left = ["removed", "old", "young"].map(|key| own.get(key).is_some());
        assert_eq!((left, own.0.len()), ([false, false, true], 1));
    }
}
