//! Keeps a reader at the end of a feed.

use std::{sync::Arc, time::Duration};

use contract::feed::v1::SubscribeResponse;
use db::Db;
use futures::FutureExt;
use rand::{SeedableRng, rngs::StdRng};
use service::{Shutdown, Tasks};
use tokio::sync::{Notify, watch};
use tonic::Streaming;

use super::{
    ApplyError, Position, Projection, Reaction, RetryError, Source, State, Status, Stop,
    applying::{self, Applied},
    backoff::Backoff,
    batch::Batch,
    error::Left,
    handler::Handler,
    metrics::Metrics,
    parked,
    position::{self, Key},
    projection::Projecting,
    reaction::Reacting,
};

/// Most events of one transaction.
const MAX_EVENTS: usize = 500;
/// Longest silence of a feed, three of its signs of life; then the connection counts as lost.
const SILENCE: Duration = Duration::from_secs(30);
/// How often a follower that has given up looks whether its reader was started over in another process.
const LOOK: Duration = Duration::from_secs(5);

/// Follows one feed for one projection or reaction, with one transaction for up to 500 events. Any number of replicas
/// may run the same one: each event is handled by exactly one of them. Cheap to clone; clones share one status.
#[derive(Clone)]
pub struct Follower(Arc<dyn Follow>);

/// A follower whatever it drives.
#[tonic::async_trait]
trait Follow: Send + Sync {
    fn name(&self) -> &'static str;
    fn feed(&self) -> &str;
    fn status(&self) -> watch::Receiver<Status>;
    async fn run(&self, shutdown: Shutdown, rng: StdRng) -> Stop;
    async fn retry_parked(&self, subject: &str) -> Result<u64, RetryError>;
    async fn start_over(&self) -> Result<(), sqlx::Error>;
    async fn started_over(&self);
}

impl Follower {
    /// Keeps a projection in `db` up to date with a feed.
    pub fn projection<P: Projection>(db: Db, source: Source, projection: P) -> Self {
        Self(Arc::new(Following::new(db, source, Projecting(projection))))
    }

    /// Has a reaction act in `db` on the events of a feed.
    pub fn reaction<R: Reaction>(db: Db, source: Source, reaction: R) -> Self {
        Self(Arc::new(Following::new(db, source, Reacting(reaction))))
    }

    /// Name of the projection or reaction.
    pub fn name(&self) -> &'static str {
        self.0.name()
    }

    /// Service whose feed it follows.
    pub fn feed(&self) -> &str {
        self.0.feed()
    }

    /// How it is doing, now and from now on.
    pub fn status(&self) -> watch::Receiver<Status> {
        self.0.status()
    }

    /// Follows until the shutdown begins or there is no way on. A lost connection or a database that does not answer is
    /// waited for, with growing pauses that `rng` varies. May be dropped at any point: nothing is then half done.
    pub async fn run(&self, shutdown: Shutdown, rng: StdRng) -> Stop {
        self.0.run(shutdown, rng).await
    }

    /// Runs it as one of the background loops of a service.
    pub fn spawn(&self, tasks: &mut Tasks) {
        let follower = self.clone();
        tasks.keep(self.0.name(), move |shutdown| {
            let follower = follower.clone();
            async move {
                // Having given up, it would meet the same feed again until an operator has seen to it.
                while follower.run(shutdown.clone(), StdRng::from_os_rng()).await != Stop::Shutdown {
                    tokio::select! {
                        () = shutdown.begun() => break,
                        () = follower.0.started_over() => {}
                    }
                }
                Ok::<_, std::convert::Infallible>(())
            }
        });
    }

    /// Handles the parked events of a subject, in order, now that their cause is repaired; answers how many. The events
    /// are read from the feed again. May be called while the follower runs.
    ///
    /// # Errors
    /// Stops at the first that still cannot be handled; those before it are done.
    pub async fn retry_parked(&self, subject: &str) -> Result<u64, RetryError> {
        self.0.retry_parked(subject).await
    }

    /// Has the reader begin again with the first event of all its feeds, as [`rebuild`](crate::rebuild) does for a projection
    /// and [`replay`](crate::replay) for a reaction. May be called while it runs; one that has given up and was
    /// [spawned](Self::spawn) goes on.
    ///
    /// # Errors
    /// When the database refuses; then nothing has changed.
    pub async fn start_over(&self) -> Result<(), sqlx::Error> {
        self.0.start_over().await
    }
}

