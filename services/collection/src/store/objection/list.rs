//! Reading objections.

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

/// Which objections a page holds.
#[derive(Clone, Debug)]
pub struct ObjectionFilter {
    /// Only objections to this record.
    pub record: Option<NaturalId>,
    /// Only objections to records of this party.
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
    /// The objection `id`, as far as the caller may see it.
    ///
    /// # Errors
    /// [`Error::ObjectionNotFound`], or the caller's office does not act in the field or division of its record.
    pub async fn objection(&self, id: &NaturalId, caller: &Caller) -> Result<pb::Objection, Error> {
        let mut tx = self.db.begin_read().await?;
        Ok(row::find_for(&mut tx, id, caller).await?.objection)
    }

    /// A page of objections, the latest lodged first.
    ///
    /// # Errors
    /// The token is not from an earlier page of the same list.
    pub async fn list_objections(
        &self,
        filter: &ObjectionFilter,
        caller: &Caller,
    ) -> Result<pb::ListObjectionsResponse, Common> {
        const SELECT: &str = "
            SELECT o.id, o.created_us, o.content
            FROM objection o JOIN record r ON r.id = o.record_id LEFT JOIN party p ON p.uscc = r.uscc AND p.registered
            WHERE true";
        let scope = caller.scope();
        let record = filter.record.as_ref().map_or("", NaturalId::as_str);
        let uscc = filter.uscc.as_ref().map_or("", Uscc::as_str);
        let fingerprint = Fingerprint::of(&["objections", record, uscc, &filter.state]);
        let after = place_in_time(&filter.token, fingerprint)?;
        let mut rows: Vec<Listed> = on!(&self.db, |pool| {
            let mut sql = QueryBuilder::new(SELECT);
            push_scope!(sql, scope, "r.field", "COALESCE(p.division, r.division)");
            if !record.is_empty() {
                sql.push(" AND o.record_id = ").push_bind(record);
            }
            if !uscc.is_empty() {
                sql.push(" AND r.uscc = ").push_bind(uscc);
            }
            if !filter.state.is_empty() {
                sql.push(" AND o.state = ").push_bind(filter.state.as_str());
            }
            if let Some((micros, id)) = after {
                sql.push(" AND (o.created_us, o.id) < (")
                    .push_bind(micros)
                    .push(", ")
                    .push_bind(id)
                    .push(")");
            }
            sql.push(" ORDER BY o.created_us DESC, o.id DESC LIMIT ").push_bind(filter.size + 1);
            sql.build_query_as().fetch_all(pool).await
        })?;
        let next_page_token = PageToken::next(&mut rows, filter.size, fingerprint, |row| {
            format!("{} {}", row.created_us, row.id)
        });
        let objections = rows.iter().map(|row| row::read(&row.content)).collect::<Result<_, _>>()?;
        Ok(pb::ListObjectionsResponse { objections, next_page_token })
    }
}
