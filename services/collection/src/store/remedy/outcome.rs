//! The outcome of a remedy, and what it does to the record.

use chrono::NaiveDate;
use contract::collection::v1 as pb;
use db::Tx;
use domain::DocumentNumber;
use service::auth::Caller;
use service::idempotency::{Claim, Key, claim, store_answer};
use service::machine::{Actor, Step};
use service::obligation::{self, Matter, NewDuty};
use service::{Error as Common, FieldErrors};

use super::super::correct::Ground;
use super::super::provider::RecordAct;
use super::super::record_row::Stored;
use super::super::{Act, Store};
use super::{not_before, row, stored_day};
use crate::domain::{NaturalId, NewRecord};
use crate::error::Error;
use crate::machines::record;
use crate::machines::remedy::{Effect, Event, REMEDY, State};

/// An outcome to enter.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The remedy.
    pub id: NaturalId,
    /// Outcome, a code of the set `remedy_outcome`.
    pub code: String,
    /// What it does.
    pub event: Event,
    /// Number of the decision or judgment.
    pub document_no: DocumentNumber,
    /// Day of it.
    pub decided_on: NaiveDate,
    /// What it says, 1 to 500 characters.
    pub summary: String,
    /// What the record is to say, checked; for a changed decision.
    pub corrected: Option<NewRecord>,
}

impl Store {
    /// Enters the outcome of a remedy in the name of the caller; the record is corrected or withdrawn in the same transaction.
    ///
    /// # Errors
    /// [`Error::RemedyNotFound`], [`Error::NotProvider`]; the caller's office does not act in the field or division of the record, or
    /// in those of the corrected one; the remedy has ended; the outcome lies before the acceptance; a changed decision comes without
    /// the corrected record.
    pub async fn enter_outcome(
        &self,
        act: &Act,
        key: &Key<'_>,
        caller: &Caller,
        request: &pb::RecordRemedyOutcomeRequest,
        outcome: &Outcome,
    ) -> Result<pb::Remedy, Error> {
        let mut tx = self.begin_act().await?;
        if let Claim::Repeat(answer) = claim(&mut tx, key, request, act.now).await? {
            return Ok(answer);
        }
        let row::Found { mut remedy, state, record } = row::find_for(&mut tx, &outcome.id, caller).await?;
        if let Some(new) = &outcome.corrected {
            record.may_be_put_by(caller, new)?;
        }
        let accepted_on = stored_day(&remedy.accepted_on, &remedy.name)?;
        not_before(outcome.decided_on, accepted_on, "outcome.decided_on", "the acceptance")?;
        let actor = self.provider(&record, caller, RecordAct::Remedy, act.today)?;
        let actor = actor.citing(outcome.document_no.as_str());
        let step = REMEDY.step(state, outcome.event, &actor).map_err(Common::from)?;
        remedy.outcome = Some(pb::RemedyOutcome {
            code: outcome.code.clone(),
            document_no: outcome.document_no.to_string(),
            decided_on: outcome.decided_on.to_string(),
            summary: outcome.summary.clone(),
            officer: caller.subject().to_owned(),
        });
        let remedy = self.change_remedy(&mut tx, act, step.to, remedy, &record).await?;
        self.clock(&mut tx, act, &step, outcome, &remedy, &record, actor.person).await?;
        self.follow_outcome(&mut tx, act, outcome, record, &remedy.name, &actor).await?;
        store_answer(&mut tx, key, &remedy).await?;
        tx.commit().await?;
        Ok(remedy)
    }

    /// The duty to put the record right runs from the day of the outcome, and ends with this act: it shows whether it came in time.
    /// An outcome from before the rule had no time to be in.
    #[allow(clippy::too_many_arguments, reason = "what is due, from when, about what, and who does it")]
    async fn clock(
        &self,
        tx: &mut Tx,
        act: &Act,
        step: &Step<State>,
        outcome: &Outcome,
        remedy: &pb::Remedy,
        record: &Stored,
        person: &str,
    ) -> Result<(), Common> {
        let Some(kind) = step.due else { return Ok(()) };
        let Some(owner) = record.owner(&self.book) else { return Ok(()) };
        let matter = Matter { subject: &remedy.name, ..record.matter(Some(&owner)) };
        let start_on = outcome.decided_on;
        let duty = NewDuty { matter, kind, office: owner.as_str(), parameter: kind, start_on };
        obligation::open_in_force(tx, &duty, &self.book).await?;
        obligation::fulfil(tx, &remedy.name, kind, person, act.today).await?;
        Ok(())
    }

    /// What an outcome does to the record: its suspension ends, and a record that still counts is corrected or withdrawn. One that whoever
    /// provides it has corrected before says already what the body decided, and stays.
    async fn follow_outcome(
        &self,
        tx: &mut Tx,
        act: &Act,
        outcome: &Outcome,
        record: Stored,
        remedy: &str,
        actor: &Actor<'_>,
    ) -> Result<(), Error> {
        let (record, turned) = self.note_suspension(tx, record).await?;
        let ground = Ground { reason: &outcome.summary, cause: remedy };
        match (outcome.event.effect().filter(|_| record.state.counts()), &outcome.corrected) {
            (Some(Effect::Correct), Some(new)) => {
                match self.correct(tx, act, record.clone(), new.clone(), actor, ground).await {
                    Err(Error::NothingToCorrect(_)) => {
                        self.tell_suspension(tx, act, turned, record, &outcome.summary).await?;
                    }
                    corrected => {
                        let corrected = corrected?;
                        if let Some(turned) = turned {
                            self.tell_turned(tx, act, turned, corrected, &outcome.summary).await?;
                        }
                    }
                }
            }
            (Some(Effect::Correct), None) => {
                return Err(Common::from(FieldErrors::one("corrected_record", "must be given")).into());
            }
            (Some(Effect::Withdraw), _) => {
                self.stop(tx, act, record, record::Event::Withdraw, actor, ground).await?;
            }
            (None, _) => self.tell_suspension(tx, act, turned, record, &outcome.summary).await?,
        }
        Ok(())
    }
}
