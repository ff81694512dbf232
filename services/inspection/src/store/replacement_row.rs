//! The table `replacement`: reading and writing rows.

use chrono::NaiveDate;
use db::{Tx, on};
use domain::MicrosUtc;
use service::Error as Common;
use sqlx::QueryBuilder;

use crate::domain::replacement::{CitedEvent, NewReplacement, Replacement, ReplacementName};
use crate::domain::{InspectorNo, TaskName, VisitName};
use crate::error::Error;
use crate::machines::replacement::State;

const COLUMNS: &str = "
    SELECT task, number, uscc, inspector_no, slot, ground, cited, state, proposed_by, reason, position, next, revision,
        created_at_us, lapsed_on
    FROM replacement";

/// A row as stored.
#[derive(sqlx::FromRow)]
struct ReplacementRow {
    task: String,
    number: i64,
    uscc: String,
    inspector_no: String,
    slot: Option<i64>,
    ground: String,
    cited: String,
    state: String,
    proposed_by: String,
    reason: String,
    position: Option<i64>,
    next: String,
    revision: i64,
    created_at_us: i64,
    lapsed_on: Option<NaiveDate>,
}

impl TryFrom<ReplacementRow> for Replacement {
    type Error = Common;

    fn try_from(row: ReplacementRow) -> Result<Self, Common> {
        let of =
            |problem: String| Common::corrupt(format!("{}/replacements/{}: {problem}", row.task, row.number));
        let small = |number: i64| u32::try_from(number).map_err(|problem| of(problem.to_string()));
        let visit = format!("{}/visits/{}", row.task, row.uscc);
        let inspector = Some(row.inspector_no.as_str()).filter(|no| !no.is_empty()).map(InspectorNo::parse);
        Ok(Self {
            name: ReplacementName {
                task: TaskName::parse(&row.task).map_err(|problem| of(problem.to_string()))?,
                number: row.number,
            },
            proposed: NewReplacement {
                visit: VisitName::parse(&visit).map_err(|problem| of(problem.to_string()))?,
                inspector: inspector.transpose().map_err(|problem| of(problem.to_string()))?,
                cited: CitedEvent::parse(&row.cited).map_err(|problem| of(problem.to_string()))?,
                ground: row.ground,
            },
            slot: row.slot.map(small).transpose()?,
            state: row.state.parse::<State>().map_err(of)?.read(row.lapsed_on.is_some()),
            proposed_by: row.proposed_by,
            reason: row.reason,
            position: row.position.map(small).transpose()?,
            next: row.next,
            revision: row.revision,
            created_at: MicrosUtc(row.created_at_us),
        })
    }
}

/// One replacement, as this transaction sees it.
pub(super) async fn find(tx: &mut Tx, name: &ReplacementName) -> Result<Replacement, Error> {
    let row: Option<ReplacementRow> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new(COLUMNS);
        sql.push(" WHERE task = ").push_bind(name.task.to_string());
        sql.push(" AND number = ").push_bind(name.number);
        sql.build_query_as().fetch_optional(conn).await
    })?;
    let row = row.ok_or_else(|| Error::ReplacementNotFound(name.clone()))?;
    Ok(Replacement::try_from(row)?)
}

/// The replacements of a task in the order of their numbers, at most `limit` after `after`.
pub(super) async fn list(
    tx: &mut Tx,
    task: &TaskName,
    (after, limit): (i64, i64),
) -> Result<Vec<Replacement>, Common> {
    let rows: Vec<ReplacementRow> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new(COLUMNS);
        sql.push(" WHERE task = ").push_bind(task.to_string()).push(" AND number > ").push_bind(after);
        sql.push(" ORDER BY number LIMIT CAST(").push_bind(limit).push(" AS BIGINT)");
        sql.build_query_as().fetch_all(conn).await
    })?;
    rows.into_iter().map(Replacement::try_from).collect()
}

/// The approved replacements of a task in the order of their approval.
pub(super) async fn approved(tx: &mut Tx, task: &TaskName) -> Result<Vec<Replacement>, Common> {
    let rows: Vec<ReplacementRow> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new(COLUMNS);
        sql.push(" WHERE task = ").push_bind(task.to_string());
        sql.push(" AND position IS NOT NULL ORDER BY position");
        sql.build_query_as().fetch_all(conn).await
    })?;
    rows.into_iter().map(Replacement::try_from).collect()
}

/// Writes a new replacement under the next number of its task, and gives it that number. Of two at once one is [`Common::Contended`].
pub(super) async fn insert(tx: &mut Tx, one: &mut Replacement) -> Result<(), Common> {
    const LAST: &str = "SELECT COALESCE(MAX(number), 0) FROM replacement WHERE task = $1";
    const SQL: &str = "
        INSERT INTO replacement (task, number, uscc, inspector_no, slot, ground, cited, state, proposed_by, reason, next,
            revision, created_at_us)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', '', 1, $10)
        ON CONFLICT (task, number) DO NOTHING";
    let task = one.name.task.to_string();
    let last: i64 = on!(tx, |conn| sqlx::query_scalar(LAST).bind(&task).fetch_one(conn).await)?;
    one.name.number = last + 1;
    let inspector = one.proposed.inspector.as_ref().map_or("", InspectorNo::as_str);
    let written = on!(tx, |conn| sqlx::query(SQL)
        .bind(&task)
        .bind(one.name.number)
        .bind(one.proposed.visit.uscc.as_str())
        .bind(inspector)
        .bind(one.slot.map(i64::from))
        .bind(one.proposed.ground.as_str())
        .bind(one.proposed.cited.as_str())
        .bind(one.state.stored())
        .bind(one.proposed_by.as_str())
        .bind(one.created_at.micros())
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    if written == 1 { Ok(()) } else { Err(Common::Contended) }
}

/// Writes a decision, and raises the revision. Losing against a transaction that changed it since it was read is
/// [`Common::Contended`].
pub(super) async fn update(tx: &mut Tx, one: &mut Replacement) -> Result<(), Common> {
    const SQL: &str = "
        UPDATE replacement SET state = $4, reason = $5, position = $6, next = $7, revision = revision + 1
        WHERE task = $1 AND number = $2 AND revision = $3";
    let written = on!(tx, |conn| sqlx::query(SQL)
        .bind(one.name.task.to_string())
        .bind(one.name.number)
        .bind(one.revision)
        .bind(one.state.stored())
        .bind(one.reason.as_str())
        .bind(one.position.map(i64::from))
        .bind(one.next.as_str())
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    if written != 1 {
        return Err(Common::Contended);
    }
    one.revision += 1;
    Ok(())
}
