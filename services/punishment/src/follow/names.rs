//! registry's feed: what parties are called, now and before, and where they are registered.

use contract::registry::v1::EnterpriseEvent;
use db::Tx;
use feed::{ApplyError, Event, Projection};

use crate::store::{PartyName, clear_names, put_names};

/// The copy of names and divisions in the register, for questions by name and about the province of a party.
#[derive(Clone, Copy, Debug)]
pub struct Names;

impl Projection for Names {
    // Not the name that it had while it copied names alone (`punishment-names`): whoever had followed so far reads all parties once more.
    const NAME: &'static str = "punishment-parties";
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
            }));
        }
        Ok(put_names(tx, &names).await?)
    }

    async fn clear(&self, tx: &mut Tx) -> Result<(), sqlx::Error> {
        clear_names(tx).await
    }
}
