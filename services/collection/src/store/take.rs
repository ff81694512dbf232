//! Taking new rows, however they arrive: place them, write them, open what is due, tell it.

use contract::collection::v1 as pb;
use db::Tx;
use db::bulk::Load;
use domain::{DivisionCode, Uscc};
use outbox::{NewEvent, PreparedEvents};
use prost::Message;
use service::Error as Common;
use service::obligation::{self, Matter, NewDuty};

use super::party::{self, Registered};
use super::record_row::{self, NewRow, Placed};
use super::ticket_row::{self, ATTACHED, PlacedTicket, UNMATCHED};
use super::{Act, Store, callers, handle, push, ticket_text};
use crate::domain::publication::{Clocks, Duty};
use crate::domain::{NewRecord, NewTicket, home, record_name};
use crate::machines::push::PUSH_PENALTY;
use crate::machines::record::{MATCH, State, received, recognised};

/// Kind of the event of a record that was taken.
pub(super) const RECORD_ACCEPTED: &str = "collection.record.accepted";
/// Kind of the event of a ticket that was taken.
pub(super) const TICKET_ACCEPTED: &str = "collection.ticket.accepted";

/// How many rows were taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Taken {
    /// Under the name of a registered party.
    pub(super) attached: i64,
    /// Not under the name of a registered party: waiting for it, or of one of another province.
    pub(super) unmatched: i64,
}

/// Takes records that are not there yet, each id once. `origin`: service that they are derived from, empty for imported
/// ones; a derived record opens no duties here, those are the origin's until it publishes.
pub(super) async fn take_records(
    store: &Store,
    tx: &mut Tx,
    act: &Act,
    origin: &'static str,
    fresh: &[&NewRecord],
) -> Result<Taken, Common> {
    let parties = party::meet(tx, codes(fresh)).await?;
    let (records, beside, events) = {
        let (placed, beside) = place_records(store, act, origin, fresh, &parties)?;
        let events = tell_records(store, act, placed.iter().map(Placed::row));
        (record_row::encode_sorted(&store.db, &placed), beside, events)
    };
    record_row::insert(tx, records).await?;
    beside.write(store, tx, events).await
}

/// The codes of the parties of these records.
pub(super) fn codes<'n>(records: &[&'n NewRecord]) -> impl Iterator<Item = &'n Uscc> {
    records.iter().filter_map(|new| new.uscc.as_ref())
}

/// What taking new records writes beside them, but for their events, encoded.
#[derive(Debug)]
pub(super) struct Beside {
    pushes: Load,
    duties: Load,
    taken: Taken,
}

/// Gives new records their places, in their order, and prepares what is written beside them; needs no transaction. See
/// [`take_records`].
pub(super) fn place_records<'n>(
    store: &Store,
    act: &Act,
    origin: &'static str,
    fresh: &[&'n NewRecord],
    parties: &'n Registered,
) -> Result<(Vec<Placed<'n>>, Beside), Common> {
    let mut placed = Vec::with_capacity(fresh.len());
    let mut pushes = Vec::new();
    for new in fresh.iter().copied() {
        let party_division = parties.division_of(new.uscc.as_ref());
        // Only what was imported is told to another province, and only of whom the register here does not know.
        let told_here = origin.is_empty() && party_division.is_none();
        let home = if told_here { push::home_of(store, new)? } else { None };
        let state = if home.is_some() { recognised()? } else { received(party_division.is_some())? };
        pushes.extend(home.map(|home| push::recognise(act, new, &home)).transpose()?);
        placed.push(Placed { new, state, party_division, origin, received: act.now, publish_at: None });
    }
    let due = if origin.is_empty() { duties(store, act, &placed)? } else { Vec::new() };
    for due in &due {
        placed[due.at].publish_at = due.is_published().then_some(act.now);
    }
    let beside = Beside {
        pushes: push::encode(&store.db, &pushes),
        duties: prepare_duties(store, &placed, &due)?,
        taken: count(placed.iter().map(|placed| placed.party_division.is_some())),
    };
    Ok((placed, beside))
}

/// The events that tell new records, in their order; needs no transaction.
pub(super) fn tell_records<'r>(
    store: &Store,
    act: &Act,
    rows: impl Iterator<Item = NewRow<'r>>,
) -> PreparedEvents {
    let events: Vec<_> = rows.map(|row| accepted(act, row)).collect();
    store.outbox.prepare(&store.db, &act.context, &events)
}

impl Beside {
    /// Opens what is due, tells the records. They are written in the same transaction, before or after.
    pub(super) async fn write(
        self,
        store: &Store,
        tx: &mut Tx,
        events: PreparedEvents,
    ) -> Result<Taken, Common> {
        self.pushes.run(tx, &[]).await?;
        self.duties.run(tx, &[]).await?;
        store.outbox.append_prepared(tx, events).await?;
        Ok(self.taken)
    }
}

