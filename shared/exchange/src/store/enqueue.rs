//! Putting deliveries on their way.

use std::collections::HashMap;

use db::{Tx, on};
use domain::MicrosUtc;
use sqlx::QueryBuilder;
use uuid::Uuid;

use crate::{ExchangeError, NewDelivery};

/// Deliveries that [`enqueue_all`] writes by one statement.
const BATCH: usize = 500;

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
