//! The visits of an enterprise that departments make together: the task that leads and those that join it.

use chrono::NaiveDate;
use db::{Tx, on};
use domain::Uscc;
use service::FieldErrors;
use sqlx::QueryBuilder;

use super::task;
use super::visit_row::{COLUMNS, VisitRow};
use crate::domain::together::reason_of;
use crate::domain::{Task, TaskName, Visit};
use crate::error::Error;

/// The visits of an enterprise for a task that leads and for those that join it, the leading one first, then by task.
pub(super) async fn visits(tx: &mut Tx, lead: &TaskName, uscc: &Uscc) -> Result<Vec<Visit>, Error> {
    let name = lead.to_string();
    let rows: Vec<VisitRow> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new(COLUMNS);
        sql.push(" WHERE uscc = ").push_bind(uscc.as_str());
        sql.push(" AND task IN (SELECT name FROM task WHERE name = ").push_bind(name.as_str());
        sql.push(" OR (joins = ").push_bind(name.as_str()).push(" AND joins <> ''))");
        sql.build_query_as().fetch_all(conn).await
    })?;
    let mut visits = rows.into_iter().map(Visit::try_from).collect::<Result<Vec<_>, _>>()?;
    visits.sort_by_key(|visit| (visit.name.task != *lead, visit.name.task.clone()));
    Ok(visits)
}

/// Holds a visit of a task on `day` to the day of the other departments, or notes why it is made on another one. Departments that come at
/// the same moment take turns.
///
/// # Errors
/// The reason is an invalid field when it is missing, and when there is nothing to give one for.
pub(super) async fn on_one_day(
    tx: &mut Tx,
    (visit, task): (&mut Visit, &Task),
    day: NaiveDate,
    said: &str,
) -> Result<(), Error> {
    let lead = task.scope.leading(&task.name);
    let mut together = visits(tx, lead, &visit.name.uscc).await?;
    if together.len() > 1 {
        task::take_turns(tx, lead).await?;
        together = visits(tx, lead, &visit.name.uscc).await?;
    }
    together.retain(|other| other.name != visit.name);
    match reason_of(&together, day, said, &visit.apart_for) {
        Ok(reason) => visit.apart_for = reason,
        Err(problem) => return Err(FieldErrors::one("apart_reason", problem).into()),
    }
    Ok(())
}
