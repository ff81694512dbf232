//! Handling tickets: their statutory periods, and what became of them.

use chrono::NaiveDate;
use contract::collection::v1 as pb;
use db::{Tx, on};
use domain::DivisionCode;
use prost::Message;
use rulebook::Code;
use service::Error as Common;
use service::auth::Caller;
use service::idempotency::{Claim, Key, claim, store_answer};
use service::obligation::{self, Matter, NewDuty};

use super::take::ticket_event;
use super::ticket::{self, StoredTicket};
use super::ticket_row::{PlacedTicket, UNMATCHED};
use super::{Act, Store, callers, extension};
use crate::domain::handling::{CHECK, Days, PERIODS, faults, is_handled, running};
use crate::domain::home::is_here;
use crate::domain::publication::{Clocks, answers_for};
use crate::domain::{Kind, NaturalId};
use crate::error::Error;
use crate::machines::record::MATCH;

/// Kind of the event of a ticket that was handled.
pub(super) const CHANGED: &str = "collection.ticket.changed";

/// What became of a ticket, checked as far as it can be without it.
#[derive(Clone, Debug)]
pub struct Handled {
    /// The ticket.
    pub id: NaturalId,
    /// What became of it, as sent.
    pub progress: pb::TicketProgress,
    /// Its days, read.
    pub days: Days,
    /// Revision that it rests on.
    pub revision: i64,
}

/// Opens the periods of new tickets that are still open.
pub(super) async fn open_periods(
    store: &Store,
    tx: &mut Tx,
    act: &Act,
    placed: &[PlacedTicket<'_>],
) -> Result<(), Common> {
    let mut clocks = Clocks::new(&store.book, act.today);
    let mut due = Vec::new();
    for placed in placed {
        let new = placed.new;
        if !new.message.closed_on.is_empty() {
            continue;
        }
        let kind = kind_of(store, &new.message.kind, new.accepted_on, act.today);
        let mut periods =
            running(&new.message, &Days::default(), kind, new.accepted_on, new.caller.is_some());
        if placed.state == UNMATCHED && is_handled(kind) {
            periods.push((MATCH, act.today));
        }
        let worth = clocks.worth_a_duty(&periods)?;
        if !worth.is_empty() {
            let office = answers_for(&store.book, Kind::Inspection, &new.message.field);
            // One that names no place lies where its party does.
            let party = || placed.party_division.and_then(|code| DivisionCode::parse(code).ok());
            let division = new.division.clone().filter(is_here).or_else(party);
            due.push((new, new.name(), division, office, worth));
        }
    }
    let duties: Vec<_> = due
        .iter()
        .flat_map(|(new, name, division, office, worth)| {
            worth.iter().map(move |(kind, start_on)| NewDuty {
                matter: Matter {
                    subject: name,
                    field: new.field.as_ref(),
                    division: division.as_ref(),
                    owner: None,
                },
                kind,
                office,
                parameter: kind,
                start_on: *start_on,
            })
        })
        .collect();
    obligation::open_all(tx, &duties, &store.book).await
}

/// The kind of a ticket, by the dictionary of its day or of today.
fn kind_of<'s>(store: &'s Store, kind: &str, on: NaiveDate, today: NaiveDate) -> Option<&'s Code> {
    store.book.code("ticket_kind", kind, on).or_else(|| store.book.code("ticket_kind", kind, today))
}

impl Store {
    /// The ticket `id`, as far as the caller may see it.
    ///
    /// # Errors
    /// [`Error::TicketNotFound`], or the caller's office does not act in its field or division.
    pub async fn ticket(
        &self,
        id: &NaturalId,
        caller: &Caller,
        today: NaiveDate,
    ) -> Result<pb::Ticket, Error> {
        let mut tx = self.db.begin_read().await.map_err(Common::from)?;
        let stored = ticket::find(&mut tx, id).await?.ok_or_else(|| Error::TicketNotFound(id.clone()))?;
        stored.may_be_touched_by(caller, &self.book, today)?;
        Ok(stored.ticket)
    }

    /// The ticket `id`, which stands at `revision` and with which the caller may have to do.
    pub(super) async fn ticket_at(
        &self,
        tx: &mut Tx,
        id: &NaturalId,
        revision: i64,
        caller: &Caller,
        today: NaiveDate,
    ) -> Result<StoredTicket, Error> {
        let stored = ticket::find(tx, id).await?.ok_or_else(|| Error::TicketNotFound(id.clone()))?;
        stored.may_be_touched_by(caller, &self.book, today)?;
        let present = stored.ticket.revision;
        if present == revision {
            Ok(stored)
        } else {
            Err(Error::TicketChanged { id: id.clone(), revision: present })
        }
    }

