//! Rectifications: ordered with an approved result, reported, re-checked, closed or taken to a case.

use chrono::NaiveDate;
use contract::inspection::v1 as pb;
use db::{Tx, on};
use domain::Uscc;
use service::auth::Scope;
use service::fitting::Page;
use service::idempotency::Claim;
use service::machine::{Actor, Step};
use service::obligation::{self, Matter};
use service::{Error as Common, FieldErrors};
use sqlx::QueryBuilder;

use super::rectification_row::{self as row, COLUMNS, RectificationRow};
use super::sql::push_scope;
use super::{Act, Cut, Store};
use crate::convert::rectification::to_pb;
use crate::domain::rectification::{
    Recheck, Rectification, RectificationFilter, RectificationName, recheck_parameter,
};
use crate::domain::{Finding, Task, TaskName, Visit};
use crate::error::Error;
use crate::machines::rectification::{CASE, Event, LIMIT, RECHECK, RECTIFICATION, State};

impl Store {
    /// Does what an approved result asks for, in the transaction of its approval: orders that what was found is put right, and has the body
    /// that handles cases look into what is a case lead, also where nothing is ordered.
    pub(super) async fn follow_finding(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        (visit, finding, task): (&Visit, &Finding, &Task),
    ) -> Result<(), Error> {
        let case_lead = finding.is_case_lead(&visit.field, &self.book);
        let orders = finding.orders_rectification(&self.book);
        let Some(event) = Event::of_result(orders, case_lead) else { return Ok(()) };
        let step = RECTIFICATION.step(None::<State>, event, &Actor::system())?;
        let mut one = Rectification {
            name: RectificationName(visit.name.clone()),
            field: visit.field.clone(),
            division: visit.division.clone(),
            owner: task.scope.lead_office.clone(),
            state: step.to,
            ordered_on: finding.visited_on,
            rectify_by: None,
            reported_on: None,
            report: String::new(),
            recheck_by: None,
            rechecked_on: None,
            recheck_note: String::new(),
            failed_rechecks: 0,
            case_no: String::new(),
            case_opened_on: None,
            order_no: finding.order_no.clone(),
            case_lead,
            lead_only: event.is_lead_only(),
            case_declined_on: None,
            case_declined_for: String::new(),
            lifted_on: None,
            revision: 1,
        };
        if one.lead_only {
            self.follow_rectification(tx, act, (&step, &one), one.ordered_on).await?;
        } else {
            one.rectify_by = self.order(tx, act, (&step, &one), finding.rectify_by).await?;
        }
        row::insert(tx, &one).await?;
        Ok(self.tell_rectification(tx, act, event, &one).await?)
    }

    /// Opens the duty of an order; a last day that the order names takes the place of the rulebook's period. Returns the last day.
    async fn order(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        (step, one): (&Step<State>, &Rectification),
        named: Option<NaiveDate>,
    ) -> Result<Option<NaiveDate>, Error> {
        self.follow_rectification(tx, act, (step, one), one.ordered_on).await?;
        if let Some(last) = named {
            obligation::set_last_day(tx, &one.name.to_string(), LIMIT, last).await?;
            return Ok(named);
        }
        Ok(self.book.deadline(one.ordered_on, LIMIT)?.due.date())
    }

