//! Attaching what waits for an enterprise once the registry tells of it, and telling who may see its records from now on.

use std::collections::HashMap;

use contract::collection::v1 as pb;
use db::{Tx, on};
use domain::DivisionCode;
use outbox::NewEvent;
use prost::Message;
use service::Error as Common;
use service::machine::Actor;
use service::obligation;
use sqlx::QueryBuilder;

use super::party::{self, Party};
use super::record::lock_all;
use super::record_row::{RecordRow, Stored};
use super::sql::{KEYS_PER_STATEMENT, push_list, push_under_any, under};
use super::take::{record_event, ticket_event};
use super::ticket_row::{ATTACHED, TicketRow, UNMATCHED, ticket_columns};
use super::{Act, Store, matching};
use crate::domain::home;
use crate::machines::record::{Event, MATCH, RECORD, State};

/// Kind of the event of a record whose enterprise was registered later.
const RECORD_ATTACHED: &str = "collection.record.attached";
/// Kind of the event of a ticket whose enterprise was registered later.
const TICKET_ATTACHED: &str = "collection.ticket.attached";
/// Kind of the event of an enterprise that has passed to another division, and what is collected about it with it.
const PARTY_MOVED: &str = "collection.party.moved";

/// An enterprise that the registry tells of, and the act by which it is told.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The enterprise.
    pub party: Party,
    /// What the events of its records say of their cause.
    pub act: Act,
}

/// Arrivals by credit code.
type ByCode<'a> = HashMap<&'a str, &'a Arrival>;

impl Store {
    /// Enters registered enterprises, each once, and attaches the records and tickets that wait for them, with their
    /// events; tells which of them have passed to another division, whose offices have the open duties about their records from
    /// now on. Returns how many were attached.
    ///
    /// # Errors
    /// Failures of the database; the caller's transaction is then lost.
    pub async fn register_parties(&self, tx: &mut Tx, arrivals: &[Arrival]) -> Result<usize, Common> {
        // First the parties: an import that meets one of them waits here, or is waited for, so that what it takes is
        // either seen below or attached by itself.
        let moved = party::register(tx, arrivals.iter().map(|arrival| &arrival.party)).await?;
        let mut attached = 0;
        for arrivals in arrivals.chunks(KEYS_PER_STATEMENT) {
            let by_code: ByCode<'_> =
                arrivals.iter().map(|arrival| (arrival.party.uscc.as_str(), arrival)).collect();
            attached += self.attach_records(tx, &by_code).await?;
            attached += self.attach_tickets(tx, &by_code).await?;
        }
        for Arrival { party, .. } in arrivals {
            if moved.contains_key(party.uscc.as_str()) {
                let subjects = about(tx, party.uscc.as_str()).await?;
                let subjects: Vec<&str> = subjects.iter().map(String::as_str).collect();
                obligation::move_to(tx, &subjects, Some(&party.division)).await?;
                matching::move_with(tx, party.uscc.as_str(), party.division.as_str()).await?;
            }
        }
        self.tell_moved(tx, arrivals, &moved).await?;
        Ok(attached)
    }

    /// Tells of the enterprises that have another division than `moved` says that they had: who keeps a list of what is collected about
    /// one learns by it that others may see that list now. Registry's own event may be read before this service has followed it.
    async fn tell_moved(
        &self,
        tx: &mut Tx,
        arrivals: &[Arrival],
        moved: &HashMap<&str, String>,
    ) -> Result<(), Common> {
        let events = arrivals.iter().filter_map(|Arrival { party, act }| {
            let told = pb::PartyMovedEvent {
                uscc: party.uscc.to_string(),
                division: party.division.to_string(),
                previous_division: moved.get(party.uscc.as_str())?.clone(),
            };
            let (subject, payload) = (format!("enterprises/{}", party.uscc), told.encode_to_vec());
            let (effective_on, context) = (act.today, &act.context);
            Some(NewEvent { kind: PARTY_MOVED, subject, effective_on, context, payload })
        });
        let events: Vec<_> = events.collect();
        if !events.is_empty() {
            self.outbox.append_all(tx, &events).await?;
        }
        Ok(())
    }

    async fn attach_records(&self, tx: &mut Tx, arrivals: &ByCode<'_>) -> Result<usize, Common> {
        const UPDATE: &str = "UPDATE record AS r SET revision = revision + 1, state = ";
        const RETURNING: &str = "
            RETURNING rowid, id, state, uscc, origin, revision, received_us, content, division, decided_on, objection, suspended_by,
                      erased_us";
        self.registered_here(tx, arrivals).await?;
        let to = RECORD.step(State::Unmatched, Event::Attach, &Actor::system())?.to;
        let rows: Vec<RecordRow> = on!(tx, |conn| {
            let mut sql = QueryBuilder::new(UPDATE);
            sql.push_bind(to.as_str()).push(" WHERE state = ").push_bind(State::Unmatched.as_str());
            push_under_any(&mut sql, &codes(arrivals));
            sql.push(RETURNING).build_query_as().persistent(false).fetch_all(conn).await
        })?;
        let (mut events, mut told) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
        let mut lay_elsewhere: HashMap<&DivisionCode, Vec<String>> = HashMap::new();
        for row in rows {
            let decided_on = row.decided_on;
            let mut record = Stored::try_from(row)?.record;
            let Some(arrival) = arrivals.get(record.uscc.as_str()) else { continue };
            let division = &arrival.party.division;
            if record.division != division.as_str() {
                lay_elsewhere.entry(division).or_default().push(record.name.clone());
            }
            record.division = division.to_string();
            told.push(record.name.clone());
            events.push(record_event(&arrival.act, RECORD_ATTACHED, decided_on, record, String::new()));
        }
        found(tx, arrivals, &told).await?;
        for (division, names) in &lay_elsewhere {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            obligation::move_to(tx, &names, Some(division)).await?;
        }
        if !events.is_empty() {
            self.outbox.append_all(tx, &events).await?;
        }
        Ok(events.len())
    }

