//! What an import would do, without doing it.

use std::collections::{HashMap, HashSet};

use contract::collection::v1 as pb;
use db::Tx;
use service::Error as Common;

use super::super::Store;
use super::super::import::count;
use super::work::Outcome;
use crate::convert::{Batch, Collected, differs, ids, withdrawn};
use crate::domain::{NewRecord, NewTicket};

#[derive(sqlx::FromRow)]
struct Known {
    id: String,
    content: Vec<u8>,
    withdrawn: bool,
}

#[derive(sqlx::FromRow)]
struct Registered {
    uscc: String,
    division: String,
}

impl Store {
    /// What taking a batch of records would come to.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn preview_records(&self, batch: &Batch<NewRecord>) -> Result<Outcome, Common> {
        const KNOWN: &str = "SELECT id, content, state = 'Withdrawn' AS withdrawn FROM record WHERE key IN";
        let mut tx = self.db.begin_read().await?;
        let known = db::rows_of_bytes(&mut tx, KNOWN, &ids(&batch.rows)).await?;
        preview(&mut tx, known, batch).await
    }

    /// What taking a batch of tickets would come to.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn preview_tickets(&self, batch: &Batch<NewTicket>) -> Result<Outcome, Common> {
        const KNOWN: &str = "SELECT id, content, FALSE AS withdrawn FROM ticket WHERE id IN";
        let mut tx = self.db.begin_read().await?;
        let known = db::rows_of(&mut tx, KNOWN, &ids(&batch.rows)).await?;
        preview(&mut tx, known, batch).await
    }
}

/// What taking a batch would come to of which `known` are there already.
async fn preview<T: Collected>(tx: &mut Tx, known: Vec<Known>, batch: &Batch<T>) -> Result<Outcome, Common> {
    const PARTIES: &str = "SELECT uscc, division FROM party WHERE registered AND uscc IN";
    let codes: HashSet<&str> =
        batch.rows.iter().filter_map(|row| row.item.uscc()).map(|code| code.as_str()).collect();
    let known: HashMap<_, _> = known.into_iter().map(|known| (known.id.clone(), known)).collect();
    let codes: Vec<&str> = codes.into_iter().collect();
    let registered: Vec<Registered> = db::rows_of(tx, PARTIES, &codes).await?;
    let registered: HashMap<_, _> =
        registered.into_iter().map(|party| (party.uscc, party.division)).collect();
    let repeats = batch.repeats.iter().map(|(index, _)| *index);
    let mut outcome =
        Outcome { rejected: batch.rejected.clone(), duplicate_rows: repeats.collect(), ..Outcome::default() };
    for row in &batch.rows {
        let earlier = || row.item.earlier_id().and_then(|id| known.get(id.as_str()));
        match known.get(row.item.id().as_str()).or_else(earlier) {
            Some(known) if known.withdrawn => outcome.rejected.push(withdrawn::<T>(row.index)),
            Some(known) if row.item.is_told_by(&known.content) => outcome.duplicate_rows.push(row.index),
            Some(_) => outcome.rejected.push(differs::<T>(row.index)),
            None => match row.item.uscc().and_then(|code| registered.get(code.as_str())) {
                None => outcome.unmatched += 1,
                Some(division) => match batch.outside(row.index, division) {
                    None => outcome.attached += 1,
                    Some(refusal) => outcome.rejected.push(refusal),
                },
            },
        }
    }
    outcome.duplicate_rows.sort_unstable();
    outcome.duplicates = count(&outcome.duplicate_rows);
    Ok(outcome)
}

impl From<pb::ImportRecordsResponse> for Outcome {
    fn from(answer: pb::ImportRecordsResponse) -> Self {
        let pb::ImportRecordsResponse { attached, unmatched, duplicates, rejected, duplicate_rows, .. } =
            answer;
        Self { attached, unmatched, duplicates, rejected, duplicate_rows }
    }
}

impl From<pb::ImportTicketsResponse> for Outcome {
    fn from(answer: pb::ImportTicketsResponse) -> Self {
        let pb::ImportTicketsResponse { attached, unmatched, duplicates, rejected, duplicate_rows, .. } =
            answer;
        Self { attached, unmatched, duplicates, rejected, duplicate_rows }
    }
}
