//! Penalties of parties: a copy of what collection tells, written by its follower only.

use std::collections::{BTreeMap, BTreeSet};

use contract::collection::v1::Record;
use db::{Tx, on, rows_of};
use domain::Uscc;
use prost::Message;

use super::suspension::{clear_suspensions, suspended};
use super::{Store, corrupt};
use crate::api::convert::repair::read_penalty;
use crate::domain::repair::Penalty;
use crate::domain::suspension::Suspended;
use crate::error::Error;

/// What an event says of a penalty.
#[derive(Clone, Debug)]
pub struct PenaltyRow {
    /// `records/{id}` at collection.
    pub record: String,
    /// The record as far as it is needed; `None` when it is gone.
    pub content: Option<Record>,
}

/// Parties that the copies of these records are about, each once, in order.
pub async fn owners_of(tx: &mut Tx, records: &[&str]) -> Result<Vec<String>, sqlx::Error> {
    const SQL: &str = "SELECT uscc FROM penalty WHERE record IN";
    let rows: Vec<(String,)> = rows_of(tx, SQL, records).await?;
    let owners: BTreeSet<String> = rows.into_iter().map(|(uscc,)| uscc).collect();
    Ok(owners.into_iter().collect())
}

/// Brings penalties up to date, in the order of `rows`.
pub async fn put_penalties(tx: &mut Tx, rows: Vec<PenaltyRow>) -> Result<(), Error> {
    const PUT: &str = "
        INSERT INTO penalty (record, uscc, document_no, content) VALUES ($1, $2, $3, $4)
        ON CONFLICT (record) DO UPDATE
        SET uscc = excluded.uscc, document_no = excluded.document_no, content = excluded.content";
    const REMOVE: &str = "DELETE FROM penalty WHERE record = $1";
    let latest: BTreeMap<_, _> = rows.into_iter().map(|row| (row.record, row.content)).collect();
    for (record, content) in latest {
        let Some(content) = content else {
            on!(tx, |conn| sqlx::query(REMOVE).bind(&record).execute(conn).await.map(drop))?;
            continue;
        };
        on!(tx, |conn| sqlx::query(PUT)
            .bind(&record)
            .bind(&content.uscc)
            .bind(&content.document_no)
            .bind(content.encode_to_vec())
            .execute(conn)
            .await
            .map(drop))?;
    }
    Ok(())
}

/// Empties the copy.
pub async fn clear_penalties(tx: &mut Tx) -> Result<(), sqlx::Error> {
    on!(tx, |conn| sqlx::query("DELETE FROM penalty").execute(conn).await.map(drop))?;
    clear_suspensions(tx).await
}

impl Store {
    /// One penalty as collection told it, and what is known of its suspensions; `None` when it is not there, or gone.
    pub(super) async fn penalty(&self, record: &str) -> Result<Option<(Record, Suspended)>, Error> {
        penalty_in(&mut self.db.begin_read().await?, record).await
    }

    /// The penalties of a party, in the order of their names.
    pub(super) async fn penalties_of(&self, uscc: &Uscc) -> Result<Vec<Penalty>, Error> {
        penalties_in(&mut self.db.begin_read().await?, uscc).await
    }
}

/// Content, first day of the suspension that lasts, and those that have ended.
type Row = (Vec<u8>, Option<String>, Option<String>);

fn read(what: &str, (content, since, over): Row) -> Result<(Record, Suspended), Error> {
    let record = Record::decode(content.as_slice()).map_err(|problem| corrupt(what, problem))?;
    let known = suspended(&record.name, since.as_deref(), over.as_deref().unwrap_or_default())?;
    if record.suspended_by.is_empty() {
        return Ok((record, known));
    }
    let decided_on = domain::parse_date(&record.decided_on).map_err(|problem| corrupt(what, problem))?;
    Ok((record, known.or_since(true, decided_on)))
}

/// One penalty, in a transaction of the caller.
pub(super) async fn penalty_in(tx: &mut Tx, record: &str) -> Result<Option<(Record, Suspended)>, Error> {
    const SQL: &str = "
        SELECT p.content, s.suspended_on, s.suspensions
        FROM penalty p LEFT JOIN record_suspension s ON s.record = p.record
        WHERE p.record = $1";
    let row: Option<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(record).fetch_optional(conn).await)?;
    row.map(|row| read(record, row)).transpose()
}

/// The penalties of a party, in the order of their names, in a transaction of the caller.
pub(super) async fn penalties_in(tx: &mut Tx, uscc: &Uscc) -> Result<Vec<Penalty>, Error> {
    const SQL: &str = "
        SELECT p.content, s.suspended_on, s.suspensions
        FROM penalty p LEFT JOIN record_suspension s ON s.record = p.record
        WHERE p.uscc = $1
        ORDER BY p.record";
    let rows: Vec<Row> = on!(tx, |conn| sqlx::query_as(SQL).bind(uscc.as_str()).fetch_all(conn).await)?;
    let read = |row| {
        let (record, suspended) = read("penalty", row)?;
        read_penalty(&record, suspended).map_err(|problem| corrupt(&record.name, problem))
    };
    rows.into_iter().map(read).collect()
}
