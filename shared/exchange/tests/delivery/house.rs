//! The sending side of the tests: a service with marks, its dispatcher and a clock that the test moves.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use db::{Db, Migration, Migrations, Tx, on};
use domain::MicrosUtc;
use exchange::{
    Delivery, DeliveryState, Dispatcher, ExchangeError, GrpcSink, NewDelivery, Owner, OwnerError, Resent,
    RetryPolicy, Round, Sink,
};
use rand::{SeedableRng, rngs::StdRng};
use uuid::Uuid;

use ::receiver::{Inbox, Running};
use contract::client::{Timeouts, channel};
use service::{auth::TokenSource, peer::Peer};

/// What the service makes of an outcome: a row per acknowledgement, so that a second one would be seen.
pub(crate) static MARKS: Migrations = {
    const SQL: &str =
        "CREATE TABLE mark (subject TEXT NOT NULL, revision BIGINT NOT NULL, receipt TEXT NOT NULL)";
    Migrations::new(&[Migration::new("0900_mark", SQL, SQL)])
};

/// Moves the marks; can be told to refuse the next outcomes.
#[derive(Clone, Default)]
pub(crate) struct Marks {
    /// How many acknowledgements it still refuses.
    pub(crate) refuses: Arc<AtomicI64>,
    /// How many last failures it was told.
    pub(crate) dead: Arc<AtomicI64>,
}

impl Owner for Marks {
    async fn on_acknowledged(&self, tx: &mut Tx, delivery: &Delivery) -> Result<(), OwnerError> {
        const SQL: &str = "INSERT INTO mark (subject, revision, receipt) VALUES ($1, $2, $3)";
        on!(tx, |conn| sqlx::query(SQL)
            .bind(&delivery.subject)
            .bind(delivery.revision)
            .bind(delivery.receipt.as_deref())
            .execute(conn)
            .await
            .map(drop))?;
        match self.refuses.fetch_sub(1, Ordering::SeqCst) {
            left if left > 0 => Err("not now".into()),
            _ => Ok(()),
        }
    }

    async fn on_failed(&self, _tx: &mut Tx, delivery: &Delivery) -> Result<(), OwnerError> {
        self.dead.fetch_add(i64::from(delivery.state == DeliveryState::Dead), Ordering::SeqCst);
        Ok(())
    }
}

/// A service that publishes marks.
pub(crate) struct House {
    pub(crate) db: Db,
    pub(crate) marks: Marks,
    pub(crate) receiver: Running,
    pub(crate) dispatcher: Dispatcher<Marks>,
    pub(crate) now: MicrosUtc,
    pub(crate) rng: StdRng,
}

/// Quick enough to wait for a receiver that does not answer, and slow enough for a busy machine.
pub(crate) fn policy() -> RetryPolicy {
    RetryPolicy { max_attempts: 3, attempt_timeout: Duration::from_secs(4), ..RetryPolicy::default() }
}

impl House {
    /// A house over `db` whose receiver takes everything until told otherwise.
    pub(crate) async fn open(db: Db) -> Self {
        let db = db::testing::migrated(db, &[&exchange::MIGRATIONS, &MARKS]).await;
        let receiver = Running::on_a_free_port().unwrap();
        let marks = Marks::default();
        let dispatcher = dispatcher(&db, &receiver, marks.clone(), policy());
        let rng = StdRng::seed_from_u64(1);
        Self { db, marks, receiver, dispatcher, now: MicrosUtc(1_630_454_400_000_000), rng }
    }

    /// Tries as often and as long as `policy` says from now on.
    pub(crate) fn try_by(&mut self, policy: RetryPolicy) {
        self.dispatcher = dispatcher(&self.db, &self.receiver, self.marks.clone(), policy);
    }

    /// What the receiver has.
    pub(crate) fn inbox(&self) -> &Inbox {
        self.receiver.inbox()
    }

    /// Rounds, hours apart, until nothing is left that could be sent.
    pub(crate) async fn until_quiet(&mut self) {
        while self.waiting().await > 0 {
            self.later(7_200);
            self.round().await;
        }
    }

    /// Deliveries that wait or are under way.
    pub(crate) async fn waiting(&self) -> i64 {
        exchange::backlogs(&self.db).await.unwrap().iter().map(|backlog| backlog.waiting).sum()
    }

    /// Enqueues a revision of a subject and commits.
    pub(crate) async fn enqueue(&self, subject: &str, revision: i64) -> Result<Uuid, ExchangeError> {
        let mut tx = self.db.begin_write().await.unwrap();
        let id = exchange::enqueue(&mut tx, &delivery(subject, revision), self.now).await?;
        tx.commit().await.unwrap();
        Ok(id)
    }

    /// Enqueues the end of a subject and commits.
    pub(crate) async fn enqueue_end(&self, subject: &str, revision: i64) -> Uuid {
        let end = NewDelivery { kind: "mark.withdrawn".to_owned(), ..delivery(subject, revision) };
        let mut tx = self.db.begin_write().await.unwrap();
        let id = exchange::enqueue(&mut tx, &end, self.now).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// Sends a delivery again.
    pub(crate) async fn resend(&self, id: Uuid) -> Result<Resent, ExchangeError> {
        let mut tx = self.db.begin_write().await.unwrap();
        let resent = exchange::resend(&mut tx, &[id], self.now).await?;
        tx.commit().await.unwrap();
        Ok(resent.into_iter().next().unwrap())
    }

    /// One round at the present time.
    pub(crate) async fn round(&mut self) -> Round {
        self.dispatcher.dispatch_once(self.now, &mut self.rng).await.unwrap()
    }

    /// Lets time pass.
    pub(crate) fn later(&mut self, seconds: i64) {
        self.now = self.now.plus_micros(seconds * 1_000_000);
    }

    /// The delivery as stored.
    pub(crate) async fn find(&self, id: Uuid) -> Delivery {
        exchange::find(&self.db, id).await.unwrap().unwrap()
    }

    /// What the service holds as published: (subject, revision, receipt).
    pub(crate) async fn published(&self) -> Vec<(String, i64, String)> {
        const SQL: &str = "SELECT subject, revision, receipt FROM mark ORDER BY subject, revision";
        on!(&self.db, |pool| sqlx::query_as(SQL).fetch_all(pool).await.unwrap())
    }
}

fn dispatcher(db: &Db, receiver: &Running, marks: Marks, policy: RetryPolicy) -> Dispatcher<Marks> {
    let channel = channel(&receiver.address().unwrap().to_string(), Timeouts::default()).unwrap();
    let peer = Peer::as_service(channel, TokenSource::fixed("given by the receiver"));
    Dispatcher::new(db.clone(), "credit-china", Sink::Grpc(GrpcSink::new(peer)), marks, policy)
}

/// A delivery to the test's receiver.
pub(crate) fn delivery(subject: &str, revision: i64) -> NewDelivery {
    NewDelivery {
        delivery_id: Uuid::new_v4(),
        receiver: "credit-china".into(),
        subject: subject.into(),
        revision,
        kind: "mark.published".into(),
        content: format!("{{\"数据版本\":{revision}}}").into_bytes(),
    }
}
