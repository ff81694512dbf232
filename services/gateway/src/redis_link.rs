//! A Redis server that is asked for a moment and never waited for.
//!
//! Whatever is asked of it has an answer without it: a server that only counts, or only remembers, must not decide whether anybody is
//! answered. A late answer costs only who waits for it. After a failure, or when nothing has come in time for a while, nobody asks for a
//! second; then one request tries again while the others go on without.

use std::{
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use opentelemetry::metrics::Gauge;
use redis::{Cmd, FromRedisValue, aio::MultiplexedConnection};
use service::{Shutdown, redis::RedisServer};
use tokio::time::{Instant, error::Elapsed, timeout};

/// Pause after a failure, in which nobody asks it.
const PAUSE: Duration = Duration::from_secs(1);
/// How long answers may all be late before that is a failure.
const LATE: Duration = Duration::from_millis(500);
/// How long a new connection may take that a request makes.
const CONNECT: Duration = Duration::from_millis(50);
/// How long a connection or an answer may take that no request waits for: over TLS, from afar.
const ASIDE: Duration = Duration::from_secs(2);

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
    server: RedisServer,
    /// How long one answer may take.
    patience: Duration,
    words: Words,
    link: Mutex<Link>,
    /// Number of the next connection.
    next: AtomicU64,
    answers: AtomicBool,
    gauge: Gauge<u64>,
}

enum Link {
    Open(Open),
    /// Nobody asks before this instant.
    Away(Instant),
}

/// A connection, and how it does.
struct Open {
    connection: MultiplexedConnection,
    number: Number,
    /// When the first answer was late after the last that was not; `None` while answers come in time.
    late_since: Option<Instant>,
}

/// Tells a connection from those before and after it: what has happened to one says nothing of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Number(u64);

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if matches!(self, Self::Open(_)) { "Open" } else { "Away" })
    }
}

impl Link {
    /// The connection of this number, while it is the open one.
    fn open(&mut self, number: Number) -> Option<&mut Open> {
        match self {
            Self::Open(open) if open.number == number => Some(open),
            Self::Open(_) | Self::Away(_) => None,
        }
    }
}

impl RedisLink {
    /// A link to a server that nobody has asked yet.
    pub(crate) fn new(server: RedisServer, patience: Duration, words: Words) -> Self {
        let gauge = opentelemetry::global::meter("gateway")
            .u64_gauge(words.gauge)
            .with_description(words.description)
            .build();
        let link = Mutex::new(Link::Away(Instant::now()));
        let (next, answers) = (AtomicU64::new(0), AtomicBool::new(true));
        Self { server, patience, words, link, next, answers, gauge }
    }

    /// What Redis answers; `None` when it does not, or not in time.
    pub(crate) async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Option<T> {
        self.ask_within(self.patience, command).await
    }

