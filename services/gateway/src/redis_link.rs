//! A Redis server that is asked for a moment and never waited for.
//!
//! Whatever is asked of it has an answer without it: a server that only counts, or only remembers, must not decide whether anybody is
//! answered. After a failure nobody asks for a second; then one request tries again while the others go on without.

use std::{
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use opentelemetry::metrics::Gauge;
use redis::{Client, Cmd, FromRedisValue, RedisError, aio::MultiplexedConnection};
use service::Shutdown;
use tokio::time::{Instant, timeout};

/// Pause after a failure, in which nobody asks it.
const PAUSE: Duration = Duration::from_secs(1);
/// How long a new connection may take that a request makes.
const CONNECT: Duration = Duration::from_millis(50);
/// How long one may take that no request waits for: over TLS, from afar.
const CONNECT_ASIDE: Duration = Duration::from_secs(2);

/// The address is not one of a Redis server.
#[derive(Debug, thiserror::Error)]
#[error("not the address of a Redis server; expected `redis://HOST:PORT` or `rediss://HOST:PORT`")]
pub(crate) struct BadRedis(#[source] RedisError);

/// What is said about a link.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words {
    /// Name of the metric that is 1 while Redis answers and 0 while it is away.
    pub(crate) gauge: &'static str,
    /// What the metric tells.
    pub(crate) description: &'static str,
    /// For the log, when it answers again.
    pub(crate) back: &'static str,
    /// For the log, when it is lost.
    pub(crate) away: &'static str,
}

/// A Redis server, and whether it answers.
#[derive(Debug)]
pub(crate) struct RedisLink {
    client: Client,
    /// How long one answer may take.
    patience: Duration,
    words: Words,
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

impl RedisLink {
    /// A link to the server at `url`, which nobody has asked yet.
    ///
    /// # Errors
    /// The address is not one of a Redis server. One that does not answer is no error.
    pub(crate) fn new(url: &str, patience: Duration, words: Words) -> Result<Self, BadRedis> {
        let client = Client::open(url).map_err(BadRedis)?;
        let gauge = opentelemetry::global::meter("gateway")
            .u64_gauge(words.gauge)
            .with_description(words.description)
            .build();
        let link = Mutex::new(Link::Away(Instant::now()));
        Ok(Self { client, patience, words, link, answers: AtomicBool::new(true), gauge })
    }

    /// What Redis answers; `None` when it does not, or not in time.
    pub(crate) async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Option<T> {
        let mut connection = self.connection().await?;
        match timeout(self.patience, command.query_async::<T>(&mut connection)).await {
            Ok(Ok(answer)) => {
                self.say(true, "");
                Some(answer)
            }
            Ok(Err(problem)) => self.lost(&problem),
            Err(late) => self.lost(&late),
        }
    }

    /// Whether it answered when it was asked last.
    pub(crate) fn answers(&self) -> bool {
        self.answers.load(Ordering::Relaxed)
    }

    /// Keeps the connection open and asks now and then, so that what is said of it is true when nobody else asks. Ends with the
    /// shutdown.
    pub(crate) async fn watch(&self, shutdown: &Shutdown) {
        loop {
            let look = async {
                if matches!(*self.link(), Link::Away(_)) {
                    self.connect(CONNECT_ASIDE).await;
                }
                let _: Option<String> = self.ask(&redis::cmd("PING")).await;
                tokio::time::sleep(PAUSE).await;
            };
            tokio::select! {
                () = shutdown.begun() => return,
                () = look => {}
            }
        }
    }

    /// The connection; made by one request, while the others go on without.
    async fn connection(&self) -> Option<MultiplexedConnection> {
        {
            let mut link = self.link();
            match &*link {
                Link::Open(connection) => return Some(connection.clone()),
                Link::Away(until) if *until > Instant::now() => return None,
                Link::Away(_) => *link = Link::Away(Instant::now() + PAUSE),
            }
        }
        self.connect(CONNECT).await
    }

    async fn connect(&self, within: Duration) -> Option<MultiplexedConnection> {
        match timeout(within, self.client.get_multiplexed_async_connection()).await {
            Ok(Ok(connection)) => {
                *self.link() = Link::Open(connection.clone());
                Some(connection)
            }
            Ok(Err(problem)) => self.lost(&problem),
            Err(late) => self.lost(&late),
        }
    }

    fn lost<T>(&self, problem: &dyn std::fmt::Display) -> Option<T> {
        *self.link() = Link::Away(Instant::now() + PAUSE);
        self.say(false, &problem.to_string());
        None
    }

    fn link(&self) -> MutexGuard<'_, Link> {
        self.link.lock().expect("nothing panics while it holds the link")
    }

    /// Tells a change once; the metric, whenever it is known.
    fn say(&self, answers: bool, problem: &str) {
        self.gauge.record(answers.into(), &[]);
        let Words { back, away, .. } = self.words;
        match (self.answers.swap(answers, Ordering::Relaxed), answers) {
            (false, true) => tracing::info!("{back}"),
            (true, false) => tracing::warn!(error = problem, "{away}: {problem}"),
            _ => {}
        }
    }
}
