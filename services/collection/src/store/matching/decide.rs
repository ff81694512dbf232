//! Deciding what another officer proposed: attaching, detaching, or neither.

use contract::collection::v1 as pb;
use db::{Tx, on};
use domain::{DivisionCode, OfficeCode};
use service::Error as Common;
use service::auth::Caller;
use service::idempotency::{Claim, Key, claim, store_answer};
use service::machine::Actor;
use service::obligation::{self, Matter, NewDuty};

use super::super::attach::move_duties;
use super::super::record_row::{Stored, optional};
use super::super::take::{record_event, ticket_event};
use super::super::ticket::{self, StoredTicket};
use super::super::{Act, Store, party, publish};
use super::row::{self, MatchRow};
use super::subject::Found;
use crate::domain::publication::Clocks;
use crate::domain::{NaturalId, home};
use crate::error::Error;
use crate::machines::matching::{Effect, MATCH, decision};
use crate::machines::{record, ticket as ticket_machine};

const RECORD_ATTACHED: &str = "collection.record.attached";
const RECORD_DETACHED: &str = "collection.record.detached";
const TICKET_ATTACHED: &str = "collection.ticket.attached";
const TICKET_DETACHED: &str = "collection.ticket.detached";

/// A decision.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The match.
    pub id: NaturalId,
    /// Whether what was proposed is granted.
    pub granted: bool,
    /// Remark of at most 500 characters.
    pub remark: String,
}

