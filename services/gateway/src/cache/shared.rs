//! Answers kept in Redis, for all replicas of the gateway.

use std::time::Duration;

use prost::Message;
use service::redis::RedisServer;

use super::{Bounds, entry::Entry};
use crate::redis_link::{RedisLink, Words};

/// Largest answer that is kept there: a larger one takes its time, and holds up what others ask on the same connection.
const LARGEST: usize = 256 << 10;
const WORDS: Words = Words {
    gauge: "gateway_cache_shared",
    description: "1 while dossiers of enterprises are kept for all replicas, 0 while Redis is away",
    back: "dossiers of enterprises are kept for all replicas, in Redis",
    away: "dossiers of enterprises are kept by each replica alone: Redis is away",
};

/// What stands in Redis: an answer with the key that it was kept under. Whatever mixes up two answers, be it a proxy or a connection that
/// lost count, must not show one office what another may see, nor one enterprise for another.
#[derive(Clone, PartialEq, prost::Message)]
struct Stored {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(message, optional, tag = "2")]
    entry: Option<Entry>,
}

/// Answers by their keys, which Redis forgets when their life has ended.
#[derive(Debug)]
pub(super) struct Shared {
    link: RedisLink,
    life: Duration,
}

impl Shared {
    pub(super) fn new(server: RedisServer, Bounds { life, patience, .. }: Bounds) -> Self {
        Self { link: RedisLink::new(server, patience, WORDS), life }
    }

    /// What is kept under a key; the outer `None` when Redis does not say. What cannot be read, or was kept under another key, is not
    /// there.
    pub(super) async fn get(&self, key: &str) -> Option<Option<Entry>> {
        let mut command = redis::cmd("GET");
        command.arg(named(key));
        let bytes: Option<Vec<u8>> = self.link.ask(&command).await?;
        Some(bytes.and_then(|bytes| read(key, bytes)))
    }

    /// Keeps an answer; `None` when Redis does not take it, or it is too large.
    pub(super) async fn put(&self, key: &str, entry: &Entry) -> Option<()> {
        if entry.answer.len() > LARGEST {
            return None;
        }
        let mut command = redis::cmd("SET");
        let life_ms = u64::try_from(self.life.as_millis()).unwrap_or(u64::MAX);
        command.arg(named(key)).arg(written(key, entry)).arg("PX").arg(life_ms);
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

fn written(key: &str, entry: &Entry) -> Vec<u8> {
    Stored { key: key.to_owned(), entry: Some(entry.clone()) }.encode_to_vec()
}

fn read(key: &str, bytes: Vec<u8>) -> Option<Entry> {
    let stored = Stored::decode(bytes::Bytes::from(bytes)).ok()?;
    stored.entry.filter(|_| stored.key == key)
}

#[cfg(test)]
mod tests {
    use super::super::entry::Place;
    use super::*;

    #[test]
    fn what_was_kept_under_another_key_or_in_another_form_is_not_there() {
        let place = Place { epoch: 1, first: vec![1].into(), seq: 7 };
        let entry =
            Entry { asked_at: vec![place], good_until_us: 9, answer: vec![1, 2].into(), logged: Vec::new() };
        let key = "collection:91350100M000100Y43:100:2026-03-02:CREDIT;*;370100;*";
        assert_eq!(read(key, written(key, &entry)), Some(entry.clone()));
        for other in [key.replace("CREDIT", "LEGAL"), key.replace("370100", "370102")] {
            assert_eq!(read(&other, written(key, &entry)), None, "{other}");
        }
        assert_eq!(read(key, entry.encode_to_vec()), None);
        assert_eq!(read(key, Vec::new()), None);
    }
}
