//! The duty to make the tasks of each month of a plan in force: of the office that coordinates, from publication on. Else nobody would notice
//! that a plan is not carried out.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use db::Tx;
use service::machine::Step;
use service::obligation::{self, Matter};

use super::row;
use crate::domain::PlanName;
use crate::domain::plan::{Month, Plan};
use crate::error::Error;
use crate::machines::plan::{MONTH, State};
use crate::store::{Act, Store};

/// What the duty of a month is about.
fn subject(plan: &PlanName, month: Month) -> String {
    format!("{plan}/months/{month}")
}

/// What the duties of a version are about: its months with visits.
fn subjects(plan: &Plan) -> Vec<String> {
    months(plan).into_iter().map(|month| subject(&plan.name, month)).collect()
}

fn months(plan: &Plan) -> BTreeSet<Month> {
    plan.months.iter().map(|one| one.month).collect()
}

impl Store {
    /// Opens the duties of a version that a step puts in force: by the day on which the month begins, or by the rulebook's period where that
    /// ends later. One whose year is over has none: nobody can make its tasks.
    pub(super) async fn oblige_months(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        (step, plan): (&Step<State>, &Plan),
    ) -> Result<(), Error> {
        if plan.name.is_over(act.today) {
            return Ok(());
        }
        let period_ends = self.book.deadline(act.today, MONTH)?.due.date();
        for month in months(plan) {
            let subject = subject(&plan.name, month);
            let matter = Matter { subject: &subject, field: None, division: None, owner: None };
            obligation::follow(tx, step, &matter, act.caller.subject(), act.today, &self.book).await?;
            let begins = NaiveDate::from_ymd_opt(plan.name.year(), month, 1).filter(|day| *day > act.today);
            if let Some(begins) = begins.filter(|day| period_ends.is_none_or(|ends| ends < *day)) {
                obligation::set_last_day(tx, &subject, MONTH, begins).await?;
            }
        }
        Ok(())
    }
}

/// Ends the duty of a month of a version whose tasks a step makes.
pub(super) async fn made(
    tx: &mut Tx,
    act: &Act<'_>,
    step: &Step<State>,
    (plan, month): (&PlanName, Month),
) -> Result<(), Error> {
    end(tx, act, step.fulfils, &[subject(plan, month)]).await
}

/// Ends the duties of a version that a step takes out of force: the next one has its own.
pub(super) async fn superseded(
    tx: &mut Tx,
    act: &Act<'_>,
    step: &Step<State>,
    plan: &Plan,
) -> Result<(), Error> {
    end(tx, act, step.fulfils, &subjects(plan)).await
}

/// Ends what is still due of the plans of the years before `year` that are over: what is left of them belongs to the next plan.
pub(super) async fn years_before(tx: &mut Tx, act: &Act<'_>, year: i32) -> Result<(), Error> {
    for before in row::in_force_before(tx, year).await? {
        if before.name.is_over(act.today) {
            end(tx, act, &[MONTH], &subjects(&before)).await?;
        }
    }
    Ok(())
}

async fn end(tx: &mut Tx, act: &Act<'_>, kinds: &[&str], subjects: &[String]) -> Result<(), Error> {
    let subjects: Vec<&str> = subjects.iter().map(String::as_str).collect();
    for kind in kinds {
        obligation::fulfil_all(tx, &subjects, kind, act.caller.subject(), act.today).await?;
    }
    Ok(())
}
