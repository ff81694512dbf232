//! `xinjian.common.v1.Work`: the duties of a service, for the offices that answer for them.

use std::sync::Arc;

use contract::common::v1::{
    CountTimelinessRequest, CountTimelinessResponse, CountWorkRequest, CountWorkResponse, Duty,
    ListWorkRequest, ListWorkResponse, work_server::Work,
};
use db::{Db, Fingerprint, InvalidPageToken, PageToken, on, page_size};
use domain::{DivisionCode, FieldCode, OfficeCode};
use rulebook::Rulebook;
use sqlx::QueryBuilder;
use tonic::{Request, Response, Status};

use super::passing;
use crate::{
    Clock, Error, FieldErrors,
    auth::{Caller, Denied, Scope},
    filter,
    machine::Office,
};

/// Default and bound of a page, as the contract says.
const PAGE: (u32, u32) = (50, 500);
/// Stands for a day that is not known yet, after every known one.
const NO_DAY: &str = "9999-12-31";

/// Leaves out what the caller may not see: other fields, other divisions. A macro, because the builder's type names the engine.
macro_rules! push_scope {
    ($sql:ident, $scope:expr) => {{
        if let Some(fields) = $scope.field_codes() {
            $sql.push(" AND field IN (''");
            for field in fields {
                $sql.push(", ").push_bind(field);
            }
            $sql.push(")");
        }
        $sql.push(" AND division IN (''");
        for division in $scope.division_codes() {
            $sql.push(", ").push_bind(division);
        }
        $sql.push(")");
    }};
}
pub(super) use push_scope;

/// Leaves out the work of other offices: what they answer for, unless it has passed up to this one.
macro_rules! push_work_of {
    ($sql:ident, $office:expr) => {{
        if let Some(office) = $office {
            $sql.push(" AND (office = ").push_bind(office);
            $sql.push(" OR id IN (SELECT obligation FROM obligation_passed WHERE office = ");
            $sql.push_bind(office).push("))");
        }
    }};
}

/// Leaves out what has not passed up.
const PASSED_UP: &str = "id IN (SELECT obligation FROM obligation_passed)";

/// Serves `Work` from the duties of one service's database.
#[derive(Clone, Debug)]
pub struct WorkService {
    pub(super) db: Db,
    pub(super) book: Arc<Rulebook>,
    pub(super) clock: Clock,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    subject: String,
    office: String,
    kind: String,
    field: String,
    division: String,
    parameter: String,
    start_on: String,
    due_on: Option<String>,
    extended_from: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Count {
    open: i64,
    overdue: i64,
    awaiting_calendar: i64,
    passed_up: i64,
}

/// What a list is cut down to.
#[derive(Clone, Copy)]
struct Only<'a> {
    office: Option<&'a str>,
    about: &'a About,
    overdue_before: Option<&'a str>,
    passed_up: bool,
}

impl WorkService {
    /// Serves the duties in `db`, of the offices, fields and kinds of `book`.
    pub fn new(db: Db, book: Arc<Rulebook>, clock: Clock) -> Self {
        Self { db, book, clock }
    }

    async fn list(&self, caller: &Caller, request: &ListWorkRequest) -> Result<ListWorkResponse, Error> {
        let (asked, about, size) = self.asked(caller, request)?;
        let office = office_of(caller, asked)?;
        let fingerprint = Fingerprint::of(&[
            caller.subject(),
            &request.office,
            if request.only_overdue { "overdue" } else { "" },
            if request.only_passed_up { "passed up" } else { "" },
            &request.field,
            &request.division,
        ]);
        let after = match PageToken::decode(&request.page_token, fingerprint)? {
            Some(key) => Some(split_key(&key)?),
            None => None,
        };
        let today = self.clock.today().to_string();
        let only = Only {
            office: office.as_deref(),
            about: &about,
            overdue_before: request.only_overdue.then_some(today.as_str()),
            passed_up: request.only_passed_up,
        };
        let mut rows = self.read(&caller.scope(), only, after, size + 1).await?;
        let key = |row: &Row| format!("{} {}", row.due_on.as_deref().unwrap_or(NO_DAY), row.id);
        let next_page_token = PageToken::next(&mut rows, size, fingerprint, key);
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let mut passed = passing::of(&self.db, &ids).await?;
        let token = |row: &Row| PageToken::encode(fingerprint, &key(row));
        let duties = rows.into_iter().map(|row| {
            let passed_up = passed.remove(&row.id).unwrap_or_default();
            Duty { passed_up, page_token: token(&row), ..duty(row, &today) }
        });
        let duties = duties.collect();
        Ok(ListWorkResponse { duties, next_page_token })
    }

    /// Whose duties are asked for, about what, and how many, all faults at once.
    fn asked(
        &self,
        caller: &Caller,
        request: &ListWorkRequest,
    ) -> Result<(Option<OfficeCode>, About, i64), FieldErrors> {
        let mut errors = FieldErrors::default();
        let office = filter::office(&mut errors, ("office", &request.office), &self.book);
        let field = filter::field(&mut errors, &request.field, &self.book);
        let division = filter::division(&mut errors, &request.division, &caller.scope());
        let size = errors.check("page_size", page_size(request.page_size, PAGE.0, PAGE.1));
        errors.into_result().map(|()| (office, About { field, division }, size.unwrap_or_default()))
    }

