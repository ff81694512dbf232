//! Messages of an import stream: each is made ready while earlier ones are being written, and several share one transaction.

use std::convert::Infallible;

use contract::collection::v1 as pb;
use db::{Db, Tx};
use outbox::PreparedEvents;
use service::Error as Common;
use service::idempotency::{Claim, Key, store_answer};
use tokio_stream::{Stream, StreamExt};

use super::import::{CONTENTS, Known, answer, look_up, refuse_outside, sort};
use super::kept::{self, Fresh, KeptRecord};
use super::party::Recalled;
use super::take::{Beside, codes, place_records, tell_records};
use super::{Act, Store, guess, party};
use crate::convert::Batch;
use crate::domain::NewRecord;

/// Messages whose records are written together, in the order of their ids. More would change fewer pages of the index, but take more
/// memory, and keep the writer longer from what the next messages tell.
const WRITTEN_TOGETHER: usize = 3;

/// A message of records that was made ready while an earlier one was being made durable: looked up, placed and encoded as things
/// stood then. The transaction that takes it finds out whether they still stand so.
#[derive(Debug)]
pub struct ReadyRecords {
    act: Act,
    batch: Batch<KeptRecord>,
    prepared: Prepared,
}

#[derive(Debug)]
struct Prepared {
    /// Revision of the directory of parties at which it was made ready.
    revision: i64,
    /// Codes that were not registered.
    unknown: Vec<String>,
    /// What is written beside the records that are new.
    beside: Beside,
    events: PreparedEvents,
    duplicates: Vec<i32>,
    rejected: Vec<pb::RejectedRow>,
}

/// The messages of one transaction that have come.
#[derive(Default)]
struct Received {
    /// Those whose records are written. A second attempt recalls them from their contents.
    written: Vec<(Act, Batch<Vec<u8>>)>,
    /// Those behind them.
    unwritten: Vec<(Act, Batch<KeptRecord>)>,
}

impl Received {
    /// Writes the records of all that have come.
    async fn write(&mut self, db: &Db, tx: &mut Tx) -> Result<(), Common> {
        kept::write(db, tx, self.fresh()).await?;
        self.note_written();
        Ok(())
    }

    fn fresh(&self) -> Vec<Fresh<'_>> {
        let mut fresh = Vec::new();
        for (act, batch) in &self.unwritten {
            fresh.extend(batch.rows.iter().filter_map(|row| row.item.fresh(act.now)));
        }
        fresh
    }

    fn note_written(&mut self) {
        for (act, batch) in self.unwritten.drain(..) {
            let Ok(contents) = batch.try_map(|kept| Ok::<_, Infallible>(kept.content));
            self.written.push((act, contents));
        }
    }

    /// All of them, in their order, to be taken again.
    fn into_messages(mut self) -> Vec<(Act, Batch<Vec<u8>>)> {
        self.note_written();
        self.written
    }
}

impl Store {
    /// Makes a message of records ready, without a transaction of its own; see [`take_ready_records`](Self::take_ready_records).
    ///
    /// # Errors
    /// A failure of the database.
    pub async fn make_ready(&self, act: Act, batch: Batch<NewRecord>) -> Result<ReadyRecords, Common> {
        let mut tx = self.db.begin_read().await?;
        let known = self.known(&mut tx, &batch).await?;
        let sorted = refuse_outside(&mut tx, sort(known, &batch), &batch).await?;
        let parties_of: Vec<_> = codes(&sorted.fresh).collect();
        let Recalled { registered: parties, unknown, revision } =
            party::recall(&mut tx, &self.divisions, &parties_of).await?;
        tx.rollback().await?;
        let (placed, beside) = place_records(self, &act, "", &sorted.fresh, &parties)?;
        let mut places = kept::places(&batch, &placed).into_iter();
        let unknown = unknown.into_iter().map(str::to_owned).collect();
        let (duplicates, rejected) = (sorted.duplicates, sorted.rejected);
        // What the rows say is large: it is freed before their events are made.
        let Ok(batch) =
            batch.try_map(|new| Ok::<_, Infallible>(KeptRecord::new(new, places.next().flatten())));
        let fresh = batch.rows.iter().filter_map(|row| {
            let fresh = row.item.fresh(act.now)?;
            Some(fresh.row(parties.division_of(row.item.uscc.as_ref())))
        });
        let events = tell_records(self, &act, fresh);
        let prepared = Prepared { revision, unknown, beside, events, duplicates, rejected };
        Ok(ReadyRecords { act, batch, prepared })
    }

