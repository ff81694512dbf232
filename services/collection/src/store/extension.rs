//! More time for the check of a tip's clue (投诉举报处理暂行办法 art 23): one officer asks, another decides. What is granted moves the
//! last day of the duty to check.

use contract::collection::v1 as pb;
use db::{Tx, on};
use prost::Message;
use rulebook::{Due, Rulebook};
use service::Error as Common;
use service::auth::Caller;
use service::idempotency::{Claim, Key, claim, store_answer};
use service::obligation;

use super::handle::CHANGED;
use super::take::ticket_event;
use super::ticket::StoredTicket;
use super::{Act, Store};
use crate::domain::NaturalId;
use crate::domain::handling::CHECK;
use crate::error::Error;
use crate::machines::extension::{CHECK_EXTENSION, EXTENSION, Event, State, decision};

/// An extension that is asked for.
#[derive(Clone, Debug)]
pub struct ExtensionRequest {
    /// The ticket.
    pub id: NaturalId,
    /// Why more time is needed, 1 to 500 characters.
    pub reason: String,
    /// Revision of the ticket that it rests on.
    pub revision: i64,
}

/// A decision about an extension.
#[derive(Clone, Debug)]
pub struct ExtensionDecision {
    /// The ticket.
    pub id: NaturalId,
    /// Whether it is granted.
    pub granted: bool,
    /// Remark of at most 500 characters.
    pub remark: String,
    /// Revision of the ticket that it rests on.
    pub revision: i64,
}

impl Store {
    /// Asks for an extension in the name of the caller.
    ///
    /// # Errors
    /// [`Error::TicketNotFound`], [`Error::TicketChanged`], [`Error::CheckNotRunning`], [`Error::CheckOver`],
    /// [`Error::CheckAwaitsCalendar`]; one was granted, or waits; the caller's office does not act in the ticket's field or division.
    pub async fn request_check_extension(
        &self,
        act: &Act,
        key: &Key<'_>,
        caller: &Caller,
        request: &pb::RequestCheckExtensionRequest,
        asked: &ExtensionRequest,
    ) -> Result<pb::Ticket, Error> {
        let mut tx = self.begin_act().await?;
        if let Claim::Repeat(answer) = claim(&mut tx, key, request, act.now).await? {
            return Ok(answer);
        }
        let stored = self.ticket_at(&mut tx, &asked.id, asked.revision, caller, act.today).await?;
        let extension = pb::CheckExtension {
            reason: asked.reason.clone(),
            requester: caller.subject().to_owned(),
            requested_on: act.today.to_string(),
            ..pb::CheckExtension::default()
        };
        let answer = self.step_extension(&mut tx, act, caller, Event::Request, stored, extension).await?;
        store_answer(&mut tx, key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Decides about an extension in the name of the caller.
    ///
    /// # Errors
    /// As [`Store::request_check_extension`]; nobody asked, or the caller himself did.
    pub async fn decide_check_extension(
        &self,
        act: &Act,
        key: &Key<'_>,
        caller: &Caller,
        request: &pb::DecideCheckExtensionRequest,
        decided: &ExtensionDecision,
    ) -> Result<pb::Ticket, Error> {
        let mut tx = self.begin_act().await?;
        if let Claim::Repeat(answer) = claim(&mut tx, key, request, act.now).await? {
            return Ok(answer);
        }
        let stored = self.ticket_at(&mut tx, &decided.id, decided.revision, caller, act.today).await?;
        let extension = pb::CheckExtension {
            decider: caller.subject().to_owned(),
            decided_on: act.today.to_string(),
            remark: decided.remark.clone(),
            ..stored.ticket.check_extension.clone().unwrap_or_default()
        };
        let event = decision(decided.granted);
        let answer = self.step_extension(&mut tx, act, caller, event, stored, extension).await?;
        store_answer(&mut tx, key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Takes a step of the extension, and writes and tells the ticket as it stands then.
    async fn step_extension(
        &self,
        tx: &mut Tx,
        act: &Act,
        caller: &Caller,
        event: Event,
        stored: StoredTicket,
        mut extension: pb::CheckExtension,
    ) -> Result<pb::Ticket, Error> {
        let from = stored.ticket.check_extension.as_ref().map(|before| state(&stored, before)).transpose()?;
        let requester = extension.requester.clone();
        let actor = caller.actor().on_proposal_of(&requester);
        let step = CHECK_EXTENSION.step(from, event, &actor).map_err(Common::from)?;
        let mut ticket = stored.ticket;
        if event.needs_time() {
            let last_day = running_until(tx, act, &ticket.name).await?;
            extension.extended_from = last_day.to_string();
            if step.to.extends() {
                let due =
                    obligation::extend(tx, &ticket.name, CHECK, last_day, EXTENSION, &self.book).await?;
                extension.extended_to = due.date().map(|day| day.to_string()).unwrap_or_default();
            }
        }
        step.to.word().clone_into(&mut extension.state);
        write(tx, &ticket, &extension).await?;
        ticket.check_extension = Some(extension);
        ticket.revision += 1;
        self.outbox.append(tx, &ticket_event(act, CHANGED, act.today, ticket.clone())).await?;
        Ok(ticket)
    }
}

/// The last day of the check of the ticket `name`, which has not passed.
async fn running_until(tx: &mut Tx, act: &Act, name: &str) -> Result<chrono::NaiveDate, Error> {
    match obligation::last_day(tx, name, CHECK).await? {
        None => Err(Error::CheckNotRunning(name.to_owned())),
        Some(Due::AwaitsCalendar) => Err(Error::CheckAwaitsCalendar(name.to_owned())),
        Some(Due::On(last_day)) if last_day < act.today => {
            Err(Error::CheckOver { name: name.to_owned(), last_day })
        }
        Some(Due::On(last_day)) => Ok(last_day),
    }
}

/// Gives a check that was opened again the extension that was granted before.
pub(super) async fn extend_again(tx: &mut Tx, ticket: &pb::Ticket, book: &Rulebook) -> Result<(), Common> {
    let Some(extension) = &ticket.check_extension else { return Ok(()) };
    let broken = |problem: String| Common::corrupt(format!("{}: {problem}", ticket.name));
    if !extension.state.parse::<State>().map_err(broken)?.extends() {
        return Ok(());
    }
    let from = domain::parse_date(&extension.extended_from).map_err(|problem| broken(problem.to_string()))?;
    obligation::extend(tx, &ticket.name, CHECK, from, EXTENSION, book).await.map(drop)
}

fn state(stored: &StoredTicket, extension: &pb::CheckExtension) -> Result<State, Common> {
    extension.state.parse().map_err(|problem| Common::corrupt(format!("{}: {problem}", stored.ticket.name)))
}

async fn write(tx: &mut Tx, ticket: &pb::Ticket, extension: &pb::CheckExtension) -> Result<(), Common> {
    const SQL: &str =
        "UPDATE ticket SET check_extension = $3, revision = revision + 1 WHERE id = $1 AND revision = $2";
    let written = on!(tx, |conn| sqlx::query(SQL)
        .bind(ticket.name.trim_start_matches("tickets/"))
        .bind(ticket.revision)
        .bind(extension.encode_to_vec())
        .execute(conn)
        .await?
        .rows_affected());
    if written == 1 { Ok(()) } else { Err(Common::Contended) }
}
