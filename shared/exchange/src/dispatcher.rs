//! Carries deliveries to one receiver.

use std::time::{Duration, Instant};

use db::{Db, Tx};
use domain::MicrosUtc;
use futures::StreamExt;
use rand::Rng;
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, warn};

use crate::{Delivery, DeliveryState, ExchangeError, RetryPolicy, Sink, SinkError, store};

/// Most deliveries of one round, and most dead letters, which are in memory together.
const ROUND: usize = 500;
/// Pause between rounds that found nothing more to do.
const PAUSE: Duration = Duration::from_secs(1);

/// What a service says when it cannot take an outcome.
pub type OwnerError = Box<dyn std::error::Error + Send + Sync>;

/// The service that a delivery belongs to: it moves its own state in the transaction that writes the outcome, so that
/// both are there or neither.
pub trait Owner: Send + Sync {
    /// The receiver took the delivery for good; `delivery.receipt` is its number for it. An error undoes the
    /// acknowledgement, and the delivery is attempted again: the receiver then answers as before. A delivery that was resent
    /// because its receiver had lost it is acknowledged again.
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

    /// Outcomes of several deliveries, no two of one subject; to be overridden where one statement can do for many. After
    /// an error everything is undone and done again one by one, so that one refusal undoes no other outcome.
    fn on_settled(
        &self,
        tx: &mut Tx,
        deliveries: &[&Delivery],
    ) -> impl Future<Output = Result<(), OwnerError>> + Send {
        async move {
            for delivery in deliveries {
                match delivery.state {
                    DeliveryState::Acknowledged => self.on_acknowledged(tx, delivery).await?,
                    _ => self.on_failed(tx, delivery).await?,
                }
            }
            Ok(())
        }
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

    /// Attempts what is due at `now` once, up to 500 deliveries, no two of one subject; and as many dead letters that hold back what must
    /// be taken.
    ///
    /// # Errors
    /// When the database or the owner refuses; what was under way is attempted again after its lease.
    pub async fn dispatch_once(&self, now: MicrosUtc, rng: &mut impl Rng) -> Result<Round, ExchangeError> {
        let begun = Instant::now();
        let mut due = store::due(&self.db, &self.receiver, now, ROUND as i64).await?;
        if let Some(kind) = self.policy.until_taken {
            due.extend(store::given_up_before(&self.db, &self.receiver, kind, now, ROUND as i64).await?);
        }
        let (mut round, mut present) = (Round::default(), now);
        while !due.is_empty() {
            let later = due.split_off(due.len().min(self.sink.together()));
            self.attempt_all(due, present, rng, &mut round).await?;
            due = later;
            // A round takes as long as its receiver is slow: what comes late in it is claimed, and waits, from its own time on.
            present = store::later(now, begun.elapsed());
        }
        Ok(round)
    }

    /// Claims and attempts these deliveries together, and writes the outcomes as they come, as many at once as are there.
    async fn attempt_all(
        &self,
        due: Vec<Delivery>,
        now: MicrosUtc,
        rng: &mut impl Rng,
        round: &mut Round,
    ) -> Result<(), ExchangeError> {
        let wanted = due.len();
        let claimed = store::claim_all(&self.db, due, now, self.policy.lease()).await?;
        (claimed.len()..wanted).for_each(|_| *round = round.count(None));
        let mut ended = self.sink.deliver_all(claimed, self.policy.attempt_timeout);
        let mut failure = None;
        while let Some(ended) = ended.next().await {
            let outcome = |(sent, taken)| self.outcome(sent, taken, now, rng.random());
            let outcomes = ended.into_iter().map(outcome).collect();
            let settled = self.settle_all(outcomes).await;
            for state in settled {
                match state {
                    Ok(state) => *round = round.count(state),
                    Err(error) => failure = failure.or(Some(error)),
                }
            }
        }
        failure.map_or(Ok(()), Err)
    }

    /// What became of an attempt, not yet written.
    fn outcome(
        &self,
        sent: Delivery,
        taken: Result<String, SinkError>,
        now: MicrosUtc,
        jitter: f64,
    ) -> Delivery {
        match taken {
            Ok(receipt) => Delivery {
                state: DeliveryState::Acknowledged,
                receipt: Some(store::cut(&receipt)),
                settled: Some(now),
                ..sent
            },
            Err(error) => self.failed(sent, &error.to_string(), now, jitter),
        }
    }

    fn failed(&self, sent: Delivery, error: &str, now: MicrosUtc, jitter: f64) -> Delivery {
        let dead = self.policy.exhausted(&sent.kind, sent.attempts);
        Delivery {
            state: if dead { DeliveryState::Dead } else { DeliveryState::Pending },
            next_attempt: store::later(now, self.policy.wait(sent.attempts, jitter)),
            last_error: Some(store::cut(error)),
            settled: Some(now),
            ..sent
        }
    }

    /// Writes outcomes: in one transaction, or each in its own where one of them is refused, so that it undoes no other.
    async fn settle_all(
        &self,
        mut outcomes: Vec<Delivery>,
    ) -> Vec<Result<Option<DeliveryState>, ExchangeError>> {
        // One order for all who lock several subjects.
        outcomes.sort_by(|one, other| one.subject.cmp(&other.subject));
        if outcomes.len() > 1
            && let Ok(states) = self.settle_together(&outcomes).await
        {
            return states.into_iter().map(Ok).collect();
        }
        let mut settled = Vec::with_capacity(outcomes.len());
        for outcome in &outcomes {
            let states = self.settle_together(std::slice::from_ref(outcome)).await;
            settled.push(states.map(|states| states.into_iter().next().flatten()));
        }
        settled
    }

    /// Writes outcomes and what the owner makes of them; the states they led to, `None` where the attempt had passed to
    /// another dispatcher.
    async fn settle_together(
        &self,
        outcomes: &[Delivery],
    ) -> Result<Vec<Option<DeliveryState>>, ExchangeError> {
        let mut tx = self.db.begin_write().await?;
        let mut states = Vec::with_capacity(outcomes.len());
        for outcome in outcomes {
            let ours = store::settle(&mut tx, outcome).await?;
            states.push(ours.then_some(outcome.state));
        }
        let ours = outcomes.iter().zip(&states).filter(|(_, state)| state.is_some());
        let ours: Vec<_> = ours.map(|(outcome, _)| outcome).collect();
        if let Some(first) = ours.first() {
            let taken = self.owner.on_settled(&mut tx, &ours).await;
            taken.map_err(|source| ExchangeError::Owner { delivery_id: first.delivery_id, source })?;
        }
        tx.commit().await?;
        ours.into_iter().for_each(log);
        Ok(states)
    }
}

fn log(outcome: &Delivery) {
    let Delivery { delivery_id, receiver, subject, revision, attempts, .. } = outcome;
    let problem = outcome.last_error.as_deref().unwrap_or_default();
    match outcome.state {
        DeliveryState::Acknowledged => {
            debug!(%delivery_id, receiver, subject, revision, attempts, "`{receiver}` took revision {revision} of `{subject}`");
        }
        DeliveryState::Dead => {
            error!(%delivery_id, receiver, subject, revision, attempts, problem,
                "`{receiver}` did not take revision {revision} of `{subject}`; its subject waits until it is resent, or its end is told");
        }
        DeliveryState::Pending | DeliveryState::Sent => {
            warn!(%delivery_id, receiver, subject, revision, attempts, problem, "`{receiver}` did not take a delivery; it is tried again");
        }
    }
}
