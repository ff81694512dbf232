//! Reading matches.

use chrono::NaiveDate;
use contract::collection::v1 as pb;
use db::{Fingerprint, on};
use service::Error as Common;
use service::auth::Caller;
use service::fitting::Page;
use sqlx::QueryBuilder;

use super::super::Store;
use super::super::list::{place_in_time, push_scope};
use super::super::ticket::reads_tickets;
use super::row::{self, MatchRow, SELECT};
use super::subject::Subject;
use crate::domain::NaturalId;
use crate::error::Error;

/// Which matches a page holds.
#[derive(Clone, Debug)]
pub struct MatchFilter {
    /// Only matches of this record or ticket.
    pub subject: Option<Subject>,
    /// Only this state; empty means all.
    pub state: String,
    /// Largest number of rows.
    pub size: i64,
    /// Token of the page; empty for the first.
    pub token: String,
}

impl Store {
    /// The match `id`, as far as the caller may see it.
    ///
    /// # Errors
    /// [`Error::MatchNotFound`], or the caller's office has nothing to do with it.
    pub async fn party_match(
        &self,
        id: &NaturalId,
        caller: &Caller,
        today: NaiveDate,
    ) -> Result<pb::Match, Error> {
        let mut tx = self.db.begin_read().await.map_err(Common::from)?;
        let row = row::find(&mut tx, id).await?;
        row.may_be_touched_by(caller, &self.book, today)?;
        Ok(row.to_pb())
    }

    /// A page of matches, the latest proposed first.
    ///
    /// # Errors
    /// The token is not from an earlier page of the same list.
    pub async fn list_matches(
        &self,
        filter: &MatchFilter,
        caller: &Caller,
        today: NaiveDate,
    ) -> Result<pb::ListMatchesResponse, Common> {
        let scope = caller.scope();
        let subject = filter.subject.as_ref().map(Subject::name).unwrap_or_default();
        let fingerprint = Fingerprint::of(&["matches", &subject, &filter.state]);
        let after = place_in_time(&filter.token, fingerprint)?;
        let rows: Vec<MatchRow> = on!(&self.db, |pool| {
            let mut sql = QueryBuilder::new(SELECT);
            push_scope!(sql, scope, "m.field", "m.division");
            if !reads_tickets(caller, &self.book, today) {
                sql.push(" AND m.sort = 'record'");
            }
            if !subject.is_empty() {
                sql.push(" AND m.subject = ").push_bind(subject.as_str());
            }
            if !filter.state.is_empty() {
                sql.push(" AND m.state = ").push_bind(filter.state.as_str());
            }
            if let Some((micros, id)) = after {
                sql.push(" AND (m.created_us, m.id) < (")
                    .push_bind(micros)
                    .push(", ")
                    .push_bind(id)
                    .push(")");
            }
            sql.push(" ORDER BY m.created_us DESC, m.id DESC LIMIT CAST(")
                .push_bind(filter.size + 1)
                .push(" AS BIGINT)");
            sql.build_query_as().fetch_all(pool).await
        })?;
        let page = Page::of(rows, filter.size, fingerprint, |row| format!("{} {}", row.created_us, row.id));
        let (matches, next_page_token) = page.shown(MatchRow::to_pb);
        Ok(pb::ListMatchesResponse { matches, next_page_token })
    }
}
