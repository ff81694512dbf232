//! Reading objections.

use contract::collection::v1 as pb;
use service::Error as Common;
use service::auth::Caller;

use super::super::Store;
use super::super::about::{AboutFilter, select_about};
use super::row;
use crate::domain::NaturalId;
use crate::error::Error;

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
        filter: &AboutFilter,
        caller: &Caller,
    ) -> Result<pb::ListObjectionsResponse, Common> {
        const SELECT: &str = select_about!("objection");
        let page = self.page_about("objections", SELECT, filter, &caller.scope()).await?;
        let (objections, next_page_token) = page.try_shown(|row| row::read(&row.content))?;
        Ok(pb::ListObjectionsResponse { objections, next_page_token })
    }
}
