//! Reading remedies.

use contract::collection::v1 as pb;
use service::Error as Common;
use service::auth::Caller;

use super::super::Store;
use super::super::about::{AboutFilter, select_about};
use super::row;
use crate::domain::NaturalId;
use crate::error::Error;

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
        filter: &AboutFilter,
        caller: &Caller,
    ) -> Result<pb::ListRemediesResponse, Common> {
        const SELECT: &str = select_about!("remedy");
        let page = self.page_about("remedies", SELECT, filter, &caller.scope()).await?;
        let (remedies, next_page_token) = page.try_shown(|row| row::read(&row.content))?;
        Ok(pb::ListRemediesResponse { remedies, next_page_token })
    }
}
