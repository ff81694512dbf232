//! Working on an objection: others must verify, an answer is proposed.

use contract::collection::v1 as pb;
use db::Tx;
use service::Error as Common;
use service::auth::Caller;
use service::idempotency::{Claim, Key, claim, store_answer};
use service::machine::Actor;

use super::super::provider::RecordAct;
use super::super::{Act, Store};
use super::row;
use crate::domain::{NaturalId, NewRecord};
use crate::error::Error;
use crate::machines;
use crate::machines::objection::{Event, OBJECTION};

/// Others must verify.
#[derive(Clone, Debug)]
pub struct VerifyByOthers {
    /// The objection.
    pub id: NaturalId,
    /// Who must verify what, 1 to 500 characters.
    pub reason: String,
}

/// An answer to propose.
#[derive(Clone, Debug)]
pub struct ProposedAnswer {
    /// The objection.
    pub id: NaturalId,
    /// As sent, its texts checked.
    pub answer: pb::ObjectionAnswer,
    /// What the record is to say, checked; for a founded objection that does not withdraw it.
    pub corrected: Option<NewRecord>,
}

impl Store {
    /// Says in the name of the caller that others must verify.
    ///
    /// # Errors
    /// [`Error::ObjectionNotFound`], [`Error::NotProvider`]; the caller's office does not act in the field or division of the record;
    /// others verified before, or an answer is proposed or given.
    pub async fn extend_objection(
        &self,
        act: &Act,
        key: &Key<'_>,
        caller: &Caller,
        request: &pb::ExtendObjectionRequest,
        verify: &VerifyByOthers,
    ) -> Result<pb::Objection, Error> {
        let mut tx = self.begin_act().await?;
        if let Claim::Repeat(answer) = claim(&mut tx, key, request, act.now).await? {
            return Ok(answer);
        }
        let mut found = row::find_for(&mut tx, &verify.id, caller).await?;
        let actor = self.provider(&found.record, caller, RecordAct::Answer, act.today)?;
        found.objection.extension_reason.clone_from(&verify.reason);
        let answer = self.step_objection(&mut tx, act, &actor, Event::Extend, found).await?;
        store_answer(&mut tx, key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Proposes an answer in the name of the caller.
    ///
    /// # Errors
    /// [`Error::ObjectionNotFound`], [`Error::NotProvider`]; the caller's office does not act in the field or division of the record,
    /// or in those of the corrected one; an answer is proposed or given; the record could not be corrected so, or not everybody who
    /// shows it told.
    pub async fn propose_answer(
        &self,
        act: &Act,
        key: &Key<'_>,
        caller: &Caller,
        request: &pb::ProposeObjectionAnswerRequest,
        proposed: &ProposedAnswer,
    ) -> Result<pb::Objection, Error> {
        let mut tx = self.begin_act().await?;
        if let Claim::Repeat(answer) = claim(&mut tx, key, request, act.now).await? {
            return Ok(answer);
        }
        let mut found = row::find_for(&mut tx, &proposed.id, caller).await?;
        let actor = self.provider(&found.record, caller, RecordAct::Answer, act.today)?;
        if let Some(new) = &proposed.corrected {
            const PATH: &str = "answer.corrected_record";
            found.record.may_be_put_by(caller, new)?;
            machines::record::RECORD
                .step(
                    found.record.state,
                    machines::record::Event::Correct,
                    &actor.citing(&proposed.answer.legal_basis),
                )
                .map_err(Common::from)?;
            let new = found.record.corrected_by(new.clone(), PATH)?;
            self.assert_no_person(act, &found.record, &new, PATH)?;
            self.assert_tellable(&mut tx, act, &found.record, &new, PATH).await?;
        }
        found.objection.answer = Some(proposed.answer.clone());
        found.objection.proposer = caller.subject().to_owned();
        (found.objection.decider, found.objection.remark) = (String::new(), String::new());
        let answer = self.step_objection(&mut tx, act, &actor, Event::Propose, found).await?;
        store_answer(&mut tx, key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    async fn step_objection(
        &self,
        tx: &mut Tx,
        act: &Act,
        actor: &Actor<'_>,
        event: Event,
        found: row::Found,
    ) -> Result<pb::Objection, Error> {
        let step = OBJECTION.step(found.state, event, actor).map_err(Common::from)?;
        let row::Found { objection, record, .. } = found;
        Ok(self.change_objection(tx, act, actor.person, &step, objection, &record).await?)
    }
}
