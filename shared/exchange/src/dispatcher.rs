//! Carries deliveries to one receiver.

use std::time::Duration;

use db::{Db, Tx};
use domain::MicrosUtc;
use futures::{StreamExt, TryStreamExt, stream};
use rand::Rng;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::{Delivery, DeliveryState, ExchangeError, RetryPolicy, Sink, store};

/// Most deliveries of one round.
const ROUND: i64 = 200;
/// Attempts under way at once: a slow subject does not hold the others back.
const PARALLEL: usize = 16;
/// Pause between rounds that found nothing more to do.
const PAUSE: Duration = Duration::from_secs(1);

/// What a service says when it cannot take an outcome.
pub type OwnerError = Box<dyn std::error::Error + Send + Sync>;

/// The service that a delivery belongs to: it moves its own state in the transaction that writes the outcome, so that
/// both are there or neither.
pub trait Owner: Send + Sync {
    /// The receiver took the delivery for good; `delivery.receipt` is its number for it. An error undoes the
    /// acknowledgement, and the delivery is attempted again: the receiver then answers as before.
    fn on_acknowledged(
        &self,
        tx: &mut Tx,
        delivery: &Delivery,
    ) -> impl Future<Output = Result<(), OwnerError>> + Send;

    /// An attempt failed: `delivery.state` is `Pending` when it will be repeated, `Dead` when it was the last.
    fn on_failed(
        &self,
        tx: &mut Tx,
        delivery: &Delivery,
    ) -> impl Future<Output = Result<(), OwnerError>> + Send {
        let (_, _) = (tx, delivery);
        async { Ok(()) }
    }
}

/// What one round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Deliveries the receiver took.
    pub acknowledged: u32,
    /// Attempts that failed and will be repeated.
    pub failed: u32,
    /// Attempts that failed and were the last.
    pub dead: u32,
    /// Deliveries that another dispatcher attended to meanwhile.
    pub elsewhere: u32,
}

impl Round {
    fn moved_on(&self) -> bool {
        self.acknowledged > 0
    }

    fn count(mut self, outcome: Option<DeliveryState>) -> Self {
        match outcome {
            Some(DeliveryState::Acknowledged) => self.acknowledged += 1,
            Some(DeliveryState::Dead) => self.dead += 1,
            Some(DeliveryState::Pending | DeliveryState::Sent) => self.failed += 1,
            None => self.elsewhere += 1,
        }
        self
    }
}

/// Carries the deliveries of one receiver through its sink. Several may run at once, in one process or many: an attempt
/// is claimed by one of them, and order per subject holds because only the earliest open revision is ever due.
#[derive(Debug)]
pub struct Dispatcher<O> {
    db: Db,
    receiver: String,
    sink: Sink,
    owner: O,
    policy: RetryPolicy,
}

impl<O: Owner> Dispatcher<O> {
    /// A dispatcher of what `db` holds for `receiver`.
    pub fn new(db: Db, receiver: impl Into<String>, sink: Sink, owner: O, policy: RetryPolicy) -> Self {
        Self { db, receiver: receiver.into(), sink, owner, policy }
    }

    /// Dispatches round after round until `shutdown`; an attempt under way is finished first.
    pub async fn run(
        &self,
        now: impl Fn() -> MicrosUtc + Send,
        mut rng: impl Rng + Send,
        shutdown: CancellationToken,
    ) {
        while !shutdown.is_cancelled() {
            let more = match self.dispatch_once(now(), &mut rng).await {
                Ok(round) => round.moved_on(),
                Err(error) => {
                    warn!(receiver = %self.receiver, error = &error as &dyn std::error::Error, "a round of deliveries failed");
                    false
                }
            };
            if !more {
                tokio::select! {
                    () = shutdown.cancelled() => {}
                    () = tokio::time::sleep(PAUSE) => {}
                }
            }
        }
    }

    /// Attempts what is due at `now` once, up to 200 deliveries, no two of one subject.
    ///
    /// # Errors
    /// When the database or the owner refuses; what was under way is attempted again after its lease.
    pub async fn dispatch_once(&self, now: MicrosUtc, rng: &mut impl Rng) -> Result<Round, ExchangeError> {
        let due = store::due(&self.db, &self.receiver, now, ROUND).await?;
        let attempts: Vec<_> = due.into_iter().map(|due| self.attempt(due, now, rng.random())).collect();
        stream::iter(attempts)
            .buffer_unordered(PARALLEL)
            .try_fold(Round::default(), async |round, outcome| Ok(round.count(outcome)))
            .await
    }

    /// One attempt: the state it led to, or `None` when it was another dispatcher's.
    async fn attempt(
        &self,
        due: Delivery,
        now: MicrosUtc,
        jitter: f64,
    ) -> Result<Option<DeliveryState>, ExchangeError> {
        let Some(sent) = store::claim(&self.db, due, now, self.policy.lease()).await? else {
            return Ok(None);
        };
        let outcome = match self.sink.deliver(&sent, self.policy.attempt_timeout).await {
            Ok(receipt) => Delivery {
                state: DeliveryState::Acknowledged,
                receipt: Some(store::cut(&receipt)),
                settled: Some(now),
                ..sent
            },
            Err(error) => self.failed(sent, &error.to_string(), now, jitter),
        };
        self.settle(outcome).await
    }

    fn failed(&self, sent: Delivery, error: &str, now: MicrosUtc, jitter: f64) -> Delivery {
        let dead = self.policy.exhausted(sent.attempts);
        Delivery {
            state: if dead { DeliveryState::Dead } else { DeliveryState::Pending },
            next_attempt: store::later(now, self.policy.wait(sent.attempts, jitter)),
            last_error: Some(store::cut(error)),
            settled: Some(now),
            ..sent
        }
    }

    /// Writes the outcome and what the owner makes of it, together.
    async fn settle(&self, outcome: Delivery) -> Result<Option<DeliveryState>, ExchangeError> {
        let mut tx = self.db.begin_write().await?;
        if !store::settle(&mut tx, &outcome).await? {
            return Ok(None);
        }
        let taken = match outcome.state {
            DeliveryState::Acknowledged => self.owner.on_acknowledged(&mut tx, &outcome).await,
            _ => self.owner.on_failed(&mut tx, &outcome).await,
        };
        taken.map_err(|source| ExchangeError::Owner { delivery_id: outcome.delivery_id, source })?;
        tx.commit().await?;
        log(&outcome);
        Ok(Some(outcome.state))
    }
}

fn log(outcome: &Delivery) {
    let Delivery { delivery_id, receiver, subject, revision, attempts, .. } = outcome;
    let problem = outcome.last_error.as_deref().unwrap_or_default();
    match outcome.state {
        DeliveryState::Acknowledged => {
            info!(%delivery_id, receiver, subject, revision, attempts, "`{receiver}` took revision {revision} of `{subject}`");
        }
        DeliveryState::Dead => {
            error!(%delivery_id, receiver, subject, revision, attempts, problem,
                "`{receiver}` did not take revision {revision} of `{subject}`; its subject waits until it is resent");
        }
        DeliveryState::Pending | DeliveryState::Sent => {
            warn!(%delivery_id, receiver, subject, revision, attempts, problem, "`{receiver}` did not take a delivery; it is tried again");
        }
    }
}
