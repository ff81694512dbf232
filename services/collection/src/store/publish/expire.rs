//! Terms that are over: the receivers are told to stop, and a record that nobody shows any more has expired.

use std::collections::BTreeSet;

use db::{Tx, on};
use service::Error as Common;
use service::machine::Actor;

use super::plan::Plan;
use super::row::{self, Publication};
use super::{CHANGED, id_of};
use crate::machines::record::{Event, RECORD};
use crate::store::record::{lock_all, move_to};
use crate::store::record_row::Stored;
use crate::store::take::record_event;
use crate::store::{Act, Store};

/// Terms that one transaction ends.
const BATCH: i64 = 200;

impl Store {
    /// Ends the publications whose terms were over before the day of the act, as the system, whatever the days on which this did
    /// not run. Repeatable. Answers how many records it moved.
    ///
    /// # Errors
    /// [`Common::Contended`], or a failure of the database; what was ended before stays so.
    pub async fn expire_publications(&self, act: &Act) -> Result<usize, Common> {
        let mut moved = 0;
        loop {
            let mut tx = self.db.begin_write().await?;
            let ids = past(&mut tx, act).await?;
            if ids.is_empty() {
                return Ok(moved);
            }
            moved += self.expire_all(&mut tx, act, &ids).await?;
            tx.commit().await?;
        }
    }

    async fn expire_all(&self, tx: &mut Tx, act: &Act, ids: &BTreeSet<String>) -> Result<usize, Common> {
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let records = lock_all(tx, &ids).await?;
        let mut known = row::of_records(tx, &ids).await?;
        let mut events = Vec::with_capacity(records.len());
        for stored in records {
            let id = id_of(&stored.record).to_owned();
            let own = known.extract_if(.., |publication| publication.record_id == id).collect();
            events.push(self.expire(tx, act, stored, own).await?);
        }
        self.outbox.append_all(tx, &events).await?;
        Ok(events.len())
    }

    async fn expire<'a>(
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
        let over = plan.publications().all(|publication| publication.state.is_over());
        let event = if over { Event::Expire } else { Event::Note };
        let step = RECORD.step(state, event, &Actor::system());
        // An objection that is still open is decided first.
        let to = step.or_else(|_| RECORD.step(state, Event::Note, &Actor::system()))?.to;
        move_to(tx, id_of(&record), before, to).await?;
        let publications = plan.write(tx, act).await?;
        record.state = to.as_str().to_owned();
        record.publications = self.written(&record, &publications, act.today)?;
        Ok(record_event(act, CHANGED, act.today, record, String::new()))
    }
}

/// Records with a term that was over before the day of the act and goes on being shown.
async fn past(tx: &mut Tx, act: &Act) -> Result<BTreeSet<String>, sqlx::Error> {
    // The words of the index `publication_by_end`.
    const SQL: &str = "
        SELECT record_id FROM publication WHERE state IN ('Pending', 'Shown') AND ends_on < $1
        ORDER BY ends_on, record_id LIMIT $2";
    let ids: Vec<String> =
        on!(tx, |conn| sqlx::query_scalar(SQL).bind(act.today).bind(BATCH).fetch_all(conn).await)?;
    Ok(ids.into_iter().collect())
}