    /// Penalties of a party that was taken for one of another province go back to where they wait for it.
    async fn registered_here(&self, tx: &mut Tx, arrivals: &ByCode<'_>) -> Result<(), Common> {
        const FIND: &str = "SELECT r.id FROM record r WHERE r.state = 'Elsewhere'";
        let ids: Vec<String> = on!(tx, |conn| {
            let mut sql = QueryBuilder::new(FIND);
            push_under_any(&mut sql, &codes(arrivals));
            sql.build_query_scalar().persistent(false).fetch_all(conn).await
        })?;
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        for stored in lock_all(tx, &ids).await? {
            let Some(arrival) = arrivals.get(stored.record.uscc.as_str()) else { continue };
            self.find_here(tx, &arrival.act, &stored, &Actor::system(), "").await?;
        }
        Ok(())
    }

    async fn attach_tickets(&self, tx: &mut Tx, arrivals: &ByCode<'_>) -> Result<usize, Common> {
        const UPDATE: &str = "UPDATE ticket SET revision = revision + 1, state = ";
        const RETURNING: &str = concat!(" RETURNING ", ticket_columns!(""));
        let rows: Vec<TicketRow> = on!(tx, |conn| {
            let mut sql = QueryBuilder::new(UPDATE);
            sql.push_bind(ATTACHED).push(" WHERE state = ").push_bind(UNMATCHED).push(" AND uscc IN");
            push_list(&mut sql, &codes(arrivals));
            sql.push(RETURNING).build_query_as().persistent(false).fetch_all(conn).await
        })?;
        let (mut events, mut told) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
        let mut placeless: HashMap<&DivisionCode, Vec<String>> = HashMap::new();
        for row in rows {
            let accepted_on = row.accepted_on;
            let ticket = pb::Ticket::try_from(row)?;
            let Some(arrival) = arrivals.get(ticket.uscc.as_str()) else { continue };
            if home::here(&ticket.division).is_empty() {
                placeless.entry(&arrival.party.division).or_default().push(ticket.name.clone());
            }
            told.push(ticket.name.clone());
            events.push(ticket_event(&arrival.act, TICKET_ATTACHED, accepted_on, ticket));
        }
        found(tx, arrivals, &told).await?;
        for (division, names) in &placeless {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            obligation::move_to(tx, &names, Some(division)).await?;
        }
        if !events.is_empty() {
            self.outbox.append_all(tx, &events).await?;
        }
        Ok(events.len())
    }
}

/// Names of the records of an enterprise, of the objections and remedies against them, of the tickets about it that name no place of the
/// city, and of the matches of either that are to be undone.
async fn about(tx: &mut Tx, uscc: &str) -> Result<Vec<String>, Common> {
    const SQL: &str = concat!(
        "SELECT 'records/' || r.id FROM record r WHERE ",
        under!("$1"),
        " UNION ALL
         SELECT 'objections/' || o.id FROM objection o JOIN record r ON r.id = o.record_id WHERE ",
        under!("$1"),
        " UNION ALL
         SELECT 'remedies/' || m.id FROM remedy m JOIN record r ON r.id = m.record_id WHERE ",
        under!("$1"),
        " UNION ALL
         SELECT 'matches/' || m.id FROM record r JOIN party_match m ON m.subject = 'records/' || r.id WHERE ",
        under!("$1"),
        " AND m.state = 'UndoRequested'
         UNION ALL
         SELECT 'tickets/' || t.id FROM ticket t WHERE t.uscc = $1 AND t.division = ''
         UNION ALL
         SELECT 'matches/' || m.id FROM ticket t JOIN party_match m ON m.subject = 'tickets/' || t.id
         WHERE t.uscc = $1 AND t.division = '' AND m.state = 'UndoRequested'"
    );
    Ok(on!(tx, |conn| sqlx::query_scalar(SQL).bind(uscc).fetch_all(conn).await)?)
}

/// Puts what is due of a record into the division in which it lies now; also of the objections and remedies against it, and of a match
/// that waits to be decided. `None` for none.
pub(super) async fn move_duties(
    tx: &mut Tx,
    record: &str,
    division: Option<&DivisionCode>,
) -> Result<(), Common> {
    const SQL: &str = "
        SELECT 'objections/' || o.id FROM objection o WHERE o.record_id = $1
        UNION ALL
        SELECT 'remedies/' || m.id FROM remedy m WHERE m.record_id = $1
        UNION ALL
        SELECT 'matches/' || m.id FROM party_match m
        WHERE m.subject = $2 AND m.state IN ('Proposed', 'UndoRequested')";
    let id = record.trim_start_matches("records/");
    let about: Vec<String> =
        on!(tx, |conn| sqlx::query_scalar(SQL).bind(id).bind(record).fetch_all(conn).await)?;
    let subjects: Vec<&str> = about.iter().map(String::as_str).chain([record]).collect();
    obligation::move_to(tx, &subjects, division).await.map(drop)
}

/// Nobody has to search any more for the parties of what was attached.
async fn found(tx: &mut Tx, arrivals: &ByCode<'_>, names: &[String]) -> Result<(), Common> {
    let Some(Arrival { act, .. }) = arrivals.values().next() else { return Ok(()) };
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    obligation::fulfil_all(tx, &names, MATCH, &act.context.actor, act.today).await.map(drop)
}

fn codes<'a>(arrivals: &ByCode<'a>) -> Vec<&'a str> {
    arrivals.keys().copied().collect()
}
