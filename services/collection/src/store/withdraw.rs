//! Withdrawing a record: it stops counting and is kept (order 45 art 11).

use contract::collection::v1 as pb;
use db::Tx;
use domain::{DivisionCode, FieldCode};
use service::Error as Common;
use service::auth::Caller;
use service::idempotency::{Claim, Key, claim, store_answer};
use service::machine::{Actor, Step};
use service::obligation::{self, Matter, NewDuty};

use super::correct::Ground;
use super::provider::RecordAct;
use super::record::{find, note_objection};
use super::record_row::Stored;
use super::take::record_event;
use super::{Act, Store};
use crate::domain::publication::answers_for;
use crate::domain::{Kind, NaturalId};
use crate::error::Error;
use crate::machines::record::{Event, RECORD, State};

/// Kind of the event of a record that stopped counting.
const WITHDRAWN: &str = "collection.record.withdrawn";

/// What is to be withdrawn, and why.
#[derive(Clone, Debug)]
pub struct Withdrawal {
    /// The record.
    pub id: NaturalId,
    /// Why, 1 to 500 characters.
    pub reason: String,
    /// Document that changed, revoked or annulled the basis, 1 to 500 characters.
    pub legal_basis: String,
}

impl Store {
    /// Withdraws a record in the name of the caller.
    ///
    /// # Errors
    /// [`Error::RecordNotFound`], [`Error::NotProvider`]; the caller's office does not act in its field or division; the record is
    /// withdrawn already.
    pub async fn withdraw_record(
        &self,
        act: &Act,
        key: &Key<'_>,
        caller: &Caller,
        request: &pb::WithdrawRecordRequest,
        withdrawal: &Withdrawal,
    ) -> Result<pb::Record, Error> {
        let mut tx = self.begin_act().await?;
        if let Claim::Repeat(answer) = claim(&mut tx, key, request, act.now).await? {
            return Ok(answer);
        }
        let id = &withdrawal.id;
        let stored = find(&mut tx, id).await?.ok_or_else(|| Error::RecordNotFound(id.clone()))?;
        stored.may_be_touched_by(caller)?;
        let actor = self.provider(&stored, caller, RecordAct::Withdraw, act.today)?;
        let actor = actor.citing(&withdrawal.legal_basis);
        let ground = Ground { reason: &withdrawal.reason, cause: "" };
        let answer = self.stop(&mut tx, act, stored, Event::Withdraw, &actor, ground).await?;
        store_answer(&mut tx, key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Ends a record by `event`: nothing is due for it any more but that those stop who show it, an objection by which it does not
    /// end has lapsed, and everyone is told.
    pub(super) async fn stop(
        &self,
        tx: &mut Tx,
        act: &Act,
        stored: Stored,
        event: Event,
        actor: &Actor<'_>,
        ground: Ground<'_>,
    ) -> Result<pb::Record, Common> {
        let step = RECORD.step(stored.state, event, actor)?;
        if stored.record.open_objection != ground.cause {
            self.lapse_objection(tx, act, &stored, ground.reason).await?;
        }
        note_objection(tx, &stored, step.to, "").await?;
        self.end_push(tx, act, &stored).await?;
        let Stored { mut record, field, division, .. } = stored;
        record.state = step.to.as_str().to_owned();
        record.open_objection.clear();
        record.revision += 1;
        for kind in step.fulfils {
            obligation::fulfil(tx, &record.name, kind, actor.person, act.today).await?;
        }
        if self.stop_showing(tx, act, &mut record).await? {
            self.follow_withdrawal(tx, act, &step, &record, field.as_ref(), division.as_ref()).await?;
        }
        let told = record_event(act, WITHDRAWN, act.today, record.clone(), ground.reason.to_owned());
        self.outbox.append(tx, &told).await?;
        Ok(record)
    }

    /// Opens what is due until every receiver that was told of a record has stopped showing it.
    async fn follow_withdrawal(
        &self,
        tx: &mut Tx,
        act: &Act,
        step: &Step<State>,
        record: &pb::Record,
        field: Option<&FieldCode>,
        division: Option<&DivisionCode>,
    ) -> Result<(), Common> {
        let kind = record.content.as_ref().map_or(Kind::Inspection, Kind::of);
        let owner = answers_for(&self.book, kind, &record.field);
        for duty in step.obliges() {
            let matter = Matter { subject: &record.name, field, division, owner: None };
            let (kind, parameter) = (duty.kind, duty.parameter);
            let new = NewDuty { matter, kind, office: &owner, parameter, start_on: act.today };
            obligation::open_in_force(tx, &new, &self.book).await?;
        }
        Ok(())
    }
}
