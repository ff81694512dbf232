//! One message of an import: one transaction.

use std::collections::HashMap;

use contract::collection::v1 as pb;
use db::Tx;
use service::Error as Common;
use service::idempotency::{Claim, Key, claim, store_answer};
use tokio_stream::{Stream, StreamExt};

use super::take::{PreparedRecords, Taken, codes, prepare_records, take_records, take_tickets};
use super::{Act, Store, party};
use crate::convert::{Batch, Collected, differs, ids, withdrawn};
use crate::domain::{NewRecord, NewTicket};

/// Contents of the records of these ids, and whether they stand.
const CONTENTS: &str = "SELECT id, content, state = 'Withdrawn' AS withdrawn FROM record WHERE id IN";
/// How often a message is tried that lost against another transaction, such as one that imports the same rows.
const MOST_ATTEMPTS: usize = 3;

/// A message of records that was made ready while an earlier one was being made durable: looked up, placed and encoded as things
/// stood then. The transaction that takes it finds out whether they still stand so.
#[derive(Debug)]
pub struct ReadyRecords {
    act: Act,
    /// Contents of the rows, from which a second attempt recalls them: several messages wait at a time, and the rows themselves
    /// are many times as large.
    batch: Batch<Vec<u8>>,
    prepared: Prepared,
}

#[derive(Debug)]
struct Prepared {
    /// Codes that were not registered.
    unknown: Vec<String>,
    fresh: PreparedRecords,
    duplicates: Vec<i32>,
    rejected: Vec<pb::RejectedRow>,
}

impl Store {
    /// Makes a message of records ready, without a transaction of its own; see [`take_ready_records`](Self::take_ready_records).
    ///
    /// # Errors
    /// A failure of the database.
    pub async fn make_ready(&self, act: Act, batch: Batch<NewRecord>) -> Result<ReadyRecords, Common> {
        let mut tx = self.db.begin_read().await?;
        let sorted = sort(&mut tx, CONTENTS, &batch).await?;
        let sorted = refuse_outside(&mut tx, sorted, &batch).await?;
        let (parties, unknown) = party::look_up(&mut tx, codes(&sorted.fresh)).await?;
        tx.rollback().await?;
        let prepared = Prepared {
            unknown: unknown.into_iter().map(str::to_owned).collect(),
            fresh: prepare_records(self, &act, "", &sorted.fresh, &parties)?,
            duplicates: sorted.duplicates,
            rejected: sorted.rejected,
        };
        let batch = batch.try_map(|new| Ok::<_, Common>(new.content))?;
        Ok(ReadyRecords { act, batch, prepared })
    }

    /// Takes messages of records of one caller by one RPC, as they come: new records, with their duties and events. All
    /// are one transaction where that goes well, and otherwise each is its own; it answers each, in order, and ends with the
    /// first that is refused. A message that was taken before answers as before.
    ///
    /// # Errors
    /// See [`import_records`](Self::import_records).
    pub async fn take_ready_records(
        &self,
        caller: &str,
        method: &str,
        mut messages: impl Stream<Item = ReadyRecords> + Unpin + Send,
    ) -> Vec<Result<pb::ImportRecordsResponse, Common>> {
        let mut taken = Vec::new();
        if let Ok(answers) = self.try_ready(caller, method, &mut messages, &mut taken).await {
            return answers.into_iter().map(Ok).collect();
        }
        let mut answers = Vec::with_capacity(taken.len());
        for (act, batch) in taken {
            answers.push(self.import_again(&act, caller, method, batch).await);
            if answers.last().is_some_and(Result::is_err) {
                break;
            }
        }
        answers
    }

    async fn import_again(
        &self,
        act: &Act,
        caller: &str,
        method: &str,
        batch: Batch<Vec<u8>>,
    ) -> Result<pb::ImportRecordsResponse, Common> {
        let recall = |content: Vec<u8>| {
            NewRecord::recall(&content)
                .ok_or_else(|| Common::corrupt("a row that was read cannot be recalled"))
        };
        let batch = batch.try_map(recall)?;
        let key = Key { caller, method, request_id: &batch.request_id };
        self.import_records(act, &key, &batch).await
    }

    /// Writes each message as it comes, so that what was prepared for it is freed before the next one is; `taken` keeps what a
    /// second attempt needs.
    async fn try_ready(
        &self,
        caller: &str,
        method: &str,
        messages: &mut (impl Stream<Item = ReadyRecords> + Unpin + Send),
        taken: &mut Vec<(Act, Batch<Vec<u8>>)>,
    ) -> Result<Vec<pb::ImportRecordsResponse>, Common> {
        let mut answers = Vec::new();
        let mut open = None;
        while let Some(ReadyRecords { act, batch, prepared }) = messages.next().await {
            // Before anything can fail: what was given must be answered.
            taken.push((act, batch));
            if open.is_none() {
                open = Some(self.db.begin_write().await?);
            }
            let (Some(tx), Some((act, batch))) = (&mut open, taken.last()) else { break };
            let key = Key { caller, method, request_id: &batch.request_id };
            answers.push(match claim(tx, &key, &batch.body, act.now).await? {
                Claim::Repeat(answer) => answer,
                Claim::Fresh => {
                    let answer = self.take_prepared(tx, batch, prepared).await?;
                    store_answer(tx, &key, &answer).await?;
                    answer
                }
            });
        }
        if let Some(tx) = open {
            tx.commit().await?;
        }
        Ok(answers)
    }

