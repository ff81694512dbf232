//! What callers said: sealed when the tickets are taken, apart from them, and opened for who handles the ticket, each time logged.

use contract::collection::v1 as pb;
use db::{Tx, bulk};
use domain::MicrosUtc;
use service::Error as Common;
use service::auth::Caller;

use super::Store;
use super::unseal::Sealed;
use crate::domain::{NaturalId, NewTicket};
use crate::error::Error;
use crate::seal::{Broken, Seal};

/// The RPC that opens a text, as the log of reads names it.
const METHOD: &str = "/xinjian.collection.v1.Tickets/GetTicketText";

/// What a text is bound to: another thing than the caller of the same ticket, so that neither opens as the other.
fn bound_to(ticket_id: &str) -> String {
    format!("{ticket_id}/text")
}

/// Seals the texts of new tickets.
pub(super) async fn seal(store: &Store, tx: &mut Tx, fresh: &[&NewTicket]) -> Result<(), Common> {
    let said: Vec<&NewTicket> = fresh.iter().copied().filter(|new| !new.text.is_empty()).collect();
    if said.is_empty() {
        return Ok(());
    }
    // Refused before it comes here; a text that cannot be sealed must not be lost in silence.
    let seal = store.seal.as_ref().ok_or_else(|| Common::corrupt("a text came where no key seals it"))?;
    let close = |new: &&NewTicket| seal.close_bytes(&bound_to(new.id.as_str()), new.text.as_bytes());
    let sealed: Vec<Vec<u8>> = said.iter().map(close).collect();
    let rows = said.iter().zip(&sealed).map(|(new, bytes)| [new.id.as_str().into(), bytes.as_slice().into()]);
    match bulk::insert(tx, "ticket_text", ["ticket_id", "sealed"], rows).await {
        Ok(_) => Ok(()),
        Err(error) if db::is_unique_violation(&error) => Err(Common::Contended),
        Err(error) => Err(error.into()),
    }
}

impl Store {
    /// Opens what the caller of a ticket said, for `purpose`. The read is logged before it is answered.
    ///
    /// # Errors
    /// [`Error::TicketNotFound`], [`Error::TicketTextNotKnown`]; the office does not act in the ticket's field or division; the seal
    /// does not open, or this process holds no key.
    pub async fn ticket_text(
        &self,
        id: &NaturalId,
        purpose: &str,
        caller: &Caller,
        now: MicrosUtc,
    ) -> Result<pb::TicketText, Error> {
        const TEXT: Sealed<String> = Sealed {
            part: "text",
            method: METHOD,
            sql: "SELECT sealed FROM ticket_text WHERE ticket_id = $1",
            absent: Error::TicketTextNotKnown,
            open,
        };
        Ok(pb::TicketText { text: self.unseal(&TEXT, id, purpose, caller, now).await? })
    }
}

/// What was said, opened for the ticket of this id.
fn open(seal: &Seal, ticket_id: &str, sealed: &[u8]) -> Result<String, Broken> {
    String::from_utf8(seal.open_bytes(&bound_to(ticket_id), sealed)?).map_err(|_| Broken)
}
