//! Orders about enforcement: while one suspends it, the record counts for nothing and is shown to nobody outside.

use chrono::NaiveDate;
use contract::collection::v1 as pb;
use db::{Tx, on};
use domain::DocumentNumber;
use prost::{Message, Name};
use service::Error as Common;
use service::auth::Caller;
use service::idempotency::{Claim, Key, claim, store_answer};

use super::super::provider::RecordAct;
use super::super::record_row::Stored;
use super::super::take::record_event;
use super::super::{Act, Store};
use super::{not_before, row, stored_day};
use crate::domain::NaturalId;
use crate::error::Error;
use crate::machines::remedy::{Event, REMEDY, State};

/// Kind of the event of a record whose decision is not enforced for now.
const SUSPENDED: &str = "collection.record.suspended";
/// Kind of the event of a record whose decision is enforced again.
const RESUMED: &str = "collection.record.resumed";

/// An order to suspend enforcement, or to resume it.
#[derive(Clone, Debug)]
pub struct Order {
    /// The remedy.
    pub id: NaturalId,
    /// Whether it suspends.
    pub suspends: bool,
    /// Its number.
    pub document_no: DocumentNumber,
    /// Its day.
    pub ordered_on: NaiveDate,
    /// Why, 1 to 500 characters.
    pub reason: String,
}

impl Store {
    /// Enters an order about enforcement in the name of the caller.
    ///
    /// # Errors
    /// [`Error::RemedyNotFound`], [`Error::NotProvider`]; the caller's office does not act in the field or division of the record; the
    /// remedy has ended, or the order changes nothing; it lies before the acceptance.
    pub async fn order_enforcement<R: Message + Name>(
        &self,
        act: &Act,
        key: &Key<'_>,
        caller: &Caller,
        request: &R,
        order: &Order,
    ) -> Result<pb::Remedy, Error> {
        let mut tx = self.begin_act().await?;
        if let Claim::Repeat(answer) = claim(&mut tx, key, request, act.now).await? {
            return Ok(answer);
        }
        let row::Found { mut remedy, state, record } = row::find_for(&mut tx, &order.id, caller).await?;
        let accepted_on = stored_day(&remedy.accepted_on, &remedy.name)?;
        not_before(order.ordered_on, accepted_on, "ordered_on", "the acceptance")?;
        let actor = self.provider(&record, caller, RecordAct::Remedy, act.today)?;
        let actor = actor.citing(order.document_no.as_str());
        let event = if order.suspends { Event::Suspend } else { Event::Resume };
        let step = REMEDY.step(state, event, &actor).map_err(Common::from)?;
        remedy.orders.push(pb::EnforcementOrder {
            suspends: order.suspends,
            document_no: order.document_no.to_string(),
            ordered_on: order.ordered_on.to_string(),
            reason: order.reason.clone(),
            officer: caller.subject().to_owned(),
        });
        let remedy = self.change_remedy(&mut tx, act, step.to, remedy, &record).await?;
        let (record, turned) = self.note_suspension(&mut tx, record).await?;
        self.tell_suspension(&mut tx, act, turned, record, &order.reason).await?;
        store_answer(&mut tx, key, &remedy).await?;
        tx.commit().await?;
        Ok(remedy)
    }

    /// Notes at the record which remedy suspends it now; of several the first. Its row is written even when that stays as it is:
    /// of two remedies that change at once, the later sees the earlier.
    pub(super) async fn note_suspension(
        &self,
        tx: &mut Tx,
        mut stored: Stored,
    ) -> Result<(Stored, Option<Turned>), Common> {
        const SUSPENDING: &str = "
            SELECT id FROM remedy WHERE record_id = $1 AND state = $2 ORDER BY created_us, id LIMIT 1";
        const NOTE: &str = "
            UPDATE record SET suspended_by = $3, revision = revision + 1 WHERE key = unhex($1) AND revision = $2";
        let by: Option<String> = on!(tx, |conn| sqlx::query_scalar(SUSPENDING)
            .bind(stored.id())
            .bind(State::Suspended.word())
            .fetch_optional(conn)
            .await)?;
        let by = by.unwrap_or_default();
        let written = on!(tx, |conn| sqlx::query(NOTE)
            .bind(stored.id())
            .bind(stored.record.revision)
            .bind(by.as_str())
            .execute(conn)
            .await?
            .rows_affected());
        if written != 1 {
            return Err(Common::Contended);
        }
        let turned = match (stored.record.suspended_by.is_empty(), by.is_empty()) {
            (true, false) => Some(Turned::Suspended),
            (false, true) => Some(Turned::Resumed),
            _ => None,
        };
        stored.record.suspended_by = if by.is_empty() { by } else { format!("remedies/{by}") };
        stored.record.revision += 1;
        Ok((stored, turned))
    }

    /// Tells a record that counts no longer, or again. One that has ended counts neither way.
    pub(super) async fn tell_suspension(
        &self,
        tx: &mut Tx,
        act: &Act,
        turned: Option<Turned>,
        stored: Stored,
        reason: &str,
    ) -> Result<(), Common> {
        let Some(turned) = turned else { return Ok(()) };
        self.push_changed(tx, act, &stored.record.decided_on, &stored).await?;
        let Stored { mut record, state, .. } = stored;
        if !state.counts() {
            return Ok(());
        }
        // While its decision is not enforced, the public does not see the record; one that was told to nobody yet waits (X4).
        if state.is_told() && turned == Turned::Suspended {
            self.stop_showing(tx, act, &mut record).await?;
        } else if state.is_told() {
            self.tell_again(tx, act, &mut record).await?;
        }
        self.tell_turned(tx, act, turned, record, reason).await
    }

    /// Tells alone that a record counts no longer, or again: whoever reads the feed knows it by this event and by no other, whatever else is
    /// told of the record.
    pub(super) async fn tell_turned(
        &self,
        tx: &mut Tx,
        act: &Act,
        turned: Turned,
        record: pb::Record,
        reason: &str,
    ) -> Result<(), Common> {
        let kind = match turned {
            Turned::Suspended => SUSPENDED,
            Turned::Resumed => RESUMED,
        };
        let told = record_event(act, kind, act.today, record, reason.to_owned());
        self.outbox.append(tx, &told).await?;
        Ok(())
    }
}

/// What became of a record's enforcement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turned {
    /// It is suspended from now on.
    Suspended,
    /// It is suspended no longer.
    Resumed,
}