    /// Records what became of a ticket in the name of the caller; periods that end are fulfilled, those that begin are opened.
    ///
    /// # Errors
    /// [`Error::TicketNotFound`], [`Error::TicketChanged`]; the caller's office does not act in its field or division; the
    /// progress is not one of a ticket of this kind.
    pub async fn update_ticket(
        &self,
        act: &Act,
        key: &Key<'_>,
        caller: &Caller,
        request: &pb::UpdateTicketRequest,
        handled: &Handled,
    ) -> Result<pb::Ticket, Error> {
        let mut tx = self.begin_act().await?;
        if let Claim::Repeat(answer) = claim(&mut tx, key, request, act.now).await? {
            return Ok(answer);
        }
        let id = &handled.id;
        let stored = self.ticket_at(&mut tx, id, handled.revision, caller, act.today).await?;
        let received = stored.accepted_on;
        let kind = kind_of(self, &stored.ticket.kind, received, act.today);
        let mut errors = service::FieldErrors::default();
        for (field, fault) in faults(&handled.progress, &handled.days, kind, received) {
            errors.push(format!("progress.{field}"), fault);
        }
        errors.into_result().map_err(Common::from)?;
        write(&mut tx, id, handled).await?;
        // Read anew: what only an earlier progress said is gone with it, and what the hotline said shows again.
        let ticket = ticket::find(&mut tx, id).await?.ok_or(Common::Contended)?.ticket;
        let closed = handled.days.closed.or_else(|| domain::parse_date(&ticket.closed_on).ok());
        let days = Days { closed, ..handled.days };
        self.settle(&mut tx, act, caller, &stored, &ticket, &days, kind).await?;
        let told = ticket_event(act, CHANGED, act.today, ticket.clone());
        self.outbox.append(&mut tx, &told).await.map_err(Common::from)?;
        store_answer(&mut tx, key, &ticket).await?;
        tx.commit().await?;
        Ok(ticket)
    }

    /// Fulfils the periods that do not run any more, and opens those that do. `days`: of its progress; it is closed, too, when the
    /// hotline has closed it.
    #[allow(clippy::too_many_arguments, reason = "what a ticket was, what it is, and who says so")]
    async fn settle(
        &self,
        tx: &mut Tx,
        act: &Act,
        caller: &Caller,
        stored: &StoredTicket,
        ticket: &pb::Ticket,
        days: &Days,
        kind: Option<&Code>,
    ) -> Result<(), Error> {
        let id = ticket.name.trim_start_matches("tickets/");
        let named = callers::is_named(tx, id).await.map_err(Common::from)?;
        let runs = running(ticket, days, kind, stored.accepted_on, named);
        for period in PERIODS {
            if !runs.iter().any(|(running, _)| *running == period) {
                obligation::fulfil(tx, &ticket.name, period, caller.subject(), act.today).await?;
            }
        }
        if days.closed.is_some() {
            obligation::fulfil(tx, &ticket.name, MATCH, caller.subject(), act.today).await?;
        }
        let office = answers_for(&self.book, Kind::Inspection, &ticket.field);
        for (period, start_on) in runs {
            let matter = Matter {
                subject: &ticket.name,
                field: stored.field.as_ref(),
                division: stored.division.as_ref(),
                owner: None,
            };
            let duty = NewDuty { matter, kind: period, office: &office, parameter: period, start_on };
            // The act goes through also where the matter is older than the rule.
            obligation::open_in_force(tx, &duty, &self.book).await?;
            if period == CHECK {
                // A check that begins again, because its end was a mistake, keeps the time that it was given.
                extension::extend_again(tx, ticket, &self.book).await?;
            }
        }
        Ok(())
    }
}

async fn write(tx: &mut Tx, id: &NaturalId, handled: &Handled) -> Result<(), Common> {
    const SQL: &str =
        "UPDATE ticket SET progress = $3, revision = revision + 1 WHERE id = $1 AND revision = $2";
    let written = on!(tx, |conn| sqlx::query(SQL)
        .bind(id.as_str())
        .bind(handled.revision)
        .bind(handled.progress.encode_to_vec())
        .execute(conn)
        .await?
        .rows_affected());
    if written == 1 { Ok(()) } else { Err(Common::Contended) }
}
