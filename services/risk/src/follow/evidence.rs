//! The copy of evidence, kept up to date from the feeds of registry and collection.

use std::sync::Arc;

use contract::collection::v1::{self as collection, record::Content};
use contract::registry::v1 as registry;
use db::Tx;
use domain::shanghai_date;
use feed::{ApplyError, Event, Projection};
use prost::Message;
use tokio::sync::Notify;

use super::NOT_CARRIED;
use crate::domain::known::Feed;
use crate::domain::model::{ATTRIBUTE, BREACH, CHANGE, LICENCE, TICKET};
use crate::error::Error;
use crate::store::{Batch, Piece, Store};

const ENTERPRISE_REGISTERED: &str = "registry.enterprise.registered";
const ENTERPRISE_CHANGED: &str = "registry.enterprise.changed";
const LICENCE_RECORDED: &str = "registry.licence.recorded";
const MARK_CHANGED: &str = "registry.mark.changed";
const BREACH_CONFIRMED: &str = "registry.breach.confirmed";
const BREACH_CLOSED: &str = "registry.breach.closed";
const RECORD_ACCEPTED: &str = "collection.record.accepted";
const RECORD_ATTACHED: &str = "collection.record.attached";
const RECORD_CHANGED: &str = "collection.record.changed";
const RECORD_CORRECTED: &str = "collection.record.corrected";
const RECORD_DETACHED: &str = "collection.record.detached";
const RECORD_SUSPENDED: &str = "collection.record.suspended";
const RECORD_RESUMED: &str = "collection.record.resumed";
const RECORD_WITHDRAWN: &str = "collection.record.withdrawn";
const RECORD_ERASED: &str = "collection.record.erased";
const TICKET_ACCEPTED: &str = "collection.ticket.accepted";
const TICKET_ATTACHED: &str = "collection.ticket.attached";
const TICKET_CHANGED: &str = "collection.ticket.changed";
const TICKET_DETACHED: &str = "collection.ticket.detached";

/// Keeps the copy of evidence up to date.
#[derive(Clone, Debug)]
pub(crate) struct Evidence {
    store: Store,
    /// Wakes whoever scores enterprises again.
    evidence_came: Arc<Notify>,
}

impl Evidence {
    /// A projection into `store` that rings `evidence_came` with every batch.
    pub(crate) fn new(store: Store, evidence_came: Arc<Notify>) -> Self {
        Self { store, evidence_came }
    }
}

impl Projection for Evidence {
    const NAME: &'static str = "evidence";
    const KINDS: &'static [&'static str] = &[
        ENTERPRISE_REGISTERED,
        ENTERPRISE_CHANGED,
        LICENCE_RECORDED,
        MARK_CHANGED,
        BREACH_CONFIRMED,
        BREACH_CLOSED,
        RECORD_ACCEPTED,
        RECORD_ATTACHED,
        RECORD_CHANGED,
        RECORD_CORRECTED,
        RECORD_DETACHED,
        RECORD_SUSPENDED,
        RECORD_RESUMED,
        RECORD_WITHDRAWN,
        RECORD_ERASED,
        TICKET_ACCEPTED,
        TICKET_ATTACHED,
        TICKET_CHANGED,
        TICKET_DETACHED,
    ];

    async fn apply(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        self.apply_batch(tx, std::slice::from_ref(event)).await
    }

    async fn apply_batch(&self, tx: &mut Tx, events: &[Event]) -> Result<(), ApplyError> {
        let mut batch = Batch::default();
        for event in events {
            batch.tell(feed_of(event), shanghai_date(event.recorded_at()), event.seq());
            note(&mut batch, event)?;
        }
        self.store.apply(tx, &batch).await.map_err(not_applied)?;
        // Whoever is woken waits for the lock that this transaction still holds.
        self.evidence_came.notify_one();
        Ok(())
    }

    async fn clear(&self, tx: &mut Tx) -> Result<(), sqlx::Error> {
        self.store.clear_evidence(tx).await
    }
}

/// Kinds begin with the name of the service that tells them.
fn feed_of(event: &Event) -> Feed {
    if event.kind().starts_with(Feed::Registry.as_str()) { Feed::Registry } else { Feed::Collection }
}

fn not_applied(error: Error) -> ApplyError {
    match error {
        Error::Common(common) => common.into(),
        refused => ApplyError::poison(refused),
    }
}

