//! What officers decide about measures.

use contract::punishment::v1 as pb;
use db::Tx;
use prost::Message;
use service::idempotency::{self, Claim};

use super::derive::ending;
use super::row::find;
use crate::api::convert;
use crate::domain::measure::{Measure, MeasureName};
use crate::error::Error;
use crate::machines::measure::{Event, upheld};
use crate::store::{Act, Store};

/// A decision about one measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MeasureChange {
    /// Its basis carries it; the actor cites it.
    Confirm,
    /// Its basis does not carry it.
    Reject {
        /// Why.
        reason: String,
    },
    /// The party contests it.
    Contest {
        /// What it says.
        reason: String,
    },
    /// The answer to that.
    Decide(ContestAnswer),
}

/// The answer to a contested measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContestAnswer {
    /// Whether the party is right.
    pub founded: bool,
    /// Why.
    pub reason: String,
}

impl Store {
    /// Decides about a measure.
    ///
    /// # Errors
    /// [`Error::MeasureNotFound`]; [`Error::BasisDiffers`] when another basis is confirmed than the list has;
    /// [`Error::ReceiverNotTold`]; a refusal of the machine.
    pub async fn change_measure(
        &self,
        act: &Act<'_>,
        body: &impl Message,
        name: &MeasureName,
        change: &MeasureChange,
    ) -> Result<pb::Measure, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = idempotency::claim(&mut tx, &act.key, body, act.now).await? {
            return Ok(answer);
        }
        let before = find(&mut tx, name).await?;
        let after = self.changed(&mut tx, act, &before, change).await?;
        let answer = convert::measure::told(&after);
        idempotency::store_answer(&mut tx, &act.key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    async fn changed(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        before: &Measure,
        change: &MeasureChange,
    ) -> Result<Measure, Error> {
        match change {
            MeasureChange::Confirm => self.confirm(tx, act, before).await,
            MeasureChange::Reject { reason } => {
                self.lift(tx, act, before).await?;
                self.step_measure(tx, act, before, Event::Reject, reason, ending(reason, act.today())).await
            }
            MeasureChange::Contest { reason } => {
                let contest = |measure: &mut Measure| measure.contest.clone_from(reason);
                self.step_measure(tx, act, before, Event::Contest, reason, contest).await
            }
            MeasureChange::Decide(ContestAnswer { founded: false, reason }) => {
                self.step_measure(tx, act, before, upheld(before.reach()), reason, |_| {}).await
            }
            MeasureChange::Decide(ContestAnswer { founded: true, reason }) => {
                self.lift(tx, act, before).await?;
                let lifted =
                    self.step_measure(tx, act, before, Event::Lift, reason, ending(reason, act.today()));
                let lifted = lifted.await?;
                self.send_end(tx, act, lifted).await
            }
        }
    }

    /// Has party checks name it no longer. Before its step: whoever ends the entry locks what stands first, and then its measures.
    async fn lift(&self, tx: &mut Tx, act: &Act<'_>, measure: &Measure) -> Result<(), Error> {
        let trigger = &measure.trigger;
        self.lift_measure(tx, (&trigger.entry, &trigger.uscc), &measure.code, act.today()).await
    }

    /// The officer says which basis was checked: it is the one of the list, or the wrong text was looked at.
    async fn confirm(&self, tx: &mut Tx, act: &Act<'_>, before: &Measure) -> Result<Measure, Error> {
        let cited = act.actor.legal_basis.unwrap_or_default().trim();
        if !cited.is_empty() && cited != before.basis {
            return Err(Error::BasisDiffers { name: before.name.clone(), basis: before.basis.clone() });
        }
        let by = |measure: &mut Measure| measure.confirmed_by = Some(act.actor.person.to_owned());
        let confirmed = self.step_measure(tx, act, before, Event::Confirm, "", by).await?;
        self.send_measure(tx, act, &confirmed).await
    }
}