    /// What is there already of a message: nothing, as is guessed where nothing of a sample is. Whoever acts in some divisions alone is
    /// told of each row whether it is there or may not be told of, which a guess cannot do.
    async fn known(&self, tx: &mut Tx, batch: &Batch<NewRecord>) -> Result<Vec<Known>, Common> {
        if batch.is_city_wide() && self.guesses.next_may() {
            let sample: Vec<Known> = db::rows_of_bytes(tx, CONTENTS, &guess::sample(&batch.rows)).await?;
            if sample.is_empty() {
                return Ok(sample);
            }
        }
        look_up(tx, batch).await
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
        let mut received = Received::default();
        if let Ok(answers) = self.try_ready(caller, method, &mut messages, &mut received).await {
            return answers.into_iter().map(Ok).collect();
        }
        // Whatever it was: to look every row up for a while is never wrong.
        self.guesses.was_wrong();
        let messages = received.into_messages();
        let mut answers = Vec::with_capacity(messages.len());
        for (act, batch) in messages {
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

    /// Writes what each message tells as it comes, so that what was prepared for it is freed before the next one is, and the records of
    /// several together; `received` keeps what a second attempt needs.
    async fn try_ready(
        &self,
        caller: &str,
        method: &str,
        messages: &mut (impl Stream<Item = ReadyRecords> + Unpin + Send),
        received: &mut Received,
    ) -> Result<Vec<pb::ImportRecordsResponse>, Common> {
        let mut answers = Vec::new();
        let (mut open, mut written) = (None, Ok(()));
        let mut next = messages.next().await;
        while let Some(ReadyRecords { act, batch, prepared }) = next {
            // Before anything can fail: what was given must be answered.
            received.unwritten.push((act, batch));
            written?;
            if open.is_none() {
                open = Some(self.begin_act().await?);
            }
            let (Some(tx), Some((act, batch))) = (&mut open, received.unwritten.last_mut()) else {
                return Err(Common::Contended);
            };
            answers.push(self.take_prepared(tx, (caller, method), act, batch, prepared).await?);
            (written, next) = if received.unwritten.len() == WRITTEN_TOGETHER {
                // The next message comes meanwhile, and the one after it finds a place.
                tokio::join!(received.write(&self.db, tx), messages.next())
            } else {
                (Ok(()), messages.next().await)
            };
        }
        written?;
        if let Some(mut tx) = open {
            received.write(&self.db, &mut tx).await?;
            tx.commit().await?;
        }
        Ok(answers)
    }

    /// Takes a message but for its records, which the transaction writes later: those of `batch` that have a place.
    async fn take_prepared(
        &self,
        tx: &mut Tx,
        (caller, method): (&str, &str),
        act: &Act,
        batch: &mut Batch<KeptRecord>,
        Prepared { revision, unknown, beside, events, duplicates, rejected }: Prepared,
    ) -> Result<pb::ImportRecordsResponse, Common> {
        let key = Key { caller, method, request_id: &batch.request_id };
        if let Claim::Repeat(answer) = self.claim_message(tx, &key, &batch.body, act.now).await? {
            batch.rows.iter_mut().for_each(|row| row.item.drop_place());
            return Ok(answer);
        }
        if !party::meet_unknown(tx, &unknown).await? {
            return Err(Common::Contended);
        }
        // Its events and duties name the divisions of parties as they were then, and who brings it acted in those.
        let told = party::told_since(tx, revision).await?;
        let mut parties = batch.rows.iter().filter_map(|row| row.item.uscc.as_ref());
        if parties.any(|uscc| told.contains(uscc.as_str())) {
            return Err(Common::Contended);
        }
        let taken = beside.write(self, tx, events).await?;
        let answer = answer(batch, taken, duplicates, rejected);
        store_answer(tx, &key, &answer).await?;
        Ok(answer)
    }
}
