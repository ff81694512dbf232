//! Records that follow from what other services decided: they carry their origin and are never sent back to it.

use chrono::NaiveDate;
use contract::collection::v1 as pb;
use contract::collection::v1::record::Content;
use db::{Tx, on};
use domain::Uscc;
use service::Error as Common;
use service::machine::Actor;

use super::correct::{Ground, keep_past};
use super::party;
use super::record::find;
use super::record_row::Stored;
use super::take::{record_event, take_records};
use super::{Act, Store};
use crate::domain::{NaturalId, NewRecord};
use crate::machines::record::{Event, RECORD};

/// Kind of the event of a record that its origin told more about.
const CHANGED: &str = "collection.record.changed";
/// Why a version gave way that others were told of: its origin says something else.
const TOLD_ANEW: &str = "来源系统更新";

/// Code set of results of checks, and its tag of those that another has to replace.
const RESULTS: &str = "inspection_result";
const PROVISIONAL: &str = "provisional";

impl Store {
    /// The id under which what inspection tells of a visit is known here: `id`, by its natural key, but that of a record of its own for a
    /// final `result` where the record of its pending problem was withdrawn. What was withdrawn does not come back, and the final result
    /// stands all the same: inspection withdraws none that takes the place of a pending one. `on`: day of the visit.
    ///
    /// # Errors
    /// Failures of the database; the caller's transaction is then lost.
    pub async fn id_of_result(
        &self,
        tx: &mut Tx,
        id: NaturalId,
        result: &str,
        on: NaiveDate,
    ) -> Result<NaturalId, Common> {
        let is_provisional =
            |code: &str| self.book.code(RESULTS, code, on).is_some_and(|code| code.has_tag(PROVISIONAL));
        if is_provisional(result) {
            return Ok(id);
        }
        let Some(stored) = find(tx, &id).await? else { return Ok(id) };
        let Some(Content::Inspection(before)) = &stored.record.content else { return Ok(id) };
        if stored.state.counts() || !is_provisional(&before.result) {
            return Ok(id);
        }
        Ok(NaturalId::of("record", &["final", id.as_str()]))
    }

    /// Takes a record derived from `origin`, or brings the one with its natural key up to date when it says more. Saying
    /// the same again, or anything about a record that has ended, changes nothing. What was published is kept as a version, and goes on
    /// being shown until its origin publishes what is said now: see [`publish_derived`](Self::publish_derived).
    ///
    /// # Errors
    /// Failures of the database; the caller's transaction is then lost.
    pub async fn take_derived(
        &self,
        tx: &mut Tx,
        act: &Act,
        origin: &'static str,
        new: &NewRecord,
    ) -> Result<(), Common> {
        party::stay(tx).await?;
        match find(tx, &new.id).await? {
            None => take_records(self, tx, act, origin, &[new]).await.map(drop),
            Some(stored) => self.update_derived(tx, act, stored, new).await,
        }
    }

    async fn update_derived(
        &self,
        tx: &mut Tx,
        act: &Act,
        stored: Stored,
        new: &NewRecord,
    ) -> Result<(), Common> {
        const SQL: &str = "
            UPDATE record SET content = $3, decided_on = $4, state = $5, party_name = $6, revision = revision + 1
            WHERE key = unhex($1) AND revision = $2";
        let (before, told) = (&stored.record, &new.message);
        let unchanged = before.content == told.content && before.party_name == told.party_name;
        let Ok(step) = RECORD.step(stored.state, Event::Update, &Actor::system()) else { return Ok(()) };
        if unchanged {
            return Ok(());
        }
        if stored.state.is_told() {
            let cited = act.clone().citing(new.document_no.as_str());
            keep_past(tx, &cited, &stored, Ground { reason: TOLD_ANEW, cause: "" }).await?;
        }
        let moved = on!(tx, |conn| sqlx::query(SQL)
            .bind(new.id.as_str())
            .bind(stored.record.revision)
            .bind(new.content.as_slice())
            .bind(new.decided_on)
            .bind(step.to.as_str())
            .bind(new.party_name.as_str())
            .execute(conn)
            .await?
            .rows_affected());
        if moved != 1 {
            return Err(Common::Contended);
        }
        let record = pb::Record {
            name: stored.record.name,
            state: step.to.as_str().to_owned(),
            division: stored.record.division,
            origin: stored.record.origin,
            revision: stored.record.revision + 1,
            receive_time: stored.record.receive_time,
            open_objection: stored.record.open_objection,
            suspended_by: stored.record.suspended_by,
            ..new.message.clone()
        };
        let told = record_event(act, CHANGED, act.today, record, String::new());
        self.outbox.append(tx, &told).await.map(drop)?;
        Ok(())
    }

    /// Withdraws a derived record because its origin says that the fact was void. A record that is not there, or has ended,
    /// stays as it is.
    ///
    /// # Errors
    /// Failures of the database; the caller's transaction is then lost.
    pub async fn retract_derived(
        &self,
        tx: &mut Tx,
        act: &Act,
        new: &NewRecord,
        reason: &str,
    ) -> Result<(), Common> {
        party::stay(tx).await?;
        let Some(stored) = find(tx, &new.id).await? else { return Ok(()) };
        if !RECORD.events_from(stored.state).any(|event| event == Event::Retract) {
            return Ok(());
        }
        let ground = Ground { reason, cause: "" };
        self.stop(tx, act, stored, Event::Retract, &Actor::system(), ground).await.map(drop)
    }

    /// Office that answers for a record; `None` while there is none.
    ///
    /// # Errors
    /// Failures of the database; the caller's transaction is then lost.
    pub async fn responsible(&self, tx: &mut Tx, id: &NaturalId) -> Result<Option<String>, Common> {
        let provenance = find(tx, id).await?.and_then(|stored| stored.record.provenance);
        Ok(provenance.map(|provenance| provenance.responsible))
    }

    /// Name under which a party is registered; `None` while it is not.
    ///
    /// # Errors
    /// Failures of the database; the caller's transaction is then lost.
    pub async fn registered_name(&self, tx: &mut Tx, uscc: &Uscc) -> Result<Option<String>, Common> {
        Ok(party::name_of(tx, uscc).await?)
    }
}
