//! A service with a feed, and room for readers, in one database: their tables do not meet.

use std::sync::Arc;
use std::time::Duration;

use contract::feed::v1::feed_client::FeedClient;
use crypto::signer::Sm2Signer;
use db::{Db, Tx, on};
use domain::MicrosUtc;
use feed::{FeedServer, Follower, Pacing, Source, Stop, Wake};
use outbox::{Entropy, EventContext, NewEvent, Origin, Outbox, Sealer};
use prost::Message;
use rand::{SeedableRng, rngs::StdRng};
use service::{Clock, Shutdown, auth::Caller, peer::Peer, testing::TestServer};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::readers::{Acts, Sums, TABLES};

/// Kind of the events that the readers read.
pub(crate) const COUNTED: &str = "registry.count.raised";
/// Kind of events that only readers of everything see.
pub(crate) const OTHER: &str = "registry.other.noted";
/// Kind whose payload nobody but its service may see.
pub(crate) const SECRET: &str = "registry.secret.kept";
/// When every event of the tests is recorded.
pub(crate) const NOW: MicrosUtc = MicrosUtc(1_775_000_000_000_001);

/// Longest wait for anything; a test that reaches it has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);

/// Waits of the feed, short because tests wait for what comes after them.
const PACING: Pacing = Pacing { poll: Duration::from_millis(50), heartbeat: Duration::from_millis(100) };

/// Payload of the events: a number.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Amount {
    #[prost(int64, tag = "1")]
    pub(crate) value: i64,
}

/// A service called `registry` with its feed.
pub(crate) struct World {
    pub(crate) db: Db,
    pub(crate) outbox: Outbox,
    pub(crate) server: TestServer,
    /// The feed's own shutdown: ends its streams.
    pub(crate) shutdown: Shutdown,
    pub(crate) sealed: watch::Receiver<i64>,
    sealing: JoinHandle<()>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.sealing.abort();
    }
}

pub(crate) fn signer() -> Sm2Signer {
    Sm2Signer::from_random(&[9; 32]).unwrap()
}

fn may_see(_: &Caller, kind: &str) -> bool {
    kind != SECRET
}

impl World {
    pub(crate) async fn open(db: Db) -> Self {
        let sets = [&outbox::MIGRATIONS, &service::MIGRATIONS, &feed::MIGRATIONS, &TABLES];
        let db = db::testing::migrated(db, &sets).await;
        let shutdown = Shutdown::new();
        let sealer = Sealer::new(db.clone());
        let sealed = sealer.sealed();
        let sealing = tokio::spawn(sealer.run(std::future::pending()));
        let server = FeedServer::new(
            db.clone(),
            "registry",
            may_see,
            Wake::in_process(sealed.clone()),
            shutdown.clone(),
        )
        .paced(PACING)
        .with_clock(Clock::Fixed(NOW))
        .signed_by(Arc::new(signer()));
        let server = TestServer::start("registry", |tests| tests.with(server.into_service())).await;
        let origin = Origin { deployment: "jinan".into(), service: "registry".into() };
        let outbox = Outbox::new(origin, Entropy::system());
        Self { db, outbox, server, shutdown, sealed, sealing }
    }

    /// A channel in the name of a service.
    pub(crate) fn peer(&self) -> Peer {
        self.server.peer("SYSTEM", &["370100"])
    }

    pub(crate) fn client(&self) -> FeedClient<Peer> {
        FeedClient::new(self.peer())
    }

    /// What an operator asks: a server of the same feed that knows `readers`.
    pub(crate) async fn desk(&self, readers: Vec<Follower>) -> (TestServer, FeedClient<Peer>) {
        let wake = Wake::in_process(self.sealed.clone());
        let feed = FeedServer::new(self.db.clone(), "registry", may_see, wake, self.shutdown.clone());
        let feed = feed.paced(PACING).with_readers(readers);
        let server = TestServer::start("desk", |server| server.with(feed.into_service())).await;
        let operator = FeedClient::new(server.peer("IT", &["370100"]));
        (server, operator)
    }

