//! Erasing who called about a ticket, and what was said (X5). The ticket itself names nobody, and stays.
//!
//! What stands in refused lines of a file is not looked for: those are no tickets, and their cells are sealed.

use contract::collection::v1 as pb;
use db::{Tx, on};
use service::Error as Common;
use service::access_log::{self, LoggedRead};
use service::auth::Caller;
use service::idempotency::{Claim, Key, claim, store_answer};

use super::handle::CHANGED;
use super::take::ticket_event;
use super::{Act, Store, ticket};
use crate::domain::NaturalId;
use crate::error::Error;

/// The RPC, as the log of reads names it.
const METHOD: &str = "/xinjian.collection.v1.Tickets/EraseTicketCaller";

/// Whose caller is to be erased, and why.
#[derive(Clone, Debug)]
pub struct CallerErasure {
    /// The ticket.
    pub id: NaturalId,
    /// Why, 1 to 500 characters; says nothing about the caller.
    pub reason: String,
}

impl Store {
    /// Erases who called about a ticket and what was said; erasing again changes nothing.
    ///
    /// # Errors
    /// [`Error::TicketNotFound`], [`Error::TicketOpen`]; the caller's office does not act in the ticket's field or division.
    pub async fn erase_ticket_caller(
        &self,
        act: &Act,
        key: &Key<'_>,
        caller: &Caller,
        request: &pb::EraseTicketCallerRequest,
        erasure: &CallerErasure,
    ) -> Result<pb::Ticket, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = claim(&mut tx, key, request, act.now).await? {
            return Ok(answer);
        }
        let id = &erasure.id;
        let stored = ticket::find(&mut tx, id).await?.ok_or_else(|| Error::TicketNotFound(id.clone()))?;
        stored.may_be_touched_by(caller, &self.book, act.today)?;
        let mut ticket = stored.ticket;
        let due = due_for(&mut tx, &ticket.name).await.map_err(Common::from)?;
        if !due.is_empty() {
            return Err(Error::TicketOpen { id: id.clone(), due: due.join(", ") });
        }
        tx.erases();
        if erase(&mut tx, id).await.map_err(Common::from)? {
            touch(&mut tx, id, ticket.revision).await?;
            ticket.revision += 1;
            let note = LoggedRead {
                subject: format!("{}/caller", ticket.name),
                method: METHOD.to_owned(),
                purpose: erasure.reason.clone(),
                reader: caller.subject().to_owned(),
                office: caller.office().as_str().to_owned(),
                read_at_us: act.now.micros(),
            };
            access_log::write(&mut tx, &[note]).await.map_err(Common::from)?;
            let told = ticket_event(act, CHANGED, act.today, ticket.clone());
            self.outbox.append(&mut tx, &told).await.map_err(Common::from)?;
        }
        store_answer(&mut tx, key, &ticket).await?;
        tx.commit().await?;
        Ok(ticket)
    }
}

/// What is still due for a ticket: whoever called may have to be asked or told.
async fn due_for(tx: &mut Tx, name: &str) -> Result<Vec<String>, sqlx::Error> {
    const SQL: &str = "SELECT kind FROM obligation WHERE subject = $1 AND done_on IS NULL ORDER BY kind";
    on!(tx, |conn| sqlx::query_scalar(SQL).bind(name).fetch_all(conn).await)
}

/// Whether there was anything to erase.
async fn erase(tx: &mut Tx, id: &NaturalId) -> Result<bool, sqlx::Error> {
    const CALLER: &str = "DELETE FROM ticket_caller WHERE ticket_id = $1";
    const TEXT: &str = "DELETE FROM ticket_text WHERE ticket_id = $1";
    let mut erased = 0;
    for sql in [CALLER, TEXT] {
        erased += on!(tx, |conn| sqlx::query(sql).bind(id.as_str()).execute(conn).await?.rows_affected());
    }
    Ok(erased > 0)
}

/// Raises the revision of a ticket that was read at `revision`.
///
/// # Errors
/// [`Common::Contended`] when another transaction changed it since.
async fn touch(tx: &mut Tx, id: &NaturalId, revision: i64) -> Result<(), Common> {
    const SQL: &str = "UPDATE ticket SET revision = revision + 1 WHERE id = $1 AND revision = $2";
    let touched = on!(tx, |conn| sqlx::query(SQL)
        .bind(id.as_str())
        .bind(revision)
        .execute(conn)
        .await?
        .rows_affected());
    if touched == 1 { Ok(()) } else { Err(Common::Contended) }
}