    async fn read(
        &self,
        scope: &Scope,
        only: Only<'_>,
        after: Option<(String, i64)>,
        limit: i64,
    ) -> Result<Vec<Row>, Error> {
        const SELECT: &str = "
            SELECT id, subject, office, kind, field, division, parameter, start_on, due_on, extended_from
            FROM obligation
            WHERE done_on IS NULL";
        Ok(on!(&self.db, |pool| {
            let mut sql = QueryBuilder::new(SELECT);
            push_work_of!(sql, only.office);
            push_scope!(sql, scope);
            if let Some(field) = &only.about.field {
                sql.push(" AND field = ").push_bind(field.as_str());
            }
            if let Some(division) = &only.about.division {
                sql.push(" AND division IN (").push_bind(division.as_str());
                for below in DivisionCode::known().filter(|known| division.covers(known)) {
                    sql.push(", ").push_bind(below.to_string());
                }
                sql.push(")");
            }
            if let Some(today) = only.overdue_before {
                sql.push(" AND due_on < ").push_bind(today);
            }
            if only.passed_up {
                sql.push(" AND ").push(PASSED_UP);
            }
            if let Some((due_on, id)) = after {
                sql.push(" AND (COALESCE(due_on, '9999-12-31'), id) > (").push_bind(due_on);
                sql.push(", ").push_bind(id).push(")");
            }
            sql.push(" ORDER BY COALESCE(due_on, '9999-12-31'), id LIMIT CAST(")
                .push_bind(limit)
                .push(" AS BIGINT)");
            sql.build_query_as().fetch_all(pool).await
        })?)
    }

    async fn count(&self, caller: &Caller, request: &CountWorkRequest) -> Result<CountWorkResponse, Error> {
        const SELECT: &str = "
            SELECT COUNT(*) AS open,
                CAST(COALESCE(SUM(CASE WHEN due_on IS NULL THEN 1 ELSE 0 END), 0) AS BIGINT) AS awaiting_calendar,
                CAST(COALESCE(SUM(CASE WHEN due_on < ";
        const OVERDUE: &str = " THEN 1 ELSE 0 END), 0) AS BIGINT) AS overdue,
                CAST(COALESCE(SUM(CASE WHEN ";
        const FROM: &str =
            " THEN 1 ELSE 0 END), 0) AS BIGINT) AS passed_up FROM obligation WHERE done_on IS NULL";
        let mut errors = FieldErrors::default();
        let asked = filter::office(&mut errors, ("office", &request.office), &self.book);
        errors.into_result()?;
        let office = office_of(caller, asked)?;
        let (scope, today) = (caller.scope(), self.clock.today().to_string());
        let count: Count = on!(&self.db, |pool| {
            let mut sql = QueryBuilder::new(SELECT);
            sql.push_bind(today.as_str()).push(OVERDUE).push(PASSED_UP).push(FROM);
            push_work_of!(sql, office.as_deref());
            push_scope!(sql, &scope);
            sql.build_query_as().fetch_one(pool).await
        })?;
        Ok(CountWorkResponse {
            open: count.open,
            overdue: count.overdue,
            awaiting_calendar: count.awaiting_calendar,
            passed_up: count.passed_up,
        })
    }
}

/// What the duties of a list must be about.
#[derive(Debug)]
struct About {
    field: Option<FieldCode>,
    division: Option<DivisionCode>,
}

/// The office to filter by: an officer's own; CREDIT supervises the work of all (part 3 of the notice) and may choose.
pub(super) fn office_of(caller: &Caller, asked: Option<OfficeCode>) -> Result<Option<String>, Denied> {
    let own = caller.office();
    match asked {
        asked if own.as_str() == Office::CREDIT.code() => Ok(asked.map(|office| office.to_string())),
        Some(other) if other != *own => Err(Denied::OfficeNotPermitted { office: own.clone(), other }),
        _ => Ok(Some(own.to_string())),
    }
}

fn split_key(key: &str) -> Result<(String, i64), InvalidPageToken> {
    let (due_on, id) = key.split_once(' ').ok_or(InvalidPageToken)?;
    Ok((due_on.to_owned(), id.parse().map_err(|_| InvalidPageToken)?))
}

fn duty(row: Row, today: &str) -> Duty {
    // Days are stored as `YYYY-MM-DD`, whose order is the order of days.
    let overdue = row.due_on.as_deref().is_some_and(|due_on| due_on < today);
    Duty {
        subject: row.subject,
        office: row.office,
        kind: row.kind,
        field: row.field,
        division: row.division,
        parameter: row.parameter,
        start_on: row.start_on,
        due_on: row.due_on.unwrap_or_default(),
        overdue,
        extended_from: row.extended_from.unwrap_or_default(),
        ..Duty::default()
    }
}

#[tonic::async_trait]
impl Work for WorkService {
    async fn list_work(
        &self,
        request: Request<ListWorkRequest>,
    ) -> Result<Response<ListWorkResponse>, Status> {
        let caller = Caller::of(&request)?;
        Ok(Response::new(self.list(&caller, request.get_ref()).await?))
    }

    async fn count_work(
        &self,
        request: Request<CountWorkRequest>,
    ) -> Result<Response<CountWorkResponse>, Status> {
        let caller = Caller::of(&request)?;
        Ok(Response::new(self.count(&caller, request.get_ref()).await?))
    }

    async fn count_timeliness(
        &self,
        request: Request<CountTimelinessRequest>,
    ) -> Result<Response<CountTimelinessResponse>, Status> {
        let caller = Caller::of(&request)?;
        Ok(Response::new(self.timeliness(&caller, request.get_ref()).await?))
    }
}
