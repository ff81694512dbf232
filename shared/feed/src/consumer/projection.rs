//! Projections: copies of other services' facts in the shape in which this one asks for them.

use std::future::Future;

use db::{Db, Tx};

use super::{ApplyError, handler::Handler, parked, position};
use crate::Event;

/// A copy that can be thrown away and made again from the feeds. It writes its own tables and nothing else, above all
/// no event; the same events give the same tables, whenever they are read.
pub trait Projection: Send + Sync + 'static {
    /// Name, unique within the service and stable: its progress is kept under it.
    const NAME: &'static str;
    /// Kinds of events that it reads; empty for all, and then the whole chain of the feed is checked.
    const KINDS: &'static [&'static str];

    /// Writes one event into the copy. The payload is absent when it was erased; what was copied from it must then go.
    ///
    /// # Errors
    /// [`ApplyError::Poison`] parks the event and its subject, [`ApplyError::Later`] has everything tried again.
    fn apply(&self, tx: &mut Tx, event: &Event) -> impl Future<Output = Result<(), ApplyError>> + Send;

    /// Writes up to 500 events, in order, in one transaction; to be overridden where one statement can do for many.
    ///
    /// # Errors
    /// As [`apply`](Self::apply). After `Poison` everything is undone and done again event by event, which finds the
    /// one to park.
    fn apply_batch(
        &self,
        tx: &mut Tx,
        events: &[Event],
    ) -> impl Future<Output = Result<(), ApplyError>> + Send {
        async move {
            for event in events {
                self.apply(tx, event).await?;
            }
            Ok(())
        }
    }

    /// Empties the tables of the copy.
    ///
    /// # Errors
    /// When the database refuses.
    fn clear(&self, tx: &mut Tx) -> impl Future<Output = Result<(), sqlx::Error>> + Send;
}

/// Empties a projection and forgets how far it had read, in all its feeds; its followers then start again from the
/// beginning. May be called while they run.
///
/// # Errors
/// When the database refuses; then nothing has changed.
pub async fn rebuild<P: Projection>(db: &Db, projection: &P) -> Result<(), sqlx::Error> {
    let mut tx = db.begin_write().await?;
    // The cursor first: it holds back a follower that is in the middle of a batch.
    position::forget(&mut tx, P::NAME).await?;
    parked::clear(&mut tx, P::NAME).await?;
    projection.clear(&mut tx).await?;
    tx.commit().await
}

/// A projection as a follower sees it.
pub(super) struct Projecting<P>(pub(super) P);

impl<P: Projection> Handler for Projecting<P> {
    fn name(&self) -> &'static str {
        P::NAME
    }

    fn kinds(&self) -> &'static [&'static str] {
        P::KINDS
    }

    async fn handle(&self, tx: &mut Tx, _feed: &str, events: &[Event]) -> Result<(), ApplyError> {
        self.0.apply_batch(tx, events).await
    }

    async fn start_over(&self, db: &Db) -> Result<(), sqlx::Error> {
        rebuild(db, &self.0).await
    }
}
