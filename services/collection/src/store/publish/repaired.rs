//! Publications that end because they were repaired, and what comes back when a repair was a fraud. Punishment decides; here it is
//! carried out: each chain stops on the day that the grant names, by the job for terms where that day is still to come.

use chrono::NaiveDate;
use contract::collection::v1 as pb;
use contract::collection::v1::record::Content;
use db::Tx;
use service::Error as Common;
use service::machine::Actor;

use super::row::{self, Publication};
use super::terms::terms;
use super::{CHANGED, id_of};
use crate::domain::NaturalId;
use crate::machines::record::{Event, RECORD};
use crate::store::record::{find, lock_all, move_to};
use crate::store::take::record_event;
use crate::store::{Act, Store};

/// Whether a fraud has the term of the publication run anew.
const RESTARTS: &str = "repair.fraud_restarts_term";

impl Store {
    /// Whether a record is the result of a check of this party: that alone may a repair take along with its subject (order 107). A penalty
    /// has terms and conditions of its own.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn is_check_of(&self, tx: &mut Tx, id: &NaturalId, uscc: &str) -> Result<bool, Common> {
        let found = find(tx, id).await?.map(|stored| stored.record);
        let is_check = |record: &pb::Record| {
            matches!(record.content, Some(Content::Inspection(_) | Content::Sampling(_)))
        };
        Ok(found.is_some_and(|record| record.uscc == uscc && is_check(&record)))
    }

    /// Whether a record is about this party, and stays so until the transaction ends: it may have been granted a repair of what turned out
    /// to concern somebody else.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn is_about(&self, tx: &mut Tx, id: &NaturalId, uscc: &str) -> Result<bool, Common> {
        let found = lock_all(tx, &[id.as_str()]).await?.pop();
        Ok(found.is_some_and(|stored| stored.record.uscc == uscc))
    }

    /// Ends the publication of a record on each chain from the day that `stops_on` names for it; at once where that has come. One that is
    /// suspended, or waits because a chain could not be told, is not shown when that ends, either. Answers whether a chain showed it, or
    /// was to.
    ///
    /// # Errors
    /// Failures of the database or of the rulebook; the caller's transaction is then lost.
    pub async fn stop_repaired(
        &self,
        tx: &mut Tx,
        act: &Act,
        id: &NaturalId,
        stops_on: impl Fn(&str) -> Option<NaiveDate>,
    ) -> Result<bool, Common> {
        let Some(stored) = lock_all(tx, &[id.as_str()]).await?.pop() else { return Ok(false) };
        let mut known = row::of_record(tx, &stored.record).await?;
        let suspended = stored.state.is_told() && !stored.record.suspended_by.is_empty();
        let waits = |one: &Publication| (suspended || one.state.is_blocked()) && !one.is_past(act.today);
        if !known.iter().any(|one| one.state.is_told() || waits(one)) {
            return Ok(false);
        }
        for publication in &mut known {
            let Some(day) = stops_on(&publication.chain) else { continue };
            publication.stops_on = Some(day);
            self.follow_term(tx, act, &stored.record, publication).await?;
        }
        let told = self.expire(tx, act, stored, known).await?;
        self.outbox.append(tx, &told).await?;
        Ok(true)
    }

    /// Shows a record again whose publication was repaired; as if for the first time, where the law of the day says so: where the term
    /// counts from the publication, it runs anew. Otherwise it is shown for the rest of its term. While its decision is not enforced nobody
    /// is told; whoever ends that tells it (X4). Answers whether anybody is told.
    ///
    /// # Errors
    /// As [`stop_repaired`](Self::stop_repaired).
    pub async fn show_repaired_again(
        &self,
        tx: &mut Tx,
        act: &Act,
        id: &NaturalId,
        reason: &str,
    ) -> Result<bool, Common> {
        let Some(stored) = lock_all(tx, &[id.as_str()]).await?.pop() else { return Ok(false) };
        let mut known = row::of_record(tx, &stored.record).await?;
        let Some(step) = [Event::Restore, Event::Note]
            .into_iter()
            .find_map(|event| RECORD.step(stored.state, event, &Actor::system()).ok())
            .filter(|step| step.to.is_told() && known.iter().any(|one| one.stops_on.is_some()))
        else {
            // It was withdrawn, or nothing was ended.
            return Ok(false);
        };
        let anew = self.book.flag(RESTARTS, act.today)?;
        for publication in known.iter_mut().filter(|one| one.stops_on.is_some()) {
            publication.stops_on = None;
            publication.published_on = publication.published_on.filter(|_| !anew);
            self.follow_term(tx, act, &stored.record, publication).await?;
        }
        let mut record = stored.record;
        move_to(tx, id_of(&record), record.revision, step.to).await?;
        record.revision += 1;
        record.state = step.to.as_str().to_owned();
        let told = if record.suspended_by.is_empty() {
            self.tell_again(tx, act, &mut record).await?
        } else {
            record.publications = self.written(&record, &known, act.today)?;
            false
        };
        let event = record_event(act, CHANGED, act.today, record, reason.to_owned());
        self.outbox.append(tx, &event).await?;
        Ok(told)
    }

    /// Puts the term of a publication right after something that it depends on changed.
    async fn follow_term(
        &self,
        tx: &mut Tx,
        act: &Act,
        record: &pb::Record,
        publication: &mut Publication,
    ) -> Result<(), Common> {
        let term = terms(&self.book, record, publication, act.today)?.governing;
        publication.run_by(term);
        Ok(row::write(tx, publication).await?)
    }
}
