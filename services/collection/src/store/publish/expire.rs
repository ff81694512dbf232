//! Terms that are over: the receivers are told to stop, and a record that nobody shows any more has expired.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use contract::collection::v1 as pb;
use db::{Tx, on};
use service::Error as Common;
use service::error::causes;
use service::machine::Actor;

use super::plan::Plan;
use super::row::{self, Publication};
use super::{CHANGED, id_of};
use crate::machines::record::{Event, RECORD, State, UnknownState};
use crate::store::record::{lock_all, move_to};
use crate::store::record_row::Stored;
use crate::store::take::record_event;
use crate::store::{Act, Store};

/// Terms that one transaction ends.
const BATCH: i64 = 200;

impl Store {
    /// Ends the publications whose terms were over before the day of the act, as the system, whatever the days on which this did
    /// not run. Repeatable. A record that cannot be ended is set aside, with the problem at its publications, and keeps none of the
    /// others from it; it is tried again the next time. Answers how many records it moved.
    ///
    /// # Errors
    /// [`Common::Contended`], or a failure of the database; what was ended before stays so.
    pub async fn expire_publications(&self, act: &Act) -> Result<usize, Common> {
        let (mut moved, mut after) = (0, Place::default());
        loop {
            let past = past(&mut self.db.begin_read().await?, act, &after).await?;
            let Some(last) = past.last() else { return Ok(moved) };
            after = last.clone();
            let ids: BTreeSet<&str> = past.iter().map(|place| place.record_id.as_str()).collect();
            moved += match self.expire_all(act, &ids).await {
                Err(Common::Contended) => return Err(Common::Contended),
                Err(_) => self.expire_each(act, &ids).await?,
                Ok(moved) => moved,
            };
        }
    }

    /// Ends what can be ended, each record in a transaction of its own.
    async fn expire_each(&self, act: &Act, ids: &BTreeSet<&str>) -> Result<usize, Common> {
        let mut moved = 0;
        for id in ids {
            match self.expire_all(act, &[*id].into()).await {
                Err(Common::Contended) => return Err(Common::Contended),
                Err(problem) => self.set_aside(id, &problem).await?,
                Ok(one) => moved += one,
            }
        }
        Ok(moved)
    }

    async fn expire_all(&self, act: &Act, ids: &BTreeSet<&str>) -> Result<usize, Common> {
        let mut tx = self.begin_act().await?;
        let ids: Vec<&str> = ids.iter().copied().collect();
        let moved = self.expire_locked(&mut tx, act, &ids).await?;
        tx.commit().await?;
        Ok(moved)
    }

    async fn expire_locked(&self, tx: &mut Tx, act: &Act, ids: &[&str]) -> Result<usize, Common> {
        let records = lock_all(tx, ids).await?;
        let mut known = row::of_records(tx, ids).await?;
        let mut events = Vec::with_capacity(records.len());
        for stored in records {
            let id = id_of(&stored.record).to_owned();
            let own: Vec<_> = known.extract_if(.., |publication| publication.record_id == id).collect();
            if own.iter().any(|one| one.is_past(act.today)) {
                events.push(self.expire(tx, act, stored, own).await?);
            }
        }
        if !events.is_empty() {
            self.outbox.append_all(tx, &events).await?;
        }
        Ok(events.len())
    }

    /// Notes why the publications of a record cannot be ended; the log says so once.
    async fn set_aside(&self, id: &str, problem: &Common) -> Result<(), Common> {
        const SQL: &str = "
            UPDATE publication SET problem = '到期未能撤下，须由技术人员处理'
            WHERE record_id = $1 AND problem = '' AND state IN ('Pending', 'Shown')";
        let mut tx = self.db.begin_write().await?;
        let noted = on!(tx, |conn| sqlx::query(SQL).bind(id).execute(conn).await?.rows_affected());
        tx.commit().await?;
        if noted > 0 {
            tracing::error!(record = id, error = %causes(problem), "the publication of a record cannot be ended");
        }
        Ok(())
    }

