//! Results of visits: entering and reviewing.

use chrono::NaiveDate;
use contract::inspection::v1 as pb;
use db::Tx;
use domain::{FieldCode, shanghai_date};
use service::idempotency::Claim;
use service::machine::{Actor, Step};
use service::obligation::{self, Matter};
use service::{Error as Common, FieldErrors};

use super::lapse::{Moot, lapse};
use super::{Act, Store, joint, task, task_row, visit, visit_row};
use crate::convert::visit::visit_to_pb;
use crate::domain::check::{CheckProblem, problems_of};
use crate::domain::rectification::needs_order_no;
use crate::domain::verdict::verdict_of;
use crate::domain::{Finding, Task, Visit, VisitName};
use crate::error::Error;
use crate::machines::result::{Event, PUBLISH, RESULT, State};
use crate::machines::task::{Event as TaskEvent, TASK};

/// Kind of the event of a result that waits for its review.
const ENTERED: &str = "inspection.result.entered";
/// Kind of the event of a result that goes back to the inspectors.
const RETURNED: &str = "inspection.result.returned";
/// Kind of the event of an approved result.
const APPROVED: &str = "inspection.result.approved";

impl Store {
    /// Enters what a visit found, which opens the duty to review and publish it. The first entry of a task sets it in progress.
    ///
    /// # Errors
    /// [`Error::VisitNotFound`]; [`Error::InspectorRecused`]; a day before the draw, before the inspectors were assigned, or before they
    /// entered, is an invalid field, and so are missing checks, and a missing reason for another day than that of the other departments
    /// of a joint visit.
    pub async fn enter_result(
        &self,
        act: &Act<'_>,
        body: &pb::EnterResultRequest,
        name: &VisitName,
        (mut finding, apart): (Finding, String),
    ) -> Result<pb::Visit, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = act.claim(&mut tx, body).await? {
            return Ok(answer);
        }
        let mut visit = visit::read(&mut tx, name).await?;
        let step = RESULT.step(visit.state, Event::Enter, &act.caller.actor())?;
        let begins = visit.is_to_begin();
        if begins {
            visit::may_begin(&mut tx, &visit).await?;
        }
        let mut task = task::read(&mut tx, &name.task).await?;
        self.judge(&finding, (&visit, &task))?;
        finding.verdict = self.verdict(&finding, &task.scope.field)?;
        let visited_on = finding.visited_on;
        joint::on_one_day(&mut tx, (&mut visit, &task), visited_on, &apart).await?;
        visit.state = step.to;
        visit.publish_by = self.last_day_to_publish(&step, visited_on)?;
        visit.finding = Some(finding);
        visit.entered_by = act.caller.subject().to_owned();
        visit.review_reason = String::new();
        visit_row::update(&mut tx, &mut visit).await?;
        if begins {
            lapse(&mut tx, act, Moot::Visit(name)).await?;
        }
        self.oblige(&mut tx, act, &step, (&visit, &task), visited_on).await?;
        // A result that was returned may be entered with another day: its duty goes by that one.
        if let Some(last) = visit.publish_by {
            obligation::set_last_day(&mut tx, &visit.name.to_string(), PUBLISH, last).await?;
        }
        if task.state.awaits_first_result() {
            task.state = TASK.step(task.state, TaskEvent::StartVisits, &Actor::system())?.to;
            task_row::update(&mut tx, &mut task).await?;
        }
        self.tell_visit(&mut tx, act, ENTERED, &visit).await?;
        Ok(act.answer(tx, visit_to_pb(&visit)).await?)
    }

    /// Whether the day, the checks and the number of an order are those of a visit of the task; everything that is wrong at once.
    fn judge(&self, finding: &Finding, (visit, task): (&Visit, &Task)) -> Result<(), Error> {
        let mut errors = FieldErrors::default();
        let (field, on) = (&task.scope.field, finding.visited_on);
        if task.draw_at.is_some_and(|draw_at| on < shanghai_date(draw_at)) {
            errors.push("visited_on", "lies before the draw");
        }
        if visit.assigned_on.is_some_and(|assigned_on| on < assigned_on) {
            errors.push("visited_on", "lies before the day on which its inspectors were assigned");
        }
        let entered_on = visit.scanned_in.as_ref().map(|entered| shanghai_date(entered.at));
        if entered_on.is_some_and(|entered_on| on < entered_on) {
            errors.push("visited_on", "lies before the day on which its inspectors entered");
        }
        self.judge_checks(&mut errors, finding, task);
        let must_be_numbered = finding.orders_rectification(&self.book) && finding.order_no.is_empty();
        if must_be_numbered && needs_order_no(field, &self.book, on).map_err(Common::from)? {
            errors.push("order_no", "an order of this field is given in writing, with a number");
        }
        errors.into_result()?;
        Ok(())
    }

    /// The verdict of a finding in a field; empty where there is none.
    fn verdict(&self, finding: &Finding, field: &FieldCode) -> Result<String, Error> {
        let verdict = verdict_of(finding.checks.as_deref(), field, &self.book, finding.visited_on);
        Ok(verdict.map_err(Common::from)?.unwrap_or_default())
    }

    /// Whether what was checked is what the task inspects, and agrees with the result.
    fn judge_checks(&self, errors: &mut FieldErrors, finding: &Finding, task: &Task) {
        let judged_by = (finding.result.as_str(), &*self.book, finding.visited_on);
        for problem in problems_of(finding.checks.as_deref(), &task.scope.items, judged_by) {
            let path = match &problem {
                CheckProblem::Outside { at, .. } | CheckProblem::Twice { at, .. } => {
                    format!("checks.checks[{at}].item")
                }
                CheckProblem::Contradiction { at, .. } => format!("checks.checks[{at}].verdict"),
                CheckProblem::Missing(_) => "checks.checks".to_owned(),
            };
            errors.push(path, problem.to_string());
        }
    }

    /// Approves a result, or sends it back.
    ///
    /// # Errors
    /// [`Error::VisitNotFound`]; the refusal of four eyes when the caller entered the result.
    pub async fn review_result(
        &self,
        act: &Act<'_>,
        body: &pb::ReviewResultRequest,
        name: &VisitName,
        reason: String,
    ) -> Result<pb::Visit, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = act.claim(&mut tx, body).await? {
            return Ok(answer);
        }
        let mut visit = visit::read(&mut tx, name).await?;
        let actor = act.caller.actor().on_proposal_of(&visit.entered_by);
        let provisional = visit.finding.as_ref().is_some_and(|finding| finding.is_provisional(&self.book));
        let step = RESULT.step(visit.state, Event::review(body.approve, provisional), &actor)?;
        visit.state = step.to;
        visit.review_reason = reason;
        if !body.approve {
            visit_row::update(&mut tx, &mut visit).await?;
            self.tell_visit(&mut tx, act, RETURNED, &visit).await?;
            return Ok(act.answer(tx, visit_to_pb(&visit)).await?);
        }
        // What was entered before verdicts came has none yet.
        if let Some(finding) = visit.finding.as_mut().filter(|finding| finding.verdict.is_empty()) {
            finding.verdict = self.verdict(finding, &visit.field)?;
        }
        let visited_on = visit.finding.as_ref().map_or(act.today, |finding| finding.visited_on);
        visit.settled = !provisional;
        visit.publish_by = self.last_day_to_publish(&step, visited_on)?;
        visit_row::update(&mut tx, &mut visit).await?;
        let task = task::read(&mut tx, &name.task).await?;
        self.oblige(&mut tx, act, &step, (&visit, &task), visited_on).await?;
        self.tell_visit(&mut tx, act, APPROVED, &visit).await?;
        if let Some(finding) = &visit.finding {
            self.follow_finding(&mut tx, act, (&visit, finding, &task)).await?;
        }
        if visit.settled {
            self.complete_if_settled(&mut tx, act, task).await?;
        }
        Ok(act.answer(tx, visit_to_pb(&visit)).await?)
    }

    /// Tells what became of a result. It takes effect on the day of the visit.
    pub(super) async fn tell_visit(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        kind: &str,
        visit: &Visit,
    ) -> Result<(), sqlx::Error> {
        let visited_on = visit.finding.as_ref().map_or(act.today, |finding| finding.visited_on);
        let payload = pb::VisitEvent { visit: Some(visit_to_pb(visit)) };
        self.emit(tx, act, (kind, subject_of(visit), visited_on), &payload).await
    }

    /// The period for publication runs from the end of the check (order 49 art 39), so from the day of the visit.
    fn last_day_to_publish(
        &self,
        step: &Step<State>,
        visited_on: NaiveDate,
    ) -> Result<Option<NaiveDate>, Error> {
        let Some(duty) = step.obliges().next() else { return Ok(None) };
        Ok(self.book.deadline(visited_on, duty.parameter)?.due.date())
    }

    /// Completes the task when no visit is open any more. Of two last approvals at once the second waits, and sees the first.
    pub(super) async fn complete_if_settled(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        task: Task,
    ) -> Result<(), Error> {
        if !task.state.awaits_results() {
            return Ok(());
        }
        task::take_turns(tx, &task.name).await?;
        // As it is now: the first may have completed it.
        let mut task = task::read(tx, &task.name).await?;
        if task.state.awaits_results() && visit::count_open(tx, &task.name).await? == 0 {
            let step = TASK.step(task.state, TaskEvent::CompleteResults, &Actor::system())?;
            self.follow_task(tx, act, (&step, &task)).await?;
            task.state = step.to;
            task_row::update(tx, &mut task).await?;
        }
        Ok(())
    }

    /// Does what a step of a result says about duties.
    pub(super) async fn oblige(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        step: &Step<State>,
        (visit, task): (&Visit, &Task),
        visited_on: NaiveDate,
    ) -> Result<(), Error> {
        let subject = visit.name.to_string();
        let matter = Matter {
            subject: &subject,
            field: Some(&visit.field),
            division: Some(&visit.division),
            owner: Some(&task.scope.lead_office),
        };
        Ok(obligation::follow(tx, step, &matter, act.caller.subject(), visited_on, &self.book).await?)
    }
}

/// Whom an event about a visit is about.
pub(super) fn subject_of(visit: &Visit) -> String {
    format!("enterprises/{}", visit.name.uscc)
}
