//! Buckets in Redis, for all replicas of the gateway.

use std::time::Duration;

use domain::MicrosUtc;
use service::redis::RedisServer;

use super::Limit;
use crate::redis_link::{RedisLink, Words};

/// How long Redis may take: a caller is not kept waiting for it.
const PATIENCE: Duration = Duration::from_millis(50);
const WORDS: Words = Words {
    gauge: "gateway_rates_shared",
    description: "1 while rates are counted for all replicas, 0 while Redis is away",
    back: "rates are counted for all replicas, in Redis",
    away: "rates are counted by each replica alone: Redis is away",
};
/// Takes one request from the bucket of a caller and answers how many microseconds it has to wait for one. What is full again is
/// forgotten by Redis. Clocks of replicas differ a little; one that was hours ahead must not keep the others from filling. Numbers are
/// written out: Lua would shorten them.
const TAKE: &str = "
    local rate, burst, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
    local kept = redis.call('HMGET', KEYS[1], 'left', 'at')
    local left, at = tonumber(kept[1]) or burst, tonumber(kept[2]) or now
    if at - now > 5000000 then at = now end
    left = math.min(burst, left + math.max(0, now - at) * rate / 60000000)
    local wait = 0
    if left >= 1 then left = left - 1 else wait = math.ceil((1 - left) * 60000000 / rate) end
    redis.call('HSET', KEYS[1], 'left', string.format('%.6f', left), 'at', string.format('%.0f', math.max(at, now)))
    redis.call('PEXPIRE', KEYS[1], math.ceil(burst * 60000 / rate) + 1000)
    return wait";

/// The buckets of a Redis server.
#[derive(Debug)]
pub(super) struct Shared(RedisLink);

impl Shared {
    pub(super) fn new(server: RedisServer) -> Self {
        Self(RedisLink::new(server, PATIENCE, WORDS))
    }

    /// Takes one request; the time to wait where there is none. `None` when Redis does not say.
    pub(super) async fn take(&self, caller: &str, limit: Limit, now: MicrosUtc) -> Option<Duration> {
        let mut script = redis::cmd("EVAL");
        script.arg(TAKE).arg(1).arg(format!("xinjian:rate:{caller}"));
        script.arg(limit.per_minute).arg(limit.burst).arg(now.0);
        self.0.ask::<u64>(&script).await.map(Duration::from_micros)
    }

    /// The link, which tells whether Redis answers.
    pub(super) fn link(&self) -> &RedisLink {
        &self.0
    }
}