/// Notes what one event tells. An event whose payload was erased tells nothing.
fn note(batch: &mut Batch, event: &Event) -> Result<(), ApplyError> {
    match event.kind() {
        ENTERPRISE_REGISTERED | ENTERPRISE_CHANGED => {
            if let Some(told) = event.payload::<registry::EnterpriseEvent>()? {
                note_enterprise(batch, event, &told);
            }
        }
        LICENCE_RECORDED => {
            let told = event.payload::<registry::LicenceEvent>()?.and_then(|told| told.licence);
            if let Some(licence) = told {
                let payload = licence.encode_to_vec();
                note_piece(batch, event, &licence.name, &licence.uscc, LICENCE, payload);
            }
        }
        MARK_CHANGED => {
            let told = event.payload::<registry::MarkEvent>()?.and_then(|told| told.mark);
            if let Some(mark) = told {
                let carried = !NOT_CARRIED.contains(&mark.state.as_str());
                batch.causes.insert(mark.uscc.clone(), event.id().to_owned());
                batch.mark(&mark.uscc, &mark.field, carried, event.seq());
            }
        }
        BREACH_CONFIRMED | BREACH_CLOSED => {
            let told = event.payload::<registry::BreachEvent>()?.and_then(|told| told.breach);
            // A suspicion that was closed without an order was never confirmed.
            if let Some(breach) = told.filter(|breach| !breach.ordered_on.is_empty()) {
                let payload = breach.encode_to_vec();
                note_piece(batch, event, &breach.name, &breach.uscc, BREACH, payload);
            }
        }
        TICKET_ACCEPTED | TICKET_ATTACHED | TICKET_CHANGED => {
            let told = event.payload::<collection::TicketEvent>()?.and_then(|told| told.ticket);
            if let Some(ticket) = told {
                let payload = ticket.encode_to_vec();
                note_piece(batch, event, &ticket.name, &ticket.uscc, TICKET, payload);
            }
        }
        TICKET_DETACHED => {
            let told = event.payload::<collection::TicketEvent>()?.and_then(|told| told.ticket);
            if let Some(ticket) = told {
                batch.causes.insert(ticket.uscc, event.id().to_owned());
                batch.withdraw(&ticket.name, event.seq());
            }
        }
        RECORD_ERASED => {
            let told = event.payload::<collection::RecordEvent>()?.and_then(|told| told.record);
            if let Some(record) = told {
                batch.erase(&record.name, event.seq());
            }
        }
        kind => {
            let told = event.payload::<collection::RecordEvent>()?.and_then(|told| told.record);
            if let Some(record) = told {
                // Whatever is told of it: while its decision is suspended, it does not count.
                let suspended = !record.suspended_by.is_empty();
                let gone = suspended || matches!(kind, RECORD_WITHDRAWN | RECORD_DETACHED);
                if kind == RECORD_CORRECTED {
                    batch.corrected.insert(record.name.clone());
                }
                note_record(batch, event, gone, &record);
            }
        }
    }
    Ok(())
}

/// Notes the entry as it stands, and that it was changed: the entry says what is, the changes how often it became something else.
fn note_enterprise(batch: &mut Batch, event: &Event, told: &registry::EnterpriseEvent) {
    let Some(enterprise) = &told.enterprise else { return };
    if !told.changed_fields.is_empty() {
        let name = format!("{}/revisions/{}", enterprise.name, enterprise.revision);
        note_piece(batch, event, &name, &enterprise.uscc, CHANGE, told.encode_to_vec());
    }
    batch.divisions.insert(enterprise.uscc.clone(), enterprise.division.clone());
    let payload = enterprise.encode_to_vec();
    note_piece(batch, event, &enterprise.name, &enterprise.uscc, ATTRIBUTE, payload);
}

fn note_record(batch: &mut Batch, event: &Event, gone: bool, record: &collection::Record) {
    let Some(content) = &record.content else { return };
    if gone {
        batch.causes.insert(record.uscc.clone(), event.id().to_owned());
        batch.withdraw(&record.name, event.seq());
    } else {
        note_piece(batch, event, &record.name, &record.uscc, source(content), record.encode_to_vec());
    }
}

/// Notes a piece of evidence. What has no enterprise yet waits: it is told again when it is attached.
fn note_piece(batch: &mut Batch, event: &Event, name: &str, uscc: &str, source: &str, payload: Vec<u8>) {
    if uscc.is_empty() {
        return;
    }
    batch.causes.insert(uscc.to_owned(), event.id().to_owned());
    let piece = Piece { uscc: uscc.to_owned(), source: source.to_owned(), known_seq: event.seq(), payload };
    batch.piece(name, piece);
}

/// The source that models call this content by: its name in the contract.
fn source(content: &Content) -> &'static str {
    match content {
        Content::Permit(_) => "permit",
        Content::Penalty(_) => "penalty",
        Content::Inspection(_) => "inspection",
        Content::Sampling(_) => "sampling",
        Content::ListEntry(_) => "list_entry",
    }
}
