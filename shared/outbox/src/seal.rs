//! Sealing: events get their order and their hashes.
//!
//! On PostgreSQL a [`Sealer`] does it after the commit, because only then is it known who came first. On SQLite one writer at a
//! time is let in, so events are sealed in the transaction that writes them ([`seal_written`]); its sealer only tells readers.

use std::collections::HashMap;
use std::time::Duration;

use db::bulk::{self, Cell};
use db::{Db, Engine, Tx, is_contention, on};
use sqlx::QueryBuilder;
use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::chain::{ChainHash, link_fields};
use crate::read::{Head, head};
use crate::{EventContext, Origin};

/// Most events one transaction of a sealer seals: bounds how long it holds the head.
pub const SEAL_BATCH: i64 = 5_000;
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

/// An event on its way into the chain, without its context.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Pending {
    pub(crate) outbox_id: i64,
    pub(crate) event_id: String,
    pub(crate) context_id: i64,
    pub(crate) kind: String,
    pub(crate) subject: String,
    pub(crate) effective_on: String,
    #[sqlx(try_from = "Vec<u8>")]
    pub(crate) payload_digest: ChainHash,
}

/// The context of an act: the events of an import share one.
#[derive(sqlx::FromRow)]
pub(crate) struct Context {
    context_id: i64,
    deployment: String,
    service: String,
    recorded_at_us: i64,
    actor: String,
    office: String,
    request_id: String,
    legal_basis: String,
    rulebook_hash: String,
    trace_context: String,
}

impl Context {
    /// The context of an act of this process, under its key.
    pub(crate) fn of(context_id: i64, origin: &Origin, act: &EventContext) -> Self {
        let EventContext {
            actor,
            office,
            request_id,
            legal_basis,
            rulebook_hash,
            trace_context,
            recorded_at_us,
        } = act.clone();
        Self {
            context_id,
            deployment: origin.deployment.clone(),
            service: origin.service.clone(),
            recorded_at_us,
            actor,
            office,
            request_id,
            legal_basis,
            rulebook_hash,
            trace_context,
        }
    }

    /// The context with its instant as it is hashed.
    pub(crate) fn with_instant(self) -> (Self, String) {
        let recorded_at = self.recorded_at_us.to_string();
        (self, recorded_at)
    }
}

/// Contexts by their keys, each with its instant as it is hashed.
pub(crate) type Contexts = HashMap<i64, (Context, String)>;