    /// Puts the report of the enterprise on record. The re-check is due from that day on.
    ///
    /// # Errors
    /// [`Error::RectificationNotFound`]; a day before the order is an invalid field.
    pub async fn report_rectification(
        &self,
        act: &Act<'_>,
        body: &pb::ReportRectificationRequest,
        name: &RectificationName,
        (on, report): (NaiveDate, String),
    ) -> Result<pb::Rectification, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = act.claim(&mut tx, body).await? {
            return Ok(answer);
        }
        let mut one = row::find(&mut tx, name).await?;
        let step = RECTIFICATION.step(one.state, Event::Report, &act.caller.actor())?;
        if on < one.ordered_on {
            return Err(FieldErrors::one("reported_on", "lies before the order").into());
        }
        one.state = step.to;
        one.reported_on = Some(on);
        one.report = report;
        self.follow_rectification(&mut tx, act, (&step, &one), on).await?;
        let parameter = recheck_parameter(&one.field, &self.book, on).map_err(Common::from)?;
        one.recheck_by = self.book.deadline(on, &parameter)?.due.date();
        if let Some(last) = one.recheck_by {
            obligation::set_last_day(&mut tx, &name.to_string(), RECHECK, last).await?;
        }
        self.save_rectification(tx, act, Event::Report, one).await
    }

    /// Puts a re-check on record: everything is put right, or it is ordered again.
    ///
    /// # Errors
    /// [`Error::RectificationNotFound`]; a day before the report is an invalid field.
    pub async fn recheck_rectification(
        &self,
        act: &Act<'_>,
        body: &pb::RecheckRectificationRequest,
        name: &RectificationName,
        recheck: Recheck,
    ) -> Result<pb::Rectification, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = act.claim(&mut tx, body).await? {
            return Ok(answer);
        }
        let mut one = row::find(&mut tx, name).await?;
        let event = Event::recheck(recheck.passed, one.lead_is_open());
        let step = RECTIFICATION.step(one.state, event, &act.caller.actor())?;
        if one.reported_on.is_some_and(|reported_on| recheck.on < reported_on) {
            return Err(FieldErrors::one("rechecked_on", "lies before the report").into());
        }
        one.state = step.to;
        one.rechecked_on = Some(recheck.on);
        one.recheck_note = recheck.note;
        one.recheck_by = None;
        if recheck.passed {
            self.follow_rectification(&mut tx, act, (&step, &one), recheck.on).await?;
        } else {
            one.failed_rechecks += 1;
            one.ordered_on = recheck.on;
            one.reported_on = None;
            one.report = String::new();
            one.rectify_by = self.order(&mut tx, act, (&step, &one), recheck.rectify_by).await?;
        }
        self.save_rectification(tx, act, event, one).await
    }

    /// Puts on record that no case is filed about a case lead, for a reason. What is still to be put right goes on.
    ///
    /// # Errors
    /// [`Error::RectificationNotFound`], [`Error::NoCaseLead`].
    pub async fn decline_case(
        &self,
        act: &Act<'_>,
        body: &pb::DeclineCaseRequest,
        name: &RectificationName,
        reason: String,
    ) -> Result<pb::Rectification, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = act.claim(&mut tx, body).await? {
            return Ok(answer);
        }
        let mut one = row::find(&mut tx, name).await?;
        let step = RECTIFICATION.step(one.state, Event::DeclineCase, &act.caller.actor())?;
        // A re-check that failed is a lead too, as long as its duty is open.
        let is_due = obligation::last_day(&mut tx, &name.to_string(), CASE).await?.is_some();
        if !(is_due || one.lead_is_open()) {
            return Err(Error::NoCaseLead(name.clone()));
        }
        one.state = step.to;
        one.case_declined_on = Some(act.today);
        one.case_declined_for = reason;
        self.follow_rectification(&mut tx, act, (&step, &one), act.today).await?;
        self.save_rectification(tx, act, Event::DeclineCase, one).await
    }

    /// Ends a rectification because a case was opened.
    ///
    /// # Errors
    /// [`Error::RectificationNotFound`], [`Error::RectificationNotOverdue`].
    pub async fn open_case(
        &self,
        act: &Act<'_>,
        body: &pb::OpenCaseRequest,
        name: &RectificationName,
        case_no: String,
    ) -> Result<pb::Rectification, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = act.claim(&mut tx, body).await? {
            return Ok(answer);
        }
        let mut one = row::find(&mut tx, name).await?;
        let step = RECTIFICATION.step(one.state, Event::OpenCase, &act.caller.actor())?;
        if !one.allows_case(act.today) {
            return Err(Error::RectificationNotOverdue(name.clone()));
        }
        one.state = step.to;
        one.case_no = case_no;
        one.case_opened_on = Some(act.today);
        self.follow_rectification(&mut tx, act, (&step, &one), act.today).await?;
        self.save_rectification(tx, act, Event::OpenCase, one).await
    }

    async fn save_rectification(
        &self,
        mut tx: Tx,
        act: &Act<'_>,
        event: Event,
        mut one: Rectification,
    ) -> Result<pb::Rectification, Error> {
        row::update(&mut tx, &mut one).await?;
        self.tell_rectification(&mut tx, act, event, &one).await?;
        Ok(act.answer(tx, to_pb(&one, act.today)).await?)
    }

    pub(super) async fn tell_rectification(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        event: Event,
        one: &Rectification,
    ) -> Result<(), sqlx::Error> {
        let payload = pb::RectificationEvent { rectification: Some(to_pb(one, act.today)) };
        let subject = format!("enterprises/{}", one.name.0.uscc);
        self.emit(tx, act, (event.told_as(), subject, act.today), &payload).await
    }

    /// Does what a step of a rectification says about duties.
    pub(super) async fn follow_rectification(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        (step, one): (&Step<State>, &Rectification),
        on: NaiveDate,
    ) -> Result<(), Error> {
        let subject = one.name.to_string();
        let matter = Matter {
            subject: &subject,
            field: Some(&one.field),
            division: Some(&one.division),
            owner: Some(&one.owner),
        };
        Ok(obligation::follow(tx, step, &matter, act.caller.subject(), on, &self.book).await?)
    }

    /// One rectification.
    ///
    /// # Errors
    /// [`Error::RectificationNotFound`].
    pub async fn rectification(&self, name: &RectificationName) -> Result<Rectification, Error> {
        row::find(&mut self.db.begin_read().await?, name).await
    }

    /// Rectifications within a scope, in the order of task and credit code.
    ///
    /// # Errors
    /// What every read can meet.
    pub async fn rectifications(
        &self,
        filter: &RectificationFilter,
        scope: &Scope,
        cut: &Cut,
    ) -> Result<Page<Rectification>, Error> {
        let after = cut.behind(place)?;
        let rows: Vec<RectificationRow> = on!(self.db, |pool| {
            let mut sql = QueryBuilder::new(COLUMNS);
            push_scope(&mut sql, scope);
            if let Some(task) = &filter.task {
                sql.push(" AND task = ").push_bind(task.to_string());
            }
            if let Some(uscc) = &filter.uscc {
                // By the visits to it: the key of a rectification is that of its visit, and begins with the task.
                sql.push(" AND uscc = ").push_bind(uscc.as_str());
                sql.push(" AND task IN (SELECT task FROM visit WHERE uscc = ")
                    .push_bind(uscc.as_str())
                    .push(")");
            }
            if let Some(state) = filter.state {
                sql.push(" AND state = ").push_bind(state.stored());
                sql.push(if state.is_lifted() {
                    " AND lifted_on IS NOT NULL"
                } else {
                    " AND lifted_on IS NULL"
                });
                if state.awaits_answer() {
                    sql.push(" AND case_lead AND case_declined_on IS NULL");
                    sql.push(if state.is_lead_only() { " AND lead_only" } else { " AND NOT lead_only" });
                } else if state.is_closed() {
                    sql.push(" AND NOT (case_lead AND case_declined_on IS NULL)");
                }
            }
            if let Some(day) = filter.overdue_on {
                sql.push(" AND state = 'Ordered' AND rectify_by < ").push_bind(day);
            }
            if let Some((task, uscc)) = &after {
                sql.push(" AND (task, uscc) > (").push_bind(task.to_string());
                sql.push(", ").push_bind(uscc.as_str()).push(")");
            }
            sql.push(" ORDER BY task, uscc LIMIT CAST(").push_bind(cut.size + 1).push(" AS BIGINT)");
            sql.build_query_as().fetch_all(pool).await
        })?;
        let rows = rows.into_iter().map(Rectification::try_from).collect::<Result<Vec<_>, _>>()?;
        Ok(cut.page(rows, |last| format!("{} {}", last.name.0.task, last.name.0.uscc)))
    }
}

/// The place in the list that a key says: task, then credit code.
fn place(key: &str) -> Option<(TaskName, Uscc)> {
    let (task, uscc) = key.split_once(' ')?;
    Some((TaskName::parse(task).ok()?, Uscc::parse(uscc).ok()?))
}
