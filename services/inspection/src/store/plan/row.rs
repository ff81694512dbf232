//! The table `plan`: reading and writing rows.

use db::{Tx, on};
use domain::{FieldCode, MicrosUtc};
use service::Error as Common;
use sqlx::QueryBuilder;

use crate::domain::plan::{Drafting, Plan, PlanMonth};
use crate::domain::{PlanName, split};
use crate::error::Error;
use crate::machines::plan::State;

/// All of a version but its visits and conflicts.
pub(super) const COLUMNS: &str = "
    SELECT year, version, title, state, reason, drafted_by, from_month, annual_cap, capacities, visits, overdue, conflicts,
        months, document_no, cancelled_for, rulebook_hash, revision, created_at_us
    FROM plan";

/// A row as stored.
#[derive(sqlx::FromRow)]
pub(super) struct PlanRow {
    year: i64,
    version: i64,
    title: String,
    state: String,
    reason: String,
    drafted_by: String,
    from_month: i64,
    annual_cap: Option<i64>,
    capacities: String,
    visits: i64,
    overdue: i64,
    conflicts: i64,
    months: String,
    document_no: String,
    cancelled_for: String,
    rulebook_hash: String,
    revision: i64,
    created_at_us: i64,
}

impl TryFrom<PlanRow> for Plan {
    type Error = Common;

    fn try_from(row: PlanRow) -> Result<Self, Common> {
        let of = |problem: String| Common::corrupt(format!("plan {}-{}: {problem}", row.year, row.version));
        let small = |number: i64| u32::try_from(number).map_err(|problem| of(problem.to_string()));
        let size = |number: i64| u64::try_from(number).map_err(|problem| of(problem.to_string()));
        let year = i32::try_from(row.year).map_err(|problem| of(problem.to_string()))?;
        let part = |text: &str| of(format!("`{text}` is no part of a list"));
        let capacity = |text| read_capacity(text).ok_or_else(|| part(text));
        let month = |text| read_month(text).ok_or_else(|| part(text));
        Ok(Self {
            name: PlanName::new(year, small(row.version)?),
            drafting: Drafting {
                capacity: split(&row.capacities).map(capacity).collect::<Result<_, _>>()?,
                title: row.title,
            },
            state: row.state.parse::<State>().map_err(of)?.read(!row.cancelled_for.is_empty()),
            reason: row.reason,
            drafted_by: row.drafted_by,
            from: small(row.from_month)?,
            cap: row.annual_cap.map(small).transpose()?,
            months: split(&row.months).map(month).collect::<Result<_, _>>()?,
            visits: size(row.visits)?,
            overdue: size(row.overdue)?,
            conflicts: size(row.conflicts)?,
            document_no: row.document_no,
            cancelled_for: row.cancelled_for,
            rulebook_hash: row.rulebook_hash,
            revision: row.revision,
            created_at: MicrosUtc(row.created_at_us),
        })
    }
}

fn read_capacity(text: &str) -> Option<(FieldCode, u64)> {
    let (field, visits) = text.split_once(':')?;
    Some((FieldCode::parse(field).ok()?, visits.parse().ok()?))
}

fn capacities(plan: &Plan) -> String {
    let capacities: Vec<_> =
        plan.drafting.capacity.iter().map(|(field, visits)| format!("{field}:{visits}")).collect();
    capacities.join(",")
}

fn read_month(text: &str) -> Option<PlanMonth> {
    let mut parts = text.split(':');
    let mut next = || parts.next();
    Some(PlanMonth {
        month: next()?.parse().ok()?,
        field: FieldCode::parse(next()?).ok()?,
        visits: next()?.parse().ok()?,
        full_checks: next()?.parse().ok()?,
    })
}

fn months(plan: &Plan) -> String {
    let month = |one: &PlanMonth| format!("{}:{}:{}:{}", one.month, one.field, one.visits, one.full_checks);
    plan.months.iter().map(month).collect::<Vec<_>>().join(",")
}

/// One version, as this transaction sees it.
pub(super) async fn find(tx: &mut Tx, name: &PlanName) -> Result<Plan, Error> {
    let row: Option<PlanRow> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new(COLUMNS);
        sql.push(" WHERE year = ").push_bind(i64::from(name.year()));
        sql.push(" AND version = ").push_bind(i64::from(name.version()));
        sql.build_query_as().fetch_optional(conn).await
    })?;
    let row = row.ok_or_else(|| Error::PlanNotFound(name.clone()))?;
    Ok(Plan::try_from(row)?)
}

