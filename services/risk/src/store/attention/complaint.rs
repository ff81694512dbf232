//! Taking in what the analysis of complaints needs, batch by batch.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use db::bulk::{self, Cell};
use db::{Tx, on};
use sqlx::QueryBuilder;

use crate::domain::signal::Finding;
use crate::store::Store;
use crate::store::sql::execute_for;

/// Rows that one statement writes.
const ROWS: usize = 1_000;

/// What one batch of events tells. Of several about one thing the last counts, so a batch applied twice changes nothing.
#[derive(Clone, Debug, Default)]
pub struct ComplaintBatch {
    /// Enterprises, by credit code.
    pub parties: BTreeMap<String, PartyFact>,
    /// Marks, by credit code and field.
    pub marks: BTreeMap<(String, String), MarkFact>,
    /// Tickets by their resource names; `None` for one that counts no longer.
    pub tickets: BTreeMap<String, Option<ComplaintFact>>,
}

/// Where an enterprise is and how large.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartyFact {
    /// Division.
    pub division: String,
    /// Registered capital in fen; 0 when not known.
    pub capital_fen: i64,
}

/// A mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkFact {
    /// Whether the enterprise carries it.
    pub carried: bool,
    /// Sub-kinds of its licences.
    pub category: String,
}

/// A complaint or tip about a known enterprise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComplaintFact {
    /// Credit code.
    pub uscc: String,
    /// Key field; empty when the ticket names none.
    pub field: String,
    /// The same for all tickets of one caller on one matter.
    pub event: String,
    /// Day of acceptance.
    pub accepted_on: NaiveDate,
    /// The hotline's classification.
    pub topic: String,
    /// How its handling ended.
    pub finding: Finding,
}

impl Finding {
    /// The name in the database.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Substantiated => "Substantiated",
            Self::Refuted => "Refuted",
        }
    }

    /// Reads the name.
    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::Open, Self::Substantiated, Self::Refuted].into_iter().find(|one| one.as_str() == name)
    }
}

impl Store {
    /// Takes a batch in, in the caller's transaction.
    pub async fn apply_complaints(&self, tx: &mut Tx, batch: &ComplaintBatch) -> Result<(), sqlx::Error> {
        write_parties(tx, &batch.parties).await?;
        write_marks(tx, &batch.marks).await?;
        let names: Vec<&str> = batch.tickets.keys().map(String::as_str).collect();
        execute_for(tx, "DELETE FROM complaint WHERE ticket IN", &names).await?;
        let standing = batch.tickets.iter().filter_map(|(name, fact)| Some((name, fact.as_ref()?)));
        let rows = standing.map(|(name, fact)| {
            [
                Cell::Text(name),
                Cell::Text(&fact.uscc),
                Cell::Text(&fact.field),
                Cell::Text(&fact.event),
                Cell::Date(fact.accepted_on),
                Cell::Text(&fact.topic),
                Cell::Text(fact.finding.as_str()),
            ]
        });
        const COLUMNS: [&str; 7] = ["ticket", "uscc", "field", "event", "accepted_on", "topic", "finding"];
        bulk::insert(tx, "complaint", COLUMNS, rows).await?;
        Ok(())
    }

    /// Empties the copy of the feeds. Scans, signals and flags stay: they are risk's own.
    pub async fn clear_complaints(&self, tx: &mut Tx) -> Result<(), sqlx::Error> {
        for sql in ["DELETE FROM complaint", "DELETE FROM complaint_mark", "DELETE FROM complaint_party"] {
            on!(tx, |conn| sqlx::query(sql).execute(conn).await.map(drop))?;
        }
        Ok(())
    }
}

async fn write_parties(tx: &mut Tx, parties: &BTreeMap<String, PartyFact>) -> Result<(), sqlx::Error> {
    let rows: Vec<_> = parties.iter().collect();
    for rows in rows.chunks(ROWS) {
        on!(tx, |conn| {
            let mut sql = QueryBuilder::new("INSERT INTO complaint_party (uscc, division, capital_fen) ");
            sql.push_values(rows, |mut row, (uscc, fact)| {
                row.push_bind(uscc.as_str()).push_bind(fact.division.as_str()).push_bind(fact.capital_fen);
            });
            sql.push(
                " ON CONFLICT (uscc) DO UPDATE SET
                    division = excluded.division, capital_fen = excluded.capital_fen",
            );
            sql.build().persistent(false).execute(conn).await?;
        });
    }
    Ok(())
}

async fn write_marks(tx: &mut Tx, marks: &BTreeMap<(String, String), MarkFact>) -> Result<(), sqlx::Error> {
    let rows: Vec<_> = marks.iter().collect();
    for rows in rows.chunks(ROWS) {
        on!(tx, |conn| {
            let mut sql = QueryBuilder::new("INSERT INTO complaint_mark (uscc, field, carried, category) ");
            sql.push_values(rows, |mut row, ((uscc, field), fact)| {
                row.push_bind(uscc.as_str())
                    .push_bind(field.as_str())
                    .push_bind(fact.carried)
                    .push_bind(fact.category.as_str());
            });
            sql.push(
                " ON CONFLICT (uscc, field) DO UPDATE SET
                    carried = excluded.carried, category = excluded.category",
            );
            sql.build().persistent(false).execute(conn).await?;
        });
    }
    Ok(())
}
