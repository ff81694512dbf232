//! What other services tell that bears on the lists: a penalty that fell, a party that is no more or is registered again.

use contract::collection::v1::RecordEvent;
use contract::collection::v1::record::Content;
use contract::registry::v1::EnterpriseEvent;
use db::Tx;
use domain::{DocumentNumber, RequestId, Uscc};
use feed::{ApplyError, Event, Reaction};
use service::Clock;

use crate::error::Error;
use crate::store::{Act, Store, Withdrawn, is_no_more};

/// The request that an act of the system on an event is: its id is that of the event.
fn request_of(event: &Event) -> Result<RequestId, ApplyError> {
    RequestId::parse(event.id()).map_err(ApplyError::poison)
}

/// Refusals break again each time; failures of the store may pass.
pub(super) fn failed(error: Error) -> ApplyError {
    match error {
        Error::Common(error) => error.into(),
        refused => ApplyError::poison(service::error::causes(&refused)),
    }
}

/// Opens the duty to revoke a listing, or to drop a case, whose penalty was withdrawn (order 44 art 19). Officers revoke.
#[derive(Clone, Debug)]
pub struct BasisFell {
    store: Store,
    clock: Clock,
}

impl BasisFell {
    /// Acts in `store`.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }
}

impl Reaction for BasisFell {
    const NAME: &'static str = "basis-fell";
    const KINDS: &'static [&'static str] = &["collection.record.withdrawn"];

    async fn react(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        let Some(RecordEvent { record: Some(record), reason, .. }) = event.payload()? else { return Ok(()) };
        if !matches!(record.content, Some(Content::Penalty(_))) || record.uscc.is_empty() {
            return Ok(());
        }
        let withdrawn = Withdrawn {
            uscc: Uscc::parse(&record.uscc).map_err(ApplyError::poison)?,
            penalty: DocumentNumber::parse(&record.document_no).map_err(ApplyError::poison)?,
            record: record.name,
            reason,
        };
        let request_id = request_of(event)?;
        let act = Act::of_system(Self::NAME, &request_id, self.clock.now());
        self.store.basis_fell(tx, &act, &withdrawn, event.effective_on()).await.map_err(failed)
    }
}

/// Field of an enterprise that says how it is registered.
const REGISTRATION: &str = "registration_state";

/// Ends the entries of a party whose registration ended: the one removal that needs nobody's judgement. Where a party is registered again,
/// whoever had listed it is asked to consider what ended so.
#[derive(Clone, Debug)]
pub struct PartyEnded {
    store: Store,
    clock: Clock,
}

impl PartyEnded {
    /// Acts in `store`.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }
}

impl Reaction for PartyEnded {
    const NAME: &'static str = crate::store::END_READER;
    const KINDS: &'static [&'static str] = &["registry.enterprise.changed"];

    async fn react(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        let Some(EnterpriseEvent { enterprise: Some(enterprise), changed_fields }) = event.payload()? else {
            return Ok(());
        };
        let (state, on) = (&enterprise.registration_state, event.effective_on());
        let no_more = is_no_more(self.store.book(), state, on);
        if !no_more && !changed_fields.iter().any(|field| field == REGISTRATION) {
            return Ok(());
        }
        let uscc = Uscc::parse(&enterprise.uscc).map_err(ApplyError::poison)?;
        let request_id = request_of(event)?;
        let act = Act::of_system(Self::NAME, &request_id, self.clock.now());
        let done = if no_more {
            self.store.end_of_party(tx, &act, &uscc, on).await
        } else {
            self.store.party_returned(tx, &act, &uscc).await
        };
        done.map_err(failed)
    }
}