/// The latest version of the plan of a year that was not given up.
pub(super) async fn latest(tx: &mut Tx, year: i32) -> Result<Option<Plan>, Common> {
    let row: Option<PlanRow> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new(COLUMNS);
        sql.push(" WHERE year = ").push_bind(i64::from(year));
        sql.push(" AND cancelled_for = '' ORDER BY version DESC LIMIT 1");
        sql.build_query_as().fetch_optional(conn).await
    })?;
    row.map(Plan::try_from).transpose()
}

/// The version of a year that is in force.
pub(super) async fn in_force(tx: &mut Tx, year: i32) -> Result<Option<Plan>, Common> {
    let row: Option<PlanRow> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new(COLUMNS);
        sql.push(" WHERE year = ").push_bind(i64::from(year));
        sql.push(" AND state = ").push_bind(State::Published.stored());
        sql.build_query_as().fetch_optional(conn).await
    })?;
    row.map(Plan::try_from).transpose()
}

/// The versions of earlier years that are in force.
pub(super) async fn in_force_before(tx: &mut Tx, year: i32) -> Result<Vec<Plan>, Common> {
    let rows: Vec<PlanRow> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new(COLUMNS);
        sql.push(" WHERE year < ").push_bind(i64::from(year));
        sql.push(" AND state = ").push_bind(State::Published.stored());
        sql.build_query_as().fetch_all(conn).await
    })?;
    rows.into_iter().map(Plan::try_from).collect()
}

/// The name of the next version of a year. The number of one that was given up names no other.
pub(super) async fn next_name(tx: &mut Tx, year: i32) -> Result<PlanName, Common> {
    const SQL: &str = "SELECT CAST(COALESCE(MAX(version), 0) AS BIGINT) FROM plan WHERE year = $1";
    let last: i64 = on!(tx, |conn| sqlx::query_scalar(SQL).bind(i64::from(year)).fetch_one(conn).await)?;
    let next =
        u32::try_from(last + 1).map_err(|problem| Common::corrupt(format!("plan {year}: {problem}")))?;
    Ok(PlanName::new(year, next))
}

/// Writes a new version. Of two at once one is [`Common::Contended`].
pub(super) async fn insert(tx: &mut Tx, plan: &Plan) -> Result<(), Common> {
    const SQL: &str = "
        INSERT INTO plan (year, version, title, state, reason, drafted_by, from_month, annual_cap, capacities, visits, overdue,
            conflicts, months, document_no, rulebook_hash, revision, created_at_us)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
        ON CONFLICT (year, version) DO NOTHING";
    let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let written = on!(tx, |conn| sqlx::query(SQL)
        .bind(i64::from(plan.name.year()))
        .bind(i64::from(plan.name.version()))
        .bind(plan.drafting.title.as_str())
        .bind(plan.state.stored())
        .bind(plan.reason.as_str())
        .bind(plan.drafted_by.as_str())
        .bind(i64::from(plan.from))
        .bind(plan.cap.map(i64::from))
        .bind(capacities(plan))
        .bind(count(plan.visits))
        .bind(count(plan.overdue))
        .bind(count(plan.conflicts))
        .bind(months(plan))
        .bind(plan.document_no.as_str())
        .bind(plan.rulebook_hash.as_str())
        .bind(plan.revision)
        .bind(plan.created_at.micros())
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    if written == 1 { Ok(()) } else { Err(Common::Contended) }
}

/// Writes a version that is there, and raises its revision. Losing against a transaction that changed it since it was read is
/// [`Common::Contended`].
pub(super) async fn update(tx: &mut Tx, plan: &mut Plan) -> Result<(), Common> {
    const SQL: &str = "
        UPDATE plan SET title = $4, state = $5, drafted_by = $6, from_month = $7, annual_cap = $8, capacities = $9, visits = $10,
            overdue = $11, conflicts = $12, months = $13, document_no = $14, rulebook_hash = $15, cancelled_for = $16,
            revision = revision + 1
        WHERE year = $1 AND version = $2 AND revision = $3";
    let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let written = on!(tx, |conn| sqlx::query(SQL)
        .bind(i64::from(plan.name.year()))
        .bind(i64::from(plan.name.version()))
        .bind(plan.revision)
        .bind(plan.drafting.title.as_str())
        .bind(plan.state.stored())
        .bind(plan.drafted_by.as_str())
        .bind(i64::from(plan.from))
        .bind(plan.cap.map(i64::from))
        .bind(capacities(plan))
        .bind(count(plan.visits))
        .bind(count(plan.overdue))
        .bind(count(plan.conflicts))
        .bind(months(plan))
        .bind(plan.document_no.as_str())
        .bind(plan.rulebook_hash.as_str())
        .bind(plan.cancelled_for.as_str())
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    if written != 1 {
        return Err(Common::Contended);
    }
    plan.revision += 1;
    Ok(())
}