    async fn ask_within<T: FromRedisValue>(&self, patience: Duration, command: &Cmd) -> Option<T> {
        let (mut connection, number) = self.connection().await?;
        match timeout(patience, command.query_async::<T>(&mut connection)).await {
            Ok(Ok(answer)) => {
                self.in_time(number);
                Some(answer)
            }
            Ok(Err(problem)) => {
                self.lost(number, &problem);
                None
            }
            Err(late) => {
                self.late(number, &late);
                None
            }
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
                    self.connect(ASIDE).await;
                }
                // No request waits for this: on a busy machine it says that the server is there, if not in time for who asks.
                let _: Option<String> = self.ask_within(ASIDE, &redis::cmd("PING")).await;
                tokio::time::sleep(PAUSE).await;
            };
            tokio::select! {
                () = shutdown.begun() => return,
                () = look => {}
            }
        }
    }

    /// The connection; made by one request, while the others go on without.
    async fn connection(&self) -> Option<(MultiplexedConnection, Number)> {
        {
            let mut link = self.link();
            match &*link {
                Link::Open(open) => return Some((open.connection.clone(), open.number)),
                Link::Away(until) if *until > Instant::now() => return None,
                Link::Away(_) => *link = Link::Away(Instant::now() + PAUSE),
            }
        }
        self.connect(CONNECT).await
    }

    async fn connect(&self, within: Duration) -> Option<(MultiplexedConnection, Number)> {
        let connecting = async {
            let client = self.server.client()?;
            client.get_multiplexed_async_connection().await
        };
        match timeout(within, connecting).await {
            Ok(Ok(connection)) => {
                let number = Number(self.next.fetch_add(1, Ordering::Relaxed));
                let open = Open { connection: connection.clone(), number, late_since: None };
                *self.link() = Link::Open(open);
                Some((connection, number))
            }
            Ok(Err(problem)) => self.not_made(&problem),
            Err(late) => self.not_made(&late),
        }
    }

    /// An answer came in time.
    fn in_time(&self, number: Number) {
        let mut link = self.link();
        if let Some(open) = link.open(number) {
            open.late_since = None;
            self.say(true, "");
        }
    }

    /// An answer did not come in time; the connection is lost when none has for a while.
    fn late(&self, number: Number, late: &Elapsed) {
        let since = self.link().open(number).map(|open| *open.late_since.get_or_insert_with(Instant::now));
        if since.is_some_and(|since| since.elapsed() >= LATE) {
            self.lost(number, late);
        }
    }

    /// A connection failed; nothing, if it is another's turn by now.
    fn lost(&self, number: Number, problem: &dyn std::fmt::Display) {
        let mut link = self.link();
        if link.open(number).is_some() {
            *link = Link::Away(Instant::now() + PAUSE);
            self.say(false, &problem.to_string());
        }
    }

    /// A connection could not be made; nothing, if another was meanwhile.
    fn not_made<T>(&self, problem: &dyn std::fmt::Display) -> Option<T> {
        let mut link = self.link();
        if let Link::Away(until) = &mut *link {
            *until = Instant::now() + PAUSE;
            self.say(false, &problem.to_string());
        }
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
        sync::mpsc,
    };

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(100);
    const WORDS: Words = Words { gauge: "test", description: "test", back: "back", away: "away" };

    /// A server that answers whatever it is asked with `+OK` while it is let, and says how often somebody has connected.
    struct Server {
        url: String,
        lets: Arc<AtomicBool>,
        connected: mpsc::UnboundedReceiver<()>,
    }

    impl Server {
        async fn start() -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("redis://{}", listener.local_addr().unwrap());
            let lets = Arc::new(AtomicBool::new(true));
            let (tell, connected) = mpsc::unbounded_channel();
            let answering = lets.clone();
            tokio::spawn(async move {
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    let _ = tell.send(());
                    tokio::spawn(answer(stream, answering.clone()));
                }
            });
            Self { url, lets, connected }
        }

        fn link(&self) -> RedisLink {
            let server = RedisServer::new(&self.url, std::path::PathBuf::new()).unwrap();
            RedisLink::new(server, PATIENCE, WORDS)
        }

        fn let_answer(&self, lets: bool) {
            self.lets.store(lets, Ordering::Relaxed);
        }

        /// How often somebody has connected since the last look.
        fn connections(&mut self) -> usize {
            std::iter::from_fn(|| self.connected.try_recv().ok()).count()
        }
    }

    /// One answer for each command: an array of texts, as clients send it.
    async fn answer(mut stream: TcpStream, lets: Arc<AtomicBool>) {
        let mut bytes = [0; 4096];
        while let Ok(read @ 1..) = stream.read(&mut bytes).await {
            let commands = bytes[..read].iter().filter(|byte| **byte == b'*').count();
            if lets.load(Ordering::Relaxed) && stream.write_all(&b"+OK\r\n".repeat(commands)).await.is_err() {
                return;
            }
        }
    }

    async fn ping(link: &RedisLink) -> Option<String> {
        link.ask(&redis::cmd("PING")).await
    }

    #[tokio::test]
    async fn one_late_answer_costs_only_who_waits_for_it_and_nothing_but_late_ones_ends_the_connection() {
        let mut server = Server::start().await;
        let link = server.link();
        link.connect(ASIDE).await.unwrap();
        assert_eq!(ping(&link).await.as_deref(), Some("OK"));
        assert_eq!(server.connections(), 1);

        server.let_answer(false);
        assert_eq!(ping(&link).await, None);
        assert!(link.answers(), "one is no failure");
        assert!(matches!(*link.link(), Link::Open(_)));

        let since = Instant::now();
        while link.answers() {
            assert_eq!(ping(&link).await, None);
            assert!(since.elapsed() < LATE * 10, "answers are late for long, and it still counts as well");
        }
        assert!(since.elapsed() + PATIENCE >= LATE);
        assert!(matches!(*link.link(), Link::Away(_)));
        assert_eq!(server.connections(), 0, "nobody connects within the pause");
    }

    #[tokio::test]
    async fn what_became_of_an_old_connection_does_not_end_the_new_one() {
        let server = Server::start().await;
        let link = server.link();
        let (_, old) = link.connect(ASIDE).await.unwrap();
        let (_, new) = link.connect(ASIDE).await.unwrap();
        link.lost(old, &"cut");
        link.not_made::<()>(&"refused");
        assert!(link.link().open(new).is_some());
        link.lost(new, &"cut");
        assert!(matches!(*link.link(), Link::Away(_)));
        assert!(!link.answers());
    }
}
