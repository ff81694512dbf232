//! Annual plans: drafting and amending. A plan is computed before the transaction, so that no other writer waits for it; the
//! transaction only writes it.

mod carry_out;
mod list;
mod month;
mod row;
mod step;
mod subjects;

use chrono::Datelike;
use contract::inspection::v1 as pb;
use db::bulk::{self, Cell};
use db::{Tx, on};
use service::Error as Common;
use service::idempotency::Claim;

use super::{Act, Store};
use crate::convert::plan::{conflict_to_pb, plan_to_pb};
use crate::domain::plan::{self, Drafting, Month, Plan, PlanRules, Planned, months_of};
use crate::domain::{PlanName, joined};
use crate::error::Error;
use crate::machines::plan::{Event, PLAN, State};

pub use step::Moving;
pub(super) use subjects::read as subjects;

/// A plan that was computed.
struct Computed {
    planned: Planned,
    cap: Option<u32>,
    from: Month,
}

impl Store {
    /// Drafts the plan of a year, or drafts its latest version anew. What was given up is no version any more.
    ///
    /// # Errors
    /// [`Error::PlanRules`]; the refusal of the machine when the latest version is approved.
    pub async fn draft_plan(
        &self,
        act: &Act<'_>,
        body: &pb::DraftPlanRequest,
        year: i32,
        drafting: Drafting,
    ) -> Result<pb::Plan, Error> {
        let computed = self.compute_plan(act, year, &drafting).await?;
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = act.claim(&mut tx, body).await? {
            return Ok(answer);
        }
        let plan = match row::latest(&mut tx, year).await? {
            None => {
                let step = PLAN.step(None::<State>, Event::Draft, &act.caller.actor())?;
                let name = row::next_name(&mut tx, year).await?;
                let plan = self.drafted(act, name, (step.to, drafting), &computed);
                row::insert(&mut tx, &plan).await?;
                plan
            }
            Some(old) => {
                let step = PLAN.step(old.state, Event::Redraft, &act.caller.actor())?;
                let new = self.drafted(act, old.name.clone(), (step.to, drafting), &computed);
                let (reason, revision, created_at) = (old.reason, old.revision, old.created_at);
                let mut plan = Plan { reason, revision, created_at, ..new };
                row::update(&mut tx, &mut plan).await?;
                plan
            }
        };
        self.save(tx, act, (Event::Draft, plan), computed.planned).await
    }

    /// Drafts the version after a published one, from the present month on.
    ///
    /// # Errors
    /// [`Error::PlanNotFound`], [`Error::PlanOver`], [`Error::PlanNotLatest`]; the refusal of the machine when it is not published.
    pub async fn amend_plan(
        &self,
        act: &Act<'_>,
        body: &pb::AmendPlanRequest,
        name: &PlanName,
        reason: String,
    ) -> Result<pb::Plan, Error> {
        let before = row::find(&mut self.db.begin_read().await?, name).await?;
        let computed = self.compute_plan(act, name.year(), &before.drafting).await?;
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = act.claim(&mut tx, body).await? {
            return Ok(answer);
        }
        let mut before = row::find(&mut tx, name).await?;
        if name.is_over(act.today) {
            return Err(Error::PlanOver(name.clone()));
        }
        let latest = row::latest(&mut tx, name.year()).await?.map_or_else(|| name.clone(), |plan| plan.name);
        if latest != *name {
            return Err(Error::PlanNotLatest { plan: name.clone(), latest });
        }
        before.state = PLAN.step(before.state, Event::Amend, &act.caller.actor())?.to;
        row::update(&mut tx, &mut before).await?;
        let step = PLAN.step(None::<State>, Event::Draft, &act.caller.actor())?;
        let next = row::next_name(&mut tx, name.year()).await?;
        let drafted = self.drafted(act, next, (step.to, before.drafting), &computed);
        let plan = Plan { reason, ..drafted };
        row::insert(&mut tx, &plan).await?;
        self.save(tx, act, (Event::Amend, plan), computed.planned).await
    }

