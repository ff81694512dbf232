//! Registry's enterprises: what waits for one of them is attached when it is registered.

use std::collections::HashMap;

use contract::registry::v1::EnterpriseEvent;
use db::Tx;
use domain::{DivisionCode, LegalName, Uscc};
use feed::{ApplyError, Event, Reaction};

use super::Hands;
use crate::store::{Arrival, Party};

/// Knows the registered enterprises and attaches to them.
#[derive(Debug)]
pub(crate) struct Enterprises(pub(crate) Hands);

impl Reaction for Enterprises {
    const NAME: &'static str = "collection.attach";
    const KINDS: &'static [&'static str] = &["registry.enterprise.registered", "registry.enterprise.changed"];

    async fn react(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        self.react_batch(tx, &[event]).await
    }

    async fn react_batch(&self, tx: &mut Tx, events: &[&Event]) -> Result<(), ApplyError> {
        // Of several events about one enterprise, the last says how it stands now.
        let mut arrivals: HashMap<Uscc, Arrival> = HashMap::with_capacity(events.len());
        for event in events {
            if let Some(party) = party(event)? {
                arrivals.insert(party.uscc.clone(), Arrival { party, act: self.0.act(event) });
            }
        }
        let arrivals: Vec<_> = arrivals.into_values().collect();
        self.0.store.register_parties(tx, &arrivals).await?;
        Ok(())
    }
}

/// The enterprise that an event tells; none when its payload was erased.
fn party(event: &Event) -> Result<Option<Party>, ApplyError> {
    let Some(told) = event.payload::<EnterpriseEvent>()? else { return Ok(None) };
    let enterprise = told.enterprise.ok_or_else(|| ApplyError::poison("the event tells no enterprise"))?;
    Ok(Some(Party {
        uscc: Uscc::parse(&enterprise.uscc).map_err(ApplyError::poison)?,
        legal_name: LegalName::parse(&enterprise.legal_name).map_err(ApplyError::poison)?,
        address: enterprise.address,
        division: DivisionCode::parse(&enterprise.division).map_err(ApplyError::poison)?,
    }))
}
