//! One message of an import: one transaction.

use std::collections::HashMap;

use contract::collection::v1 as pb;
use db::Tx;
use domain::MicrosUtc;
use prost::Message;
use service::Error as Common;
use service::idempotency::{Claim, Key, claim, store_answer};

use super::take::{Taken, codes, take_records, take_tickets};
use super::{Act, Store, party};
use crate::convert::{Batch, Collected, differs, ids, withdrawn};
use crate::domain::{NewRecord, NewTicket};

/// Contents of the records of these ids, and whether they stand.
pub(super) const CONTENTS: &str =
    "SELECT id, content, state = 'Withdrawn' AS withdrawn FROM record WHERE key IN";
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
        let mut tx = self.begin_act().await?;
        if let Claim::Repeat(answer) = self.claim_message(&mut tx, key, &batch.body, act.now).await? {
            return Ok(answer);
        }
        let known = look_up(&mut tx, batch).await?;
        let sorted = refuse_outside(&mut tx, sort(known, batch), batch).await?;
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
        let mut tx = self.begin_act().await?;
        if let Claim::Repeat(answer) = self.claim_message(&mut tx, key, &batch.body, act.now).await? {
            return Ok(answer);
        }
        let known = db::rows_of(&mut tx, CONTENTS, &sorted_ids(batch)).await?;
        let sorted = sort(known, batch);
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

    /// Claims a message of an import, known by its digest: by the mark of that where callers are sealed. The digest of a ticket that came
    /// alone gives its caller away to whoever tries numbers, and that of a record whom it was about, once that is erased.
    pub(super) async fn claim_message<A: Message + Default>(
        &self,
        tx: &mut Tx,
        key: &Key<'_>,
        digest: &[u8],
        now: MicrosUtc,
    ) -> Result<Claim<A>, Common> {
        let plain = digest.to_vec();
        let Some(seal) = &self.seal else { return claim(tx, key, &plain, now).await };
        match claim(tx, key, &seal.message_mark(digest), now).await {
            // It may have been taken before there were marks.
            Err(Common::RequestIdReused(_)) => claim(tx, key, &plain, now).await,
            claimed => claimed,
        }
    }
}

pub(super) fn answer<T>(
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
pub(super) async fn refuse_outside<'b>(
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
pub(super) struct Sorted<'b, T> {
    pub(super) fresh: Vec<&'b T>,
    /// Positions, ascending.
    pub(super) duplicates: Vec<i32>,
    pub(super) rejected: Vec<pb::RejectedRow>,
}

/// What was taken before under an id.
#[derive(sqlx::FromRow)]
pub(super) struct Known {
    id: String,
    content: Vec<u8>,
    withdrawn: bool,
}

/// What is there already of a message of records, each row looked up.
pub(super) async fn look_up(tx: &mut Tx, batch: &Batch<NewRecord>) -> Result<Vec<Known>, Common> {
    Ok(db::rows_of_bytes(tx, CONTENTS, &sorted_ids(batch)).await?)
}

/// The ids of a message in the order of the index, which is then gone through once.
fn sorted_ids<T: Collected>(batch: &Batch<T>) -> Vec<&str> {
    let mut ids = ids(&batch.rows);
    ids.sort_unstable();
    ids
}

/// The rows of a message, of which `known` are there already.
pub(super) fn sort<T: Collected>(known: Vec<Known>, batch: &Batch<T>) -> Sorted<'_, T> {
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
    sorted
}
