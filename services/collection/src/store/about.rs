//! Pages of what is about records and seen like them: objections and remedies, the latest first.

use db::{Fingerprint, on};
use domain::Uscc;
use service::Error as Common;
use service::auth::Scope;
use service::fitting::Page;
use sqlx::QueryBuilder;

use super::Store;
use super::list::{place_in_time, push_scope};
use super::sql::push_under;
use crate::domain::NaturalId;

/// Which objections, or which remedies, a page holds.
#[derive(Clone, Debug)]
pub struct AboutFilter {
    /// Only those about this record.
    pub record: Option<NaturalId>,
    /// Only those about records of this party.
    pub uscc: Option<Uscc>,
    /// Only this state; empty means all.
    pub state: String,
    /// Largest number of rows.
    pub size: i64,
    /// Token of the page; empty for the first.
    pub token: String,
}

/// Selects the rows of a table that are about records, as [`Store::page_about`] reads them: `a` is one, `r` its record.
macro_rules! select_about {
    ($table:literal) => {
        concat!(
            "SELECT a.id, a.created_us, a.content FROM ",
            $table,
            // Found from what is about it, by its key; and what is about the records of a party, from these.
            " a JOIN record r ON r.key = unhex(a.record_id) AND r.id = a.record_id
             LEFT JOIN party p ON p.uscc = r.uscc AND p.registered WHERE true"
        )
    };
}
pub(super) use select_about;

/// One row of a page.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct Listed {
    id: String,
    created_us: i64,
    /// The objection or remedy, encoded.
    pub(super) content: Vec<u8>,
}

impl Store {
    /// A page. `list`: what is listed; its tokens are no other list's.
    pub(super) async fn page_about(
        &self,
        list: &str,
        select: &'static str,
        filter: &AboutFilter,
        scope: &Scope,
    ) -> Result<Page<Listed>, Common> {
        let record = filter.record.as_ref().map_or("", NaturalId::as_str);
        let uscc = filter.uscc.as_ref().map_or("", Uscc::as_str);
        let fingerprint = Fingerprint::of(&[list, record, uscc, &filter.state]);
        let after = place_in_time(&filter.token, fingerprint)?;
        let rows: Vec<Listed> = on!(&self.db, |pool| {
            let mut sql = QueryBuilder::new(select);
            push_scope!(sql, scope, "r.field", "COALESCE(p.division, r.division)");
            if !record.is_empty() {
                sql.push(" AND a.record_id = ").push_bind(record);
            }
            if !uscc.is_empty() {
                push_under(&mut sql, uscc);
            }
            if !filter.state.is_empty() {
                sql.push(" AND a.state = ").push_bind(filter.state.as_str());
            }
            if let Some((micros, id)) = after {
                sql.push(" AND (a.created_us, a.id) < (").push_bind(micros);
                sql.push(", ").push_bind(id).push(")");
            }
            sql.push(" ORDER BY a.created_us DESC, a.id DESC LIMIT CAST(")
                .push_bind(filter.size + 1)
                .push(" AS BIGINT)");
            sql.build_query_as().fetch_all(pool).await
        })?;
        Ok(Page::of(rows, filter.size, fingerprint, |row| format!("{} {}", row.created_us, row.id)))
    }
}
