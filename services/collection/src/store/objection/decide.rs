//! Giving the answer to an objection, or sending it back.

use contract::collection::v1 as pb;
use db::Tx;
use service::auth::Caller;
use service::idempotency::{Claim, Key, claim, store_answer};
use service::machine::Actor;
use service::{Error as Common, FieldErrors};

use super::super::provider::RecordAct;
use super::super::record_row::Stored;
use super::super::{Act, Store, correct::Ground, record};
use super::row;
use crate::convert::{Judge, read_record_at};
use crate::domain::NaturalId;
use crate::error::Error;
use crate::machines;
use crate::machines::objection::{Event, OBJECTION, decision};

/// A decision about a proposed answer.
#[derive(Clone, Debug)]
pub struct AnswerDecision {
    /// The objection.
    pub id: NaturalId,
    /// Whether the answer is given.
    pub granted: bool,
    /// Remark of at most 500 characters.
    pub remark: String,
}

impl Store {
    /// Gives the proposed answer in the name of the caller, or sends it back. A founded objection corrects or withdraws the
    /// record in the same transaction.
    ///
    /// # Errors
    /// [`Error::ObjectionNotFound`], [`Error::NotProvider`]; the caller's office does not act in the field or division of the record;
    /// nothing is proposed; the caller proposed it himself.
    pub async fn decide_answer(
        &self,
        act: &Act,
        key: &Key<'_>,
        caller: &Caller,
        request: &pb::DecideObjectionAnswerRequest,
        decided: &AnswerDecision,
    ) -> Result<pb::Objection, Error> {
        let mut tx = self.begin_act().await?;
        if let Claim::Repeat(answer) = claim(&mut tx, key, request, act.now).await? {
            return Ok(answer);
        }
        let row::Found { mut objection, state, record } = row::find_for(&mut tx, &decided.id, caller).await?;
        let answer = objection.answer.clone().unwrap_or_default();
        let proposer = objection.proposer.clone();
        let actor = self.provider(&record, caller, RecordAct::Answer, act.today)?;
        let actor = actor.on_proposal_of(&proposer).citing(&answer.legal_basis);
        let event = decision(decided.granted, answer.founded);
        let step = OBJECTION.step(state, event, &actor).map_err(Common::from)?;
        objection.decider = caller.subject().to_owned();
        objection.remark.clone_from(&decided.remark);
        // What follows for the record is told as resting on what the answer rests on.
        let act = act.clone().citing(&answer.legal_basis);
        let objection =
            self.change_objection(&mut tx, &act, caller.subject(), &step, objection, &record).await?;
        self.follow_answer(&mut tx, &act, event, record, &objection, &actor).await?;
        store_answer(&mut tx, key, &objection).await?;
        tx.commit().await?;
        Ok(objection)
    }

    /// What an answer does to the record.
    async fn follow_answer(
        &self,
        tx: &mut Tx,
        act: &Act,
        event: Event,
        record: Stored,
        objection: &pb::Objection,
        actor: &Actor<'_>,
    ) -> Result<(), Error> {
        let answer = objection.answer.clone().unwrap_or_default();
        let ground = Ground { reason: &answer.reasons, cause: &objection.name };
        match (event, answer.corrected_record) {
            (Event::Uphold, Some(corrected)) => {
                let judge = Judge { book: &self.book, today: act.today };
                let mut errors = FieldErrors::default();
                let new = read_record_at(&judge, &mut errors, "answer.corrected_record", Some(&corrected));
                let new = new.ok_or(Common::from(errors))?;
                self.correct(tx, act, record, new, actor, ground).await?;
            }
            (Event::Uphold, None) => {
                let withdraw = machines::record::Event::Withdraw;
                self.stop(tx, act, record, withdraw, actor, ground).await?;
            }
            (Event::Dismiss, _) => {
                let step = machines::record::RECORD
                    .step(record.state, machines::record::Event::Dismiss, actor)
                    .map_err(Common::from)?;
                record::note_objection(tx, &record, step.to, "").await?;
                let mut left = record.record;
                step.to.as_str().clone_into(&mut left.state);
                left.open_objection.clear();
                left.revision += 1;
                self.expire_uncontested(tx, act, left).await?;
            }
            _ => {}
        }
        Ok(())
    }
}
