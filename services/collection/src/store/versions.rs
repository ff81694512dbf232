//! What records said before they were corrected.

use contract::collection::v1 as pb;
use db::{Fingerprint, InvalidPageToken, PageToken, Tx, on};
use domain::MicrosUtc;
use prost::Message;
use service::Error as Common;
use service::auth::Caller;
use service::fitting::Page;

use super::Store;
use super::record::find;
use super::record_row::Stored;
use crate::convert::timestamp;
use crate::domain::NaturalId;
use crate::error::Error;

/// Whose versions a page holds.
#[derive(Clone, Debug)]
pub struct VersionFilter {
    /// The record.
    pub id: NaturalId,
    /// Largest number of versions.
    pub size: i64,
    /// Token of the page; empty for the first.
    pub token: String,
}

/// A version as stored.
#[derive(sqlx::FromRow)]
struct PastRow {
    revision: i64,
    content: Vec<u8>,
    state: String,
    replaced_us: i64,
    reason: String,
    legal_basis: String,
    officer: String,
    office: String,
    cause: String,
}

impl PastRow {
    /// The version; what the system sets of it and is not kept is as of `present`.
    fn to_pb(&self, present: &pb::Record) -> Result<pb::RecordVersion, Common> {
        let content = pb::Record::decode(self.content.as_slice())
            .map_err(|problem| Common::corrupt(format!("{} {}: {problem}", present.name, self.revision)))?;
        let record = pb::Record {
            name: present.name.clone(),
            state: self.state.clone(),
            division: present.division.clone(),
            uscc: present.uscc.clone(),
            origin: present.origin.clone(),
            revision: self.revision,
            receive_time: present.receive_time,
            ..content
        };
        Ok(pb::RecordVersion {
            record: Some(record),
            replace_time: Some(timestamp(MicrosUtc(self.replaced_us))),
            reason: self.reason.clone(),
            legal_basis: self.legal_basis.clone(),
            officer: self.officer.clone(),
            office: self.office.clone(),
            cause: self.cause.clone(),
        })
    }
}

impl Store {
    /// The record `id` as the system knew it at `known_at`, as far as the caller may see it.
    ///
    /// # Errors
    /// [`Error::RecordNotFound`], also when it was not received by then; the caller's office does not act in its field or
    /// division.
    pub async fn record_at(
        &self,
        id: &NaturalId,
        known_at: MicrosUtc,
        caller: &Caller,
    ) -> Result<pb::Record, Error> {
        const SQL: &str = "
            SELECT revision, content, state, replaced_us, reason, legal_basis, officer, office, cause
            FROM record_past
            WHERE record_id = $1 AND replaced_us > $2
            ORDER BY revision
            LIMIT 1";
        let mut tx = self.db.begin_read().await?;
        let stored = seen(&mut tx, id, caller).await?;
        if stored.received > known_at {
            return Err(Error::RecordNotFound(id.clone()));
        }
        let past: Option<PastRow> = on!(tx, |conn| sqlx::query_as(SQL)
            .bind(id.as_str())
            .bind(known_at.micros())
            .fetch_optional(conn)
            .await)?;
        let Some(past) = past else { return Ok(stored.record) };
        Ok(past.to_pb(&stored.record)?.record.unwrap_or_default())
    }

    /// A page of what a record says now and has said before, the highest revision first, as far as the caller may see it.
    ///
    /// # Errors
    /// [`Error::RecordNotFound`]; the caller's office does not act in its field or division; the token is not from an earlier
    /// page of the same list.
    pub async fn record_versions(
        &self,
        filter: &VersionFilter,
        caller: &Caller,
    ) -> Result<pb::ListRecordVersionsResponse, Error> {
        const SQL: &str = "
            SELECT revision, content, state, replaced_us, reason, legal_basis, officer, office, cause
            FROM record_past
            WHERE record_id = $1 AND revision < $2
            ORDER BY revision DESC
            LIMIT CAST($3 AS BIGINT)";
        let fingerprint = Fingerprint::of(&["record-versions", filter.id.as_str()]);
        let after = place(&filter.token, fingerprint).map_err(Common::from)?;
        let mut tx = self.db.begin_read().await?;
        let present = seen(&mut tx, &filter.id, caller).await?.record;
        let past: Vec<PastRow> = on!(tx, |conn| sqlx::query_as(SQL)
            .bind(filter.id.as_str())
            .bind(after.unwrap_or(present.revision))
            .bind(filter.size + 1)
            .fetch_all(conn)
            .await)?;
        let mut versions = Vec::with_capacity(past.len() + 1);
        if after.is_none() {
            versions
                .push(pb::RecordVersion { record: Some(present.clone()), ..pb::RecordVersion::default() });
        }
        for row in &past {
            versions.push(row.to_pb(&present)?);
        }
        // One more than a page is enough to know that there is another.
        versions.truncate(usize::try_from(filter.size + 1).unwrap_or(usize::MAX));
        let page = Page::of(versions, filter.size, fingerprint, |version| {
            version.record.as_ref().map_or(0, |record| record.revision).to_string()
        });
        let (versions, next_page_token) = page.fitted();
        Ok(pb::ListRecordVersionsResponse { versions, next_page_token })
    }
}

/// The record `id`, as far as the caller may see it.
async fn seen(tx: &mut Tx, id: &NaturalId, caller: &Caller) -> Result<Stored, Error> {
    let stored = find(tx, id).await?.ok_or_else(|| Error::RecordNotFound(id.clone()))?;
    stored.may_be_touched_by(caller)?;
    Ok(stored)
}

/// Revision at which the page before this one ended.
fn place(token: &str, fingerprint: Fingerprint) -> Result<Option<i64>, InvalidPageToken> {
    let Some(key) = PageToken::decode(token, fingerprint)? else { return Ok(None) };
    key.parse().map(Some).map_err(|_| InvalidPageToken)
}
