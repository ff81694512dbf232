//! Handles a batch: cursor, effects and parked events in one transaction.

use db::{Db, Tx};

use super::{
    ApplyError, MAX_PARKED, Position,
    batch::Batch,
    error::Left,
    handler::Handler,
    parked,
    position::{self, Key},
};
use crate::Event;

/// What became of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Applied {
    /// Events that were parked.
    pub(super) parked: u64,
    /// Whether another replica has moved the cursor; then the rest of the batch was not touched.
    pub(super) overtaken: bool,
}

/// Handles `batch`, of which the cursor stands at `from`. Together if possible; event by event when one of them is
/// poison, so that only that one is parked.
pub(super) async fn apply<H: Handler>(
    db: &Db,
    handler: &H,
    key: Key<'_>,
    from: &Position,
    batch: &Batch,
) -> Result<Applied, Left> {
    match together(db, handler, key, from, &batch.to, &batch.events).await {
        Err(Failed::Apply(ApplyError::Poison(_))) => one_by_one(db, handler, key, from, batch).await,
        outcome => Ok(outcome?),
    }
}

/// Why a transaction was undone.
#[derive(Debug)]
enum Failed {
    Apply(ApplyError),
    TooManyParked(i64),
}

impl From<ApplyError> for Failed {
    fn from(error: ApplyError) -> Self {
        Self::Apply(error)
    }
}

/// Errors of this crate's own statements are never the event's fault.
impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        Self::Apply(ApplyError::Later(error.into()))
    }
}

impl From<Failed> for Left {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Apply(ApplyError::Later(source)) => Self::Later(source),
            Failed::Apply(ApplyError::Poison(why)) => Self::Later(why.into()),
            Failed::TooManyParked(count) => Self::TooManyParked(count),
        }
    }
}

async fn together<H: Handler>(
    db: &Db,
    handler: &H,
    key: Key<'_>,
    from: &Position,
    to: &Position,
    events: &[Event],
) -> Result<Applied, Failed> {
    let mut tx = db.begin_write().await?;
    if !position::advance(&mut tx, key, from, to).await? {
        return Ok(Applied { overtaken: true, ..Applied::default() });
    }
    let held_subjects =
        if events.is_empty() { Default::default() } else { parked::subjects(&mut tx, key).await? };
    let mut waiting = 0;
    if held_subjects.is_empty() {
        handle(&mut tx, handler, key, events).await?;
    } else {
        let is_held = |event: &Event| held_subjects.contains(event.subject());
        let (held, free): (Vec<_>, Vec<_>) = events.iter().cloned().partition(is_held);
        handle(&mut tx, handler, key, &free).await?;
        for event in &held {
            park(&mut tx, key, event, "").await?;
        }
        waiting = held.len() as u64;
    }
    tx.commit().await?;
    Ok(Applied { parked: waiting, overtaken: false })
}

async fn handle<H: Handler>(
    tx: &mut Tx,
    handler: &H,
    key: Key<'_>,
    events: &[Event],
) -> Result<(), ApplyError> {
    if events.is_empty() { Ok(()) } else { handler.handle(tx, key.feed, events).await }
}

async fn one_by_one<H: Handler>(
    db: &Db,
    handler: &H,
    key: Key<'_>,
    from: &Position,
    batch: &Batch,
) -> Result<Applied, Left> {
    let mut at = *from;
    let mut total = Applied::default();
    for (index, event) in batch.events.iter().enumerate() {
        let last = index + 1 == batch.events.len();
        let reached = Position { epoch: batch.to.epoch, seq: event.seq(), hash: event.sealed().hash };
        let to = if last { batch.to } else { reached };
        let applied = match together(db, handler, key, &at, &to, std::slice::from_ref(event)).await {
            Err(Failed::Apply(ApplyError::Poison(why))) => set_aside(db, key, &at, &to, event, &why).await?,
            outcome => outcome?,
        };
        total.parked += applied.parked;
        if applied.overtaken {
            return Ok(Applied { overtaken: true, ..total });
        }
        at = to;
    }
    Ok(total)
}

/// Parks a poison event and goes on behind it.
async fn set_aside(
    db: &Db,
    key: Key<'_>,
    from: &Position,
    to: &Position,
    event: &Event,
    why: &str,
) -> Result<Applied, Failed> {
    let mut tx = db.begin_write().await?;
    if !position::advance(&mut tx, key, from, to).await? {
        return Ok(Applied { overtaken: true, ..Applied::default() });
    }
    park(&mut tx, key, event, why).await?;
    tx.commit().await?;
    tracing::error!(
        consumer = key.consumer,
        feed = key.feed,
        seq = event.seq(),
        event.id = event.id(),
        event.kind = event.kind(),
        subject = event.subject(),
        problem = why,
        "`{}` cannot handle event {} of `{}` and parks its subject `{}`: {why}",
        key.consumer,
        event.seq(),
        key.feed,
        event.subject(),
    );
    Ok(Applied { parked: 1, overtaken: false })
}

async fn park(tx: &mut Tx, key: Key<'_>, event: &Event, why: &str) -> Result<(), Failed> {
    let count = parked::count(tx, key).await?;
    if count >= MAX_PARKED {
        return Err(Failed::TooManyParked(count));
    }
    Ok(parked::park(tx, key, event, why).await?)
}