/// One row of `seal`.
pub(crate) struct Seal {
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
        let pending = read_pending(&mut tx, &waiting).await?;
        let contexts = read_contexts(&mut tx, &pending).await?;
        let seals = chained(head, &pending, &contexts);
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

/// The head, if the writer of `tx` is the only one and no event waits for a sealer (as those of an older version may).
pub(crate) async fn head_of_sole_writer(tx: &mut Tx) -> Result<Option<Head>, sqlx::Error> {
    const SQL: &str =
        "SELECT epoch, seq, hash FROM feed_head WHERE one = 1 AND NOT EXISTS (SELECT 1 FROM event_pending)";
    match tx.engine() {
        Engine::Sqlite(connection) => sqlx::query_as(SQL).fetch_optional(connection).await,
        Engine::Postgres(_) => Ok(None),
    }
}

/// Seals events in the transaction that has written them, in their order.
pub(crate) async fn seal_written(
    tx: &mut Tx,
    head: Head,
    pending: &[Pending],
    contexts: &Contexts,
) -> Result<(), sqlx::Error> {
    store_and_advance(tx, &chained(head, pending, contexts)).await
}

/// Computes the next links of the chain beside the transaction that writes their events, for [`seal_beside`]: the engine writes on a
/// thread of its own, and nothing of a link depends on what it answers.
pub(crate) fn chain_beside(head: Head, pending: Vec<Pending>, contexts: Contexts) -> JoinHandle<Vec<Seal>> {
    spawn_blocking(move || chained(head, &pending, &contexts))
}

/// Seals events whose links are computed already, under the keys that they got, in their order.
pub(crate) async fn seal_beside(
    tx: &mut Tx,
    links: JoinHandle<Vec<Seal>>,
    outbox_ids: &[i64],
) -> Result<(), sqlx::Error> {
    let mut seals = links.await.map_err(|error| sqlx::Error::Io(error.into()))?;
    for (seal, outbox_id) in seals.iter_mut().zip(outbox_ids) {
        seal.outbox_id = *outbox_id;
    }
    store_and_advance(tx, &seals).await
}

async fn store_and_advance(tx: &mut Tx, seals: &[Seal]) -> Result<(), sqlx::Error> {
    let Some(last) = seals.last() else { return Ok(()) };
    store(tx, seals).await?;
    advance_head(tx, last).await
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

/// Takes the events to seal next from those that wait, at most [`SEAL_BATCH`], and answers their keys as runs (first and last),
/// in the order in which they were written. A run that is longer than the batch waits on without its beginning.
async fn take_waiting(tx: &mut Tx) -> Result<Vec<(i64, i64)>, sqlx::Error> {
    const WAITING: &str =
        "SELECT first_id, last_id FROM event_pending ORDER BY first_id LIMIT CAST($1 AS BIGINT)";
    const CUT: &str = "UPDATE event_pending SET first_id = $2 WHERE first_id = $1";
    let waiting: Vec<(i64, i64)> =
        on!(tx, |conn| sqlx::query_as(WAITING).bind(SEAL_BATCH).fetch_all(conn).await)?;
    let (mut room, mut taken, mut whole) = (SEAL_BATCH, Vec::new(), Vec::new());
    for (first, last) in waiting {
        let next = last.saturating_add(1).min(first + room);
        if next > first {
            room -= next - first;
            taken.push((first, next - 1));
        }
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
    Ok(taken)
}

/// The events of these runs, in their order. One long run, as an import leaves it, is read as a range; many short ones by their
/// keys, in one statement.
///
/// The keys come first and then the rows by their keys, because a join with `event_pending` would let PostgreSQL read the whole
/// of `event` from its beginning in order to merge it with the few that wait.
async fn read_pending(tx: &mut Tx, runs: &[(i64, i64)]) -> Result<Vec<Pending>, sqlx::Error> {
    const RUN: &str = "
        SELECT outbox_id, event_id, context_id, kind, subject, effective_on, payload_digest FROM event
        WHERE outbox_id BETWEEN $1 AND $2 ORDER BY outbox_id";
    const KEYS: &str = "
        SELECT outbox_id, event_id, context_id, kind, subject, effective_on, payload_digest FROM event
        WHERE outbox_id IN (";
    match runs {
        [] => Ok(Vec::new()),
        [(first, last)] => {
            on!(tx, |conn| sqlx::query_as(RUN).bind(first).bind(last).fetch_all(conn).await)
        }
        runs => {
            let keys: Vec<i64> = runs.iter().flat_map(|(first, last)| *first..=*last).collect();
            on!(tx, |conn| {
                let mut query = QueryBuilder::new(KEYS);
                push_keys(&mut query, keys.iter().copied());
                query.push(") ORDER BY outbox_id").build_query_as().fetch_all(conn).await
            })
        }
    }
}

/// The contexts of these events, each once.
async fn read_contexts(tx: &mut Tx, pending: &[Pending]) -> Result<Contexts, sqlx::Error> {
    const CONTEXTS: &str = "
        SELECT context_id, deployment, service, recorded_at_us, actor, office, request_id, legal_basis, rulebook_hash,
               trace_context
        FROM event_context WHERE context_id IN (";
    let mut ids: Vec<i64> = pending.iter().map(|event| event.context_id).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(Contexts::new());
    }
    let contexts: Vec<Context> = on!(tx, |conn| {
        let mut query = QueryBuilder::new(CONTEXTS);
        push_keys(&mut query, ids.iter().copied());
        query.push(")").build_query_as().fetch_all(conn).await
    })?;
    Ok(contexts.into_iter().map(|context| (context.context_id, context.with_instant())).collect())
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

/// The next links of the chain. An event whose context is gone counts as gone.
fn chained(head: Head, pending: &[Pending], contexts: &Contexts) -> Vec<Seal> {
    let next = |(seq, hash): &mut (i64, ChainHash),
                (event, (context, recorded_at)): (&Pending, &(Context, String))| {
        let fields = [
            &context.deployment,
            &context.service,
            &event.event_id,
            &event.kind,
            &event.subject,
            &event.effective_on,
            recorded_at,
            &context.actor,
            &context.office,
            &context.request_id,
            &context.legal_basis,
            &context.rulebook_hash,
            &context.trace_context,
        ];
        *seq += 1;
        *hash = link_fields(hash, &fields.map(String::as_str), &event.payload_digest);
        Some(Seal { seq: *seq, outbox_id: event.outbox_id, hash: *hash })
    };
    let whole = pending.iter().filter_map(|event| Some((event, contexts.get(&event.context_id)?)));
    whole.scan((head.seq, head.hash), next).collect()
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
