//! The table `delivery`.

use std::{collections::HashMap, time::Duration};

use db::{Db, Tx, on};
use domain::MicrosUtc;
use sqlx::QueryBuilder;
use uuid::Uuid;

use crate::{Delivery, DeliveryState, ExchangeError, NewDelivery};

/// Most rows one listing returns.
pub const MAX_PAGE: i64 = 500;
/// Deliveries that [`enqueue_all`] writes by one statement.
const BATCH: usize = 500;
/// Longest text kept of a receipt or an error, in bytes.
const MAX_TEXT: usize = 512;

#[derive(sqlx::FromRow)]
struct Row {
    delivery_id: String,
    receiver: String,
    subject: String,
    revision: i64,
    kind: String,
    content: Vec<u8>,
    state: String,
    attempts: i64,
    next_attempt_us: i64,
    enqueued_us: i64,
    settled_us: Option<i64>,
    receipt: Option<String>,
    last_error: Option<String>,
}

impl TryFrom<Row> for Delivery {
    type Error = ExchangeError;

    fn try_from(row: Row) -> Result<Self, ExchangeError> {
        let unreadable = |value: &str| ExchangeError::Unreadable {
            delivery_id: row.delivery_id.clone(),
            value: value.to_owned(),
        };
        Ok(Self {
            delivery_id: row.delivery_id.parse().map_err(|_| unreadable(&row.delivery_id))?,
            state: row.state.parse().map_err(|()| unreadable(&row.state))?,
            receiver: row.receiver,
            subject: row.subject,
            revision: row.revision,
            kind: row.kind,
            content: row.content,
            attempts: row.attempts,
            next_attempt: MicrosUtc(row.next_attempt_us),
            enqueued: MicrosUtc(row.enqueued_us),
            settled: row.settled_us.map(MicrosUtc),
            receipt: row.receipt,
            last_error: row.last_error,
        })
    }
}

/// Puts a delivery on its way, in the transaction that decides it; answers its identifier.
///
/// A revision that is already there is not enqueued again, and the answer is the identifier it has. The caller's own
/// lock on the subject (its row's revision) keeps two of them from choosing the same revision for different contents.
///
/// # Errors
/// [`ExchangeError::Invalid`] for a field out of bounds, [`ExchangeError::OutOfOrder`] when a higher revision is there.
pub async fn enqueue(tx: &mut Tx, new: &NewDelivery, now: MicrosUtc) -> Result<Uuid, ExchangeError> {
    new.check()?;
    if insert(tx, new, now).await? == 0 {
        return existing(tx, new).await;
    }
    let latest = latest_revision(tx, new).await?;
    if latest > new.revision {
        let NewDelivery { receiver, subject, revision, .. } = new.clone();
        return Err(ExchangeError::OutOfOrder { receiver, subject, revision, latest });
    }
    Ok(new.delivery_id)
}

/// Puts many deliveries on their way, as [`enqueue`] does one: a few statements for thousands.
///
/// # Errors
/// As [`enqueue`], for the first delivery that is refused.
pub async fn enqueue_all(tx: &mut Tx, all: &[NewDelivery], now: MicrosUtc) -> Result<(), ExchangeError> {
    all.iter().try_for_each(NewDelivery::check)?;
    for batch in all.chunk_by(|one, next| one.receiver == next.receiver).flat_map(|same| same.chunks(BATCH)) {
        insert_all(tx, batch, now).await?;
        let latest = latest_revisions(tx, batch).await?;
        for new in batch {
            let latest = latest.get(&new.subject).copied().unwrap_or(new.revision);
            if latest > new.revision {
                let NewDelivery { receiver, subject, revision, .. } = new.clone();
                return Err(ExchangeError::OutOfOrder { receiver, subject, revision, latest });
            }
        }
    }
    Ok(())
}

async fn insert_all(tx: &mut Tx, batch: &[NewDelivery], now: MicrosUtc) -> Result<(), ExchangeError> {
    const INSERT: &str = "
        INSERT INTO delivery (delivery_id, receiver, subject, revision, kind, content,
                              state, attempts, next_attempt_us, enqueued_us) ";
    on!(tx, |conn| {
        let mut sql = QueryBuilder::new(INSERT);
        sql.push_values(batch, |mut row, new| {
            row.push_bind(new.delivery_id.to_string())
                .push_bind(&new.receiver)
                .push_bind(&new.subject)
                .push_bind(new.revision)
                .push_bind(&new.kind)
                .push_bind(&new.content)
                .push_bind("Pending")
                .push_bind(0_i64)
                .push_bind(now.micros())
                .push_bind(now.micros());
        });
        sql.push(" ON CONFLICT (receiver, subject, revision) DO NOTHING");
        sql.build().persistent(batch.len() == BATCH).execute(conn).await?;
    });
    Ok(())
}

