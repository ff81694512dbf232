//! The sealer: gives committed events their order and their hashes.

use std::time::Duration;

use db::bulk::{self, Cell};
use db::{Db, Tx, is_contention, on};
use sqlx::QueryBuilder;
use tokio::sync::watch;

use crate::chain::{ChainHash, link};
use crate::read::{Head, head};
use crate::{Header, header_columns};

/// Most events one transaction seals: bounds how long a sealer holds the head, and on SQLite the file.
pub const SEAL_BATCH: i64 = 1_000;
/// How long an event may wait when its wake-up is lost, or when another process wrote it.
const POLL: Duration = Duration::from_millis(200);
/// Pause after a failure of the database.
const PAUSE: Duration = Duration::from_secs(1);

/// Seals the events of one database. Any number of processes may run one: the head of the feed is locked first, so
/// they take turns, and whichever is stopped leaves its batch to the next.
#[derive(Debug)]
pub struct Sealer {
    db: Db,
    sealed: watch::Sender<i64>,
}

/// An event on its way into the chain.
#[derive(sqlx::FromRow)]
struct Pending {
    outbox_id: i64,
    #[sqlx(flatten)]
    header: Header,
    #[sqlx(try_from = "Vec<u8>")]
    payload_digest: ChainHash,
}

/// One row of `seal`.
struct Seal {
    seq: i64,
    outbox_id: i64,
    hash: ChainHash,
}

impl Sealer {
    /// A sealer for the events in `db`.
    pub fn new(db: Db) -> Self {
        Self { db, sealed: watch::Sender::new(0) }
    }

    /// Follows the end of the feed: holds the `seq` of the last sealed event this sealer knows of, its own or one of
    /// another process. A reader waits here instead of asking again.
    pub fn sealed(&self) -> watch::Receiver<i64> {
        self.sealed.subscribe()
    }

    /// Seals until `shutdown` resolves: at once after each commit through this `Db` (or when anything else rings
    /// [`Db::announced`]), and every 200 ms whatever happens.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let announced = self.db.announced();
        tokio::pin!(shutdown);
        loop {
            // Given up midway, a batch is rolled back and is the next sealer's.
            let pause = tokio::select! {
                () = &mut shutdown => return,
                pause = self.seal_all() => pause,
            };
            tokio::select! {
                () = &mut shutdown => return,
                // After a failure no bell shortens the pause: a busy service would hammer a database that is down.
                () = announced.notified(), if pause == POLL => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Seals all that waits and answers how long to rest when nothing rings.
    async fn seal_all(&self) -> Duration {
        loop {
            match self.seal_once().await {
                Ok(0) => return POLL,
                Ok(_) => {}
                Err(error) if is_contention(&error) => return POLL,
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "cannot seal events; trying again"
                    );
                    return PAUSE;
                }
            }
        }
    }

    /// Seals up to [`SEAL_BATCH`] waiting events in one transaction and answers how many.
    pub async fn seal_once(&self) -> Result<usize, sqlx::Error> {
        // Without this look an idle sealer would take the write lock five times a second.
        if !anything_waits(&self.db).await? {
            self.publish(head(&self.db).await?.seq);
            return Ok(0);
        }
        let mut tx = self.db.begin_write().await?;
        let head = lock_head(&mut tx).await?;
        let waiting = take_waiting(&mut tx).await?;
        let seals = chained(head, &read_pending(&mut tx, &waiting).await?);
        let Some(last) = seals.last() else { return Ok(0) };
        store(&mut tx, &seals).await?;
        advance_head(&mut tx, last).await?;
        tx.commit().await?;
        self.publish(last.seq);
        Ok(seals.len())
    }

    fn publish(&self, seq: i64) {
        self.sealed.send_if_modified(|known| {
            let further = seq > *known;
            *known = seq.max(*known);
            further
        });
    }
}

async fn anything_waits(db: &Db) -> Result<bool, sqlx::Error> {
    const SQL: &str = "SELECT first_id FROM event_pending ORDER BY first_id LIMIT 1";
    let first: Option<i64> = on!(db, |pool| sqlx::query_scalar(SQL).fetch_optional(pool).await)?;
    Ok(first.is_some())
}

/// Locks the head against every other sealer, and only then reads it.
async fn lock_head(tx: &mut Tx) -> Result<Head, sqlx::Error> {
    const SQL: &str = "UPDATE feed_head SET seq = seq WHERE one = 1 RETURNING epoch, seq, hash";
    on!(tx, |conn| sqlx::query_as(SQL).fetch_one(conn).await)
}

