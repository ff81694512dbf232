//! Visits: reading, listing, counting.

use db::{Tx, on};
use service::Error as Common;
use service::auth::Scope;
use service::fitting::Page;
use sqlx::QueryBuilder;

use super::sql::push_scope;
use super::visit_row::{COLUMNS, VisitRow};
use super::{Cut, Store, inspector};
use crate::domain::{TaskName, Visit, VisitFilter, VisitName};
use crate::error::Error;

/// The place of a visit in a list: task, then position.
struct Place {
    task: TaskName,
    position: i64,
}

impl Place {
    fn of(visit: &Visit) -> String {
        format!("{} {}", visit.name.task, visit.position)
    }

    fn read(key: &str) -> Option<Self> {
        let (task, position) = key.split_once(' ')?;
        Some(Self { task: TaskName::parse(task).ok()?, position: position.parse().ok()? })
    }
}

impl Store {
    /// One visit.
    ///
    /// # Errors
    /// [`Error::VisitNotFound`].
    pub async fn visit(&self, name: &VisitName) -> Result<Visit, Error> {
        read(&mut self.db.begin_read().await?, name).await
    }

    /// Visits within a scope, in the order of task and position.
    ///
    /// # Errors
    /// What every read can meet.
    pub async fn visits(&self, filter: &VisitFilter, scope: &Scope, cut: &Cut) -> Result<Page<Visit>, Error> {
        let after = cut.behind(Place::read)?;
        let rows: Vec<VisitRow> = on!(self.db, |pool| {
            let mut sql = QueryBuilder::new(COLUMNS);
            push_scope(&mut sql, scope);
            if let Some(task) = &filter.task {
                sql.push(" AND task = ").push_bind(task.to_string());
            }
            if let Some(uscc) = &filter.uscc {
                sql.push(" AND uscc = ").push_bind(uscc.as_str());
            }
            if let Some(state) = filter.state {
                sql.push(" AND state = ").push_bind(state.stored());
                sql.push(if state.is_withdrawn() {
                    " AND withdrawn_on IS NOT NULL"
                } else {
                    " AND withdrawn_on IS NULL"
                });
            }
            if filter.warns_nobody {
                sql.push(" AND (NOT clue_led OR scanned_in_us IS NOT NULL OR visited_on IS NOT NULL)");
            }
            if let Some(after) = &after {
                sql.push(" AND (task, position) > (").push_bind(after.task.to_string());
                sql.push(", ").push_bind(after.position).push(")");
            }
            sql.push(" ORDER BY task, position LIMIT CAST(").push_bind(cut.size + 1).push(" AS BIGINT)");
            sql.build_query_as().fetch_all(pool).await
        })?;
        let rows = rows.into_iter().map(Visit::try_from).collect::<Result<Vec<_>, _>>()?;
        Ok(cut.page(rows, Place::of))
    }
}

/// One visit, as this transaction sees it.
pub(super) async fn read(tx: &mut Tx, name: &VisitName) -> Result<Visit, Error> {
    let row: Option<VisitRow> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new(COLUMNS);
        sql.push(" WHERE task = ").push_bind(name.task.to_string());
        sql.push(" AND uscc = ").push_bind(name.uscc.as_str());
        sql.build_query_as().fetch_optional(conn).await
    })?;
    let row = row.ok_or_else(|| Error::VisitNotFound(name.clone()))?;
    Ok(Visit::try_from(row)?)
}

/// Keeps a visit as it was read until the transaction ends: whoever changes or removes it meanwhile waits, and sees what was written about
/// it. Losing against a transaction that has changed it since it was read is [`Common::Contended`].
pub(super) async fn hold(tx: &mut Tx, visit: &Visit) -> Result<(), Common> {
    const SQL: &str = "UPDATE visit SET position = position WHERE task = $1 AND uscc = $2 AND revision = $3";
    if_unchanged(tx, visit, SQL).await
}

/// Removes a visit. Losing against a transaction that changed it since it was read, such as one that entered its result, is
/// [`Common::Contended`].
pub(super) async fn remove(tx: &mut Tx, visit: &Visit) -> Result<(), Common> {
    const SQL: &str = "DELETE FROM visit WHERE task = $1 AND uscc = $2 AND revision = $3";
    if_unchanged(tx, visit, SQL).await
}

/// Runs a statement about the row of a visit, which it finds by task, credit code and revision as they were read.
async fn if_unchanged(tx: &mut Tx, visit: &Visit, sql: &'static str) -> Result<(), Common> {
    let found = on!(tx, |conn| sqlx::query(sql)
        .bind(visit.name.task.to_string())
        .bind(visit.name.uscc.as_str())
        .bind(visit.revision)
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    if found == 1 { Ok(()) } else { Err(Common::Contended) }
}

/// Whether nobody comes to a visit who was recused from its enterprise: who was gives way first.
///
/// # Errors
/// [`Error::InspectorRecused`].
pub(super) async fn may_begin(tx: &mut Tx, visit: &Visit) -> Result<(), Error> {
    match inspector::recused(tx, visit).await? {
        Some(inspector_no) => Err(Error::InspectorRecused { visit: visit.name.clone(), inspector_no }),
        None => Ok(()),
    }
}

/// The position behind the last visit of a task.
pub(super) async fn next_position(tx: &mut Tx, task: &TaskName) -> Result<i64, sqlx::Error> {
    const SQL: &str = "SELECT COALESCE(MAX(position), -1) + 1 FROM visit WHERE task = $1";
    on!(tx, |conn| sqlx::query_scalar(SQL).bind(task.to_string()).fetch_one(conn).await)
}

/// How many visits of a task have no result that stands.
pub(super) async fn count_open(tx: &mut Tx, task: &TaskName) -> Result<i64, sqlx::Error> {
    const SQL: &str = "SELECT COUNT(*) FROM visit WHERE task = $1 AND NOT settled";
    on!(tx, |conn| sqlx::query_scalar(SQL).bind(task.to_string()).fetch_one(conn).await)
}