/// Takes tickets that are not there yet, each id once.
pub(super) async fn take_tickets(
    store: &Store,
    tx: &mut Tx,
    act: &Act,
    fresh: &[&NewTicket],
) -> Result<Taken, Common> {
    let parties = party::meet(tx, fresh.iter().filter_map(|new| new.uscc.as_ref())).await?;
    let joined = callers::seal(store, tx, act, fresh).await?;
    ticket_text::seal(store, tx, fresh).await?;
    let mut placed = Vec::with_capacity(fresh.len());
    for new in fresh.iter().copied() {
        let joined_to = joined.get(&new.id).map_or("", String::as_str);
        let party_division = parties.division_of(new.uscc.as_ref());
        let state = if party_division.is_some() { ATTACHED } else { UNMATCHED };
        placed.push(PlacedTicket { new, state, party_division, received: act.now, joined_to });
    }
    ticket_row::insert(tx, &placed).await?;
    handle::open_periods(store, tx, act, &placed).await?;
    let event = |placed: &PlacedTicket<'_>| {
        ticket_event(act, TICKET_ACCEPTED, placed.new.accepted_on, placed.to_pb())
    };
    let events: Vec<_> = placed.iter().map(event).collect();
    if !events.is_empty() {
        store.outbox.append_all(tx, &events).await?;
    }
    Ok(count(placed.iter().map(|placed| placed.state == ATTACHED)))
}

fn count(attached: impl Iterator<Item = bool>) -> Taken {
    attached.fold(Taken::default(), |taken, attached| match attached {
        true => Taken { attached: taken.attached + 1, ..taken },
        false => Taken { unmatched: taken.unmatched + 1, ..taken },
    })
}

/// What is due for one of the records that are placed.
struct Due {
    /// Which of them.
    at: usize,
    name: String,
    division: Option<DivisionCode>,
    duties: Vec<Duty>,
}

impl Due {
    /// Whether its publication is worth a duty; then the job hands it over.
    fn is_published(&self) -> bool {
        self.duties.iter().any(|duty| ![MATCH, PUSH_PENALTY].contains(&duty.kind))
    }
}

fn duties(store: &Store, act: &Act, placed: &[Placed<'_>]) -> Result<Vec<Due>, Common> {
    let mut clocks = Clocks::new(&store.book, act.today);
    let mut due = Vec::new();
    for (at, placed) in placed.iter().enumerate() {
        let new = placed.new;
        let duties = if placed.state == State::Elsewhere {
            clocks.push(&new.message, new.decided_on)?
        } else {
            clocks.duties(&new.message, new.decided_on, placed.party_division.is_none())?
        };
        if duties.is_empty() {
            continue;
        }
        let division = placed.party_division.and_then(|code| DivisionCode::parse(code).ok());
        let division = division.or_else(|| new.division.clone().filter(home::is_here));
        due.push(Due { at, name: new.name(), division, duties });
    }
    Ok(due)
}

fn prepare_duties(store: &Store, placed: &[Placed<'_>], due: &[Due]) -> Result<Load, Common> {
    let new_duties: Vec<_> = due
        .iter()
        .flat_map(|due| {
            due.duties.iter().map(move |duty| NewDuty {
                matter: Matter {
                    subject: &due.name,
                    field: placed[due.at].new.field.as_ref(),
                    division: due.division.as_ref(),
                    owner: None,
                },
                kind: duty.kind,
                office: &duty.office,
                parameter: duty.kind,
                start_on: duty.start,
            })
        })
        .collect();
    obligation::prepare_all(&store.db, &new_duties, &store.book)
}

fn accepted<'a>(act: &'a Act, row: NewRow<'_>) -> NewEvent<'a> {
    NewEvent {
        kind: RECORD_ACCEPTED,
        subject: subject(row.uscc.unwrap_or_default(), row.state.as_str(), &record_name(row.id.as_str())),
        effective_on: row.decided_on,
        context: &act.context,
        payload: row.event(),
    }
}

/// An event that tells a record as it stands now.
pub(super) fn record_event<'a>(
    act: &'a Act,
    kind: &'static str,
    effective_on: chrono::NaiveDate,
    record: pb::Record,
    reason: String,
) -> NewEvent<'a> {
    let subject = subject(&record.uscc, &record.state, &record.name);
    let payload = pb::RecordEvent { record: Some(record), reason, follows: String::new() }.encode_to_vec();
    NewEvent { kind, subject, effective_on, context: &act.context, payload }
}

/// An event that tells a ticket as it stands now.
pub(super) fn ticket_event<'a>(
    act: &'a Act,
    kind: &'static str,
    effective_on: chrono::NaiveDate,
    ticket: pb::Ticket,
) -> NewEvent<'a> {
    let subject = subject(&ticket.uscc, &ticket.state, &ticket.name);
    let payload = pb::TicketEvent { ticket: Some(ticket) }.encode_to_vec();
    NewEvent { kind, subject, effective_on, context: &act.context, payload }
}

/// Subject of the events about a record: its enterprise, or, while it is not matched, the record itself.
pub(super) fn subject_of(record: &pb::Record) -> String {
    subject(&record.uscc, &record.state, &record.name)
}

/// The enterprise, or, while it is not matched or no enterprise of the register, the thing itself.
fn subject(uscc: &str, state: &str, name: &str) -> String {
    let nobodys = uscc.is_empty() || state == UNMATCHED || state == State::Elsewhere.as_str();
    if nobodys { name.to_owned() } else { format!("enterprises/{uscc}") }
}
