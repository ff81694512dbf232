//! collection's feed: what became of the records that our results are. Objections, reconsideration and litigation are settled there; a
//! result whose record is withdrawn falls with it.

use contract::collection::v1::RecordEvent;
use contract::collection::v1::record::Content;
use db::Tx;
use domain::RequestId;
use feed::{ApplyError, Event, Reaction};
use service::Clock;
use service::idempotency::Key;

use super::OWN;
use crate::domain::VisitName;
use crate::error::Error;
use crate::store::{Act, Store, system};

/// Withdraws results with their records.
#[derive(Clone, Debug)]
pub struct Withdrawals {
    store: Store,
    clock: Clock,
}

impl Withdrawals {
    /// Acts in `store`.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }
}

/// Refusals break again each time; failures of the store may pass.
fn failed(error: Error) -> ApplyError {
    match error {
        Error::Common(error) => error.into(),
        refused => ApplyError::poison(service::error::causes(&refused)),
    }
}

impl Reaction for Withdrawals {
    const NAME: &'static str = "inspection-withdrawals";
    const KINDS: &'static [&'static str] = &["collection.record.withdrawn"];

    async fn react(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        let Some(RecordEvent { record: Some(record), reason, .. }) = event.payload()? else { return Ok(()) };
        if record.origin != OWN {
            return Ok(());
        }
        let visit = VisitName::parse(&record.document_no).map_err(ApplyError::poison)?;
        let result = match record.content {
            Some(Content::Inspection(inspection)) => inspection.result,
            _ => String::new(),
        };
        let request_id = RequestId::parse(event.id()).map_err(ApplyError::poison)?;
        let caller = system()?;
        let key = Key { caller: caller.subject(), method: Self::NAME, request_id: &request_id };
        let act = Act::of(&caller, key, self.clock.now(), self.store.book());
        self.store
            .withdraw_result(tx, &act, &visit, (result.as_str(), reason.as_str(), event.effective_on()))
            .await
            .map_err(failed)
    }
}
