//! Whether duties were done in time, by office and kind (R27): counted from the rows themselves, so that it cannot differ from
//! the lists.

use chrono::NaiveDate;
use contract::common::v1::{CountTimelinessRequest, CountTimelinessResponse, Timeliness};
use db::on;
use domain::parse_date;
use sqlx::QueryBuilder;

use super::work::{WorkService, office_of, push_scope};
use crate::{Error, FieldErrors, auth::Caller, filter};

/// The rulebook's set of kinds of duties.
const DUTY_KINDS: &str = "duty_kind";

#[derive(sqlx::FromRow)]
struct Row {
    office: String,
    kind: String,
    in_time: i64,
    late: i64,
    overdue: i64,
    open: i64,
}

impl WorkService {
    pub(super) async fn timeliness(
        &self,
        caller: &Caller,
        request: &CountTimelinessRequest,
    ) -> Result<CountTimelinessResponse, Error> {
        // Days are stored as `YYYY-MM-DD`, whose order is the order of days.
        const SELECT: &str = "
            SELECT office, kind,
                CAST(SUM(CASE WHEN done_on <= due_on THEN 1 ELSE 0 END) AS BIGINT) AS in_time,
                CAST(SUM(CASE WHEN done_on > due_on THEN 1 ELSE 0 END) AS BIGINT) AS late,
                CAST(SUM(CASE WHEN done_on IS NULL AND due_on < ";
        const OPEN: &str = " THEN 1 ELSE 0 END) AS BIGINT) AS overdue,
                CAST(SUM(CASE WHEN done_on IS NULL AND due_on >= ";
        const FROM: &str = " THEN 1 ELSE 0 END) AS BIGINT) AS open FROM obligation WHERE due_on >= ";
        let mut errors = FieldErrors::default();
        let asked = filter::office(&mut errors, ("office", &request.office), &self.book);
        let kind = filter::code(&mut errors, ("kind", &request.kind), DUTY_KINDS, &self.book);
        let period = period(&mut errors, request);
        let (Some((from, to)), true) = (period, errors.is_empty()) else { return Err(errors.into()) };
        let office = office_of(caller, asked)?;
        let (scope, today) = (caller.scope(), self.clock.today().to_string());
        let rows: Vec<Row> = on!(&self.db, |pool| {
            let mut sql = QueryBuilder::new(SELECT);
            sql.push_bind(today.as_str()).push(OPEN).push_bind(today.as_str());
            sql.push(FROM).push_bind(from.to_string()).push(" AND due_on <= ").push_bind(to.to_string());
            if let Some(kind) = kind {
                sql.push(" AND kind = ").push_bind(kind);
            }
            if let Some(office) = office.as_deref() {
                sql.push(" AND office = ").push_bind(office);
            }
            push_scope!(sql, &scope);
            sql.push(" GROUP BY office, kind");
            sql.build_query_as().fetch_all(pool).await
        })?;
        let mut rows: Vec<Timeliness> = rows.into_iter().map(timeliness).collect();
        rows.sort_by(|one, other| (&one.office, &one.kind).cmp(&(&other.office, &other.kind)));
        Ok(CountTimelinessResponse { rows })
    }
}

fn period(errors: &mut FieldErrors, request: &CountTimelinessRequest) -> Option<(NaiveDate, NaiveDate)> {
    let from = errors.check("due_from", parse_date(&request.due_from));
    let to = errors.check("due_to", parse_date(&request.due_to));
    let (from, to) = (from?, to?);
    if from > to {
        errors.push("due_to", "lies before `due_from`");
        return None;
    }
    Some((from, to))
}

fn timeliness(row: Row) -> Timeliness {
    let Row { office, kind, in_time, late, overdue, open } = row;
    let (missed, judged) = (late + overdue, in_time + late + overdue);
    let late_share = if judged == 0 { 0.0 } else { missed as f64 / judged as f64 };
    Timeliness { office, kind, in_time, late, overdue, open, late_share }
}
