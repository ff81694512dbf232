//! Buckets in Redis, for all replicas of the gateway.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use domain::MicrosUtc;
use opentelemetry::metrics::Gauge;
use redis::{Client, RedisError, aio::MultiplexedConnection};
use tokio::time::{Instant, timeout};

use super::Limit;

/// How long Redis may take: a caller is not kept waiting for it.
const PATIENCE: Duration = Duration::from_millis(50);
/// Pause after a failure, in which nobody asks it.
const PAUSE: Duration = Duration::from_secs(1);
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

/// The address is not one of a Redis server.
#[derive(Debug, thiserror::Error)]
#[error("not the address of a Redis server; expected `redis://HOST:PORT`")]
pub(crate) struct BadRedis(#[source] RedisError);

/// A Redis server, and whether it answers.
#[derive(Debug)]
pub(super) struct Shared {
    client: Client,
    link: Mutex<Link>,
    answers: AtomicBool,
    gauge: Gauge<u64>,
}

#[derive(Clone)]
enum Link {
    Open(MultiplexedConnection),
    /// Nobody asks before this instant.
    Away(Instant),
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if matches!(self, Self::Open(_)) { "Open" } else { "Away" })
    }
}

impl Shared {
    pub(super) fn new(url: &str) -> Result<Self, BadRedis> {
        let client = Client::open(url).map_err(BadRedis)?;
        let gauge = opentelemetry::global::meter("gateway")
            .u64_gauge("gateway_rates_shared")
            .with_description("1 while rates are counted for all replicas, 0 while Redis is away")
            .build();
        let link = Mutex::new(Link::Away(Instant::now()));
        Ok(Self { client, link, answers: AtomicBool::new(true), gauge })
    }

    /// Takes one request; the time to wait where there is none. `None` when Redis does not say.
    pub(super) async fn take(&self, caller: &str, limit: Limit, now: MicrosUtc) -> Option<Duration> {
        let mut connection = self.connection().await?;
        let mut script = redis::cmd("EVAL");
        script.arg(TAKE).arg(1).arg(format!("xinjian:rate:{caller}"));
        script.arg(limit.per_minute).arg(limit.burst).arg(now.0);
        match timeout(PATIENCE, script.query_async::<u64>(&mut connection)).await {
            Ok(Ok(micros)) => {
                self.say(true, "");
                Some(Duration::from_micros(micros))
            }
            Ok(Err(problem)) => self.lost(&problem),
            Err(late) => self.lost(&late),
        }
    }

    /// The connection; made by one request, while the others go on without.
    async fn connection(&self) -> Option<MultiplexedConnection> {
        match self.link() {
            Link::Open(connection) => return Some(connection),
            Link::Away(until) if until > Instant::now() => return None,
            Link::Away(_) => self.set(Link::Away(Instant::now() + PAUSE)),
        }
        match timeout(PATIENCE, self.client.get_multiplexed_async_connection()).await {
            Ok(Ok(connection)) => {
                self.set(Link::Open(connection.clone()));
                Some(connection)
            }
            Ok(Err(problem)) => self.lost(&problem),
            Err(late) => self.lost(&late),
        }
    }

    fn lost<T>(&self, problem: &dyn std::fmt::Display) -> Option<T> {
        self.set(Link::Away(Instant::now() + PAUSE));
        self.say(false, &problem.to_string());
        None
    }

    fn link(&self) -> Link {
        self.link.lock().expect("nothing panics while it holds the link").clone()
    }

    fn set(&self, link: Link) {
        *self.link.lock().expect("nothing panics while it holds the link") = link;
    }

    /// Tells a change once; the metric, whenever it is known.
    fn say(&self, answers: bool, problem: &str) {
        self.gauge.record(answers.into(), &[]);
        match (self.answers.swap(answers, Ordering::Relaxed), answers) {
            (false, true) => tracing::info!("rates are counted for all replicas, in Redis"),
            (true, false) => {
                tracing::warn!(
                    error = problem,
                    "rates are counted by each replica alone: Redis is away: {problem}"
                );
            }
            _ => {}
        }
    }
}
