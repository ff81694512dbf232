//! The feeds of collection and risk: which tickets and signals there are. A clue that is found by the name of one is none where there is no
//! such thing; what it says stays where it is.

use contract::collection::v1::TicketEvent;
use contract::risk::v1::SignalEvent;
use db::{Tx, on};
use feed::{ApplyError, Event, Projection};

use crate::store::put_clue_sources;

/// The copy of the names of tickets.
#[derive(Clone, Copy, Debug)]
pub struct Tickets;

/// The copy of the names of signals.
#[derive(Clone, Copy, Debug)]
pub struct Signals;

impl Projection for Tickets {
    const NAME: &'static str = "inspection-tickets";
    const KINDS: &'static [&'static str] = &["collection.ticket.accepted"];

    async fn apply(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        self.apply_batch(tx, std::slice::from_ref(event)).await
    }

    async fn apply_batch(&self, tx: &mut Tx, events: &[Event]) -> Result<(), ApplyError> {
        let mut names = Vec::with_capacity(events.len());
        for event in events {
            let ticket = event.payload::<TicketEvent>()?.and_then(|payload| payload.ticket);
            names.extend(ticket.map(|ticket| ticket.name));
        }
        Ok(put_clue_sources(tx, &names).await?)
    }

    async fn clear(&self, tx: &mut Tx) -> Result<(), sqlx::Error> {
        // `0` follows `/`.
        const SQL: &str = "DELETE FROM clue_source WHERE name > 'tickets/' AND name < 'tickets0'";
        on!(tx, |conn| sqlx::query(SQL).execute(conn).await.map(drop))
    }
}

impl Projection for Signals {
    const NAME: &'static str = "inspection-signals";
    const KINDS: &'static [&'static str] = &["risk.signal.changed"];

    async fn apply(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        self.apply_batch(tx, std::slice::from_ref(event)).await
    }

    async fn apply_batch(&self, tx: &mut Tx, events: &[Event]) -> Result<(), ApplyError> {
        let mut names = Vec::with_capacity(events.len());
        for event in events {
            let signal = event.payload::<SignalEvent>()?.and_then(|payload| payload.signal);
            names.extend(signal.map(|signal| signal.name));
        }
        Ok(put_clue_sources(tx, &names).await?)
    }

    async fn clear(&self, tx: &mut Tx) -> Result<(), sqlx::Error> {
        const SQL: &str = "DELETE FROM clue_source WHERE name > 'signals/' AND name < 'signals0'";
        on!(tx, |conn| sqlx::query(SQL).execute(conn).await.map(drop))
    }
}
