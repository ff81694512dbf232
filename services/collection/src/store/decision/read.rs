//! Reading decision documents.

use chrono::NaiveDate;
use contract::collection::v1 as pb;
use db::{Fingerprint, InvalidPageToken, PageToken, Tx};
use service::Error as Common;
use service::auth::Caller;
use service::fitting::Page;

use super::row::{self, AFTER_ALL};
use super::text_name;
use crate::domain::NaturalId;
use crate::domain::decision::DocumentName;
use crate::error::Error;
use crate::store::list::is_public;
use crate::store::record::find;
use crate::store::record_row::Stored;
use crate::store::{Store, VersionFilter};

impl Store {
    /// A decision document, as far as the caller may see its record. Its contents lie in the archive.
    ///
    /// # Errors
    /// [`Error::RecordNotFound`], [`Error::DecisionNotFound`]; the caller's office does not act in its field or division.
    pub async fn decision_document(
        &self,
        name: &DocumentName,
        caller: &Caller,
    ) -> Result<pb::DecisionDocument, Error> {
        let mut tx = self.db.begin_read().await?;
        seen(&mut tx, &name.record, caller).await?;
        let document = row::find(&mut tx, name).await?;
        document.ok_or_else(|| Error::DecisionNotFound(name.to_string()))
    }

    /// A page of the decision documents of a record, the latest first, as far as the caller may see it.
    ///
    /// # Errors
    /// [`Error::RecordNotFound`]; the caller's office does not act in its field or division; the token is not from an earlier page of
    /// the same list.
    pub async fn decision_documents(
        &self,
        filter: &VersionFilter,
        caller: &Caller,
    ) -> Result<pb::ListDecisionDocumentsResponse, Error> {
        let fingerprint = Fingerprint::of(&["decision-documents", filter.id.as_str()]);
        let after = place(&filter.token, fingerprint).map_err(Common::from)?;
        let mut tx = self.db.begin_read().await?;
        seen(&mut tx, &filter.id, caller).await?;
        let rows = row::before(&mut tx, filter.id.as_str(), after, filter.size + 1).await?;
        let page = Page::of(rows, filter.size, fingerprint, |(number, _)| number.to_string());
        let (documents, next_page_token) = page.try_shown(|(_, content)| row::read(content))?;
        Ok(pb::ListDecisionDocumentsResponse { documents, next_page_token })
    }

    /// Digest of the text of a decision that everyone may read on the day `today`: one that the publicity system shows.
    ///
    /// # Errors
    /// [`Error::RecordNotFound`], [`Error::DecisionNotFound`]; the caller's office does not act in its field or division.
    pub async fn decision_text(
        &self,
        id: &NaturalId,
        caller: &Caller,
        today: NaiveDate,
    ) -> Result<String, Error> {
        let mut tx = self.db.begin_read().await?;
        let mut record = seen(&mut tx, id, caller).await?.record;
        row::name_texts(&mut tx, vec![&mut record]).await?;
        if record.decision_text.is_empty() || !is_public(&mut tx, id, today).await? {
            return Err(Error::DecisionNotFound(text_name(&record.name)));
        }
        Ok(record.decision_text_digest)
    }
}

/// The record `id`, as far as the caller may see it.
async fn seen(tx: &mut Tx, id: &NaturalId, caller: &Caller) -> Result<Stored, Error> {
    let stored = find(tx, id).await?.ok_or_else(|| Error::RecordNotFound(id.clone()))?;
    stored.may_be_touched_by(caller)?;
    Ok(stored)
}

/// Number at which the page before this one ended.
fn place(token: &str, fingerprint: Fingerprint) -> Result<i64, InvalidPageToken> {
    let Some(key) = PageToken::decode(token, fingerprint)? else { return Ok(AFTER_ALL) };
    key.parse().map_err(|_| InvalidPageToken)
}
