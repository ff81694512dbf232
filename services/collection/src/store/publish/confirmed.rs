//! Publications that a law takes, or gives back, once the rulebook says how it treats what was published before it.

use db::{Tx, on};
use rulebook::term::{Confirmed, confirmed};
use service::Error as Common;
use service::machine::Actor;

use super::plan::Plan;
use super::row::{self, Publication};
use super::terms::terms;
use super::{CHANGED, id_of};
use crate::machines::record::{Event, RECORD};
use crate::store::record::{lock_all, move_to};
use crate::store::record_row::Stored;
use crate::store::take::record_event;
use crate::store::{Act, Store, decision};

/// Records that one transaction looks at.
const BATCH: i64 = 200;

impl Store {
    /// Puts publications under the law that governs them by the rulebook, and tells their receivers the new last day. Asks the
    /// database nothing while no law is confirmed. Repeatable. Answers how many records it moved.
    ///
    /// # Errors
    /// [`Common::Contended`], or a failure of the database; what was moved before stays so.
    pub async fn follow_confirmed_laws(&self, act: &Act) -> Result<usize, Common> {
        let mut moved = 0;
        for law in confirmed(&self.book, act.today) {
            let mut after = String::new();
            loop {
                let mut tx = self.begin_act().await?;
                let ids = meant(&mut tx, &law, &after).await?;
                let Some(last) = ids.last() else { break };
                moved += self.put_under_law(&mut tx, act, &ids).await?;
                tx.commit().await?;
                after.clone_from(last);
            }
        }
        Ok(moved)
    }

    async fn put_under_law(&self, tx: &mut Tx, act: &Act, ids: &[String]) -> Result<usize, Common> {
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let records = lock_all(tx, &ids).await?;
        let mut known = row::of_records(tx, &ids).await?;
        let mut events = Vec::new();
        for stored in records {
            let id = stored.id().to_owned();
            let own = known.extract_if(.., |publication| publication.is_of(&id)).collect();
            events.extend(self.retell(tx, act, stored, own).await?);
        }
        if !events.is_empty() {
            self.outbox.append_all(tx, &events).await?;
        }
        Ok(events.len())
    }

    async fn retell<'a>(
        &self,
        tx: &mut Tx,
        act: &'a Act,
        stored: Stored,
        known: Vec<Publication>,
    ) -> Result<Option<outbox::NewEvent<'a>>, Common> {
        let Stored { mut record, state, .. } = stored;
        let mut meant = Vec::new();
        for one in known.iter().filter(|one| one.state.is_told()) {
            if !one.runs_by(&terms(&self.book, &record, one, act.today)?.governing) {
                meant.push(one.chain.clone());
            }
        }
        if meant.is_empty() {
            return Ok(None);
        }
        let before = record.revision;
        record.revision += 1;
        let to = RECORD.step(state, Event::Note, &Actor::system())?.to;
        move_to(tx, id_of(&record), before, to).await?;
        decision::name_texts(tx, vec![&mut record]).await?;
        let plan = Plan::to_tell(self, act, &record, known, |chain, _| meant.iter().any(|one| one == chain))?;
        let publications = plan.write(tx, act).await?;
        record.publications = self.written(&record, &publications, act.today)?;
        Ok(Some(record_event(act, CHANGED, act.today, record, String::new())))
    }
}

/// Ids of the next records with a publication that the law may mean, after `after`.
async fn meant(tx: &mut Tx, law: &Confirmed<'_>, after: &str) -> Result<Vec<String>, sqlx::Error> {
    const SQL: &str = "
        SELECT record_id FROM publication
        WHERE state IN ('Pending', 'Shown') AND chain = $1 AND regime = $2 AND record_id > $3
          AND (ends_on IS NULL OR ends_on >= $4) AND (length(law_choice) > 0 OR $5)
        ORDER BY record_id LIMIT CAST($6 AS BIGINT)";
    on!(tx, |conn| sqlx::query_scalar(SQL)
        .bind(law.chain)
        .bind(law.regime)
        .bind(after)
        .bind(law.from)
        .bind(!law.chosen)
        .bind(BATCH)
        .fetch_all(conn)
        .await)
}
