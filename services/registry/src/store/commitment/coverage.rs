//! How far the letters of a field are signed, as of a day (R19).
//!
//! Who should have signed held a valid licence of the field on the day: one that a later decision ended or suspended was valid
//! before it, one that was withdrawn never was. Who had, signed by then a letter that was in force. The division is the
//! enterprise's present one.

use chrono::NaiveDate;
use db::on;
use domain::FieldCode;
use service::fitting::Page;
use sqlx::{Database, Encode, QueryBuilder, Type};

use crate::domain::{VALID, WITHDRAWN};
use crate::error::Error;
use crate::store::Store;
use crate::store::list::{Cut, push_divisions};

/// Whose letters to look at.
#[derive(Clone, Debug)]
pub struct CoverageFilter {
    /// Divisions; only enterprises there.
    pub divisions: Vec<String>,
    /// Key field.
    pub field: FieldCode,
    /// Day to tell it for.
    pub as_of: NaiveDate,
}

/// How far the letters are signed in one division.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Covered {
    /// Division of the enterprises.
    pub division: String,
    /// Enterprises that should have signed.
    pub due: i64,
    /// Those of them that had.
    pub signed: i64,
}

/// An enterprise that should have signed and had not.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Missing {
    /// Credit code.
    pub uscc: String,
    /// Legal name.
    pub legal_name: String,
    /// Division.
    pub division: String,
    /// Letter that was sent to it and waits for its signature; empty when none was sent.
    pub letter: String,
}

impl Store {
    /// Counts, division by division, in the order of the codes.
    pub async fn coverage(&self, filter: &CoverageFilter) -> Result<Vec<Covered>, Error> {
        Ok(on!(self.db, |pool| {
            let mut sql = QueryBuilder::new("SELECT due.division, COUNT(*) AS due, COUNT(CASE WHEN ");
            push_signed(&mut sql, filter);
            sql.push(" THEN 1 END) AS signed FROM ");
            push_due(&mut sql, filter);
            sql.push(" GROUP BY due.division ORDER BY due.division");
            sql.build_query_as().fetch_all(pool).await
        })?)
    }

    /// Those who should have signed and had not, in the order of their codes.
    pub async fn missing(&self, filter: &CoverageFilter, cut: &Cut) -> Result<Page<Missing>, Error> {
        const SELECT: &str = "
            SELECT due.uscc, due.legal_name, due.division, COALESCE((
                SELECT c.id FROM commitment c
                WHERE c.uscc = due.uscc AND c.ended_on IS NULL AND c.signed_on IS NULL AND c.field = ";
        let rows: Vec<Missing> = on!(self.db, |pool| {
            let mut sql = QueryBuilder::new(SELECT);
            sql.push_bind(filter.field.as_str()).push("), '') AS letter FROM ");
            push_due(&mut sql, filter);
            sql.push(" WHERE due.uscc > ").push_bind(&cut.after).push(" AND NOT ");
            push_signed(&mut sql, filter);
            sql.push(" ORDER BY due.uscc LIMIT CAST(").push_bind(cut.size + 1).push(" AS BIGINT)");
            sql.build_query_as().fetch_all(pool).await
        })?;
        Ok(cut.page(rows, |last: &Missing| last.uscc.clone()))
    }
}

/// Adds the enterprises that held a valid licence of the field on the day, as `due`.
fn push_due<'t, DB: Database>(sql: &mut QueryBuilder<DB>, filter: &'t CoverageFilter)
where
    for<'a> &'a str: Encode<'a, DB> + Type<DB>,
    NaiveDate: Encode<'t, DB> + Type<DB>,
{
    sql.push(
        "(SELECT e.uscc, e.legal_name, e.division FROM enterprise e WHERE EXISTS (
        SELECT 1 FROM licence l WHERE l.uscc = e.uscc AND l.field = ",
    );
    sql.push_bind(filter.field.as_str()).push(" AND (l.state = ").push_bind(VALID);
    sql.push(" OR (l.state <> ").push_bind(WITHDRAWN).push(" AND l.decided_on > ").push_bind(filter.as_of);
    sql.push(")) AND l.valid_from <= ").push_bind(filter.as_of);
    sql.push(" AND l.valid_to >= ").push_bind(filter.as_of).push(")");
    push_divisions(sql, "e.division", &filter.divisions);
    sql.push(") due");
}

/// Adds the condition that `due` had signed on the day.
fn push_signed<'t, DB: Database>(sql: &mut QueryBuilder<DB>, filter: &'t CoverageFilter)
where
    for<'a> &'a str: Encode<'a, DB> + Type<DB>,
    NaiveDate: Encode<'t, DB> + Type<DB>,
{
    sql.push("EXISTS (SELECT 1 FROM commitment c WHERE c.uscc = due.uscc AND c.field = ");
    sql.push_bind(filter.field.as_str()).push(" AND c.signed_on <= ").push_bind(filter.as_of);
    sql.push(" AND (c.valid_to IS NULL OR c.valid_to >= ").push_bind(filter.as_of);
    sql.push(") AND (c.ended_on IS NULL OR c.ended_on > ").push_bind(filter.as_of).push("))");
}
