//! Reading remedies.

use contract::collection::v1 as pb;
use db::{Fingerprint, PageToken, on};
use domain::Uscc;
use service::Error as Common;
use service::auth::Caller;
use sqlx::QueryBuilder;

use super::super::Store;
use super::super::list::{place_in_time, push_scope};
use super::row;
use crate::domain::NaturalId;
use crate::error::Error;

/// Which remedies a page holds.
#[derive(Clone, Debug)]
pub struct RemedyFilter {
    /// Only remedies about this record.
    pub record: Option<NaturalId>,
    /// Only remedies about records of this party.
    pub uscc: Option<Uscc>,
    /// Only this state; empty means all.
    pub state: String,
    /// Largest number of rows.
    pub size: i64,
    /// Token of the page; empty for the first.
    pub token: String,
}

#[derive(sqlx::FromRow)]
struct Listed {
    id: String,
    created_us: i64,
    content: Vec<u8>,
}

impl Store {
    /// The remedy `id`, as far as the caller may see it.
    ///
    /// # Errors
    /// [`Error::RemedyNotFound`], or the caller's office does not act in the field or division of its record.
    pub async fn remedy(&self, id: &NaturalId, caller: &Caller) -> Result<pb::Remedy, Error> {
        let mut tx = self.db.begin_read().await?;
        Ok(row::find_for(&mut tx, id, caller).await?.remedy)
    }

    /// A page of remedies, the latest registered first.
    ///
    /// # Errors
    /// The token is not from an earlier page of the same list.
    pub async fn list_remedies(
        &self,
        filter: &RemedyFilter,
        caller: &Caller,
    ) -> Result<pb::ListRemediesResponse, Common> {
        const SELECT: &str = "
            SELECT m.id, m.created_us, m.content
            FROM remedy m JOIN record r ON r.id = m.record_id LEFT JOIN party p ON p.uscc = r.uscc AND p.registered
            WHERE true";
        let scope = caller.scope();
        let record = filter.record.as_ref().map_or("", NaturalId::as_str);
        let uscc = filter.uscc.as_ref().map_or("", Uscc::as_str);
        let fingerprint = Fingerprint::of(&["remedies", record, uscc, &filter.state]);
        let after = place_in_time(&filter.token, fingerprint)?;
        let mut rows: Vec<Listed> = on!(&self.db, |pool| {
            let mut sql = QueryBuilder::new(SELECT);
            push_scope!(sql, scope, "r.field", "COALESCE(p.division, r.division)");
            if !record.is_empty() {
                sql.push(" AND m.record_id = ").push_bind(record);
            }
            if !uscc.is_empty() {
                sql.push(" AND r.uscc = ").push_bind(uscc);
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
            sql.push(" ORDER BY m.created_us DESC, m.id DESC LIMIT ").push_bind(filter.size + 1);
            sql.build_query_as().fetch_all(pool).await
        })?;
        let next_page_token = PageToken::next(&mut rows, filter.size, fingerprint, |row| {
            format!("{} {}", row.created_us, row.id)
        });
        let remedies = rows.iter().map(|row| row::read(&row.content)).collect::<Result<_, _>>()?;
        Ok(pb::ListRemediesResponse { remedies, next_page_token })
    }
}
