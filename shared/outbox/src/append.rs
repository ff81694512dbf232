//! Writing events, in the transaction of the change they tell.

use std::fmt;
use std::sync::Arc;

use db::bulk::{self, Cell, Load};
use db::{Db, Engine, Tx, on};
use uuid::Uuid;

use crate::chain::{ChainHash, payload_digests};
use crate::seal::{self, Context, Contexts, Pending};
use crate::{EventContext, NewEvent, Origin};

/// Bytes of a salt.
const SALT: usize = 16;
/// Random bytes of an event: those of its salt, then 10 of its identifier.
const RANDOM_BYTES: usize = SALT + 10;
/// Columns of `event` that a row has of its own, in the order of [`Draft::cells`].
const OWN_COLUMNS: [&str; 7] =
    ["event_id", "kind", "subject", "effective_on", "payload_digest", "salt", "payload"];

/// Stands for the keys of events, and of their context, that are not written yet.
const UNKNOWN_KEY: i64 = 0;

/// A source of random bytes.
#[derive(Clone)]
pub struct Entropy(Arc<Fill>);

/// Fills the whole slice.
type Fill = dyn Fn(&mut [u8]) + Send + Sync;

impl Entropy {
    /// Bytes from `fill`; for tests that must repeat.
    pub fn from_fn(fill: impl Fn(&mut [u8]) + Send + Sync + 'static) -> Self {
        Self(Arc::new(fill))
    }

    /// Bytes from the operating system.
    pub fn system() -> Self {
        Self::from_fn(|bytes| {
            getrandom::fill(bytes).expect("an operating system without randomness cannot run this program");
        })
    }

    /// Fills the whole slice.
    pub fn fill(&self, bytes: &mut [u8]) {
        (self.0)(bytes);
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy")
    }
}

/// Writes the events of one service. Cheap to clone; a store holds one beside its `Db`.
#[derive(Clone, Debug)]
pub struct Outbox {
    origin: Arc<Origin>,
    entropy: Entropy,
}

impl Outbox {
    /// An outbox that writes events from `origin`, with salts and identifiers from `entropy`.
    pub fn new(origin: Origin, entropy: Entropy) -> Self {
        Self { origin: Arc::new(origin), entropy }
    }

    /// Writes one event and answers its identifier.
    ///
    /// Call it last in the transaction: the order of events is the order of these calls, and on PostgreSQL an event
    /// that waits long for its commit is sealed late. The event exists if and only if `tx` commits, which then wakes
    /// the [`Sealer`](crate::Sealer) of this process. On SQLite it is sealed in `tx` itself.
    pub async fn append(&self, tx: &mut Tx, event: &NewEvent<'_>) -> Result<Uuid, sqlx::Error> {
        let [draft] = <[Draft; 1]>::try_from(self.drafts(std::slice::from_ref(event)))
            .map_err(|_| sqlx::Error::Protocol("one event gives one draft".into()))?;
        let context_id = self.insert_context(tx, event.context).await?;
        let outbox_id = draft.insert(tx, context_id, event).await?;
        let pending = vec![draft.pending(event, draft.texts(event), outbox_id, context_id)];
        self.place(tx, pending, &[outbox_id], [(context_id, event.context)]).await?;
        Ok(draft.event_id)
    }