    /// Reads what a plan rests on and computes it, beside the threads that answer requests.
    async fn compute_plan(&self, act: &Act<'_>, year: i32, drafting: &Drafting) -> Result<Computed, Error> {
        let rules = PlanRules::on(&self.book, year, drafting.capacity.clone(), act.today)?;
        let mut tx = self.db.begin_read().await?;
        let subjects = subjects(&mut tx, &self.book, &rules, act.today).await?;
        drop(tx);
        let from = if year == act.today.year() { act.today.month() } else { 1 };
        let span = service::telemetry::span_here();
        let compute = move || {
            let _entered = span.enter();
            Computed { planned: plan::plan(&subjects, &rules, from), cap: rules.cap, from }
        };
        let computed = tokio::task::spawn_blocking(compute).await;
        Ok(computed.map_err(|problem| Common::corrupt(format!("the planning ended early: {problem}")))?)
    }

    fn drafted(
        &self,
        act: &Act<'_>,
        name: PlanName,
        (state, drafting): (State, Drafting),
        Computed { planned, cap, from }: &Computed,
    ) -> Plan {
        Plan {
            name,
            drafting,
            state,
            reason: String::new(),
            drafted_by: act.caller.subject().to_owned(),
            from: *from,
            cap: *cap,
            months: months_of(&planned.visits),
            visits: planned.visits.len() as u64,
            overdue: planned.overdue,
            conflicts: planned.conflicts.len() as u64,
            document_no: String::new(),
            cancelled_for: String::new(),
            rulebook_hash: self.book.hash().to_owned(),
            revision: 1,
            created_at: act.now,
        }
    }

    /// Writes visits and conflicts in place of those that were there, tells it and answers.
    async fn save(
        &self,
        mut tx: Tx,
        act: &Act<'_>,
        (event, plan): (Event, Plan),
        planned: Planned,
    ) -> Result<pb::Plan, Error> {
        delete_rows(&mut tx, &plan.name).await?;
        insert_visits(&mut tx, &plan.name, &planned).await?;
        insert_conflicts(&mut tx, &plan.name, &planned).await?;
        let told = pb::PlanEvent { plan: Some(plan_to_pb(&plan)) };
        self.emit(&mut tx, act, (event.told_as(), plan.name.to_string(), act.today), &told).await?;
        Ok(act.answer(tx, plan_to_pb(&plan)).await?)
    }
}

async fn delete_rows(tx: &mut Tx, name: &PlanName) -> Result<(), sqlx::Error> {
    const VISITS: &str = "DELETE FROM plan_visit WHERE year = $1 AND version = $2";
    const CONFLICTS: &str = "DELETE FROM plan_conflict WHERE year = $1 AND version = $2";
    for sql in [VISITS, CONFLICTS] {
        let (year, version) = (i64::from(name.year()), i64::from(name.version()));
        on!(tx, |conn| sqlx::query(sql).bind(year).bind(version).execute(conn).await.map(drop))?;
    }
    Ok(())
}

async fn insert_visits(tx: &mut Tx, name: &PlanName, planned: &Planned) -> Result<(), sqlx::Error> {
    const COLUMNS: [&str; 8] =
        ["year", "version", "position", "month", "uscc", "fields", "full_check", "counts"];
    let lists: Vec<_> =
        planned.visits.iter().map(|visit| (joined(&visit.fields), joined(&visit.full_check))).collect();
    let rows = planned.visits.iter().zip(&lists).zip(0..).map(|((visit, (fields, full_check)), position)| {
        [
            Cell::Int(name.year().into()),
            Cell::Int(name.version().into()),
            Cell::Int(position),
            Cell::Int(visit.month.into()),
            visit.uscc.as_str().into(),
            fields.as_str().into(),
            full_check.as_str().into(),
            Cell::Bool(visit.counts),
        ]
    });
    bulk::insert(tx, "plan_visit", COLUMNS, rows).await.map(drop)
}

async fn insert_conflicts(tx: &mut Tx, name: &PlanName, planned: &Planned) -> Result<(), sqlx::Error> {
    const COLUMNS: [&str; 7] = ["year", "version", "position", "kind", "uscc", "excess", "description"];
    let conflicts: Vec<pb::PlanConflict> = planned.conflicts.iter().map(conflict_to_pb).collect();
    let rows = conflicts.iter().zip(0..).map(|(conflict, position)| {
        [
            Cell::Int(name.year().into()),
            Cell::Int(name.version().into()),
            Cell::Int(position),
            conflict.kind.as_str().into(),
            conflict.uscc.as_str().into(),
            Cell::Int(conflict.excess),
            conflict.description.as_str().into(),
        ]
    });
    bulk::insert(tx, "plan_conflict", COLUMNS, rows).await.map(drop)
}
