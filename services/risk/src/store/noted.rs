//! Reads of classes and flags that the gateway answers from what it keeps.

use contract::risk::v1 as pb;
use domain::MicrosUtc;
use service::access_log::{self, LoggedRead};
use service::idempotency::{Claim, Key, claim, store_answer};

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
        if let Claim::Repeat(answer) = claim(&mut tx, key, body, now).await? {
            return Ok(answer);
        }
        access_log::write(&mut tx, reads).await?;
        let answer = pb::NoteReadsResponse {};
        store_answer(&mut tx, key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }
}
