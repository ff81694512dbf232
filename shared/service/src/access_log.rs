//! Who read what is confidential (design §3.8). A risk class, an attention flag, or what is sealed of a ticket is shown only
//! together with a row here; the row is not an event and never leaves in a feed. [`ReadsService`] shows the rows to those who supervise.

mod list;

use std::sync::Arc;

use db::bulk::{self, Cell};
use db::{Db, Tx, on};
use domain::{MicrosUtc, RequestId};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::Instant;

pub use list::ReadsService;

use crate::{Error, auth::Caller, rounds::Rounds};

/// One read of confidential data.
#[derive(Clone, Copy, Debug)]
pub struct Read<'a> {
    /// Resource or list that was read, such as `enterprises/91370102MA3C00011F/class`.
    pub subject: &'a str,
    /// RPC that answered, such as `/xinjian.risk.v1.Classes/GetClass`.
    pub method: &'a str,
    /// Why, as far as the caller said.
    pub purpose: &'a str,
}

/// Notes a read. Call it before the answer leaves: when the row cannot be written, the data must not be shown.
///
/// It takes its turn among the writers of this process: beside them, a SQLite file would be taken again before it by whoever writes much,
/// such as an import, until the wait for the file is over.
pub async fn record(db: &Db, caller: &Caller, read: &Read<'_>, now: MicrosUtc) -> Result<(), Error> {
    write_alone(db, &[LoggedRead::of(caller, read, now)]).await?;
    Ok(())
}

/// One row of the log.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct LoggedRead {
    /// What was read.
    pub subject: String,
    /// RPC that answered.
    pub method: String,
    /// Why.
    pub purpose: String,
    /// Person or service account.
    pub reader: String,
    /// Its office.
    pub office: String,
    /// When, in microseconds since 1970 UTC.
    pub read_at_us: i64,
}

impl LoggedRead {
    fn of(caller: &Caller, read: &Read<'_>, now: MicrosUtc) -> Self {
        Self {
            subject: read.subject.to_owned(),
            method: read.method.to_owned(),
            purpose: read.purpose.to_owned(),
            reader: caller.subject().to_owned(),
            office: caller.office().as_str().to_owned(),
            read_at_us: now.micros(),
        }
    }

    fn cells(&self) -> [Cell<'_>; COLUMNS.len()] {
        [
            Cell::Text(&self.subject),
            Cell::Text(&self.method),
            Cell::Text(&self.purpose),
            Cell::Text(&self.reader),
            Cell::Text(&self.office),
            Cell::Int(self.read_at_us),
        ]
    }
}

const TABLE: &str = "confidential_read";
const COLUMNS: [&str; 6] = ["subject", "method", "purpose", "reader", "office", "read_at_us"];
const COLUMNS_OF_REQUEST: [&str; 7] =
    ["subject", "method", "purpose", "reader", "office", "read_at_us", "request_id"];

/// Notes many reads in a transaction of the caller; they are in the log once it is committed.
pub async fn write(tx: &mut Tx, rows: &[LoggedRead]) -> Result<(), sqlx::Error> {
    bulk::insert(tx, TABLE, COLUMNS, rows.iter().map(LoggedRead::cells)).await.map(drop)
}

/// The same in a transaction of its own.
async fn write_alone(db: &Db, rows: &[LoggedRead]) -> Result<(), sqlx::Error> {
    bulk::insert_alone(db, TABLE, COLUMNS, rows.iter().map(LoggedRead::cells)).await.map(drop)
}

/// Notes the reads of a request, all or none, and once however often it comes; they are durable when this answers.
///
/// The first row carries the request's id, of which the log holds one: so one statement does, and one way to the database, where a claim
/// in the table of requests would take a transaction of two. The same request again is answered when all of its reads stand in the log.
///
/// # Errors
/// [`Error::RequestIdReused`] when the id was that of a request with other reads.
pub async fn write_once(db: &Db, request_id: &RequestId, rows: &[LoggedRead]) -> Result<(), Error> {
    let id_at = |at: usize| if at == 0 { Cell::Text(request_id.as_str()) } else { Cell::Null };
    let cells = rows.iter().enumerate().map(|(at, row)| {
        let [subject, method, purpose, reader, office, read_at_us] = row.cells();
        [subject, method, purpose, reader, office, read_at_us, id_at(at)]
    });
    match bulk::insert_alone(db, TABLE, COLUMNS_OF_REQUEST, cells).await {
        // Nothing goes on in a transaction that has failed: it held these rows alone, and is taken back.
        Err(error) if db::is_unique_violation(&error) => {}
        written => return Ok(written.map(drop)?),
    }
    for row in rows {
        if !holds(db, row).await? {
            return Err(Error::RequestIdReused(request_id.clone()));
        }
    }
    Ok(())
}

