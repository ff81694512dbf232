//! The table `rectification`: reading and writing rows.

use chrono::NaiveDate;
use db::{Tx, on};
use domain::{DivisionCode, FieldCode, OfficeCode, Uscc};
use service::Error as Common;
use sqlx::QueryBuilder;

use crate::domain::rectification::{Rectification, RectificationName};
use crate::error::Error;
use crate::machines::rectification::State;

/// All of a rectification.
pub(super) const COLUMNS: &str = "
    SELECT task, uscc, field, division, owner, state, ordered_on, rectify_by, reported_on, report, recheck_by, rechecked_on,
        recheck_note, failed_rechecks, case_no, case_opened_on, order_no, case_lead, lead_only, case_declined_on, case_declined_for, lifted_on,
        revision
    FROM rectification";

/// A row as stored.
#[derive(sqlx::FromRow)]
pub(super) struct RectificationRow {
    task: String,
    uscc: String,
    field: String,
    division: String,
    owner: String,
    state: String,
    ordered_on: NaiveDate,
    rectify_by: Option<NaiveDate>,
    reported_on: Option<NaiveDate>,
    report: String,
    recheck_by: Option<NaiveDate>,
    rechecked_on: Option<NaiveDate>,
    recheck_note: String,
    failed_rechecks: i64,
    case_no: String,
    case_opened_on: Option<NaiveDate>,
    order_no: String,
    case_lead: bool,
    lead_only: bool,
    case_declined_on: Option<NaiveDate>,
    case_declined_for: String,
    lifted_on: Option<NaiveDate>,
    revision: i64,
}

impl TryFrom<RectificationRow> for Rectification {
    type Error = Common;

    fn try_from(row: RectificationRow) -> Result<Self, Common> {
        let name = format!("{}/visits/{}/rectification", row.task, row.uscc);
        let of = |problem: String| Common::corrupt(format!("{name}: {problem}"));
        let stored: State = row.state.parse().map_err(of)?;
        Ok(Self {
            field: FieldCode::parse(&row.field).map_err(|problem| of(problem.to_string()))?,
            division: DivisionCode::parse(&row.division).map_err(|problem| of(problem.to_string()))?,
            owner: OfficeCode::parse(&row.owner).map_err(|problem| of(problem.to_string()))?,
            state: stored.read(
                row.lifted_on.is_some(),
                row.case_lead && row.case_declined_on.is_none(),
                row.lead_only,
            ),
            ordered_on: row.ordered_on,
            rectify_by: row.rectify_by,
            reported_on: row.reported_on,
            report: row.report,
            recheck_by: row.recheck_by,
            rechecked_on: row.rechecked_on,
            recheck_note: row.recheck_note,
            failed_rechecks: u32::try_from(row.failed_rechecks).map_err(|problem| of(problem.to_string()))?,
            case_no: row.case_no,
            case_opened_on: row.case_opened_on,
            order_no: row.order_no,
            case_lead: row.case_lead,
            lead_only: row.lead_only,
            case_declined_on: row.case_declined_on,
            case_declined_for: row.case_declined_for,
            lifted_on: row.lifted_on,
            revision: row.revision,
            name: RectificationName::parse(&name).map_err(|problem| of(problem.to_string()))?,
        })
    }
}

/// One rectification, as this transaction sees it.
pub(super) async fn find(tx: &mut Tx, name: &RectificationName) -> Result<Rectification, Error> {
    let row: Option<RectificationRow> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new(COLUMNS);
        sql.push(" WHERE task = ").push_bind(name.0.task.to_string());
        sql.push(" AND uscc = ").push_bind(name.0.uscc.as_str());
        sql.build_query_as().fetch_optional(conn).await
    })?;
    let row = row.ok_or_else(|| Error::RectificationNotFound(name.clone()))?;
    Ok(Rectification::try_from(row)?)
}

/// Writes a new rectification.
pub(super) async fn insert(tx: &mut Tx, one: &Rectification) -> Result<(), sqlx::Error> {
    const SQL: &str = "
        INSERT INTO rectification (task, uscc, field, division, owner, state, ordered_on, rectify_by, report, recheck_note,
            failed_rechecks, case_no, case_lead, order_no, lead_only, revision)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', '', 0, '', $9, $10, $11, 1)";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(one.name.0.task.to_string())
        .bind(one.name.0.uscc.as_str())
        .bind(one.field.as_str())
        .bind(one.division.as_str())
        .bind(one.owner.as_str())
        .bind(one.state.stored())
        .bind(one.ordered_on)
        .bind(one.rectify_by)
        .bind(one.case_lead)
        .bind(one.order_no.as_str())
        .bind(one.lead_only)
        .execute(conn)
        .await
        .map(drop))
}

/// The days on which cases were opened about what visits to an enterprise found.
pub(super) async fn cases_opened(tx: &mut Tx, uscc: &Uscc) -> Result<Vec<NaiveDate>, sqlx::Error> {
    // By the visits to it: the key of a rectification is that of its visit, and begins with the task.
    const SQL: &str = "
        SELECT r.case_opened_on FROM visit v
        JOIN rectification r ON r.task = v.task AND r.uscc = v.uscc
        WHERE v.uscc = $1 AND r.case_opened_on IS NOT NULL";
    on!(tx, |conn| sqlx::query_scalar(SQL).bind(uscc.as_str()).fetch_all(conn).await)
}

/// Writes what changes in the life of a rectification, and raises its revision. Losing against a transaction that changed it since it
/// was read is [`Common::Contended`].
pub(super) async fn update(tx: &mut Tx, one: &mut Rectification) -> Result<(), Common> {
    const SQL: &str = "
        UPDATE rectification SET state = $4, ordered_on = $5, rectify_by = $6, reported_on = $7, report = $8, recheck_by = $9,
            rechecked_on = $10, recheck_note = $11, failed_rechecks = $12, case_no = $13, lifted_on = $14,
            case_declined_on = $15, case_declined_for = $16, case_opened_on = $17, revision = revision + 1
        WHERE task = $1 AND uscc = $2 AND revision = $3";
    let written = on!(tx, |conn| sqlx::query(SQL)
        .bind(one.name.0.task.to_string())
        .bind(one.name.0.uscc.as_str())
        .bind(one.revision)
        .bind(one.state.stored())
        .bind(one.ordered_on)
        .bind(one.rectify_by)
        .bind(one.reported_on)
        .bind(one.report.as_str())
        .bind(one.recheck_by)
        .bind(one.rechecked_on)
        .bind(one.recheck_note.as_str())
        .bind(i64::from(one.failed_rechecks))
        .bind(one.case_no.as_str())
        .bind(one.lifted_on)
        .bind(one.case_declined_on)
        .bind(one.case_declined_for.as_str())
        .bind(one.case_opened_on)
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    if written != 1 {
        return Err(Common::Contended);
    }
    one.revision += 1;
    Ok(())
}