/// Takes the events to seal next from those that wait, at most [`SEAL_BATCH`], and answers their keys in the order in which they
/// were written. A run that is longer than the batch waits on without its beginning.
async fn take_waiting(tx: &mut Tx) -> Result<Vec<i64>, sqlx::Error> {
    const WAITING: &str = "SELECT first_id, last_id FROM event_pending ORDER BY first_id LIMIT $1";
    const CUT: &str = "UPDATE event_pending SET first_id = $2 WHERE first_id = $1";
    let runs: Vec<(i64, i64)> =
        on!(tx, |conn| sqlx::query_as(WAITING).bind(SEAL_BATCH).fetch_all(conn).await)?;
    let (mut keys, mut whole) = (Vec::new(), Vec::new());
    for (first, last) in runs {
        let room = SEAL_BATCH - keys.len() as i64;
        let next = last.saturating_add(1).min(first + room);
        keys.extend(first..next);
        if next > last {
            whole.push(first);
            continue;
        }
        if next > first {
            on!(tx, |conn| sqlx::query(CUT).bind(first).bind(next).execute(conn).await.map(drop))?;
        }
        break;
    }
    if !whole.is_empty() {
        on!(tx, |conn| {
            let mut query = QueryBuilder::new("DELETE FROM event_pending WHERE first_id IN (");
            push_keys(&mut query, whole.iter().copied());
            query.push(")").build().execute(conn).await.map(drop)
        })?;
    }
    Ok(keys)
}

/// The events with these keys, in their order.
///
/// The keys come first and then the rows by their keys, because a join would let PostgreSQL read the whole of `event`
/// from its beginning in order to merge it with the few that wait.
async fn read_pending(tx: &mut Tx, waiting: &[i64]) -> Result<Vec<Pending>, sqlx::Error> {
    const EVENTS: &str = concat!(
        "SELECT e.outbox_id, ",
        header_columns!(),
        ", e.payload_digest FROM event e JOIN event_context c ON c.context_id = e.context_id WHERE e.outbox_id IN ("
    );
    if waiting.is_empty() {
        return Ok(Vec::new());
    }
    on!(tx, |conn| {
        let mut query = QueryBuilder::new(EVENTS);
        push_keys(&mut query, waiting.iter().copied());
        query.push(") ORDER BY e.outbox_id").build_query_as().fetch_all(conn).await
    })
}

/// Pushes `keys` as placeholders. The last key is repeated up to a power of two, so that batches of every size share
/// a handful of prepared statements.
fn push_keys<DB>(query: &mut QueryBuilder<DB>, keys: impl ExactSizeIterator<Item = i64>)
where
    DB: sqlx::Database,
    i64: for<'e> sqlx::Encode<'e, DB> + sqlx::Type<DB>,
{
    let padded = keys.len().next_power_of_two();
    let mut list = query.separated(", ");
    let mut last = 0;
    for key in keys.map(Some).chain(std::iter::repeat(None)).take(padded) {
        last = key.unwrap_or(last);
        list.push_bind(last);
    }
}

fn chained(head: Head, pending: &[Pending]) -> Vec<Seal> {
    let next = |(seq, hash): &mut (i64, ChainHash), event: &Pending| {
        *seq += 1;
        *hash = link(hash, &event.header, &event.payload_digest);
        Some(Seal { seq: *seq, outbox_id: event.outbox_id, hash: *hash })
    };
    pending.iter().scan((head.seq, head.hash), next).collect()
}

async fn store(tx: &mut Tx, seals: &[Seal]) -> Result<(), sqlx::Error> {
    let rows = seals
        .iter()
        .map(|seal| [Cell::Int(seal.seq), Cell::Int(seal.outbox_id), Cell::Bytes(seal.hash.as_bytes())]);
    bulk::insert(tx, "seal", ["seq", "outbox_id", "hash"], rows).await.map(drop)
}

async fn advance_head(tx: &mut Tx, last: &Seal) -> Result<(), sqlx::Error> {
    const SQL: &str = "UPDATE feed_head SET seq = $1, hash = $2 WHERE one = 1";
    let hash = last.hash.as_bytes().as_slice();
    on!(tx, |conn| sqlx::query(SQL).bind(last.seq).bind(hash).execute(conn).await.map(drop))?;
    Ok(())
}