    /// Writes `events` in their order, by bulk load: for imports of thousands in one transaction. Otherwise like
    /// [`append`](Outbox::append).
    pub async fn append_all(&self, tx: &mut Tx, events: &[NewEvent<'_>]) -> Result<Vec<Uuid>, sqlx::Error> {
        let drafts = self.drafts(events);
        let context_ids = self.insert_contexts(tx, events).await?;
        let outbox_ids = allocate(tx, drafts.len()).await?;
        let texts: Vec<_> = drafts.iter().zip(events).map(|(draft, event)| draft.texts(event)).collect();
        let ids = outbox_ids.iter().zip(&context_ids);
        let rows = drafts.iter().zip(events).zip(&texts).zip(ids).map(|(((draft, event), texts), ids)| {
            let [event_id, kind, subject, effective_on, digest, salt, payload] = draft.cells(event, texts);
            let (outbox_id, context_id) = (Cell::Int(*ids.0), Cell::Int(*ids.1));
            [outbox_id, context_id, event_id, kind, subject, effective_on, digest, salt, payload]
        });
        let [event_id, kind, subject, effective_on, digest, salt, payload] = OWN_COLUMNS;
        let columns =
            ["outbox_id", "context_id", event_id, kind, subject, effective_on, digest, salt, payload];
        bulk::insert(tx, "event", columns, rows).await?;
        let placed = drafts.iter().zip(events).zip(texts).zip(outbox_ids.iter().zip(&context_ids));
        let pending = placed
            .map(|(((draft, event), texts), ids)| draft.pending(event, texts, *ids.0, *ids.1))
            .collect();
        let contexts = context_ids.iter().copied().zip(events.iter().map(|event| event.context));
        self.place(tx, pending, &outbox_ids, contexts).await?;
        Ok(drafts.into_iter().map(|draft| draft.event_id).collect())
    }

    /// Encodes `events`, all of one act, before the transaction that they belong to begins: digests and the form that the engine takes
    /// need no lock. They exist once [`append_prepared`](Outbox::append_prepared) has written them and the transaction commits.
    pub fn prepare(&self, db: &Db, context: &EventContext, events: &[NewEvent<'_>]) -> PreparedEvents {
        let drafts = self.drafts(events);
        let texts: Vec<_> = drafts.iter().zip(events).map(|(draft, event)| draft.texts(event)).collect();
        let rows =
            drafts.iter().zip(events).zip(&texts).map(|((draft, event), texts)| draft.cells(event, texts));
        let load = Load::encode_sharing(db, "event", OWN_COLUMNS, &["context_id"], rows);
        // The keys are known when the events are written.
        let pending = match db.engine() {
            Engine::Sqlite(_) => drafts
                .iter()
                .zip(events)
                .zip(texts)
                .map(|((draft, event), texts)| draft.pending(event, texts, UNKNOWN_KEY, UNKNOWN_KEY))
                .collect(),
            Engine::Postgres(_) => Vec::new(),
        };
        PreparedEvents { context: context.clone(), load, pending, empty: events.is_empty() }
    }

    /// Writes prepared events in their order; like [`append_all`](Outbox::append_all).
    pub async fn append_prepared(&self, tx: &mut Tx, events: PreparedEvents) -> Result<(), sqlx::Error> {
        if events.empty {
            return Ok(());
        }
        let PreparedEvents { context, load, pending, .. } = events;
        let context_id = self.insert_context(tx, &context).await?;
        let links = seal::head_of_sole_writer(tx).await?.map(|head| {
            let known = Context::of(UNKNOWN_KEY, &self.origin, &context).with_instant();
            seal::chain_beside(head, pending, Contexts::from([(UNKNOWN_KEY, known)]))
        });
        let outbox_ids = load.run_keyed(tx, "outbox_id", &[Cell::Int(context_id)]).await?;
        match links {
            Some(links) => seal::seal_beside(tx, links, &outbox_ids).await?,
            None => insert_pending(tx, &outbox_ids).await?,
        }
        tx.announce();
        Ok(())
    }

    /// Gives events that were written their place in the order. Where the engine lets in one writer at a time (SQLite) that is
    /// their place already, and they are sealed at once, unless others still wait; on PostgreSQL whoever commits first comes
    /// first, which only the sealer sees. `pending` are the events of `outbox_ids`.
    async fn place<'c>(
        &self,
        tx: &mut Tx,
        pending: Vec<Pending>,
        outbox_ids: &[i64],
        contexts: impl IntoIterator<Item = (i64, &'c EventContext)>,
    ) -> Result<(), sqlx::Error> {
        match seal::head_of_sole_writer(tx).await? {
            Some(head) => {
                let mut known = Contexts::new();
                for (context_id, context) in contexts {
                    known
                        .entry(context_id)
                        .or_insert_with(|| Context::of(context_id, &self.origin, context).with_instant());
                }
                seal::seal_written(tx, head, &pending, &known).await?;
            }
            None => insert_pending(tx, outbox_ids).await?,
        }
        tx.announce();
        Ok(())
    }

    /// Drafts of `events`. Their identifiers ascend with them: what reactions to a load of thousands keep by them then grows at its end.
    fn drafts(&self, events: &[NewEvent<'_>]) -> Vec<Draft> {
        let mut random = vec![0; events.len() * RANDOM_BYTES];
        (self.entropy.0)(&mut random);
        let (random, _) = random.as_chunks::<RANDOM_BYTES>();
        let digests = payload_digests(events.len(), |number| {
            (&random[number][..SALT], events[number].payload.as_slice())
        });
        let mut drafts: Vec<_> = events
            .iter()
            .zip(random)
            .zip(digests)
            .map(|((event, random), digest)| Draft::new(event, random, digest))
            .collect();
        let mut event_ids: Vec<_> = drafts.iter().map(|draft| draft.event_id).collect();
        event_ids.sort_unstable();
        drafts.iter_mut().zip(event_ids).for_each(|(draft, event_id)| draft.event_id = event_id);
        drafts
    }

    /// Writes the context of each event, once for neighbours that share it, and answers its key for each.
    async fn insert_contexts(&self, tx: &mut Tx, events: &[NewEvent<'_>]) -> Result<Vec<i64>, sqlx::Error> {
        let mut context_ids = Vec::with_capacity(events.len());
        let mut last: Option<(&EventContext, i64)> = None;
        for event in events {
            let known = last
                .filter(|(context, _)| std::ptr::eq(*context, event.context) || *context == event.context);
            let context_id = match known {
                Some((_, context_id)) => context_id,
                None => self.insert_context(tx, event.context).await?,
            };
            last = Some((event.context, context_id));
            context_ids.push(context_id);
        }
        Ok(context_ids)
    }

    async fn insert_context(&self, tx: &mut Tx, context: &EventContext) -> Result<i64, sqlx::Error> {
        const SQL: &str = "
            INSERT INTO event_context (deployment, service, recorded_at_us, actor, office, request_id, legal_basis,
                rulebook_hash, trace_context)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            RETURNING context_id";
        on!(tx, |conn| sqlx::query_scalar(SQL)
            .bind(&self.origin.deployment)
            .bind(&self.origin.service)
            .bind(context.recorded_at_us)
            .bind(&context.actor)
            .bind(&context.office)
            .bind(&context.request_id)
            .bind(&context.legal_basis)
            .bind(&context.rulebook_hash)
            .bind(&context.trace_context)
            .fetch_one(conn)
            .await)
    }
}

/// Events of one act, encoded and not yet written.
#[derive(Debug)]
#[must_use = "events that are prepared are not yet written"]
pub struct PreparedEvents {
    context: EventContext,
    load: Load,
    /// What the chain takes in of each, where it is sealed by its writer.
    pending: Vec<Pending>,
    empty: bool,
}

/// What the outbox adds to an event as it is written.
struct Draft {
    event_id: Uuid,
    salt: [u8; SALT],
    digest: ChainHash,
}

/// Texts of a row that the event does not hold as text.
struct Texts {
    event_id: String,
    effective_on: String,
}

impl Draft {
    fn new(event: &NewEvent<'_>, random: &[u8; RANDOM_BYTES], digest: ChainHash) -> Self {
        let (mut salt, mut id) = ([0; SALT], [0; RANDOM_BYTES - SALT]);
        salt.copy_from_slice(&random[..SALT]);
        id.copy_from_slice(&random[SALT..]);
        // An instant before 1970 is no instant of ours; the identifier then only loses its order.
        let millis = u64::try_from(event.context.recorded_at_us / 1000).unwrap_or(0);
        let event_id = uuid::Builder::from_unix_timestamp_millis(millis, &id).into_uuid();
        Self { event_id, salt, digest }
    }

    fn texts(&self, event: &NewEvent<'_>) -> Texts {
        Texts { event_id: self.event_id.to_string(), effective_on: event.effective_on.to_string() }
    }

    fn cells<'a>(&'a self, event: &'a NewEvent<'_>, texts: &'a Texts) -> [Cell<'a>; OWN_COLUMNS.len()] {
        [
            Cell::Text(&texts.event_id),
            Cell::Text(event.kind),
            Cell::Text(&event.subject),
            Cell::Text(&texts.effective_on),
            Cell::Bytes(self.digest.as_bytes()),
            Cell::Bytes(&self.salt),
            Cell::Bytes(&event.payload),
        ]
    }

    /// What the chain takes in of the event.
    fn pending(&self, event: &NewEvent<'_>, texts: Texts, outbox_id: i64, context_id: i64) -> Pending {
        let Texts { event_id, effective_on } = texts;
        Pending {
            outbox_id,
            event_id,
            context_id,
            kind: event.kind.to_owned(),
            subject: event.subject.clone(),
            effective_on,
            payload_digest: self.digest,
        }
    }

    async fn insert(&self, tx: &mut Tx, context_id: i64, event: &NewEvent<'_>) -> Result<i64, sqlx::Error> {
        const SQL: &str = "
            INSERT INTO event (event_id, context_id, kind, subject, effective_on, payload_digest, salt, payload)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            RETURNING outbox_id";
        let Texts { event_id, effective_on } = self.texts(event);
        on!(tx, |conn| sqlx::query_scalar(SQL)
            .bind(event_id)
            .bind(context_id)
            .bind(event.kind)
            .bind(&event.subject)
            .bind(effective_on)
            .bind(self.digest.as_bytes().as_slice())
            .bind(self.salt.as_slice())
            .bind(&event.payload)
            .fetch_one(conn)
            .await)
    }
}

/// Leaves events to the sealer, by runs.
async fn insert_pending(tx: &mut Tx, outbox_ids: &[i64]) -> Result<(), sqlx::Error> {
    let pending = runs(outbox_ids).map(|(first, last)| [Cell::Int(first), Cell::Int(last)]);
    bulk::insert(tx, "event_pending", ["first_id", "last_id"], pending).await.map(drop)
}

/// Ascending keys as runs without a gap: first and last of each. Others may draw keys between ours on PostgreSQL.
fn runs(keys: &[i64]) -> impl Iterator<Item = (i64, i64)> {
    keys.chunk_by(|one, next| one + 1 == *next).filter_map(|run| Some((*run.first()?, *run.last()?)))
}

/// `count` ascending keys for `event`. A bulk load cannot return the keys it made, so they are drawn before: from the
/// sequence on PostgreSQL; past the largest key on SQLite, where this transaction is the only writer and no row is
/// ever deleted.
async fn allocate(tx: &mut Tx, count: usize) -> Result<Vec<i64>, sqlx::Error> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    match tx.engine() {
        Engine::Sqlite(connection) => {
            const LAST: &str = "SELECT COALESCE(MAX(outbox_id), 0) FROM event";
            let last: i64 = sqlx::query_scalar(LAST).fetch_one(connection).await?;
            Ok((last + 1..=last + count).collect())
        }
        Engine::Postgres(connection) => {
            const RUN: &str = "
                SELECT COALESCE(MIN(key), 1), COALESCE(MAX(key), 0)
                FROM (SELECT nextval('event_outbox_id_seq') AS key FROM generate_series(1, $1)) AS drawn";
            const EACH: &str = "SELECT nextval('event_outbox_id_seq') FROM generate_series(1, $1)";
            let (first, last): (i64, i64) =
                sqlx::query_as(RUN).bind(count).fetch_one(&mut *connection).await?;
            if last - first + 1 == count {
                return Ok((first..=last).collect());
            }
            // Another transaction drew in between, which is rare: those keys stay unused, and each new one is asked for.
            sqlx::query_scalar(EACH).bind(count).fetch_all(connection).await
        }
    }
}
