//! What is known of enterprises that were inspected in the past, for playing history again. Key attention that has ended is known as
//! it stood until then: it is withdrawn from the evidence of today, not from the past.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use contract::risk::v1 as pb;
use db::{Tx, on};
use futures::TryStreamExt;
use prost::Message;
use prost_reflect::DynamicMessage;

use super::Store;
use super::sql::rows_of;
use crate::domain::backtest::replay::{Firm, INSPECTION, Told, day_of};
use crate::domain::known::own_day;
use crate::domain::model::{ATTENTION, message_of};
use crate::error::Error;

#[derive(sqlx::FromRow)]
struct PieceRow {
    name: String,
    uscc: String,
    source: String,
    known_seq: i64,
    payload: Vec<u8>,
}

/// The last version of what is evidence no longer.
#[derive(sqlx::FromRow)]
struct EndedRow {
    name: String,
    uscc: String,
    known_seq: i64,
    until_seq: i64,
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
        let mut pieces: Vec<PieceRow> = rows_of(&mut tx, PIECES, &codes, " ORDER BY uscc, name").await?;
        let ended = ended_attention(&mut tx, &codes, &pieces).await?;
        pieces.extend(ended);
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

/// Key attention that has ended, up to the day on which it did.
async fn ended_attention(tx: &mut Tx, codes: &[&str], standing: &[PieceRow]) -> Result<Vec<PieceRow>, Error> {
    const SQL: &str = "
        SELECT name, uscc, known_seq, until_seq, payload FROM evidence_past
        WHERE source = 'attention' AND uscc IN";
    let rows: Vec<EndedRow> = rows_of(tx, SQL, codes, " ORDER BY uscc, name, until_seq").await?;
    let standing: BTreeSet<&str> =
        standing.iter().filter(|row| row.source == ATTENTION).map(|row| row.name.as_str()).collect();
    // The last version of each counts: what it replaced was the same attention with another term.
    let last: BTreeMap<String, EndedRow> = rows.into_iter().map(|row| (row.name.clone(), row)).collect();
    let ended = last.into_values().filter(|row| !standing.contains(row.name.as_str()));
    ended.map(EndedRow::piece).collect()
}

impl EndedRow {
    fn piece(self) -> Result<PieceRow, Error> {
        let corrupt = |problem: &dyn std::fmt::Display| {
            service::Error::corrupt(format!("evidence {}: {problem}", self.name))
        };
        let mut flag = pb::Flag::decode(self.payload.as_slice()).map_err(|problem| corrupt(&problem))?;
        let ended_on =
            own_day(self.until_seq).ok_or_else(|| corrupt(&format!("{} is no day", self.until_seq)))?;
        flag.on_until = flag.on_until.min(ended_on.to_string());
        Ok(PieceRow {
            payload: flag.encode_to_vec(),
            name: self.name,
            uscc: self.uscc,
            source: ATTENTION.to_owned(),
            known_seq: self.known_seq,
        })
    }
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
