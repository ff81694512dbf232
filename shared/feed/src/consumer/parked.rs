//! The table `feed_parked`: events that could not be handled, and those of their subjects that came after.

use std::collections::HashSet;

use db::{Db, Tx, on};

use super::position::Key;
use crate::Event;

/// Most events one reader of one feed may have parked. One bad event, or a few, park few; more means that the reader or
/// the feed is wrong, and the reader stops instead of setting the whole feed aside.
pub const MAX_PARKED: i64 = 10_000;
/// Longest text kept of a reason, in characters.
const MAX_REASON: usize = 500;

/// A parked event.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Parked {
    /// Reader that could not handle it.
    pub consumer: String,
    /// Feed that it is of.
    pub feed: String,
    /// Its position.
    pub seq: i64,
    /// Its UUID.
    pub event_id: String,
    /// Its subject.
    pub subject: String,
    /// Its kind.
    pub kind: String,
    /// Why it could not be handled; empty when it only waits behind another event of its subject.
    pub error: String,
}

/// The parked events of a reader of one feed, in the order of their positions, after position `after`; at most `limit`.
pub async fn list_parked(
    db: &Db,
    consumer: &str,
    feed: &str,
    after: i64,
    limit: i64,
) -> Result<Vec<Parked>, sqlx::Error> {
    const SQL: &str = "
        SELECT consumer, feed, seq, event_id, subject, kind, error FROM feed_parked
        WHERE consumer = $1 AND feed = $2 AND seq > $3
        ORDER BY seq LIMIT CAST($4 AS BIGINT)";
    on!(db, |pool| sqlx::query_as(SQL)
        .bind(consumer)
        .bind(feed)
        .bind(after)
        .bind(limit)
        .fetch_all(pool)
        .await)
}

/// The first parked event of a subject.
pub(super) async fn first(db: &Db, key: Key<'_>, subject: &str) -> Result<Option<Parked>, sqlx::Error> {
    const SQL: &str = "
        SELECT consumer, feed, seq, event_id, subject, kind, error FROM feed_parked
        WHERE consumer = $1 AND feed = $2 AND subject = $3 ORDER BY seq LIMIT 1";
    on!(db, |pool| sqlx::query_as(SQL)
        .bind(key.consumer)
        .bind(key.feed)
        .bind(subject)
        .fetch_optional(pool)
        .await)
}

/// Subjects of which later events must wait; bounded by [`MAX_PARKED`].
pub(super) async fn subjects(tx: &mut Tx, key: Key<'_>) -> Result<HashSet<String>, sqlx::Error> {
    const SQL: &str = "SELECT DISTINCT subject FROM feed_parked WHERE consumer = $1 AND feed = $2";
    let subjects: Vec<String> =
        on!(tx, |conn| sqlx::query_scalar(SQL).bind(key.consumer).bind(key.feed).fetch_all(conn).await)?;
    Ok(subjects.into_iter().collect())
}

/// Parks an event; `error` is empty for one that waits behind another.
pub(super) async fn park(tx: &mut Tx, key: Key<'_>, event: &Event, error: &str) -> Result<(), sqlx::Error> {
    const SQL: &str = "
        INSERT INTO feed_parked (consumer, feed, seq, event_id, subject, kind, error)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let reason: String = error.chars().filter(|character| *character != '\0').take(MAX_REASON).collect();
    on!(tx, |conn| sqlx::query(SQL)
        .bind(key.consumer)
        .bind(key.feed)
        .bind(event.seq())
        .bind(event.id())
        .bind(event.subject())
        .bind(event.kind())
        .bind(reason)
        .execute(conn)
        .await
        .map(drop))
}

/// How many events the reader has parked.
const COUNT: &str = "SELECT COUNT(*) FROM feed_parked WHERE consumer = $1 AND feed = $2";

/// How many events the reader has parked, as the transaction sees it.
pub(super) async fn count(tx: &mut Tx, key: Key<'_>) -> Result<i64, sqlx::Error> {
    on!(tx, |conn| sqlx::query_scalar(COUNT).bind(key.consumer).bind(key.feed).fetch_one(conn).await)
}

/// How many events the reader has parked now.
pub(super) async fn count_now(db: &Db, key: Key<'_>) -> Result<u64, sqlx::Error> {
    let count: i64 =
        on!(db, |pool| sqlx::query_scalar(COUNT).bind(key.consumer).bind(key.feed).fetch_one(pool).await)?;
    Ok(count.unsigned_abs())
}

/// Takes an event out; false when another did.
pub(super) async fn release(tx: &mut Tx, key: Key<'_>, seq: i64) -> Result<bool, sqlx::Error> {
    const SQL: &str = "DELETE FROM feed_parked WHERE consumer = $1 AND feed = $2 AND seq = $3";
    let removed = on!(tx, |conn| sqlx::query(SQL)
        .bind(key.consumer)
        .bind(key.feed)
        .bind(seq)
        .execute(conn)
        .await?
        .rows_affected());
    Ok(removed == 1)
}

/// Takes everything of a reader out, because it starts again from the beginning.
pub(super) async fn clear(tx: &mut Tx, consumer: &str) -> Result<(), sqlx::Error> {
    const SQL: &str = "DELETE FROM feed_parked WHERE consumer = $1";
    on!(tx, |conn| sqlx::query(SQL).bind(consumer).execute(conn).await.map(drop))
}
