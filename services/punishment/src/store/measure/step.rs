//! One step of a measure: its row, its duties, its event.

use contract::punishment::v1::MeasureEvent;
use db::Tx;
use service::machine::Actor;
use service::obligation::{self, Matter};

use super::CHANGED;
use super::report::begin_period;
use super::row::{find, update};
use crate::api::convert;
use crate::domain::measure::Measure;
use crate::error::Error;
use crate::machines::measure::{Event, FEEDBACK, MEASURE, State};
use crate::store::{Act, Store};

impl Store {
    /// Moves a measure by one event, and tells of it. `change` notes what comes with the step, beside the state.
    pub(super) async fn step_measure(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        before: &Measure,
        event: Event,
        reason: &str,
        change: impl FnOnce(&mut Measure),
    ) -> Result<Measure, Error> {
        let after = self.move_measure(tx, act, before, event, change).await?;
        self.tell_measure(tx, act, &after, Some(before.state), reason).await?;
        Ok(after)
    }

    /// As [`step_measure`](Self::step_measure), for whoever tells of it in other words.
    pub(super) async fn move_measure(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        before: &Measure,
        event: Event,
        change: impl FnOnce(&mut Measure),
    ) -> Result<Measure, Error> {
        let actor = act.actor.on_proposal_of(before.proposer());
        let step = MEASURE.step(before.state, event, &actor)?;
        let mut after =
            Measure { state: step.to, revision: before.revision + 1, updated_at: act.now, ..before.clone() };
        change(&mut after);
        update(tx, &after, before.revision).await?;
        if step.obliges().any(|duty| duty.kind == FEEDBACK) {
            begin_period(tx, &after.name).await?;
        }
        let subject = after.name.to_string();
        let matter = Matter {
            subject: &subject,
            field: None,
            division: Some(&after.trigger.division),
            owner: Some(&after.implementer),
        };
        obligation::follow(tx, &step, &matter, act.actor.person, act.today(), &self.book).await?;
        // With the systems as they stand now, and the last day of the duties that are open now.
        find(tx, &after.name).await
    }

    pub(super) async fn tell_measure(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        measure: &Measure,
        before: Option<State>,
        reason: &str,
    ) -> Result<(), Error> {
        let payload = MeasureEvent {
            measure: Some(convert::measure::told(measure)),
            previous_state: before.map_or_else(String::new, |state| state.word().to_owned()),
            reason: reason.to_owned(),
        };
        self.tell(tx, act, CHANGED, measure.trigger.uscc.as_str(), act.today(), &payload).await
    }
}

/// The same act, taken by the system because of it.
pub(super) fn by_system<'a>(act: &Act<'a>) -> Act<'a> {
    Act { actor: Actor::system(), ..*act }
}
