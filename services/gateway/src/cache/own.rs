//! Answers kept in this process.

use quick_cache::{Weighter, sync::Cache};

use super::entry::Entry;

/// What an answer takes beside its bytes: key, places and the table, about.
const OVERHEAD: u64 = 400;
/// Bytes of an answer as the table is laid out for; it adjusts itself.
const USUAL: u64 = 1024;

/// Answers by their keys, of which those that nobody asks for go first when there are too many.
#[derive(Debug)]
pub(super) struct Own(Cache<String, Entry, Bytes>);

#[derive(Clone, Debug)]
struct Bytes;

impl Weighter<String, Entry> for Bytes {
    fn weight(&self, _: &String, entry: &Entry) -> u64 {
        entry.answer.len() as u64 + OVERHEAD
    }
}

impl Own {
    /// Room for so many bytes.
    pub(super) fn new(bytes: u64) -> Self {
        let entries = usize::try_from(bytes / USUAL).unwrap_or(usize::MAX);
        Self(Cache::with_weighter(entries, bytes, Bytes))
    }

    pub(super) fn get(&self, key: &str) -> Option<Entry> {
        self.0.get(key)
    }

    pub(super) fn put(&self, key: String, entry: Entry) {
        self.0.insert(key, entry);
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
}
