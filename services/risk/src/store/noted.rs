//! Reads of classes and flags that the gateway answers from what it keeps.

use domain::RequestId;
use service::access_log::{self, LoggedRead};

use super::Store;
use crate::error::Error;

impl Store {
    /// Notes reads in the log, all or none, and once however often the request is repeated. They are durable when this answers.
    ///
    /// # Errors
    /// [`service::Error::RequestIdReused`] for other reads under the same request id.
    pub async fn note_reads(&self, request_id: &RequestId, reads: &[LoggedRead]) -> Result<(), Error> {
        Ok(access_log::write_once(&self.db, request_id, reads).await?)
    }
}