/// The highest revision of each subject of a batch, which has one receiver.
async fn latest_revisions(tx: &mut Tx, batch: &[NewDelivery]) -> Result<HashMap<String, i64>, ExchangeError> {
    let Some(first) = batch.first() else { return Ok(HashMap::new()) };
    let rows: Vec<(String, i64)> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new("SELECT subject, MAX(revision) FROM delivery WHERE receiver = ");
        sql.push_bind(&first.receiver).push(" AND subject IN (");
        let mut subjects = sql.separated(", ");
        for new in batch {
            subjects.push_bind(&new.subject);
        }
        sql.push(") GROUP BY subject");
        sql.build_query_as().persistent(batch.len() == BATCH).fetch_all(conn).await?
    });
    Ok(rows.into_iter().collect())
}

async fn insert(tx: &mut Tx, new: &NewDelivery, now: MicrosUtc) -> Result<u64, ExchangeError> {
    const SQL: &str = "
        INSERT INTO delivery (delivery_id, receiver, subject, revision, kind, content,
                              state, attempts, next_attempt_us, enqueued_us)
        VALUES ($1, $2, $3, $4, $5, $6, 'Pending', 0, $7, $7)
        ON CONFLICT (receiver, subject, revision) DO NOTHING";
    let inserted = on!(tx, |conn| sqlx::query(SQL)
        .bind(new.delivery_id.to_string())
        .bind(&new.receiver)
        .bind(&new.subject)
        .bind(new.revision)
        .bind(&new.kind)
        .bind(&new.content)
        .bind(now.micros())
        .execute(conn)
        .await?
        .rows_affected());
    Ok(inserted)
}

async fn existing(tx: &mut Tx, new: &NewDelivery) -> Result<Uuid, ExchangeError> {
    const SQL: &str =
        "SELECT delivery_id FROM delivery WHERE receiver = $1 AND subject = $2 AND revision = $3";
    let id: String = on!(tx, |conn| sqlx::query_scalar(SQL)
        .bind(&new.receiver)
        .bind(&new.subject)
        .bind(new.revision)
        .fetch_one(conn)
        .await?);
    id.parse().map_err(|_| ExchangeError::Unreadable { delivery_id: id.clone(), value: id })
}

async fn latest_revision(tx: &mut Tx, new: &NewDelivery) -> Result<i64, ExchangeError> {
    const SQL: &str = "SELECT CAST(COALESCE(MAX(revision), 0) AS BIGINT) FROM delivery WHERE receiver = $1 AND subject = $2";
    Ok(on!(tx, |conn| sqlx::query_scalar(SQL).bind(&new.receiver).bind(&new.subject).fetch_one(conn).await?))
}

/// The delivery, if there is one.
pub async fn find(db: &Db, delivery_id: Uuid) -> Result<Option<Delivery>, ExchangeError> {
    const SQL: &str = "SELECT * FROM delivery WHERE delivery_id = $1";
    let row: Option<Row> =
        on!(db, |pool| sqlx::query_as(SQL).bind(delivery_id.to_string()).fetch_optional(pool).await?);
    row.map(Delivery::try_from).transpose()
}

/// The dead letters of all receivers, in order of their identifiers, after `after`; at most `limit`, which is read as
/// [`MAX_PAGE`] when it is larger.
pub async fn list_dead(db: &Db, after: Option<Uuid>, limit: i64) -> Result<Vec<Delivery>, ExchangeError> {
    const SQL: &str = "
        SELECT * FROM delivery
        WHERE state = 'Dead' AND delivery_id > $1
        ORDER BY delivery_id LIMIT $2";
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let limit = limit.clamp(0, MAX_PAGE);
    let rows: Vec<Row> = on!(db, |pool| sqlx::query_as(SQL).bind(after).bind(limit).fetch_all(pool).await?);
    rows.into_iter().map(Delivery::try_from).collect()
}

