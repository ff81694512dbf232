//! A projection and a reaction that notice when an event is missed, repeated or out of order.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use db::{Db, Migration, Migrations, Tx, on};
use feed::{ApplyError, Event, Projection, Reaction};
use outbox::Outbox;

use crate::world::{Amount, COUNTED, append};

pub(crate) static TABLES: Migrations = {
    const SQLITE: &str = "
        CREATE TABLE total (subject TEXT NOT NULL PRIMARY KEY, last INTEGER NOT NULL, events INTEGER NOT NULL) STRICT;
        CREATE TABLE act (event_id TEXT NOT NULL PRIMARY KEY, subject TEXT NOT NULL, value INTEGER NOT NULL) STRICT;";
    const POSTGRES: &str = "
        CREATE TABLE total (subject TEXT COLLATE \"C\" NOT NULL PRIMARY KEY, last BIGINT NOT NULL, events BIGINT NOT NULL);
        CREATE TABLE act (event_id TEXT NOT NULL PRIMARY KEY, subject TEXT NOT NULL, value BIGINT NOT NULL);";
    Migrations::new(&[Migration::new("0900_readers", SQLITE, POSTGRES)])
};

/// Keeps the last number of each subject, and takes only the next one: a miss, a repetition or a swap is poison. Reads
/// everything, so that the whole chain is checked; events without a payload and of other kinds count nothing.
#[derive(Clone, Default)]
pub(crate) struct Sums {
    /// Takes any number.
    pub(crate) lenient: Arc<AtomicBool>,
}

impl Projection for Sums {
    const NAME: &'static str = "sums";
    const KINDS: &'static [&'static str] = &[];

    async fn apply(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        const SQL: &str = "
            INSERT INTO total (subject, last, events) VALUES ($1, $2, 1)
            ON CONFLICT (subject) DO UPDATE SET last = $2, events = total.events + 1
            RETURNING events";
        if event.kind() != COUNTED {
            return Ok(());
        }
        let Some(amount) = event.payload::<Amount>()? else { return Ok(()) };
        // Written before it is refused, so that a refusal that left it behind would be seen.
        let events: i64 = on!(tx, |conn| sqlx::query_scalar(SQL)
            .bind(event.subject())
            .bind(amount.value)
            .fetch_one(conn)
            .await)?;
        if amount.value != events && !self.lenient.load(Ordering::SeqCst) {
            return Err(ApplyError::poison(format!("{} is event {events} of its subject", amount.value)));
        }
        Ok(())
    }

    async fn clear(&self, tx: &mut Tx) -> Result<(), sqlx::Error> {
        on!(tx, |conn| sqlx::query("DELETE FROM total").execute(conn).await.map(drop))
    }
}

/// What the projection holds: (subject, last number, events).
pub(crate) async fn totals(db: &Db) -> Vec<(String, i64, i64)> {
    const SQL: &str = "SELECT subject, last, events FROM total ORDER BY subject";
    on!(db, |pool| sqlx::query_as(SQL).fetch_all(pool).await.unwrap())
}

/// Writes a row and an event of its own for each event. A second row for one event breaks its key.
pub(crate) struct Acts {
    pub(crate) outbox: Outbox,
}

/// Kind of the reaction's own events.
pub(crate) const ACTED: &str = "risk.act.done";

impl Reaction for Acts {
    const NAME: &'static str = "acts";
    const KINDS: &'static [&'static str] = &[COUNTED];

    async fn react(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        const SQL: &str = "INSERT INTO act (event_id, subject, value) VALUES ($1, $2, $3)";
        let value = event.payload::<Amount>()?.unwrap_or_default().value;
        on!(tx, |conn| sqlx::query(SQL)
            .bind(event.id())
            .bind(event.subject())
            .bind(value)
            .execute(conn)
            .await
            .map(drop))?;
        append(&self.outbox, tx, ACTED, event.subject(), value).await?;
        Ok(())
    }
}

/// What the reaction has done: rows, and events of its own.
pub(crate) async fn acts(db: &Db) -> (i64, i64) {
    const ROWS: &str = "SELECT COUNT(*) FROM act";
    const EVENTS: &str = "SELECT COUNT(*) FROM event WHERE kind = $1";
    let rows = on!(db, |pool| sqlx::query_scalar(ROWS).fetch_one(pool).await.unwrap());
    let events = on!(db, |pool| sqlx::query_scalar(EVENTS).bind(ACTED).fetch_one(pool).await.unwrap());
    (rows, events)
}
