//! Pages of records and of tickets, the latest first, within what the caller may see.

use std::str::FromStr;

use chrono::NaiveDate;
use contract::collection::v1 as pb;
use db::{Fingerprint, InvalidPageToken, PageToken, Tx, on};
use domain::Uscc;
use service::Error as Common;
use service::auth::Scope;
use service::erasure::bare_sql;
use service::fitting::Page;
use service::machine::Actor;
use sqlx::QueryBuilder;

use super::Store;
use super::listed::{Listed, WITH_PUBLICATIONS};
use super::record_row::select_records;
use super::sql::{push_list, push_under};
use super::ticket_row::{TicketRow, ticket_columns};
use crate::domain::{Kind, NaturalId};
use crate::machines::record::{Event, RECORD, State, before};

/// Which records a page holds.
#[derive(Clone, Debug)]
pub struct RecordFilter {
    /// Only records of this party.
    pub uscc: Option<Uscc>,
    /// Only this kind.
    pub kind: Option<Kind>,
    /// Only this state, as it reads today; empty means all.
    pub state: String,
    /// Only what the publicity system shows today.
    pub only_public: bool,
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

/// The beginning of a condition on the publications of the record: on some chain its term is not over. A day and `))` follow.
const RUNS: &str = "EXISTS (
    SELECT 1 FROM publication c
    WHERE c.record_id = r.id AND (c.ends_on IS NULL OR c.ends_on >= ";
/// What the publicity system shows, as it stands now; a day and `))` follow. The states are the words of the index `record_public`.
const PUBLIC: &str = " AND r.state IN ('Published', 'Objected') AND EXISTS (
    SELECT 1 FROM publication c
    WHERE c.record_id = r.id AND c.chain = 'publicity' AND c.state IN ('Pending', 'Shown') AND c.problem = ''
      AND c.published_on IS NOT NULL AND (c.ends_on IS NULL OR c.ends_on >= ";

/// Adds the state by which records are filtered, as it reads today: a publication whose terms are over has expired, whether or
/// not that has been booked.
macro_rules! push_record_state {
    ($sql:ident, $state:expr, $today:expr) => {{
        let state = $state;
        let expiring: Vec<&'static str> = before(Event::Expire).map(State::as_str).collect();
        if expiring.contains(&state) {
            $sql.push(" AND r.state = ").push_bind(state).push(" AND ").push(RUNS);
            $sql.push_bind($today).push("))");
        } else if state == expired()? {
            $sql.push(" AND (r.state = ").push_bind(state).push(" OR (r.state IN");
            push_list(&mut $sql, &expiring);
            $sql.push(" AND NOT ").push(RUNS).push_bind($today).push("))))");
        } else if !state.is_empty() {
            $sql.push(" AND r.state = ").push_bind(state);
        }
    }};
}

/// Adds the place in the list and the size of the page. `$day`: the column that orders the list; `$key`: the one that orders what is of
/// one day.
macro_rules! push_page {
    ($sql:ident, $size:expr, $after:expr, $row:literal, $day:literal, $key:literal) => {{
        if let Some((day, key)) = $after {
            $sql.push(concat!(" AND (", $row, ".", $day, ", ", $row, ".", $key, ") < (")).push_bind(day);
            $sql.push(", ").push_bind(key).push(")");
        }
        $sql.push(concat!(" ORDER BY ", $row, ".", $day, " DESC, ", $row, ".", $key, " DESC LIMIT CAST("));
        $sql.push_bind($size + 1).push(" AS BIGINT)");
    }};
}

impl Store {
    /// A page of records as they stand on the day `today`, the latest decision first; of one day, the latest taken first.
    ///
    /// # Errors
    /// The token is not from an earlier page of the same list.
    pub async fn list_records(
        &self,
        filter: &RecordFilter,
        scope: &Scope,
        today: NaiveDate,
    ) -> Result<pb::ListRecordsResponse, Common> {
        const SELECT: &str = concat!("WITH page AS (", select_records!(), " WHERE true");
        let kind = filter.kind.map_or("", Kind::as_str);
        let public = if filter.only_public { "public" } else { "" };
        let parts = ["records", code_of(filter.uscc.as_ref()), kind, &filter.state, public];
        let fingerprint = Fingerprint::of(&parts);
        let after = place::<i64>(&filter.token, fingerprint)?;
        let rows: Vec<Listed> = on!(&self.db, |pool| {
            let mut sql = QueryBuilder::new(SELECT);
            push_scope!(sql, scope, "r.field", "COALESCE(p.division, r.division)");
            if !kind.is_empty() {
                sql.push(" AND r.kind = ").push_bind(kind);
            }
            push_record_state!(sql, filter.state.as_str(), today);
            if filter.only_public {
                sql.push(PUBLIC).push_bind(today).push("))");
            }
            if let Some(uscc) = &filter.uscc {
                push_under(&mut sql, uscc.as_str());
            }
            push_page!(sql, filter.size, after, "r", "decided_on", "rowid");
            sql.push(WITH_PUBLICATIONS).build_query_as().fetch_all(pool).await
        })?;
        let (records, next_page_token) = self.page_of(rows, (filter.size, fingerprint), today)?;
        Ok(pb::ListRecordsResponse { records, next_page_token })
    }

    /// A page of the records that stand under no credit code and say that their party is called `bare`, as they stand on the day `today`,
    /// the latest decision first. One that was withdrawn stands under none, whatever party officers had matched it with. `bare`: a name as
    /// [`service::erasure::bare`] leaves it.
    ///
    /// # Errors
    /// The token is not from an earlier page of the same list.
    pub async fn records_called(
        &self,
        bare: &str,
        (size, token): (i64, &str),
        scope: &Scope,
        today: NaiveDate,
    ) -> Result<pb::FindRecordsResponse, Common> {
        // The words of the index `record_called`, whose expression is the text of `bare_sql`.
        const SELECT: &str = concat!(
            "WITH page AS (",
            select_records!(),
            " WHERE (r.uscc IS NULL OR r.state = 'Withdrawn') AND r.erased_us IS NULL
                AND (r.uscc IS NULL
                    OR EXISTS (SELECT 1 FROM party_match m WHERE m.subject = 'records/' || r.id)) AND "
        );
        let fingerprint = Fingerprint::of(&["records", "called", bare]);
        let after = place::<i64>(token, fingerprint)?;
        let rows: Vec<Listed> = on!(&self.db, |pool| {
            let mut sql = QueryBuilder::new(SELECT);
            sql.push(bare_sql("r.party_name")).push(" = ").push_bind(bare);
            push_scope!(sql, scope, "r.field", "COALESCE(p.division, r.division)");
            push_page!(sql, size, after, "r", "decided_on", "rowid");
            sql.push(WITH_PUBLICATIONS).build_query_as().fetch_all(pool).await
        })?;
        let (records, next_page_token) = self.page_of(rows, (size, fingerprint), today)?;
        Ok(pb::FindRecordsResponse { records, next_page_token })
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
        let after = place::<String>(&filter.token, fingerprint)?;
        let rows: Vec<TicketRow> = on!(&self.db, |pool| {
            let mut sql = QueryBuilder::new(SELECT);
            push_scope!(sql, scope, "t.field", "COALESCE(NULLIF(t.division, ''), p.division, '')");
            if !filter.state.is_empty() {
                sql.push(" AND t.state = ").push_bind(&filter.state);
            }
            if let Some(uscc) = &filter.uscc {
                sql.push(" AND t.uscc = ").push_bind(uscc.as_str());
            }
            push_page!(sql, filter.size, after, "t", "accepted_on", "id");
            sql.build_query_as().fetch_all(pool).await
        })?;
        let page = Page::of(rows, filter.size, fingerprint, |row| key(row.accepted_on, &row.id));
        let (tickets, next_page_token) = page.try_shown(|row| pb::Ticket::try_from(row.clone()))?;
        Ok(pb::ListTicketsResponse { tickets, next_page_token })
    }
}

/// Whether the publicity system shows the record on the day `today`.
pub(super) async fn is_public(tx: &mut Tx, id: &NaturalId, today: NaiveDate) -> Result<bool, sqlx::Error> {
    let count: i64 = on!(tx, |conn| {
        let mut sql = QueryBuilder::new("SELECT COUNT(*) FROM record r WHERE r.key = unhex(");
        sql.push_bind(id.as_str()).push(")").push(PUBLIC).push_bind(today).push("))");
        sql.build_query_scalar().fetch_one(conn).await
    })?;
    Ok(count > 0)
}

/// The state of a record whose publication has run out.
fn expired() -> Result<&'static str, Common> {
    Ok(RECORD.step(State::Published, Event::Expire, &Actor::system())?.to.as_str())
}

fn code_of(uscc: Option<&Uscc>) -> &str {
    uscc.map_or("", Uscc::as_str)
}

pub(super) fn key(day: NaiveDate, key: impl std::fmt::Display) -> String {
    format!("{day} {key}")
}

/// Where the page before this one ended.
fn place<K: FromStr>(
    token: &str,
    fingerprint: Fingerprint,
) -> Result<Option<(NaiveDate, K)>, InvalidPageToken> {
    let Some(place) = PageToken::decode(token, fingerprint)? else { return Ok(None) };
    let (day, key) = place.split_once(' ').ok_or(InvalidPageToken)?;
    let day = domain::parse_date(day).map_err(|_| InvalidPageToken)?;
    Ok(Some((day, key.parse().map_err(|_| InvalidPageToken)?)))
}

/// Where the page before this one ended, in a list that is ordered by instant and id.
pub(super) fn place_in_time(
    token: &str,
    fingerprint: Fingerprint,
) -> Result<Option<(i64, String)>, InvalidPageToken> {
    let Some(key) = PageToken::decode(token, fingerprint)? else { return Ok(None) };
    let (micros, id) = key.split_once(' ').ok_or(InvalidPageToken)?;
    Ok(Some((micros.parse().map_err(|_| InvalidPageToken)?, id.to_owned())))
}
