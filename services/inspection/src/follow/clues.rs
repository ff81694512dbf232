//! The feeds of collection and risk: which tickets, signals and credit records there are. A clue that is found by the name of one is none
//! where there is no such thing; what it says stays where it is. Of a record it is known, too, whom it is about and whether it stands.

use contract::collection::v1::{RecordEvent, TicketEvent};
use contract::risk::v1::SignalEvent;
use db::{Tx, on};
use domain::Uscc;
use feed::{ApplyError, Event, Projection};

use crate::store::{ClueRecordRow, put_clue_records, put_clue_sources};

const DETACHED: &str = "collection.record.detached";
/// Kinds of events after which a record counts for nobody.
const GONE: [&str; 2] = ["collection.record.withdrawn", "collection.record.erased"];

/// The copy of the names of tickets.
#[derive(Clone, Copy, Debug)]
pub struct Tickets;

/// The copy of the names of signals.
#[derive(Clone, Copy, Debug)]
pub struct Signals;

/// The copy of the names of credit records, with whom each is about.
#[derive(Clone, Copy, Debug)]
pub struct Records;

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

impl Projection for Records {
    const NAME: &'static str = "inspection-records";
    const KINDS: &'static [&'static str] = &[
        "collection.record.accepted",
        "collection.record.attached",
        "collection.record.changed",
        "collection.record.corrected",
        DETACHED,
        GONE[0],
        GONE[1],
    ];

    async fn apply(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        self.apply_batch(tx, std::slice::from_ref(event)).await
    }

    async fn apply_batch(&self, tx: &mut Tx, events: &[Event]) -> Result<(), ApplyError> {
        let mut rows = Vec::with_capacity(events.len());
        for event in events {
            let Some(record) = event.payload::<RecordEvent>()?.and_then(|payload| payload.record) else {
                continue;
            };
            // Of whom a match was undone it is not about; and a code that is none is nobody's.
            let is_about = event.kind() != DETACHED && Uscc::parse(&record.uscc).is_ok();
            let uscc = if is_about { record.uscc } else { String::new() };
            rows.push(ClueRecordRow { record: record.name, uscc, stands: !GONE.contains(&event.kind()) });
        }
        Ok(put_clue_records(tx, rows).await?)
    }

    async fn clear(&self, tx: &mut Tx) -> Result<(), sqlx::Error> {
        on!(tx, |conn| sqlx::query("DELETE FROM clue_record").execute(conn).await.map(drop))
    }
}
