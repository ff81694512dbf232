//! Reading and changing one ticket.

use chrono::NaiveDate;
use contract::collection::v1 as pb;
use db::{Tx, on};
use domain::{DivisionCode, FieldCode};
use service::Error as Common;
use service::auth::{Caller, Denied};

use super::party;
use super::ticket_row::{TicketRow, ticket_columns};
use crate::domain::{NaturalId, home};
use crate::machines::ticket::State;

/// Permission that whoever has to do with tickets must hold.
const READ: &str = "collection.ticket.read";

/// A ticket as it stands now, with what decides who may see it.
#[derive(Clone, Debug)]
pub(super) struct StoredTicket {
    /// As the contract writes it.
    pub(super) ticket: pb::Ticket,
    /// The code that it was delivered with; empty for none.
    pub(super) delivered_uscc: String,
    /// Its state.
    pub(super) state: State,
    /// Its day of acceptance by the hotline.
    pub(super) accepted_on: NaiveDate,
    /// Its key field.
    pub(super) field: Option<FieldCode>,
    /// Division of the event; of its party where the ticket names none of the city.
    pub(super) division: Option<DivisionCode>,
}

impl StoredTicket {
    /// Whether the caller's office reads tickets at all, and acts in the ticket's field and division.
    pub(super) fn may_be_touched_by(
        &self,
        caller: &Caller,
        book: &rulebook::Rulebook,
        today: NaiveDate,
    ) -> Result<(), Denied> {
        if !reads_tickets(caller, book, today) {
            let (office, permission) = (caller.office().clone(), READ.to_owned());
            return Err(Denied::RoleNotPermitted { office, permission });
        }
        self.field.as_ref().map_or(Ok(()), |field| caller.may_act_in_field(field))?;
        self.division.as_ref().map_or(Ok(()), |division| caller.may_act_in_division(division))
    }
}

/// Whether the caller reads tickets: few offices do (投诉举报处理暂行办法 art 33).
pub(super) fn reads_tickets(caller: &Caller, book: &rulebook::Rulebook, today: NaiveDate) -> bool {
    caller.may(READ, book, today)
}

/// The ticket `id`, if it is there.
pub(super) async fn find(tx: &mut Tx, id: &NaturalId) -> Result<Option<StoredTicket>, Common> {
    const SQL: &str = concat!("SELECT ", ticket_columns!("t."), " FROM ticket t WHERE t.id = $1");
    let row: Option<TicketRow> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(id.as_str()).fetch_optional(conn).await)?;
    let Some(row) = row else { return Ok(None) };
    let (accepted_on, delivered_uscc) = (row.accepted_on, row.delivered_uscc()?);
    let ticket = pb::Ticket::try_from(row)?;
    let party = party::division_of(tx, &ticket.uscc).await?;
    let broken = |problem: String| Common::corrupt(format!("ticket {id}: {problem}"));
    let division = match home::here(&ticket.division) {
        "" => party.unwrap_or_default(),
        here => here.to_owned(),
    };
    let division = (!division.is_empty()).then(|| DivisionCode::parse(&division)).transpose();
    let field = (!ticket.field.is_empty()).then(|| FieldCode::parse(&ticket.field)).transpose();
    Ok(Some(StoredTicket {
        delivered_uscc,
        accepted_on,
        state: ticket
            .state
            .parse()
            .map_err(|problem: crate::machines::ticket::UnknownState| broken(problem.to_string()))?,
        field: field.map_err(|problem| broken(problem.to_string()))?,
        division: division.map_err(|problem| broken(problem.to_string()))?,
        ticket,
    }))
}

/// Puts a ticket that was read in state `from` into state `to`, under the code `uscc` (empty for none).
///
/// # Errors
/// [`Common::Contended`] when another transaction changed it since.
pub(super) async fn move_to(tx: &mut Tx, id: &str, from: State, to: State, uscc: &str) -> Result<(), Common> {
    const SQL: &str = "UPDATE ticket SET state = $3, uscc = NULLIF($4, ''), revision = revision + 1 WHERE id = $1 AND state = $2";
    let moved = on!(tx, |conn| sqlx::query(SQL)
        .bind(id)
        .bind(from.as_str())
        .bind(to.as_str())
        .bind(uscc)
        .execute(conn)
        .await?
        .rows_affected());
    if moved == 1 { Ok(()) } else { Err(Common::Contended) }
}
