//! Reading sealed events in their order.

use db::{Db, Tx, on};
use sqlx::QueryBuilder;

use crate::chain::ChainHash;
use crate::{SealedEvent, header_columns};

/// Places one call looks at, when it looks for some kinds only: bounds the work of a reader whose kinds are rare.
const WINDOW: i64 = 5_000;
/// Most events one call answers.
const MAX_LIMIT: u32 = 2_000;

/// The end of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Head {
    /// Counts restores: a feed of a restored database is another feed, even where its numbers agree.
    pub epoch: i64,
    /// Place of the last sealed event; 0 before the first.
    pub seq: i64,
    /// Hash of the whole chain.
    #[sqlx(try_from = "Vec<u8>")]
    pub hash: ChainHash,
}

/// Some events, and how far the reader has come with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Events of the kinds asked for, in order. May be empty although there are more behind.
    pub events: Vec<SealedEvent>,
    /// Everything up to this place has been considered: where to read on. The reader is at the end of the feed when
    /// it is where the reader was.
    pub read_to: i64,
}

/// The end of the chain as of now.
pub async fn head(db: &Db) -> Result<Head, sqlx::Error> {
    const SQL: &str = "SELECT epoch, seq, hash FROM feed_head WHERE one = 1";
    on!(db, |pool| sqlx::query_as(SQL).fetch_one(pool).await)
}

/// Numbers of the first and the last event that wait for the sealer, in the order in which they were written; `None` when all are
/// sealed.
pub async fn waiting(db: &Db) -> Result<Option<(i64, i64)>, sqlx::Error> {
    const SQL: &str = "SELECT MIN(first_id), MAX(last_id) FROM event_pending";
    let (first, last): (Option<i64>, Option<i64>) =
        on!(db, |pool| sqlx::query_as(SQL).fetch_one(pool).await)?;
    Ok(first.zip(last))
}

/// The hash of the chain up to `seq`, or `None` past its end. For 0 it is [`ChainHash::GENESIS`].
pub async fn hash_at(db: &Db, seq: i64) -> Result<Option<ChainHash>, sqlx::Error> {
    const SQL: &str = "SELECT hash FROM seal WHERE seq = $1";
    if seq == 0 {
        return Ok(Some(ChainHash::GENESIS));
    }
    let bytes: Option<Vec<u8>> =
        on!(db, |pool| sqlx::query_scalar(SQL).bind(seq).fetch_optional(pool).await)?;
    bytes.map(|bytes| bytes.try_into().map_err(|error| sqlx::Error::Decode(Box::new(error)))).transpose()
}

/// The next events after `after`, at most `limit` (1 to 2,000) of them; only those of `kinds`, unless that is empty.
///
/// Sealed events appear together with the head, so a place that has been read never fills later: whoever goes on from
/// [`Batch::read_to`] misses nothing and reads nothing twice.
pub async fn read(db: &Db, after: i64, limit: u32, kinds: &[&str]) -> Result<Batch, sqlx::Error> {
    let limit = i64::from(limit.clamp(1, MAX_LIMIT));
    let window = if kinds.is_empty() { limit } else { WINDOW };
    // The head first: what it counts is there for every later statement.
    let last = head(db).await?.seq.min(after.saturating_add(window));
    if last <= after {
        return Ok(Batch { events: Vec::new(), read_to: after });
    }
    let events: Vec<SealedEvent> = on!(db, |pool| {
        let mut query = QueryBuilder::new(SELECT);
        query.push(" WHERE s.seq > ").push_bind(after).push(" AND s.seq <= ").push_bind(last);
        if !kinds.is_empty() {
            let mut list = query.push(" AND e.kind IN (").separated(", ");
            kinds.iter().for_each(|kind| {
                list.push_bind(*kind);
            });
            query.push(")");
        }
        query.push(" ORDER BY s.seq LIMIT CAST(").push_bind(limit).push(" AS BIGINT)");
        query.build_query_as().fetch_all(pool).await
    })?;
    let full = events.len() as i64 == limit;
    let read_to = events.last().filter(|_| full).map_or(last, |event| event.seq);
    Ok(Batch { events, read_to })
}

const SELECT: &str = concat!(
    "SELECT s.seq, s.hash, ",
    header_columns!(),
    ", e.payload_digest, e.salt, e.payload FROM seal s JOIN event e ON e.outbox_id = s.outbox_id
     JOIN event_context c ON c.context_id = e.context_id"
);

/// The sealed events from `from` to `to`, both included, that are there; for verification.
pub(crate) async fn range(db: &Db, from: i64, to: i64) -> Result<Vec<SealedEvent>, sqlx::Error> {
    on!(db, |pool| {
        let mut query = QueryBuilder::new(SELECT);
        query.push(" WHERE s.seq >= ").push_bind(from).push(" AND s.seq <= ").push_bind(to);
        query.push(" ORDER BY s.seq").build_query_as().fetch_all(pool).await
    })
}

/// Starts a new epoch and answers its number. To be called once after a restore, before anything is written:
/// consumers that have read further than the backup then learn that this is not the feed they know.
pub async fn start_epoch(tx: &mut Tx) -> Result<i64, sqlx::Error> {
    const SQL: &str = "UPDATE feed_head SET epoch = epoch + 1 WHERE one = 1 RETURNING epoch";
    on!(tx, |conn| sqlx::query_scalar(SQL).fetch_one(conn).await)
}