struct Following<H> {
    db: Db,
    source: Source,
    handler: H,
    status: watch::Sender<Status>,
    metrics: Metrics,
    /// Rings when the reader was started over here.
    again: Notify,
}

impl<H: Handler> Following<H> {
    fn new(db: Db, source: Source, handler: H) -> Self {
        let metrics = Metrics::new(handler.name(), source.feed());
        let (status, again) = (watch::Sender::new(Status::START), Notify::new());
        Self { db, source, handler, status, metrics, again }
    }

    fn key(&self) -> Key<'_> {
        Key { consumer: self.handler.name(), feed: self.source.feed() }
    }

    /// One connection, from the cursor to whatever ends it.
    async fn follow(&self, backoff: &mut Backoff) -> Left {
        match self.follow_until_lost(backoff).await {
            Ok(never) => match never {},
            Err(left) => left,
        }
    }

    async fn follow_until_lost(&self, backoff: &mut Backoff) -> Result<std::convert::Infallible, Left> {
        // What is handled, by whichever replica, and what this stream has given: the first may be ahead.
        let mut handled = position::open(&self.db, self.key()).await?;
        let mut read = handled;
        let kinds = self.handler.kinds();
        let mut stream = self.source.subscribe(self.handler.name(), &read, kinds).await?;
        let parked = parked::count_now(&self.db, self.key()).await?;
        self.metrics.parked(parked);
        self.status.send_replace(Status { state: State::Following, seq: handled.seq, parked });
        loop {
            let batch = next(&mut stream, &read, kinds.is_empty()).await?;
            backoff.reset();
            read = batch.to;
            handled = self.handle(handled, batch).await?;
        }
    }

    /// Handles what of the batch is not handled yet; answers where the cursor stands afterwards.
    async fn handle(&self, mut handled: Position, mut batch: Batch) -> Result<Position, Left> {
        while handled.seq < batch.to.seq {
            batch.skip_to(handled.seq);
            let applied = applying::apply(&self.db, &self.handler, self.key(), &handled, &batch).await?;
            self.note(&batch, applied);
            if !applied.overtaken {
                handled = batch.to;
                break;
            }
            let now = position::open(&self.db, self.key()).await?;
            if now.seq < handled.seq || now == handled || now.epoch != batch.to.epoch {
                return Err(Left::SetBack);
            }
            handled = now;
        }
        self.status.send_if_modified(|status| std::mem::replace(&mut status.seq, handled.seq) != handled.seq);
        Ok(handled)
    }

    fn note(&self, batch: &Batch, applied: Applied) {
        if !applied.overtaken {
            self.metrics.handled(batch.events.len() as u64 - applied.parked, batch.to.seq);
        }
        if applied.parked > 0 {
            self.set_parked(|parked| parked + applied.parked);
        }
    }

    fn set_parked(&self, change: impl FnOnce(u64) -> u64) {
        self.status.send_modify(|status| status.parked = change(status.parked));
        self.metrics.parked(self.status.borrow().parked);
    }

    /// Ends for good.
    fn give_up(&self, left: &Left, stop: Stop) -> Stop {
        let Key { consumer, feed } = self.key();
        tracing::error!(consumer, feed, "`{consumer}` no longer follows `{feed}`: {left}");
        self.metrics.stopped(true);
        self.status.send_modify(|status| status.state = State::Stopped(left.to_string()));
        stop
    }
}