    async fn take_prepared(
        &self,
        tx: &mut Tx,
        batch: &Batch<Vec<u8>>,
        Prepared { unknown, fresh, duplicates, rejected }: Prepared,
    ) -> Result<pb::ImportRecordsResponse, Common> {
        if !party::meet_unknown(tx, &unknown).await? {
            return Err(Common::Contended);
        }
        let taken = fresh.write(self, tx).await?;
        Ok(answer(batch, taken, duplicates, rejected))
    }

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
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = claim(&mut tx, key, &batch.body, act.now).await? {
            return Ok(answer);
        }
        let sorted = sort(&mut tx, CONTENTS, batch).await?;
        let sorted = refuse_outside(&mut tx, sorted, batch).await?;
        let taken = take_records(self, &mut tx, act, "", &sorted.fresh).await?;
        let answer = answer(batch, taken, sorted.duplicates, sorted.rejected);
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
        const CONTENTS: &str = "SELECT id, content, FALSE AS withdrawn FROM ticket WHERE id IN";
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
            duplicates: count(&sorted.duplicates),
            rejected: sorted.rejected,
            duplicate_rows: sorted.duplicates,
        };
        store_answer(&mut tx, key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }
}

fn answer<T>(
    batch: &Batch<T>,
    Taken { attached, unmatched }: Taken,
    duplicate_rows: Vec<i32>,
    rejected: Vec<pb::RejectedRow>,
) -> pb::ImportRecordsResponse {
    let (request_id, duplicates) = (batch.request_id.to_string(), count(&duplicate_rows));
    pb::ImportRecordsResponse { request_id, attached, unmatched, duplicates, rejected, duplicate_rows }
}

pub(super) fn count(rows: &[i32]) -> i64 {
    i64::try_from(rows.len()).unwrap_or(i64::MAX)
}

/// Refuses new records of parties that are registered where the caller does not act.
async fn refuse_outside<'b>(
    tx: &mut Tx,
    mut sorted: Sorted<'b, NewRecord>,
    batch: &Batch<NewRecord>,
) -> Result<Sorted<'b, NewRecord>, Common> {
    if batch.is_city_wide() {
        return Ok(sorted);
    }
    let (parties, _) = party::look_up(tx, codes(&sorted.fresh)).await?;
    let places: HashMap<&str, i32> = batch.rows.iter().map(|row| (row.item.id.as_str(), row.index)).collect();
    let mut refused = Vec::new();
    sorted.fresh.retain(|new| {
        let index = places.get(new.id.as_str()).copied().unwrap_or_default();
        let division = parties.division_of(new.uscc.as_ref());
        let refusal = division.and_then(|division| batch.outside(index, division));
        let is_kept = refusal.is_none();
        refused.extend(refusal);
        is_kept
    });
    sorted.rejected.extend(refused);
    sorted.rejected.sort_by_key(|row| row.index);
    Ok(sorted)
}

/// The rows of a message, by what is there already.
struct Sorted<'b, T> {
    fresh: Vec<&'b T>,
    /// Positions, ascending.
    duplicates: Vec<i32>,
    rejected: Vec<pb::RejectedRow>,
}

#[derive(sqlx::FromRow)]
struct Known {
    id: String,
    content: Vec<u8>,
    withdrawn: bool,
}

async fn sort<'b, T: Collected>(
    tx: &mut Tx,
    contents: &'static str,
    batch: &'b Batch<T>,
) -> Result<Sorted<'b, T>, Common> {
    let mut ids = ids(&batch.rows);
    // In the order of the index, which is then gone through once.
    ids.sort_unstable();
    let known: Vec<Known> = db::rows_of(tx, contents, &ids).await?;
    let known: HashMap<_, _> = known.into_iter().map(|known| (known.id.clone(), known)).collect();
    let mut sorted = Sorted {
        fresh: Vec::with_capacity(batch.rows.len()),
        duplicates: batch.repeats.iter().map(|(index, _)| *index).collect(),
        rejected: batch.rejected.clone(),
    };
    for row in &batch.rows {
        let earlier = || row.item.earlier_id().and_then(|id| known.get(id.as_str()));
        match known.get(row.item.id().as_str()).or_else(earlier) {
            None => sorted.fresh.push(&row.item),
            Some(known) if known.withdrawn => sorted.rejected.push(withdrawn::<T>(row.index)),
            Some(known) if row.item.is_told_by(&known.content) => sorted.duplicates.push(row.index),
            Some(_) => sorted.rejected.push(differs::<T>(row.index)),
        }
    }
    sorted.duplicates.sort_unstable();
    sorted.rejected.sort_by_key(|row| row.index);
    Ok(sorted)
}