    /// A server of the same feed with other waits.
    pub(crate) async fn paced(&self, pacing: Pacing) -> (TestServer, FeedClient<Peer>) {
        let wake = Wake::in_process(self.sealed.clone());
        let feed = FeedServer::new(self.db.clone(), "registry", may_see, wake, self.shutdown.clone());
        let feed = feed.paced(pacing).into_service();
        let server = TestServer::start("paced", |server| server.with(feed)).await;
        let reader = FeedClient::new(server.peer("SYSTEM", &["370100"]));
        (server, reader)
    }

    pub(crate) fn source(&self) -> Source {
        Source::new("registry", self.peer())
    }

    pub(crate) fn sums(&self) -> Follower {
        Follower::projection(self.db.clone(), self.source(), Sums::default())
    }

    pub(crate) fn acts(&self) -> Follower {
        Follower::reaction(self.db.clone(), self.source(), Acts { outbox: self.outbox.clone() })
    }

    /// Writes one event that counts.
    pub(crate) async fn write(&self, subject: &str, value: i64) {
        self.write_kind(COUNTED, subject, value).await;
    }

    pub(crate) async fn write_kind(&self, kind: &str, subject: &str, value: i64) {
        let mut tx = self.db.begin_write().await.unwrap();
        append(&self.outbox, &mut tx, kind, subject, value).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Writes one event that nobody reads as a number, with so many bytes of payload.
    pub(crate) async fn write_bytes(&self, bytes: usize) {
        let mut tx = self.db.begin_write().await.unwrap();
        append_payload(&self.outbox, &mut tx, OTHER, "counters/1", vec![b'x'; bytes]).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Waits until `count` events are sealed, and answers the position of the last.
    pub(crate) async fn sealed_at_least(&self, count: i64) -> i64 {
        let mut sealed = self.sealed.clone();
        let seq = tokio::time::timeout(PATIENCE, sealed.wait_for(|seq| *seq >= count)).await;
        *seq.expect("the events are sealed in time").unwrap()
    }

    /// Runs a follower until it has handled everything up to `seq`.
    pub(crate) async fn run_until(&self, follower: &Follower, seq: i64) {
        let shutdown = Shutdown::new();
        let mut status = follower.status();
        let until = async {
            status.wait_for(|status| status.seq >= seq || !status.is_healthy()).await.map(drop).unwrap();
            shutdown.begin();
        };
        let run = async { tokio::join!(follower.run(shutdown.clone(), StdRng::seed_from_u64(1)), until) };
        let (stop, ()) = tokio::time::timeout(PATIENCE, run).await.expect("the follower arrives in time");
        assert_eq!(stop, Stop::Shutdown, "{:?}", follower.status().borrow());
    }

    /// Runs a follower that should give up by itself.
    pub(crate) async fn run_to_its_end(&self, follower: &Follower) -> Stop {
        let run = follower.run(Shutdown::new(), StdRng::seed_from_u64(1));
        tokio::time::timeout(PATIENCE, run).await.expect("the follower gives up in time")
    }

    /// Runs a statement that tests use to do harm.
    pub(crate) async fn harm(&self, sql: &'static str) {
        let mut tx = self.db.begin_write().await.unwrap();
        on!(tx, |conn| sqlx::query(sql).execute(conn).await.map(drop)).unwrap();
        tx.commit().await.unwrap();
    }
}

/// Appends one event with a number.
pub(crate) async fn append(
    outbox: &Outbox,
    tx: &mut Tx,
    kind: &str,
    subject: &str,
    value: i64,
) -> Result<(), sqlx::Error> {
    append_payload(outbox, tx, kind, subject, Amount { value }.encode_to_vec()).await
}

async fn append_payload(
    outbox: &Outbox,
    tx: &mut Tx,
    kind: &str,
    subject: &str,
    payload: Vec<u8>,
) -> Result<(), sqlx::Error> {
    let context = EventContext { recorded_at_us: NOW.micros(), ..EventContext::default() };
    let event = NewEvent {
        kind,
        subject: subject.to_owned(),
        effective_on: "2026-04-01".parse().unwrap(),
        context: &context,
        payload,
    };
    outbox.append(tx, &event).await.map(drop)
}
