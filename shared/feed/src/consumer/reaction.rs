//! Reactions: acts of this service that events of others oblige it to.

use std::{collections::HashSet, future::Future};

use db::{Db, Tx, on};
use sqlx::QueryBuilder;

use super::{ApplyError, handler::Handler, parked, position};
use crate::Event;

/// Events that one statement notes.
const NOTES_PER_STATEMENT: usize = 500;

/// An act that must be done exactly once for each event: state, own events and the note that it was done are written in
/// one transaction, and the note stays for ever.
pub trait Reaction: Send + Sync + 'static {
    /// Name, unique within the service and stable: what was done is kept under it.
    const NAME: &'static str;
    /// Kinds of events that it reads; empty for all.
    const KINDS: &'static [&'static str];

    /// Acts on one event. The payload is absent when it was erased.
    ///
    /// # Errors
    /// [`ApplyError::Poison`] parks the event and its subject, [`ApplyError::Later`] has everything tried again.
    fn react(&self, tx: &mut Tx, event: &Event) -> impl Future<Output = Result<(), ApplyError>> + Send;

    /// Acts on up to 500 events that it has not acted on before, in order, in one transaction; to be overridden where one
    /// statement can do for many.
    ///
    /// # Errors
    /// As [`react`](Self::react). After `Poison` everything is undone and done again event by event, which finds the
    /// one to park.
    fn react_batch(
        &self,
        tx: &mut Tx,
        events: &[&Event],
    ) -> impl Future<Output = Result<(), ApplyError>> + Send {
        async move {
            for event in events {
                self.react(tx, event).await?;
            }
            Ok(())
        }
    }
}

/// Has a reaction read its feeds again from the beginning: what it has done is not done again, what it has not seen is.
/// The way on after one of its feeds was restored from a backup and counts a new epoch.
///
/// # Errors
/// When the database refuses; then nothing has changed.
pub async fn replay<R: Reaction>(db: &Db) -> Result<(), sqlx::Error> {
    let mut tx = db.begin_write().await?;
    position::forget(&mut tx, R::NAME).await?;
    // What is parked has not been done, so it comes again.
    parked::clear(&mut tx, R::NAME).await?;
    tx.commit().await
}

/// A reaction as a follower sees it.
pub(super) struct Reacting<R>(pub(super) R);

impl<R: Reaction> Handler for Reacting<R> {
    fn name(&self) -> &'static str {
        R::NAME
    }

    fn kinds(&self) -> &'static [&'static str] {
        R::KINDS
    }

    async fn handle(&self, tx: &mut Tx, feed: &str, events: &[Event]) -> Result<(), ApplyError> {
        let fresh = note_done(tx, R::NAME, feed, events).await?;
        if fresh.is_empty() { Ok(()) } else { self.0.react_batch(tx, &fresh).await }
    }

    async fn start_over(&self, db: &Db) -> Result<(), sqlx::Error> {
        replay::<R>(db).await
    }
}

/// Notes that the events are acted on; answers those that were not before, in order.
async fn note_done<'e>(
    tx: &mut Tx,
    consumer: &str,
    feed: &str,
    events: &'e [Event],
) -> Result<Vec<&'e Event>, sqlx::Error> {
    const INSERT: &str = "INSERT INTO reaction_done (consumer, feed, event_id, seq) ";
    const ONCE: &str = " ON CONFLICT (consumer, feed, event_id) DO NOTHING RETURNING event_id";
    let mut noted = HashSet::with_capacity(events.len());
    for events in events.chunks(NOTES_PER_STATEMENT) {
        let ids: Vec<String> = on!(tx, |conn| {
            let mut sql = QueryBuilder::new(INSERT);
            sql.push_values(events, |mut row, event| {
                row.push_bind(consumer).push_bind(feed).push_bind(event.id()).push_bind(event.seq());
            });
            sql.push(ONCE).build_query_scalar().fetch_all(conn).await?
        });
        noted.extend(ids);
    }
    Ok(events.iter().filter(|event| noted.contains(event.id())).collect())
}