/// Sends a dead letter again, from its first attempt, in the transaction that records who wanted it.
///
/// # Errors
/// [`ExchangeError::NotDead`] when there is no dead letter with this identifier.
pub async fn resend(tx: &mut Tx, delivery_id: Uuid, now: MicrosUtc) -> Result<(), ExchangeError> {
    const SQL: &str = "
        UPDATE delivery SET state = 'Pending', attempts = 0, next_attempt_us = $2
        WHERE delivery_id = $1 AND state = 'Dead'";
    let moved = on!(tx, |conn| sqlx::query(SQL)
        .bind(delivery_id.to_string())
        .bind(now.micros())
        .execute(conn)
        .await?
        .rows_affected());
    if moved == 1 { Ok(()) } else { Err(ExchangeError::NotDead(delivery_id)) }
}

/// What is due for the receiver and is the earliest open revision of its subject: at most one a subject.
pub(crate) async fn due(
    db: &Db,
    receiver: &str,
    now: MicrosUtc,
    limit: i64,
) -> Result<Vec<Delivery>, ExchangeError> {
    const SQL: &str = "
        SELECT * FROM delivery AS due
        WHERE due.receiver = $1 AND due.state IN ('Pending', 'Sent') AND due.next_attempt_us <= $2
          AND NOT EXISTS (SELECT 1 FROM delivery AS before
                          WHERE before.receiver = due.receiver AND before.subject = due.subject
                            AND before.revision < due.revision AND before.state <> 'Acknowledged')
        ORDER BY due.next_attempt_us, due.delivery_id LIMIT $3";
    let rows: Vec<Row> = on!(db, |pool| sqlx::query_as(SQL)
        .bind(receiver)
        .bind(now.micros())
        .bind(limit)
        .fetch_all(pool)
        .await?);
    rows.into_iter().map(Delivery::try_from).collect()
}

/// Takes the next attempt of due deliveries for the length of `lease`; those that another dispatcher took are left out.
pub(crate) async fn claim_all(
    db: &Db,
    due: Vec<Delivery>,
    now: MicrosUtc,
    lease: Duration,
) -> Result<Vec<Delivery>, ExchangeError> {
    const SQL: &str = "
        UPDATE delivery SET state = 'Sent', attempts = attempts + 1, next_attempt_us = $4
        WHERE delivery_id = $1 AND state = $2 AND attempts = $3 AND next_attempt_us = $5";
    let until = later(now, lease);
    let mut claimed = Vec::with_capacity(due.len());
    let mut tx = db.begin_write().await?;
    for due in due {
        let taken = on!(tx, |conn| sqlx::query(SQL)
            .bind(due.delivery_id.to_string())
            .bind(due.state.as_str())
            .bind(due.attempts)
            .bind(until.micros())
            .bind(due.next_attempt.micros())
            .execute(conn)
            .await?
            .rows_affected());
        if taken == 1 {
            let attempts = due.attempts + 1;
            claimed.push(Delivery { state: DeliveryState::Sent, attempts, next_attempt: until, ..due });
        }
    }
    tx.commit().await?;
    Ok(claimed)
}

/// Writes the outcome of a claimed attempt; false when the lease has passed to another attempt.
pub(crate) async fn settle(tx: &mut Tx, outcome: &Delivery) -> Result<bool, ExchangeError> {
    const SQL: &str = "
        UPDATE delivery SET state = $3, next_attempt_us = $4, settled_us = $5, receipt = $6, last_error = $7
        WHERE delivery_id = $1 AND state = 'Sent' AND attempts = $2";
    let settled = on!(tx, |conn| sqlx::query(SQL)
        .bind(outcome.delivery_id.to_string())
        .bind(outcome.attempts)
        .bind(outcome.state.as_str())
        .bind(outcome.next_attempt.micros())
        .bind(outcome.settled.map(MicrosUtc::micros))
        .bind(outcome.receipt.as_deref())
        .bind(outcome.last_error.as_deref())
        .execute(conn)
        .await?
        .rows_affected());
    Ok(settled == 1)
}

/// `now` and a wait, in microseconds.
pub(crate) fn later(now: MicrosUtc, wait: Duration) -> MicrosUtc {
    now.plus_micros(i64::try_from(wait.as_micros()).unwrap_or(i64::MAX))
}

/// The beginning of a foreign text that fits its column, cut between characters.
pub(crate) fn cut(text: &str) -> String {
    let mut end = text.len().min(MAX_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    // PostgreSQL refuses NUL in a text.
    text[..end].replace('\0', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_text_is_cut_between_characters() {
        assert_eq!(cut("短"), "短");
        let cut = cut(&"信".repeat(300));
        assert_eq!((cut.len(), cut.chars().count()), (510, 170));
    }

    #[test]
    fn every_migration_is_listed() {
        db::testing::assert_same_files(&crate::MIGRATIONS, env!("CARGO_MANIFEST_DIR"));
    }
}
