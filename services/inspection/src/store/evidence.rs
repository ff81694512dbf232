//! Which files of evidence are kept. Their content lies in the archive and is there before a row says so.

use contract::inspection::v1 as pb;
use db::{Tx, on};
use domain::MicrosUtc;
use service::Error as Common;
use service::idempotency::Claim;

use super::{Act, Store, visit};
use crate::convert::evidence::to_pb;
use crate::domain::evidence::{EvidenceFile, EvidenceName};
use crate::domain::{Visit, VisitName};
use crate::error::Error;

impl Store {
    /// Whether a check of a visit names a digest.
    ///
    /// # Errors
    /// [`Error::VisitNotFound`], [`Error::EvidenceNotNamed`].
    pub async fn names_evidence(&self, name: &EvidenceName) -> Result<(), Error> {
        must_name(&self.visit(&name.visit).await?, name)
    }

    /// Says that the content of a file lies in the archive. Kept already, it stays as it was.
    ///
    /// # Errors
    /// [`Error::VisitNotFound`], [`Error::EvidenceNotNamed`].
    pub async fn keep_evidence(
        &self,
        act: &Act<'_>,
        body: &pb::UploadEvidenceRequest,
        file: EvidenceFile,
    ) -> Result<pb::EvidenceFile, Error> {
        const SQL: &str = "
            INSERT INTO evidence_file (task, uscc, digest, media_type, size_bytes, uploaded_by, uploaded_at_us)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (task, uscc, digest) DO NOTHING";
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = act.claim(&mut tx, body).await? {
            return Ok(answer);
        }
        must_name(&visit::read(&mut tx, &file.name.visit).await?, &file.name)?;
        let EvidenceName { visit: VisitName { task, uscc }, digest } = &file.name;
        on!(tx, |conn| sqlx::query(SQL)
            .bind(task.to_string())
            .bind(uscc.as_str())
            .bind(digest.to_hex())
            .bind(file.media_type.as_str())
            .bind(i64::try_from(file.size_bytes).unwrap_or(i64::MAX))
            .bind(act.caller.subject())
            .bind(file.uploaded_at.micros())
            .execute(conn)
            .await
            .map(drop))?;
        let kept = find(&mut tx, &file.name).await?;
        Ok(act.answer(tx, to_pb(&kept)).await?)
    }

    /// A file that is kept.
    ///
    /// # Errors
    /// [`Error::EvidenceNotFound`].
    pub async fn evidence(&self, name: &EvidenceName) -> Result<EvidenceFile, Error> {
        find(&mut self.db.begin_read().await?, name).await
    }
}

fn must_name(visit: &Visit, name: &EvidenceName) -> Result<(), Error> {
    let checks = visit.finding.as_ref().and_then(|finding| finding.checks.as_deref()).unwrap_or_default();
    let mut named = checks.iter().flat_map(|check| &check.evidence);
    if named.any(|evidence| evidence.digest == name.digest) {
        return Ok(());
    }
    Err(Error::EvidenceNotNamed(name.clone()))
}

async fn find(tx: &mut Tx, name: &EvidenceName) -> Result<EvidenceFile, Error> {
    const SQL: &str = "
        SELECT media_type, size_bytes, uploaded_at_us FROM evidence_file
        WHERE task = $1 AND uscc = $2 AND digest = $3";
    let row: Option<(String, i64, i64)> = on!(tx, |conn| sqlx::query_as(SQL)
        .bind(name.visit.task.to_string())
        .bind(name.visit.uscc.as_str())
        .bind(name.digest.to_hex())
        .fetch_optional(conn)
        .await)?;
    let (media_type, size_bytes, at) = row.ok_or_else(|| Error::EvidenceNotFound(name.clone()))?;
    let size_bytes = u64::try_from(size_bytes).map_err(|problem| Common::corrupt(problem.to_string()))?;
    Ok(EvidenceFile { name: name.clone(), media_type, size_bytes, uploaded_at: MicrosUtc(at) })
}
