//! Reading plans, their visits and their conflicts.

use contract::inspection::v1 as pb;
use db::{InvalidPageToken, Tx, on};
use domain::{FieldCode, Uscc};
use service::Error as Common;
use service::fitting::Page;
use sqlx::QueryBuilder;

use super::row::{self, COLUMNS, PlanRow};
use crate::convert::plan::plan_to_pb;
use crate::domain::plan::{Month, Plan, PlannedVisit};
use crate::domain::{PlanName, split};
use crate::error::Error;
use crate::machines::plan::State;
use crate::store::sql::push_list;
use crate::store::{Cut, Store};

/// A visit with its place in the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitOfPlan {
    position: i64,
    /// The visit.
    pub visit: PlannedVisit,
}

/// A conflict with its place in the plan.
#[derive(Clone, Debug, PartialEq)]
pub struct ConflictOfPlan {
    position: i64,
    /// The conflict, as it is shown.
    pub conflict: pb::PlanConflict,
}

#[derive(sqlx::FromRow)]
struct VisitRow {
    position: i64,
    month: i64,
    uscc: String,
    fields: String,
    full_check: String,
    counts: bool,
}

impl TryFrom<VisitRow> for VisitOfPlan {
    type Error = Common;

    fn try_from(row: VisitRow) -> Result<Self, Common> {
        let of = |problem: String| Common::corrupt(format!("planned visit to {}: {problem}", row.uscc));
        let codes = |text: &str| split(text).map(FieldCode::parse).collect::<Result<Vec<_>, _>>();
        let visit = PlannedVisit {
            month: u32::try_from(row.month).map_err(|problem| of(problem.to_string()))?,
            uscc: Uscc::parse(&row.uscc).map_err(|problem| of(problem.to_string()))?,
            fields: codes(&row.fields).map_err(|problem| of(problem.to_string()))?,
            full_check: codes(&row.full_check).map_err(|problem| of(problem.to_string()))?,
            counts: row.counts,
        };
        Ok(Self { position: row.position, visit })
    }
}

impl Store {
    /// One version of a plan.
    ///
    /// # Errors
    /// [`Error::PlanNotFound`].
    pub async fn plan(&self, name: &PlanName) -> Result<pb::Plan, Error> {
        Ok(plan_to_pb(&row::find(&mut self.db.begin_read().await?, name).await?))
    }

    /// Plans, the latest year and version first; all, or only those that everyone may see.
    ///
    /// # Errors
    /// What every read can meet.
    pub async fn plans(&self, only_public: bool, cut: &Cut) -> Result<Page<pb::Plan>, Error> {
        let states = State::ALL.iter().filter(|state| !only_public || state.is_public());
        let states: Vec<String> = states.map(|state| state.stored().to_owned()).collect();
        let after = cut.behind(|key| PlanName::parse(key).ok())?;
        let rows: Vec<PlanRow> = on!(self.db, |pool| {
            let mut sql = QueryBuilder::new(COLUMNS);
            sql.push(" WHERE state IN");
            push_list(&mut sql, &states);
            if only_public {
                sql.push(" AND cancelled_for = ''");
            }
            if let Some(after) = &after {
                sql.push(" AND (year, version) < (").push_bind(i64::from(after.year()));
                sql.push(", ").push_bind(i64::from(after.version())).push(")");
            }
            sql.push(" ORDER BY year DESC, version DESC LIMIT CAST(")
                .push_bind(cut.size + 1)
                .push(" AS BIGINT)");
            sql.build_query_as().fetch_all(pool).await
        })?;
        let plans = rows.into_iter().map(|row| Plan::try_from(row).map(|plan| plan_to_pb(&plan)));
        let plans = plans.collect::<Result<Vec<_>, _>>()?;
        Ok(cut.page(plans, |last| last.name.clone()))
    }

    /// The visits of a version by month and enterprise.
    ///
    /// # Errors
    /// [`Error::PlanNotFound`].
    pub async fn planned_visits(&self, name: &PlanName, cut: &Cut) -> Result<Page<VisitOfPlan>, Error> {
        const SQL: &str = "
            SELECT position, month, uscc, fields, full_check, counts FROM plan_visit
            WHERE year = $1 AND version = $2 AND position > $3
            ORDER BY position LIMIT CAST($4 AS BIGINT)";
        let after = after(cut)?;
        self.plan(name).await?;
        let rows: Vec<VisitRow> = on!(self.db, |pool| sqlx::query_as(SQL)
            .bind(i64::from(name.year()))
            .bind(i64::from(name.version()))
            .bind(after)
            .bind(cut.size + 1)
            .fetch_all(pool)
            .await)?;
        let rows = rows.into_iter().map(VisitOfPlan::try_from).collect::<Result<Vec<_>, _>>()?;
        Ok(cut.page(rows, |last| last.position.to_string()))
    }

    /// The conflicts of a version.
    ///
    /// # Errors
    /// [`Error::PlanNotFound`].
    pub async fn plan_conflicts(&self, name: &PlanName, cut: &Cut) -> Result<Page<ConflictOfPlan>, Error> {
        const SQL: &str = "
            SELECT position, kind, uscc, excess, description FROM plan_conflict
            WHERE year = $1 AND version = $2 AND position > $3
            ORDER BY position LIMIT CAST($4 AS BIGINT)";
        let after = after(cut)?;
        self.plan(name).await?;
        let rows: Vec<(i64, String, String, i64, String)> = on!(self.db, |pool| sqlx::query_as(SQL)
            .bind(i64::from(name.year()))
            .bind(i64::from(name.version()))
            .bind(after)
            .bind(cut.size + 1)
            .fetch_all(pool)
            .await)?;
        let conflict = |(position, kind, uscc, excess, description)| ConflictOfPlan {
            position,
            conflict: pb::PlanConflict { kind, uscc, excess, description },
        };
        let rows: Vec<ConflictOfPlan> = rows.into_iter().map(conflict).collect();
        Ok(cut.page(rows, |last| last.position.to_string()))
    }
}

/// The visits of a month of a version, in their order.
pub(super) async fn visits_of_month(
    tx: &mut Tx,
    name: &PlanName,
    month: Month,
) -> Result<Vec<PlannedVisit>, Common> {
    const SQL: &str = "
        SELECT position, month, uscc, fields, full_check, counts FROM plan_visit
        WHERE year = $1 AND version = $2 AND month = $3
        ORDER BY position";
    let rows: Vec<VisitRow> = on!(tx, |conn| sqlx::query_as(SQL)
        .bind(i64::from(name.year()))
        .bind(i64::from(name.version()))
        .bind(i64::from(month))
        .fetch_all(conn)
        .await)?;
    rows.into_iter().map(|row| VisitOfPlan::try_from(row).map(|row| row.visit)).collect()
}

/// The position of the last row of the page before.
fn after(cut: &Cut) -> Result<i64, InvalidPageToken> {
    Ok(cut.behind(|key| key.parse().ok())?.unwrap_or(-1))
}
