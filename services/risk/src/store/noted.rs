//! Reads of classes and flags that the gateway answers from what it keeps.

use contract::risk::v1 as pb;
use domain::MicrosUtc;
use service::access_log::{self, LoggedRead};
use service::idempotency::{Claim, Key, claim_answered};

use super::Store;
use crate::error::Error;

impl Store {
    /// Notes reads in the log, all or none, and once however often the request is repeated. They are durable when this answers.
    ///
    /// # Errors
    /// [`service::Error::RequestIdReused`] for another body under the same request id.
    pub async fn note_reads(
        &self,
        (key, body): (&Key<'_>, &pb::NoteReadsRequest),
        reads: &[LoggedRead],
        now: MicrosUtc,
    ) -> Result<pb::NoteReadsResponse, Error> {
        let mut tx = self.db.begin_write().await?;
        let answer = pb::NoteReadsResponse {};
        if let Claim::Repeat(answer) = claim_answered(&mut tx, key, body, &answer, now).await? {
            return Ok(answer);
        }
        access_log::write(&mut tx, reads).await?;
        tx.commit().await?;
        Ok(answer)
    }
}
