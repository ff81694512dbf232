//! Handing records over: a job that looks at what is due, in batches, apart from the imports that take records.

use db::{Tx, on};
use service::Error as Common;
use service::error::causes;
use service::machine::Actor;
use service::obligation;

use super::plan::Plan;
use super::row::{self, Publication};
use super::settle::is_published_anew;
use super::{AGAIN_US, CHANGED, id_of, look_again, put_off};
use crate::domain::Kind;
use crate::domain::chain::chains_of;
use crate::machines::chain::State;
use crate::machines::record::{Event, PUBLISH_DOUBLE, PUBLISH_INSPECTION, PUBLISH_PENALTY, RECORD};
use crate::store::record::{lock_all, move_to};
use crate::store::record_row::Stored;
use crate::store::take::record_event;
use crate::store::{Act, Store, decision};

/// Records of one transaction: it holds up an import for the time of a few hundred rows.
const BATCH: i64 = 200;

impl Store {
    /// Hands over the next records that are to be published, at most 200; answers how many it looked at. Each chain is told
    /// once; one that cannot be told is tried again after a day, and so is a record that cannot be handed over at all: it keeps none
    /// of the others from it.
    ///
    /// # Errors
    /// [`Common::Contended`], or a failure of the database; then nothing was handed over.
    pub async fn submit_due(&self, act: &Act) -> Result<usize, Common> {
        match self.submit_all(act, None).await {
            Err(Common::Contended) => Err(Common::Contended),
            Err(_) => self.submit_each(act).await,
            handed => handed,
        }
    }

    /// Hands over what can be, each record in a transaction of its own.
    async fn submit_each(&self, act: &Act) -> Result<usize, Common> {
        let ids = due(&mut self.db.begin_read().await?, act).await?;
        for id in &ids {
            match self.submit_all(act, Some(id)).await {
                Err(Common::Contended) => return Err(Common::Contended),
                Err(problem) => {
                    tracing::error!(record = %id, error = %causes(&problem), "a record cannot be handed over");
                    put_off(&self.db, id, act.now.plus_micros(AGAIN_US)).await?;
                }
                Ok(_) => {}
            }
        }
        Ok(ids.len())
    }

    /// Hands over those that are due, or one of them, in one transaction.
    async fn submit_all(&self, act: &Act, only: Option<&str>) -> Result<usize, Common> {
        let mut tx = self.begin_act().await?;
        let ids = match only {
            Some(id) => vec![id.to_owned()],
            None => due(&mut tx, act).await?,
        };
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let mut records = lock_all(&mut tx, &ids).await?;
        decision::name_texts(&mut tx, records.iter_mut().map(|stored| &mut stored.record).collect()).await?;
        let mut known = row::of_records(&mut tx, &ids).await?;
        let mut events = Vec::with_capacity(records.len());
        for stored in records {
            let id = id_of(&stored.record).to_owned();
            let own = known.extract_if(.., |publication| publication.record_id == id).collect();
            events.extend(self.submit(&mut tx, act, stored, own).await?);
        }
        if !events.is_empty() {
            self.outbox.append_all(&mut tx, &events).await?;
        }
        tx.commit().await?;
        Ok(ids.len())
    }

    async fn submit<'a>(
        &self,
        tx: &mut Tx,
        act: &'a Act,
        stored: Stored,
        known: Vec<Publication>,
    ) -> Result<Option<outbox::NewEvent<'a>>, Common> {
        let Stored { mut record, state, .. } = stored;
        if !record.suspended_by.is_empty() {
            // Its decision is not enforced: it waits, and is looked at again until it is (X4).
            look_again(tx, &record, Some(act.now.plus_micros(AGAIN_US))).await?;
            return Ok(None);
        }
        // A suspension that ended has any record looked at: what is not to be published is left alone.
        if known.is_empty() && !is_due(tx, &record.name).await? {
            look_again(tx, &record, None).await?;
            return Ok(None);
        }
        let before = record.revision;
        record.revision += 1;
        // One that was told to stop, under the name of another party, is told anew: receivers take what they are told in order.
        let waits =
            |_: &str, state: Option<State>| state.is_none_or(|state| state.is_outdated() || !state.is_told());
        let plan = Plan::to_tell(self, act, &record, known, waits)?;
        let again = plan.publications().any(|one| one.state.is_blocked() || one.state.is_outdated());
        let again = again.then(|| act.now.plus_micros(AGAIN_US));
        let leads_to = |event| RECORD.events_from(state).any(|possible| possible == event);
        let publishes = leads_to(Event::Publish) && is_published_anew(plan.publications());
        if !plan.changes() && !publishes {
            look_again(tx, &record, again).await?;
            return Ok(None);
        }
        let event = match publishes {
            true => Event::Publish,
            false if plan.tells() && leads_to(Event::Submit) => Event::Submit,
            false => Event::Note,
        };
        let to = RECORD.step(state, event, &Actor::system())?.to;
        move_to(tx, id_of(&record), before, to).await?;
        look_again(tx, &record, again).await?;
        let publications = plan.write(tx, act).await?;
        self.forget_duties(tx, act, &record, &publications).await?;
        self.follow_outdated(tx, act, &record, &publications).await?;
        record.state = to.as_str().to_owned();
        record.publications = self.written(&record, &publications, act.today)?;
        Ok(Some(record_event(act, CHANGED, act.today, record, String::new())))
    }

    /// Nothing is due on a chain whose term was over before it could be told.
    pub(super) async fn forget_duties(
        &self,
        tx: &mut Tx,
        act: &Act,
        record: &contract::collection::v1::Record,
        publications: &[Publication],
    ) -> Result<(), Common> {
        let Some(content) = &record.content else { return Ok(()) };
        for chain in chains_of(Kind::of(content)) {
            let over = |one: &&Publication| one.chain == chain.receiver && one.is_past(act.today);
            if publications.iter().find(over).is_some_and(|one| one.state.is_over()) {
                obligation::fulfil(tx, &record.name, chain.duty, &act.context.actor, act.today).await?;
            }
        }
        Ok(())
    }
}

/// Whether a record has a publication that is still due: only what was worth a duty is handed over.
async fn is_due(tx: &mut Tx, record: &str) -> Result<bool, sqlx::Error> {
    const SQL: &str = "
        SELECT COUNT(*) FROM obligation WHERE subject = $1 AND done_on IS NULL AND kind IN ($2, $3, $4)";
    let open: i64 = on!(tx, |conn| sqlx::query_scalar(SQL)
        .bind(record)
        .bind(PUBLISH_PENALTY)
        .bind(PUBLISH_DOUBLE)
        .bind(PUBLISH_INSPECTION)
        .fetch_one(conn)
        .await)?;
    Ok(open > 0)
}

async fn due(tx: &mut Tx, act: &Act) -> Result<Vec<String>, sqlx::Error> {
    // The words of the index `record_to_publish`: a parameter in their place would read the whole table.
    const SQL: &str = "
        SELECT id FROM record
        WHERE publish_at_us <= $1 AND publish_at_us IS NOT NULL
          AND state IN ('Attached', 'PublishPending', 'Published', 'Objected', 'Corrected')
        ORDER BY publish_at_us, key LIMIT CAST($2 AS BIGINT)";
    on!(tx, |conn| sqlx::query_scalar(SQL).bind(act.now.micros()).bind(BATCH).fetch_all(conn).await)
}
