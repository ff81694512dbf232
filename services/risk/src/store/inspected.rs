//! What is known of enterprises that were inspected in the past, for playing history again.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use db::{Tx, on};
use futures::TryStreamExt;
use prost_reflect::DynamicMessage;

use super::Store;
use super::sql::rows_of;
use crate::domain::backtest::replay::{Firm, INSPECTION, Told, day_of};
use crate::domain::model::message_of;
use crate::error::Error;

#[derive(sqlx::FromRow)]
struct PieceRow {
    name: String,
    uscc: String,
    source: String,
    known_seq: i64,
    payload: Vec<u8>,
}

#[derive(sqlx::FromRow)]
struct DivisionRow {
    uscc: String,
    division: String,
}

impl Store {
    /// All evidence of each enterprise with an inspection in these days, both included, in the order of their credit codes.
    ///
    /// # Errors
    /// A message that is none of its source is [`service::Error::Corrupt`].
    pub async fn inspected(&self, first_day: NaiveDate, last_day: NaiveDate) -> Result<Vec<Firm>, Error> {
        const PIECES: &str = "SELECT name, uscc, source, known_seq, payload FROM evidence WHERE uscc IN";
        const DIVISIONS: &str = "SELECT uscc, division FROM enterprise WHERE uscc IN";
        let mut tx = self.db.begin_read().await?;
        let inspected = inspected(&mut tx, first_day, last_day).await?;
        let codes: Vec<&str> = inspected.iter().map(String::as_str).collect();
        let pieces: Vec<PieceRow> = rows_of(&mut tx, PIECES, &codes, " ORDER BY uscc, name").await?;
        let divisions: Vec<DivisionRow> = rows_of(&mut tx, DIVISIONS, &codes, "").await?;
        tx.rollback().await?;
        let divisions: BTreeMap<_, _> = divisions.into_iter().map(|row| (row.uscc, row.division)).collect();
        let mut firms: BTreeMap<String, Firm> = BTreeMap::new();
        for row in pieces {
            let division = || divisions.get(&row.uscc).cloned().unwrap_or_default();
            let told = told(&row)?;
            let firm = firms.entry(row.uscc.clone());
            firm.or_insert_with(|| Firm { division: division(), pieces: Vec::new() }).pieces.push(told);
        }
        Ok(firms.into_values().collect())
    }
}

/// Credit codes of enterprises with an inspection in these days.
async fn inspected(
    tx: &mut Tx,
    first_day: NaiveDate,
    last_day: NaiveDate,
) -> Result<BTreeSet<String>, Error> {
    const SQL: &str =
        "SELECT name, uscc, source, known_seq, payload FROM evidence WHERE source = $1 ORDER BY name";
    let mut codes = BTreeSet::new();
    on!(tx, |conn| {
        let mut rows = sqlx::query_as::<_, PieceRow>(SQL).bind(INSPECTION).fetch(conn);
        while let Some(row) = rows.try_next().await? {
            let day = day_of(&message(&row)?);
            if day.is_some_and(|day| first_day <= day && day <= last_day) {
                codes.insert(row.uscc);
            }
        }
    });
    Ok(codes)
}

fn told(row: &PieceRow) -> Result<Told, Error> {
    Ok(Told { source: row.source.clone(), known_seq: row.known_seq, message: message(row)? })
}

fn message(row: &PieceRow) -> Result<DynamicMessage, Error> {
    let corrupt = |problem: String| service::Error::corrupt(format!("evidence {}: {problem}", row.name));
    let descriptor =
        message_of(&row.source).ok_or_else(|| corrupt(format!("unknown source `{}`", row.source)))?;
    let message = DynamicMessage::decode(descriptor, row.payload.as_slice());
    Ok(message.map_err(|problem| corrupt(problem.to_string()))?)
}