#[tonic::async_trait]
impl<H: Handler> Follow for Following<H> {
    fn name(&self) -> &'static str {
        self.handler.name()
    }

    fn feed(&self) -> &str {
        self.source.feed()
    }

    fn status(&self) -> watch::Receiver<Status> {
        self.status.subscribe()
    }

    async fn run(&self, shutdown: Shutdown, rng: StdRng) -> Stop {
        let Key { consumer, feed } = self.key();
        let mut backoff = Backoff::new(rng);
        let mut last = String::new();
        self.metrics.stopped(false);
        self.status.send_modify(|status| status.state = State::Connecting);
        loop {
            let left = tokio::select! {
                () = shutdown.begun() => return Stop::Shutdown,
                left = self.follow(&mut backoff) => left,
                () = self.again.notified() => Left::SetBack,
            };
            // The others are going down as well, and lose each other in any order: no news.
            if shutdown.has_begun() {
                return Stop::Shutdown;
            }
            match left {
                Left::Diverged(_) => return self.give_up(&left, Stop::Diverged),
                Left::TooManyParked(_) => return self.give_up(&left, Stop::TooManyParked),
                Left::SetBack => continue,
                Left::Feed(_) | Left::Ended | Left::Silent | Left::Later(_) => {}
            }
            let was_following = self.status.borrow().state == State::Following;
            self.status.send_modify(|status| status.state = State::Connecting);
            // The same problem again, with nothing read between, is no news.
            let problem = left.to_string();
            if problem != last || was_following {
                tracing::warn!(consumer, feed, "`{consumer}` has lost `{feed}` and tries again: {problem}");
            }
            last = problem;
            tokio::select! {
                () = shutdown.begun() => return Stop::Shutdown,
                () = tokio::time::sleep(backoff.pause()) => {}
            }
        }
    }

    async fn retry_parked(&self, subject: &str) -> Result<u64, RetryError> {
        let key = self.key();
        let mut done = 0;
        while let Some(parked) = parked::first(&self.db, key, subject).await? {
            let seq = parked.seq;
            let unreadable = |why: &str| RetryError::Unreadable { seq, why: why.to_owned() };
            let event = self.source.event_at(seq).await?.ok_or_else(|| unreadable("it is not there"))?;
            if event.id() != parked.event_id {
                return Err(unreadable("another event is in its place"));
            }
            let mut tx = self.db.begin_write().await?;
            position::hold(&mut tx, key).await?;
            if !parked::release(&mut tx, key, seq).await? {
                continue;
            }
            let handled = self.handler.handle(&mut tx, key.feed, std::slice::from_ref(&event)).await;
            handled.map_err(|error| match error {
                ApplyError::Poison(why) => RetryError::Poison { seq, why },
                ApplyError::Later(source) => RetryError::Later(source),
            })?;
            tx.commit().await?;
            self.set_parked(|parked| parked.saturating_sub(1));
            done += 1;
        }
        Ok(done)
    }

    async fn start_over(&self) -> Result<(), sqlx::Error> {
        self.handler.start_over(&self.db).await?;
        // So that operators see it at the beginning, and not nowhere, until it reads.
        position::open(&self.db, self.key()).await?;
        self.again.notify_one();
        Ok(())
    }

    /// Waits until the reader is started over, here or, as its cursor tells, by another process.
    async fn started_over(&self) {
        let mut stood = None;
        loop {
            // A database that does not answer is asked again.
            if let Ok(stands) = position::open(&self.db, self.key()).await
                && *stood.get_or_insert(stands) != stands
            {
                return;
            }
            tokio::select! {
                () = self.again.notified() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }
}

/// The next message, with those that have already arrived behind it as far as they fit one transaction: few large
/// transactions instead of many small ones when there is much to do.
async fn next(
    stream: &mut Streaming<SubscribeResponse>,
    read: &Position,
    every_kind: bool,
) -> Result<Batch, Left> {
    let first = tokio::time::timeout(SILENCE, stream.message()).await.map_err(|_| Left::Silent)??;
    let mut batch = Batch::check(read, first.ok_or(Left::Ended)?, every_kind)?;
    while batch.events.len() < MAX_EVENTS {
        let Some(Ok(Some(message))) = stream.message().now_or_never() else { break };
        let to = batch.to;
        batch.join(Batch::check(&to, message, every_kind)?);
    }
    Ok(batch)
}
