//! On which days the decisions of records were suspended: a copy of what collection tells, written by its follower only. It is kept apart
//! from the records: an order may come before anybody knows whom its record is about.

use chrono::NaiveDate;
use db::{Tx, on};

use super::standing::{suspensions, suspensions_text};
use super::stored_date;
use crate::domain::suspension::Suspended;
use crate::error::Error;

/// Takes in that the decision of a record is suspended from a day on, or is not any more.
pub async fn turn_suspension(
    tx: &mut Tx,
    record: &str,
    (suspended, on): (bool, NaiveDate),
) -> Result<(), Error> {
    const PUT: &str = "
        INSERT INTO record_suspension (record, suspended_on, suspensions) VALUES ($1, $2, $3)
        ON CONFLICT (record) DO UPDATE SET suspended_on = excluded.suspended_on, suspensions = excluded.suspensions";
    let mut known = suspended_in(tx, record).await?;
    known.told(suspended, on);
    on!(tx, |conn| sqlx::query(PUT)
        .bind(record)
        .bind(known.since.map(|day| day.to_string()))
        .bind(suspensions_text(&known.over))
        .execute(conn)
        .await
        .map(drop))?;
    Ok(())
}

/// Forgets on which days the decision of a record was suspended: it was erased who the record is about.
pub async fn forget_suspension(tx: &mut Tx, record: &str) -> Result<(), sqlx::Error> {
    const SQL: &str = "DELETE FROM record_suspension WHERE record = $1";
    on!(tx, |conn| sqlx::query(SQL).bind(record).execute(conn).await.map(drop))
}

/// What is known of the suspensions of the decision of a record.
pub(super) async fn suspended_in(tx: &mut Tx, record: &str) -> Result<Suspended, Error> {
    const SQL: &str = "SELECT suspended_on, suspensions FROM record_suspension WHERE record = $1";
    let row: Option<(Option<String>, String)> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(record).fetch_optional(conn).await)?;
    row.map_or_else(|| Ok(Suspended::default()), |(since, over)| suspended(record, since.as_deref(), &over))
}

/// Suspensions as stored.
pub(super) fn suspended(record: &str, since: Option<&str>, over: &str) -> Result<Suspended, Error> {
    Ok(Suspended { since: stored_date(since)?, over: suspensions(record, over)? })
}

/// Forgets all, before the records are read again from the beginning.
pub(super) async fn clear_suspensions(tx: &mut Tx) -> Result<(), sqlx::Error> {
    on!(tx, |conn| sqlx::query("DELETE FROM record_suspension").execute(conn).await.map(drop))
}
