//! The steps of a drafted plan: review, approval, filing, publication; or that it is given up.

use contract::inspection::v1 as pb;
use prost::Message;
use service::idempotency::Claim;
use service::machine::Actor;

use super::{month, row};
use crate::convert::plan::plan_to_pb;
use crate::domain::PlanName;
use crate::error::Error;
use crate::machines::plan::{Event, PLAN};
use crate::store::{Act, Store};

/// A step, and what it puts on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moving {
    /// The step.
    pub event: Event,
    /// Number of the document with which the plan was filed.
    pub document_no: Option<String>,
    /// Why the version is given up.
    pub cancelled_for: Option<String>,
}

impl Moving {
    /// A step that puts nothing else on record.
    pub fn of(event: Event) -> Self {
        Self { event, document_no: None, cancelled_for: None }
    }
}

impl Store {
    /// Moves a version of a plan. The version in force gives way to one that is published, whose months are duties from then on; while one is
    /// given up it stays in force.
    ///
    /// # Errors
    /// [`Error::PlanNotFound`]; [`Error::PlanHasConflicts`] for the approval of what cannot be met; the refusal of the machine.
    pub async fn move_plan(
        &self,
        act: &Act<'_>,
        body: &impl Message,
        name: &PlanName,
        moving: Moving,
    ) -> Result<pb::Plan, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = act.claim(&mut tx, body).await? {
            return Ok(answer);
        }
        let mut plan = row::find(&mut tx, name).await?;
        let actor = act.caller.actor().on_proposal_of(&plan.drafted_by);
        let step = PLAN.step(plan.state, moving.event, &actor)?;
        plan.state = step.to;
        if moving.event == Event::Approve && plan.conflicts > 0 {
            return Err(Error::PlanHasConflicts { plan: name.clone(), conflicts: plan.conflicts });
        }
        plan.document_no = moving.document_no.unwrap_or(plan.document_no);
        plan.cancelled_for = moving.cancelled_for.unwrap_or(plan.cancelled_for);
        if moving.event == Event::Publish
            && let Some(mut before) = row::in_force(&mut tx, name.year()).await?
        {
            let gives_way = PLAN.step(before.state, Event::Supersede, &Actor::system())?;
            before.state = gives_way.to;
            row::update(&mut tx, &mut before).await?;
            month::superseded(&mut tx, act, &gives_way, &before).await?;
        }
        row::update(&mut tx, &mut plan).await?;
        if moving.event == Event::Publish {
            self.oblige_months(&mut tx, act, (&step, &plan)).await?;
            month::years_before(&mut tx, act, name.year()).await?;
        }
        let told = pb::PlanEvent { plan: Some(plan_to_pb(&plan)) };
        self.emit(&mut tx, act, (moving.event.told_as(), name.to_string(), act.today), &told).await?;
        Ok(act.answer(tx, plan_to_pb(&plan)).await?)
    }
}
