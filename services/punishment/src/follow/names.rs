//! registry's feed: what parties are called, now and before, where they are registered and how.

use contract::registry::v1::EnterpriseEvent;
use db::Tx;
use feed::{ApplyError, Event, Projection};

use crate::store::{PartyName, clear_names, put_names};

/// The copy of names, divisions and states in the register, for questions by name, about the province of a party and whether it still is.
#[derive(Clone, Copy, Debug)]
pub struct Names;

impl Projection for Names {
    const NAME: &'static str = crate::store::REGISTER_READER;
    const KINDS: &'static [&'static str] = &["registry.enterprise.registered", "registry.enterprise.changed"];

    async fn apply(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        self.apply_batch(tx, std::slice::from_ref(event)).await
    }

    async fn apply_batch(&self, tx: &mut Tx, events: &[Event]) -> Result<(), ApplyError> {
        let mut names = Vec::with_capacity(events.len());
        for event in events {
            let enterprise = event.payload::<EnterpriseEvent>()?.and_then(|payload| payload.enterprise);
            names.extend(enterprise.map(|told| PartyName {
                uscc: told.uscc,
                legal_name: told.legal_name,
                division: told.division,
                state: told.registration_state,
            }));
        }
        Ok(put_names(tx, &names).await?)
    }

    async fn clear(&self, tx: &mut Tx) -> Result<(), sqlx::Error> {
        clear_names(tx).await
    }
}