impl Store {
    /// Decides about a match in the name of the caller.
    ///
    /// # Errors
    /// [`Error::MatchNotFound`]; nothing waits to be decided; the caller proposed it himself, or may not have to do with it;
    /// what it is about was attached or withdrawn meanwhile, or says by now that it means a natural person; the remark seems to tell the
    /// number of a ticket's caller.
    pub async fn decide_match(
        &self,
        act: &Act,
        key: &Key<'_>,
        caller: &Caller,
        request: &pb::DecideMatchRequest,
        decided: &Decision,
    ) -> Result<pb::Match, Error> {
        let mut tx = self.begin_act().await?;
        if let Claim::Repeat(answer) = claim(&mut tx, key, request, act.now).await? {
            return Ok(answer);
        }
        let mut row = row::find(&mut tx, &decided.id).await?;
        row.may_be_touched_by(caller, &self.book, act.today)?;
        let subject = row.subject()?;
        let found = self.subject(&mut tx, &subject, caller, act.today).await?;
        subject.assert_impersonal("remark", &decided.remark).map_err(Common::from)?;
        let state = row.state()?;
        let event = decision(state, decided.granted)
            .ok_or_else(|| Error::NothingToDecide { name: row.name(), state: state.as_str() })?;
        let proposer = row.proposer.clone();
        let step =
            MATCH.step(state, event, &caller.actor().on_proposal_of(&proposer)).map_err(Common::from)?;
        row.decider = caller.subject().to_owned();
        row.remark.clone_from(&decided.remark);
        match event.effect() {
            Some(Effect::Attach) => self.attach(&mut tx, act, caller, &mut row, &found).await?,
            Some(Effect::Detach) => self.detach(&mut tx, act, caller, &mut row, &found).await?,
            None => {}
        }
        let answer = self.change_match(&mut tx, act, caller, &step, row, &found).await?;
        store_answer(&mut tx, key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Attaches what the match is about; that of a record is seen from now on where the record is.
    async fn attach(
        &self,
        tx: &mut Tx,
        act: &Act,
        caller: &Caller,
        row: &mut MatchRow,
        found: &Found,
    ) -> Result<(), Error> {
        let division = party::division_of(tx, &row.uscc).await?.unwrap_or_default();
        match found {
            Found::Record(stored) => {
                // It may have been put right since the proposal.
                if found.is_of_person(&self.book, act.today) {
                    return Err(Error::PartyIsPerson(stored.record.name.clone()));
                }
                let step = record::RECORD
                    .step(stored.state, record::Event::Attach, &Actor::system())
                    .map_err(Common::from)?;
                let moved = put_under(tx, stored, step.to, &row.uscc).await?;
                row.division.clone_from(&division);
                let record = pb::Record { uscc: row.uscc.clone(), division, ..moved };
                for kind in step.fulfils {
                    obligation::fulfil(tx, &record.name, kind, caller.subject(), act.today).await?;
                }
                // What else is due of it is due where its party lies.
                let place = optional(&record.division, DivisionCode::parse)
                    .map_err(|problem| Common::corrupt(format!("{}: {problem}", record.name)))?;
                move_duties(tx, &record.name, place.as_ref()).await?;
                let told = record_event(act, RECORD_ATTACHED, act.today, record, String::new());
                self.outbox.append(tx, &told).await?;
            }
            Found::Ticket(stored) => {
                let ticket = move_ticket(tx, stored, ticket_machine::Event::Attach, &row.uscc).await?;
                obligation::fulfil(tx, &ticket.name, record::MATCH, caller.subject(), act.today).await?;
                if home::here(&ticket.division).is_empty() {
                    // It names no place: what is due of it is due where its party lies.
                    let place = optional(&division, DivisionCode::parse)
                        .map_err(|problem| Common::corrupt(format!("{}: {problem}", ticket.name)))?;
                    obligation::move_to(tx, &[ticket.name.as_str()], place.as_ref()).await?;
                    row.division = division;
                }
                let told = ticket_event(act, TICKET_ATTACHED, act.today, ticket);
                self.outbox.append(tx, &told).await?;
            }
        }
        Ok(())
    }

    /// Detaches it: seen again where it was delivered.
    async fn detach(
        &self,
        tx: &mut Tx,
        act: &Act,
        caller: &Caller,
        row: &mut MatchRow,
        found: &Found,
    ) -> Result<(), Error> {
        match found {
            Found::Record(stored) => {
                let step = record::RECORD
                    .step(stored.state, record::Event::Detach, &Actor::system())
                    .map_err(Common::from)?;
                let moved = put_under(tx, stored, step.to, &stored.delivered_uscc).await?;
                let owner = OfficeCode::parse(&found.owner(&self.book)).ok();
                // The place of the party that it did not concern is not its own.
                let place = home::here(&stored.delivered_division);
                place.clone_into(&mut row.division);
                let division = optional(place, DivisionCode::parse)
                    .map_err(|problem| Common::corrupt(format!("{}: {problem}", moved.name)))?;
                let matter = Matter {
                    subject: &moved.name,
                    field: found.field(),
                    division: division.as_ref(),
                    owner: owner.as_ref(),
                };
                move_duties(tx, &moved.name, division.as_ref()).await?;
                obligation::follow(tx, &step, &matter, caller.subject(), act.today, &self.book).await?;
                self.publish_is_due_again(tx, act, stored, matter).await?;
                let mut moved = pb::Record { uscc: row.uscc.clone(), ..moved };
                self.stop_showing(tx, act, &mut moved).await?;
                publish::begin_anew(tx, act, &moved).await?;
                let subject = format!("enterprises/{}", row.uscc);
                let mut told = record_event(act, RECORD_DETACHED, act.today, moved, row.reason.clone());
                told.subject = subject;
                self.outbox.append(tx, &told).await?;
            }
            Found::Ticket(stored) => {
                let delivered = stored.delivered_uscc.as_str();
                let ticket = move_ticket(tx, stored, ticket_machine::Event::Detach, delivered).await?;
                let place = home::here(&ticket.division);
                let division = optional(place, DivisionCode::parse)
                    .map_err(|problem| Common::corrupt(format!("{}: {problem}", ticket.name)))?;
                if division.is_none() {
                    // The place of the party that it did not concern is not its own.
                    obligation::move_to(tx, &[ticket.name.as_str()], None).await?;
                    row.division.clear();
                }
                self.search_again(tx, act, &ticket, found, division.as_ref()).await?;
                let told = pb::Ticket { uscc: row.uscc.clone(), ..ticket };
                let mut told = ticket_event(act, TICKET_DETACHED, act.today, told);
                told.subject = format!("enterprises/{}", row.uscc);
                self.outbox.append(tx, &told).await?;
            }
        }
        Ok(())
    }
}

impl Store {
    /// What was shown under the wrong name has not been published: its duties are open again, from the day of the decision as
    /// before.
    pub(in crate::store) async fn publish_is_due_again(
        &self,
        tx: &mut Tx,
        act: &Act,
        stored: &Stored,
        matter: Matter<'_>,
    ) -> Result<(), Common> {
        // What follows from another service has no duties here.
        if !stored.record.origin.is_empty() {
            return Ok(());
        }
        let duties =
            Clocks::new(&self.book, act.today).duties(&stored.record, stored.decided_on()?, false)?;
        for duty in &duties {
            let (kind, office) = (duty.kind, duty.office.as_str());
            let new = NewDuty { matter, kind, office, parameter: kind, start_on: duty.start };
            obligation::open(tx, &new, &self.book).await?;
        }
        Ok(())
    }

    /// The party of a ticket that is still open is due to be found again.
    async fn search_again(
        &self,
        tx: &mut Tx,
        act: &Act,
        ticket: &pb::Ticket,
        found: &Found,
        division: Option<&DivisionCode>,
    ) -> Result<(), Common> {
        let closed = ticket.progress.as_ref().is_some_and(|progress| !progress.closed_on.is_empty());
        if closed || !ticket.closed_on.is_empty() {
            return Ok(());
        }
        let (kind, office) = (record::MATCH, found.owner(&self.book));
        let matter = Matter { subject: &ticket.name, field: found.field(), division, owner: None };
        let duty = NewDuty { matter, kind, office: &office, parameter: kind, start_on: act.today };
        obligation::open(tx, &duty, &self.book).await.map(drop)
    }
}

/// Puts a record under the code `uscc` (empty for none), into state `to`; answers it as it stands then.
async fn put_under(
    tx: &mut Tx,
    stored: &Stored,
    to: record::State,
    uscc: &str,
) -> Result<pb::Record, Common> {
    const SQL: &str = "
        UPDATE record SET state = $3, uscc = NULLIF($4, ''), revision = revision + 1 WHERE key = unhex($1) AND revision = $2";
    let record = &stored.record;
    let moved = on!(tx, |conn| sqlx::query(SQL)
        .bind(record.name.trim_start_matches("records/"))
        .bind(record.revision)
        .bind(to.as_str())
        .bind(uscc)
        .execute(conn)
        .await?
        .rows_affected());
    if moved != 1 {
        return Err(Common::Contended);
    }
    let mut record = record.clone();
    record.state = to.as_str().to_owned();
    record.revision += 1;
    Ok(record)
}

async fn move_ticket(
    tx: &mut Tx,
    stored: &StoredTicket,
    event: ticket_machine::Event,
    uscc: &str,
) -> Result<pb::Ticket, Common> {
    let to = ticket_machine::step(stored.state, event)?;
    let mut ticket = stored.ticket.clone();
    ticket::move_to(tx, ticket.name.trim_start_matches("tickets/"), stored.state, to, uscc).await?;
    ticket.state = to.as_str().to_owned();
    ticket.uscc = uscc.to_owned();
    ticket.revision += 1;
    Ok(ticket)
}
