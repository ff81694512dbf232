//! The table `feed_cursor`: how far a reader has come.

use db::{Db, Tx, on};
use outbox::ChainHash;

/// A place in a feed, with the hash that proves which feed it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Position {
    /// Epoch of the feed; 0 before the first event.
    pub epoch: i64,
    /// Last event that was handled; 0 before the first.
    pub seq: i64,
    /// Hash of the chain up to it.
    #[sqlx(try_from = "Vec<u8>")]
    pub hash: ChainHash,
}

impl Position {
    /// Before the first event of any feed.
    pub const START: Self = Self { epoch: 0, seq: 0, hash: ChainHash::GENESIS };
}

/// One reader of one feed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key<'a> {
    pub(super) consumer: &'a str,
    pub(super) feed: &'a str,
}

/// Where the reader stands; makes its row when it reads the feed for the first time.
pub(super) async fn open(db: &Db, key: Key<'_>) -> Result<Position, sqlx::Error> {
    const INSERT: &str = "
        INSERT INTO feed_cursor (consumer, feed, epoch, seq, hash) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (consumer, feed) DO NOTHING";
    const SELECT: &str = "SELECT epoch, seq, hash FROM feed_cursor WHERE consumer = $1 AND feed = $2";
    let Key { consumer, feed } = key;
    let find =
        async || on!(db, |pool| sqlx::query_as(SELECT).bind(consumer).bind(feed).fetch_optional(pool).await);
    if let Some(position) = find().await? {
        return Ok(position);
    }
    let start = Position::START;
    let mut tx = db.begin_write().await?;
    on!(tx, |conn| sqlx::query(INSERT)
        .bind(consumer)
        .bind(feed)
        .bind(start.epoch)
        .bind(start.seq)
        .bind(start.hash.as_bytes().as_slice())
        .execute(conn)
        .await
        .map(drop))?;
    tx.commit().await?;
    // Another replica may have made it and gone on.
    Ok(find().await?.unwrap_or(start))
}

/// Moves the cursor if it still stands at `from`, and holds it until the transaction ends; false when another replica
/// has moved it. Called first in the transaction, so that of two replicas only one does the work.
pub(super) async fn advance(
    tx: &mut Tx,
    key: Key<'_>,
    from: &Position,
    to: &Position,
) -> Result<bool, sqlx::Error> {
    const SQL: &str = "
        UPDATE feed_cursor SET epoch = $5, seq = $6, hash = $7
        WHERE consumer = $1 AND feed = $2 AND epoch = $3 AND seq = $4";
    let moved = on!(tx, |conn| sqlx::query(SQL)
        .bind(key.consumer)
        .bind(key.feed)
        .bind(from.epoch)
        .bind(from.seq)
        .bind(to.epoch)
        .bind(to.seq)
        .bind(to.hash.as_bytes().as_slice())
        .execute(conn)
        .await?
        .rows_affected());
    Ok(moved == 1)
}

/// Holds the cursor where it is until the transaction ends, so that nothing of the feed is handled meanwhile.
pub(super) async fn hold(tx: &mut Tx, key: Key<'_>) -> Result<(), sqlx::Error> {
    const SQL: &str = "UPDATE feed_cursor SET seq = seq WHERE consumer = $1 AND feed = $2";
    on!(tx, |conn| sqlx::query(SQL).bind(key.consumer).bind(key.feed).execute(conn).await.map(drop))
}

/// How far a reader has come in the feed that it reads, in a transaction of the caller; of several feeds, in that in which it is least
/// far; 0 before the first event.
///
/// # Errors
/// When the database refuses.
pub async fn read_up_to(tx: &mut Tx, consumer: &str) -> Result<i64, sqlx::Error> {
    const SQL: &str = "SELECT MIN(seq) FROM feed_cursor WHERE consumer = $1";
    let seq: Option<i64> = on!(tx, |conn| sqlx::query_scalar(SQL).bind(consumer).fetch_one(conn).await)?;
    Ok(seq.unwrap_or(0))
}

/// Forgets how far a reader has come, in all feeds: its next look starts at the beginning.
pub(super) async fn forget(tx: &mut Tx, consumer: &str) -> Result<(), sqlx::Error> {
    const SQL: &str = "DELETE FROM feed_cursor WHERE consumer = $1";
    on!(tx, |conn| sqlx::query(SQL).bind(consumer).execute(conn).await.map(drop))
}