    /// Ends what is over of one record, which has not been moved yet. Answers the event that tells it.
    pub(super) async fn expire<'a>(
        &self,
        tx: &mut Tx,
        act: &'a Act,
        stored: Stored,
        known: Vec<Publication>,
    ) -> Result<outbox::NewEvent<'a>, Common> {
        let Stored { mut record, state, .. } = stored;
        let before = record.revision;
        record.revision += 1;
        let plan = Plan::to_end(self, act, &record, known, |one| one.is_past(act.today))?;
        let over = row::is_past(plan.publications(), act.today);
        let event = if over { Event::Expire } else { Event::Note };
        let step = RECORD.step(state, event, &Actor::system());
        // An objection that is still open is decided first.
        let to = step.or_else(|_| RECORD.step(state, Event::Note, &Actor::system()))?.to;
        move_to(tx, id_of(&record), before, to).await?;
        let publications = plan.write(tx, act).await?;
        self.forget_duties(tx, act, &record, &publications).await?;
        record.state = to.as_str().to_owned();
        record.publications = self.written(&record, &publications, act.today)?;
        Ok(record_event(act, CHANGED, act.today, record, String::new()))
    }

    /// Books that a record has expired whose terms were over while something else kept it from that, such as an objection or a correction
    /// that nobody can be told of any more. `record` has been moved. Answers whether it did.
    pub(super) async fn book_end(
        &self,
        tx: &mut Tx,
        act: &Act,
        record: &mut pb::Record,
    ) -> Result<bool, Common> {
        let state: State = record.state.parse().map_err(|problem: UnknownState| {
            Common::corrupt(format!("record {}: {problem}", id_of(record)))
        })?;
        let Ok(step) = RECORD.step(state, Event::Expire, &Actor::system()) else { return Ok(false) };
        let known = row::of_record(tx, record).await?;
        // What is still shown, the job for terms ends.
        if !row::is_past(&known, act.today) || !known.iter().all(|one| one.state.is_over()) {
            return Ok(false);
        }
        move_to(tx, id_of(record), record.revision, step.to).await?;
        record.revision += 1;
        record.state = step.to.as_str().to_owned();
        Ok(true)
    }

    /// The same for a record whose objection was dismissed, with the event that tells it.
    ///
    /// # Errors
    /// Failures of the database or of the rulebook; the caller's transaction is then lost.
    pub(in crate::store) async fn expire_uncontested(
        &self,
        tx: &mut Tx,
        act: &Act,
        mut record: pb::Record,
    ) -> Result<(), Common> {
        if self.book_end(tx, act, &mut record).await? {
            let known = row::of_record(tx, &record).await?;
            record.publications = self.written(&record, &known, act.today)?;
            let told = record_event(act, CHANGED, act.today, record, String::new());
            self.outbox.append(tx, &told).await?;
        }
        Ok(())
    }
}

/// A place in the order of ends.
#[derive(Clone, Debug, Default, sqlx::FromRow)]
struct Place {
    ends_on: NaiveDate,
    record_id: String,
}

/// Records with a term that was over before the day of the act and goes on being shown, or waits to be, after a place.
async fn past(tx: &mut Tx, act: &Act, after: &Place) -> Result<Vec<Place>, sqlx::Error> {
    // The words of the index `publication_by_end`.
    const SQL: &str = "
        SELECT ends_on, record_id FROM publication
        WHERE state IN ('Blocked', 'Pending', 'Shown') AND ends_on < $1 AND (ends_on, record_id) > ($2, $3)
        ORDER BY ends_on, record_id LIMIT CAST($4 AS BIGINT)";
    on!(tx, |conn| sqlx::query_as(SQL)
        .bind(act.today)
        .bind(after.ends_on)
        .bind(&after.record_id)
        .bind(BATCH)
        .fetch_all(conn)
        .await)
}
