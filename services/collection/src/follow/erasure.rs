//! Registry's parties whose data were erased: the records are looked through by an officer (X5).

use contract::registry::v1::PartyEvent;
use db::Tx;
use domain::DivisionCode;
use feed::{ApplyError, Event, Reaction};

use super::Hands;

/// Opens the duty to look.
#[derive(Debug)]
pub(crate) struct Erasures(pub(crate) Hands);

impl Reaction for Erasures {
    const NAME: &'static str = "collection.erasures";
    const KINDS: &'static [&'static str] = &["registry.party.erased"];

    async fn react(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        let Some(told) = event.payload::<PartyEvent>()? else { return Ok(()) };
        let party = told.party.ok_or_else(|| ApplyError::poison("the event tells no party"))?;
        let division = DivisionCode::parse(&party.division).map_err(ApplyError::poison)?;
        Ok(self.0.store.party_was_erased(tx, &self.0.act(event), (&party.name, &division)).await?)
    }
}
