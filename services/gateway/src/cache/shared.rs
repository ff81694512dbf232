//! Answers kept in Redis, for all replicas of the gateway.

use std::time::Duration;

use prost::Message;

use super::entry::Entry;
use crate::redis_link::{BadRedis, RedisLink, Words};

/// How long Redis may take: asking the services takes little longer.
const PATIENCE: Duration = Duration::from_millis(10);
/// Largest answer that is kept there: a larger one takes its time, and holds up what others ask on the same connection.
const LARGEST: usize = 256 << 10;
const WORDS: Words = Words {
    gauge: "gateway_cache_shared",
    description: "1 while dossiers of enterprises are kept for all replicas, 0 while Redis is away",
    back: "dossiers of enterprises are kept for all replicas, in Redis",
    away: "dossiers of enterprises are kept by each replica alone: Redis is away",
};

/// Answers by their keys, which Redis forgets when their life has ended.
#[derive(Debug)]
pub(super) struct Shared {
    link: RedisLink,
    life: Duration,
}

impl Shared {
    pub(super) fn new(url: &str, life: Duration) -> Result<Self, BadRedis> {
        Ok(Self { link: RedisLink::new(url, PATIENCE, WORDS)?, life })
    }

    /// What is kept under a key; the outer `None` when Redis does not say. What cannot be read is not there.
    pub(super) async fn get(&self, key: &str) -> Option<Option<Entry>> {
        let mut command = redis::cmd("GET");
        command.arg(named(key));
        let bytes: Option<Vec<u8>> = self.link.ask(&command).await?;
        Some(bytes.and_then(|bytes| Entry::decode(bytes::Bytes::from(bytes)).ok()))
    }

    /// Keeps an answer; `None` when Redis does not take it, or it is too large.
    pub(super) async fn put(&self, key: &str, entry: &Entry) -> Option<()> {
        if entry.answer.len() > LARGEST {
            return None;
        }
        let mut command = redis::cmd("SET");
        let life_ms = u64::try_from(self.life.as_millis()).unwrap_or(u64::MAX);
        command.arg(named(key)).arg(entry.encode_to_vec()).arg("PX").arg(life_ms);
        self.link.ask::<()>(&command).await
    }

    /// The link, which tells whether Redis answers.
    pub(super) fn link(&self) -> &RedisLink {
        &self.link
    }
}

fn named(key: &str) -> String {
    format!("xinjian:dossier:{key}")
}
