//! Publishing a batch of decided cases (R37).

use chrono::NaiveDate;
use contract::punishment::v1::PublishSeriousCasesResponse;
use prost::Message;
use service::idempotency::{self, Claim};

use crate::api::convert;
use crate::domain::list::{Advance, EntryName};
use crate::error::Error;
use crate::machines::serious::Event;
use crate::store::{Act, Store};

/// A batch to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The cases.
    pub names: Vec<EntryName>,
    /// Its title.
    pub title: String,
    /// Day of the publication; `None`: today.
    pub effective_on: Option<NaiveDate>,
}

impl Store {
    /// Publishes all cases of a batch, or none.
    ///
    /// # Errors
    /// [`Error::OfBatch`]: what the machine says of the first case that is not to be published, with its name.
    pub async fn publish_cases(
        &self,
        act: &Act<'_>,
        body: &impl Message,
        batch: &Batch,
    ) -> Result<PublishSeriousCasesResponse, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = idempotency::claim(&mut tx, &act.key, body, act.now).await? {
            return Ok(answer);
        }
        let publish = Advance {
            effective_on: batch.effective_on,
            reason: batch.title.clone(),
            ..Advance::bare(Event::Publish)
        };
        let mut cases = Vec::with_capacity(batch.names.len());
        for name in &batch.names {
            let published = self.step_case(&mut tx, act, name, &publish).await;
            cases.push(convert::serious_case(&published.map_err(|refused| refused.of_batch(name))?));
        }
        let answer = PublishSeriousCasesResponse { cases };
        idempotency::store_answer(&mut tx, &act.key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }
}
