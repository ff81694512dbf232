//! Pages of records and of tickets, the latest first, within what the caller may see.

use chrono::NaiveDate;
use contract::collection::v1 as pb;
use db::{Fingerprint, InvalidPageToken, PageToken, on};
use domain::Uscc;
use service::Error as Common;
use service::auth::Scope;
use sqlx::QueryBuilder;

use super::Store;
use super::record_row::{RecordRow, Stored, select_records};
use super::ticket_row::{TicketRow, ticket_columns};
use crate::domain::Kind;

/// Which records a page holds.
#[derive(Clone, Debug)]
pub struct RecordFilter {
    /// Only records of this party.
    pub uscc: Option<Uscc>,
    /// Only this kind.
    pub kind: Option<Kind>,
    /// Only this state; empty means all.
    pub state: String,
    /// Largest number of rows.
    pub size: i64,
    /// Token of the page; empty for the first.
    pub token: String,
}

/// Which tickets a page holds.
#[derive(Clone, Debug)]
pub struct TicketFilter {
    /// Only tickets about this party.
    pub uscc: Option<Uscc>,
    /// Only this state; empty means all.
    pub state: String,
    /// Largest number of rows.
    pub size: i64,
    /// Token of the page; empty for the first.
    pub token: String,
}

/// Leaves out what the caller may not see; what belongs to no field, or to no division, is not hidden by that. A macro,
/// because the builder's type names the engine.
macro_rules! push_scope {
    ($sql:ident, $scope:expr, $field:literal, $division:literal) => {{
        if let Some(fields) = $scope.field_codes() {
            $sql.push(concat!(" AND ", $field, " IN (''"));
            for field in fields {
                $sql.push(", ").push_bind(field);
            }
            $sql.push(")");
        }
        $sql.push(concat!(" AND ", $division, " IN (''"));
        for division in $scope.division_codes() {
            $sql.push(", ").push_bind(division);
        }
        $sql.push(")");
    }};
}

pub(super) use push_scope;

/// Adds the filters that records and tickets share, and the place in the list. `$day`: the column that orders the list.
macro_rules! push_page {
    ($sql:ident, $filter:expr, $after:expr, $row:literal, $day:literal) => {{
        if let Some(uscc) = &$filter.uscc {
            $sql.push(concat!(" AND ", $row, ".uscc = ")).push_bind(uscc.as_str().to_owned());
        }
        if !$filter.state.is_empty() {
            $sql.push(concat!(" AND ", $row, ".state = ")).push_bind($filter.state.clone());
        }
        if let Some((day, id)) = $after {
            $sql.push(concat!(" AND (", $row, ".", $day, ", ", $row, ".id) < (")).push_bind(day);
            $sql.push(", ").push_bind(id).push(")");
        }
        $sql.push(concat!(" ORDER BY ", $row, ".", $day, " DESC, ", $row, ".id DESC LIMIT "));
        $sql.push_bind($filter.size + 1);
    }};
}

impl Store {
    /// A page of records, the latest decision first.
    ///
    /// # Errors
    /// The token is not from an earlier page of the same list.
    pub async fn list_records(
        &self,
        filter: &RecordFilter,
        scope: &Scope,
    ) -> Result<pb::ListRecordsResponse, Common> {
        const SELECT: &str = concat!(select_records!(), " WHERE true");
        let kind = filter.kind.map_or("", Kind::as_str);
        let fingerprint = Fingerprint::of(&["records", code_of(filter.uscc.as_ref()), kind, &filter.state]);
        let after = place(&filter.token, fingerprint)?;
        let mut rows: Vec<RecordRow> = on!(&self.db, |pool| {
            let mut sql = QueryBuilder::new(SELECT);
            push_scope!(sql, scope, "r.field", "COALESCE(p.division, r.division)");
            if !kind.is_empty() {
                sql.push(" AND r.kind = ").push_bind(kind);
            }
            push_page!(sql, filter, after, "r", "decided_on");
            sql.build_query_as().fetch_all(pool).await
        })?;
        let next_page_token =
            PageToken::next(&mut rows, filter.size, fingerprint, |row| key(row.decided_on, &row.id));
        let records =
            rows.into_iter().map(|row| Ok(Stored::try_from(row)?.record)).collect::<Result<_, Common>>()?;
        Ok(pb::ListRecordsResponse { records, next_page_token })
    }

    /// A page of tickets, the latest accepted first. A ticket that names no place is seen by the division of its party.
    ///
    /// # Errors
    /// The token is not from an earlier page of the same list.
    pub async fn list_tickets(
        &self,
        filter: &TicketFilter,
        scope: &Scope,
    ) -> Result<pb::ListTicketsResponse, Common> {
        const SELECT: &str = concat!(
            "SELECT ",
            ticket_columns!("t."),
            " FROM ticket t LEFT JOIN party p ON p.uscc = t.uscc AND p.registered WHERE true"
        );
        let fingerprint = Fingerprint::of(&["tickets", code_of(filter.uscc.as_ref()), &filter.state]);
        let after = place(&filter.token, fingerprint)?;
        let mut rows: Vec<TicketRow> = on!(&self.db, |pool| {
            let mut sql = QueryBuilder::new(SELECT);
            push_scope!(sql, scope, "t.field", "COALESCE(NULLIF(t.division, ''), p.division, '')");
            push_page!(sql, filter, after, "t", "accepted_on");
            sql.build_query_as().fetch_all(pool).await
        })?;
        let next_page_token =
            PageToken::next(&mut rows, filter.size, fingerprint, |row| key(row.accepted_on, &row.id));
        let tickets = rows.into_iter().map(pb::Ticket::try_from).collect::<Result<_, Common>>()?;
        Ok(pb::ListTicketsResponse { tickets, next_page_token })
    }
}

fn code_of(uscc: Option<&Uscc>) -> &str {
    uscc.map_or("", Uscc::as_str)
}

fn key(day: NaiveDate, id: &str) -> String {
    format!("{day} {id}")
}

/// Where the page before this one ended.
fn place(token: &str, fingerprint: Fingerprint) -> Result<Option<(NaiveDate, String)>, InvalidPageToken> {
    let Some(key) = PageToken::decode(token, fingerprint)? else { return Ok(None) };
    let (day, id) = key.split_once(' ').ok_or(InvalidPageToken)?;
    let day = domain::parse_date(day).map_err(|_| InvalidPageToken)?;
    Ok(Some((day, id.to_owned())))
}
