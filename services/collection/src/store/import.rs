//! One message of an import: one transaction.

use std::collections::HashMap;

use contract::collection::v1 as pb;
use db::Tx;
use service::Error as Common;
use service::idempotency::{Claim, Key, claim, store_answer};

use super::take::{Taken, take_records, take_tickets};
use super::{Act, Store};
use crate::convert::{Batch, Collected, differs};
use crate::domain::{NewRecord, NewTicket};

/// How often a message is tried that lost against another transaction, such as one that imports the same rows.
const MOST_ATTEMPTS: usize = 3;

impl Store {
    /// Takes one message of records: new ones, with their duties and events, all in one transaction. A message that was
    /// taken before answers as before.
    ///
    /// # Errors
    /// [`Common::RequestIdReused`], [`Common::Contended`] after several attempts, or a failure of the database; then
    /// nothing was taken.
    pub async fn import_records(
        &self,
        act: &Act,
        key: &Key<'_>,
        batch: &Batch<NewRecord>,
    ) -> Result<pb::ImportRecordsResponse, Common> {
        let mut attempt = 1;
        loop {
            match self.try_import_records(act, key, batch).await {
                Err(Common::Contended) if attempt < MOST_ATTEMPTS => attempt += 1,
                answer => return answer,
            }
        }
    }

    async fn try_import_records(
        &self,
        act: &Act,
        key: &Key<'_>,
        batch: &Batch<NewRecord>,
    ) -> Result<pb::ImportRecordsResponse, Common> {
        const CONTENTS: &str = "SELECT id, content FROM record WHERE id IN";
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = claim(&mut tx, key, &batch.body, act.now).await? {
            return Ok(answer);
        }
        let sorted = sort(&mut tx, CONTENTS, batch).await?;
        let Taken { attached, unmatched } = take_records(self, &mut tx, act, "", &sorted.fresh).await?;
        let answer = pb::ImportRecordsResponse {
            request_id: batch.request_id.to_string(),
            attached,
            unmatched,
            duplicates: sorted.duplicates,
            rejected: sorted.rejected,
        };
        store_answer(&mut tx, key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Takes one message of tickets, as [`import_records`](Self::import_records) does records.
    ///
    /// # Errors
    /// As there.
    pub async fn import_tickets(
        &self,
        act: &Act,
        key: &Key<'_>,
        batch: &Batch<NewTicket>,
    ) -> Result<pb::ImportTicketsResponse, Common> {
        let mut attempt = 1;
        loop {
            match self.try_import_tickets(act, key, batch).await {
                Err(Common::Contended) if attempt < MOST_ATTEMPTS => attempt += 1,
                answer => return answer,
            }
        }
    }

    async fn try_import_tickets(
        &self,
        act: &Act,
        key: &Key<'_>,
        batch: &Batch<NewTicket>,
    ) -> Result<pb::ImportTicketsResponse, Common> {
        const CONTENTS: &str = "SELECT id, content FROM ticket WHERE id IN";
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = claim(&mut tx, key, &batch.body, act.now).await? {
            return Ok(answer);
        }
        let sorted = sort(&mut tx, CONTENTS, batch).await?;
        let Taken { attached, unmatched } = take_tickets(self, &mut tx, act, &sorted.fresh).await?;
        let answer = pb::ImportTicketsResponse {
            request_id: batch.request_id.to_string(),
            attached,
            unmatched,
            duplicates: sorted.duplicates,
            rejected: sorted.rejected,
        };
        store_answer(&mut tx, key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }
}

/// The rows of a message, by what is there already.
struct Sorted<'b, T> {
    fresh: Vec<&'b T>,
    duplicates: i64,
    rejected: Vec<pb::RejectedRow>,
}

#[derive(sqlx::FromRow)]
struct Known {
    id: String,
    content: Vec<u8>,
}

async fn sort<'b, T: Collected>(
    tx: &mut Tx,
    contents: &'static str,
    batch: &'b Batch<T>,
) -> Result<Sorted<'b, T>, Common> {
    let ids: Vec<&str> = batch.rows.iter().map(|row| row.item.id().as_str()).collect();
    let known: Vec<Known> = db::rows_of(tx, contents, &ids).await?;
    let known: HashMap<_, _> = known.into_iter().map(|known| (known.id, known.content)).collect();
    let mut sorted = Sorted {
        fresh: Vec::with_capacity(batch.rows.len()),
        duplicates: batch.duplicates,
        rejected: batch.rejected.clone(),
    };
    for row in &batch.rows {
        match known.get(row.item.id().as_str()) {
            None => sorted.fresh.push(&row.item),
            Some(content) if content == row.item.content() => sorted.duplicates += 1,
            Some(_) => sorted.rejected.push(differs::<T>(row.index)),
        }
    }
    sorted.rejected.sort_by_key(|row| row.index);
    Ok(sorted)
}
