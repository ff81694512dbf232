//! The end of a result whose record was withdrawn, and of the rectification that it ordered.

use chrono::NaiveDate;
use contract::inspection::v1 as pb;
use db::Tx;
use service::machine::Actor;

use super::result::subject_of;
use super::{Act, Store, rectification_row, task, visit, visit_row};
use crate::convert::visit::visit_to_pb;
use crate::domain::VisitName;
use crate::domain::rectification::RectificationName;
use crate::domain::visit::{Withdrawn, is_provisional};
use crate::error::Error;
use crate::machines::rectification::{Event as RectificationEvent, RECTIFICATION};
use crate::machines::result::{Event, RESULT};

/// Kind of the event of a result that stands no more.
const WITHDRAWN: &str = "inspection.result.withdrawn";
/// Longest reason kept, in characters.
const LONGEST_REASON: usize = 500;

impl Store {
    /// Withdraws the result of a visit, in the transaction of whoever learnt that its record, of this `result`, was withdrawn `on` a day:
    /// it is shown no more, covers nothing, and what it ordered is lifted. One in whose place another is on its way stays as it is, and so
    /// does what took the place of a pending problem before its withdrawal was told.
    ///
    /// # Errors
    /// [`Error::VisitNotFound`].
    pub async fn withdraw_result(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        name: &VisitName,
        (result, reason, on): (&str, &str, NaiveDate),
    ) -> Result<(), Error> {
        let mut visit = visit::read(tx, name).await?;
        let visited_on = visit.finding.as_ref().map_or(on, |finding| finding.visited_on);
        let is_replaced = visit.settled && is_provisional(result, &self.book, visited_on);
        if is_replaced || !visit.state.stands() {
            return Ok(());
        }
        let step = RESULT.step(visit.state, Event::Withdraw, &Actor::system())?;
        visit.state = step.to;
        visit.settled = true;
        visit.withdrawn = Some(Withdrawn { on, reason: reason.chars().take(LONGEST_REASON).collect() });
        visit_row::update(tx, &mut visit).await?;
        let task = task::read(tx, &name.task).await?;
        self.oblige(tx, act, &step, (&visit, &task), on).await?;
        let payload = pb::VisitEvent { visit: Some(visit_to_pb(&visit)) };
        self.emit(tx, act, (WITHDRAWN, subject_of(&visit), on), &payload).await?;
        self.lift_rectification(tx, act, name, on).await?;
        self.complete_if_settled(tx, act, task).await
    }

    /// Lifts what a withdrawn result ordered, if it ordered anything and that is not over.
    async fn lift_rectification(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        visit: &VisitName,
        on: NaiveDate,
    ) -> Result<(), Error> {
        let mut one = match rectification_row::find(tx, &RectificationName(visit.clone())).await {
            Err(Error::RectificationNotFound(_)) => return Ok(()),
            found => found?,
        };
        if one.state.is_over() {
            return Ok(());
        }
        let step = RECTIFICATION.step(one.state, RectificationEvent::Lift, &Actor::system())?;
        one.state = step.to;
        one.lifted_on = Some(on);
        self.follow_rectification(tx, act, (&step, &one), on).await?;
        rectification_row::update(tx, &mut one).await?;
        Ok(self.tell_rectification(tx, act, RectificationEvent::Lift, &one).await?)
    }
}
