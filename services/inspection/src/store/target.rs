//! Whom a task visits, where that is not left to chance: those whom a plan names, or whom the task visits that it joins. The draw then
//! gives their order and their inspectors. Whom a clue names is visited without a draw.

use std::collections::HashSet;

use db::bulk::{self, Cell};
use db::{Tx, on};
use domain::Uscc;

use super::task;
use crate::domain::{Task, TaskName};
use crate::error::Error;

/// Writes whom a plan or a clue has a task visit.
pub(super) async fn save(tx: &mut Tx, task: &TaskName, visited: &[Uscc]) -> Result<(), sqlx::Error> {
    let task = task.to_string();
    let rows = visited.iter().map(|uscc| [Cell::Text(&task), uscc.as_str().into()]);
    bulk::insert(tx, "task_target", ["task", "uscc"], rows).await.map(drop)
}

/// Whom a plan or a clue has a task visit.
pub(super) async fn named(tx: &mut Tx, task: &TaskName) -> Result<HashSet<String>, sqlx::Error> {
    const SQL: &str = "SELECT uscc FROM task_target WHERE task = $1";
    let named: Vec<String> =
        on!(tx, |conn| sqlx::query_scalar(SQL).bind(task.to_string()).fetch_all(conn).await)?;
    Ok(named.into_iter().collect())
}

/// Whom a task visits; `None` where the draw decides.
///
/// # Errors
/// [`Error::LeadNotDrawn`], [`Error::LeadCancelled`].
pub(super) async fn of(tx: &mut Tx, of: &Task) -> Result<Option<HashSet<String>>, Error> {
    const VISITED: &str = "SELECT uscc FROM visit WHERE task = $1";
    if of.scope.plan_item.is_some() {
        return Ok(Some(named(tx, &of.name).await?));
    }
    let Some(lead) = lead(tx, of).await? else { return Ok(None) };
    let name = lead.name.to_string();
    let visited: Vec<String> =
        on!(tx, |conn| sqlx::query_scalar(VISITED).bind(name.as_str()).fetch_all(conn).await)?;
    Ok(Some(visited.into_iter().collect()))
}

/// The drawn task whose visits this one joins. A task of a plan waits for no other: the plan names whom both visit.
///
/// # Errors
/// [`Error::LeadNotDrawn`]; [`Error::LeadCancelled`] when it will never be.
pub(super) async fn lead(tx: &mut Tx, of: &Task) -> Result<Option<Task>, Error> {
    let Some(name) = of.scope.joins.as_ref().filter(|_| of.scope.plan_item.is_none()) else {
        return Ok(None);
    };
    let lead = task::read(tx, name).await?;
    if lead.state.is_drawn() {
        return Ok(Some(lead));
    }
    let (task, lead, is_cancelled) = (of.name.clone(), lead.name, !lead.cancelled_for.is_empty());
    Err(if is_cancelled { Error::LeadCancelled { task, lead } } else { Error::LeadNotDrawn { task, lead } })
}