/// Whether the log holds such a row.
async fn holds(db: &Db, row: &LoggedRead) -> Result<bool, Error> {
    const SQL: &str = "
        SELECT EXISTS (
            SELECT 1
            FROM confidential_read
            WHERE reader = $1 AND read_at_us = $2 AND subject = $3 AND method = $4 AND purpose = $5
              AND office = $6)";
    Ok(on!(db, |pool| sqlx::query_scalar(SQL)
        .bind(&row.reader)
        .bind(row.read_at_us)
        .bind(&row.subject)
        .bind(&row.method)
        .bind(&row.purpose)
        .bind(&row.office)
        .fetch_one(pool)
        .await)?)
}

/// Notes the reads of callers who come at the same time with one write to disk: a service that notes each alone answers no more reads
/// a second than its disk takes transactions. Those who shared the write before are waited for ([`Rounds`]). Cheap to clone; all clones
/// write together.
#[derive(Clone, Debug)]
pub struct Together {
    db: Db,
    waiting: mpsc::UnboundedSender<Waiting>,
    /// Whoever holds it writes, and nobody else.
    writing: Arc<Mutex<Writing>>,
}

/// Who waits for the next write.
#[derive(Debug)]
struct Writing {
    queue: mpsc::UnboundedReceiver<Waiting>,
    rounds: Rounds,
}

/// What one answer waits for, and who is told that it is written.
#[derive(Debug)]
struct Waiting {
    rows: Vec<LoggedRead>,
    written: oneshot::Sender<()>,
}

impl Together {
    /// Writes into the log of `db`.
    #[must_use]
    pub fn new(db: Db) -> Self {
        let (waiting, queue) = mpsc::unbounded_channel();
        let writing = Writing { queue, rounds: Rounds::default() };
        Self { db, waiting, writing: Arc::new(Mutex::new(writing)) }
    }

    /// As the free [`record`]: when this answers, the row is durable.
    ///
    /// # Errors
    /// As [`record_all`](Self::record_all).
    pub async fn record(&self, caller: &Caller, read: &Read<'_>, now: MicrosUtc) -> Result<(), Error> {
        self.record_all(caller, std::slice::from_ref(read), now).await
    }

    /// Notes all that one answer shows, all or nothing: when this answers, the rows are durable.
    ///
    /// # Errors
    /// What every write can meet; it is tried once more alone when the common write fails.
    pub async fn record_all(&self, caller: &Caller, reads: &[Read<'_>], now: MicrosUtc) -> Result<(), Error> {
        if reads.is_empty() {
            return Ok(());
        }
        let rows = || reads.iter().map(|read| LoggedRead::of(caller, read, now)).collect::<Vec<_>>();
        let (told, mut written) = oneshot::channel();
        // Nobody closes the queue while somebody can wait in it; what could not wait is dropped, and written alone.
        self.waiting.send(Waiting { rows: rows(), written: told }).ok();
        let outcome = tokio::select! {
            biased;
            outcome = &mut written => outcome,
            mut turn = Arc::clone(&self.writing).lock_owned() => {
                // A task of its own: who came first may go away, and the others wait for what it writes.
                let all = self.clone();
                tokio::spawn(async move { all.write_waiting(&mut turn).await });
                written.await
            }
        };
        match outcome {
            Ok(()) => Ok(()),
            // Boxed: nearly nobody needs it.
            Err(_) => Ok(Box::pin(write_alone(&self.db, &rows())).await?),
        }
    }

    /// Writes all that wait; those whose rows were not written hear that their sender is gone.
    async fn write_waiting(&self, writing: &mut Writing) {
        let Writing { queue, rounds } = writing;
        // Whoever wrote before has taken all along.
        let Ok(first) = queue.try_recv() else { return };
        let round = rounds.gather(first, queue, |_| false).await;
        let (rows, told): (Vec<_>, Vec<_>) = round.into_iter().map(|one| (one.rows, one.written)).unzip();
        let rows: Vec<LoggedRead> = rows.into_iter().flatten().collect();
        let begun = Instant::now();
        let written = write_alone(&self.db, &rows).await;
        let took = begun.elapsed();
        let expected = if written.is_ok() { told.len() + queue.len() } else { 0 };
        match written {
            Ok(()) => {
                for written in told {
                    // Whoever went away is not told; the row stays.
                    written.send(()).ok();
                }
            }
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::debug!(error, "reads could not be noted together; each is tried alone");
            }
        }
        rounds.expect(expected, took);
    }
}

/// The latest reads of one subject, newest first, at most `limit`. It looks through the whole log, for which there is no index over subjects:
/// each read would write into it, and nearly nobody reads them.
pub async fn reads_of(db: &Db, subject: &str, limit: i64) -> Result<Vec<LoggedRead>, Error> {
    const SQL: &str = "
        SELECT subject, method, purpose, reader, office, read_at_us
        FROM confidential_read
        WHERE subject = $1
        ORDER BY read_at_us DESC, id DESC
        LIMIT CAST($2 AS BIGINT)";
    Ok(on!(db, |pool| sqlx::query_as(SQL).bind(subject).bind(limit).fetch_all(pool).await)?)
}
