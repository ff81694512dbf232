//! The table `ticket`: writing new rows, reading them as the contract writes tickets.

use contract::collection::v1 as pb;
use db::Tx;
use db::bulk::{self, Cell};
use domain::MicrosUtc;
use prost::Message;
use service::Error as Common;

use crate::convert::timestamp;
use crate::domain::{NewTicket, home, ticket_name};

/// State of a ticket whose party is registered.
pub(super) const ATTACHED: &str = "Attached";
/// State of a ticket whose party is not known.
pub(super) const UNMATCHED: &str = "Unmatched";

/// Revision of a ticket that was just taken.
const FIRST_REVISION: i64 = 1;

/// Columns that [`TicketRow`] is read from, of the table `ticket`.
macro_rules! ticket_columns {
    ($row:literal) => {
        concat!(
            $row,
            "id, ",
            $row,
            "state, ",
            $row,
            "uscc, ",
            $row,
            "received_us, ",
            $row,
            "content, ",
            $row,
            "accepted_on, ",
            $row,
            "progress, ",
            $row,
            "joined_to, ",
            $row,
            "check_extension, ",
            $row,
            "revision"
        )
    };
}
pub(super) use ticket_columns;

/// Columns, in the order of [`PlacedTicket::cells`].
const COLUMNS: [&str; 11] = [
    "id",
    "channel",
    "ticket_no",
    "uscc",
    "field",
    "division",
    "accepted_on",
    "state",
    "received_us",
    "content",
    "joined_to",
];

/// A new ticket with the place that it gets.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlacedTicket<'a> {
    /// What was delivered.
    pub(super) new: &'a NewTicket,
    /// [`ATTACHED`] or [`UNMATCHED`].
    pub(super) state: &'static str,
    /// Division of the registered party; `None` while it is not registered.
    pub(super) party_division: Option<&'a str>,
    /// When it was received.
    pub(super) received: MicrosUtc,
    /// First ticket on the same event, where the hotline did not name it; empty for none.
    pub(super) joined_to: &'a str,
}

impl PlacedTicket<'_> {
    fn cells(&self) -> [Cell<'_>; COLUMNS.len()] {
        let new = self.new;
        [
            new.id.as_str().into(),
            new.channel.as_str().into(),
            new.ticket_no.as_str().into(),
            new.uscc.as_ref().map(|uscc| uscc.as_str()).into(),
            new.message.field.as_str().into(),
            home::here(&new.message.division).into(),
            new.accepted_on.into(),
            self.state.into(),
            self.received.micros().into(),
            new.content.as_slice().into(),
            self.joined_to.into(),
        ]
    }

    /// The ticket as it stands now.
    pub(super) fn to_pb(self) -> pb::Ticket {
        let mut ticket = self.new.message.clone();
        ticket.name = self.new.name();
        ticket.state = self.state.to_owned();
        ticket.receive_time = Some(timestamp(self.received));
        ticket.revision = FIRST_REVISION;
        join(&mut ticket, self.joined_to);
        ticket
    }
}

/// Writes new tickets. Losing against another transaction that took one of them since they were looked for is
/// [`Common::Contended`]; the caller's transaction then ends.
pub(super) async fn insert(tx: &mut Tx, tickets: &[PlacedTicket<'_>]) -> Result<(), Common> {
    match bulk::insert(tx, "ticket", COLUMNS, tickets.iter().map(PlacedTicket::cells)).await {
        Ok(_) => Ok(()),
        Err(error) if db::is_unique_violation(&error) => Err(Common::Contended),
        Err(error) => Err(error.into()),
    }
}

/// A ticket as stored.
#[derive(Clone, sqlx::FromRow)]
pub(super) struct TicketRow {
    pub(super) id: String,
    state: String,
    uscc: Option<String>,
    received_us: i64,
    content: Vec<u8>,
    pub(super) accepted_on: chrono::NaiveDate,
    progress: Vec<u8>,
    joined_to: String,
    check_extension: Vec<u8>,
    revision: i64,
}

/// Names the first ticket on the same event, unless the hotline did.
fn join(ticket: &mut pb::Ticket, first: &str) {
    if ticket.duplicate_of.is_empty() {
        ticket.duplicate_of = first.to_owned();
    }
}

impl TicketRow {
    /// The code that the ticket was delivered with; empty for none.
    pub(super) fn delivered_uscc(&self) -> Result<String, Common> {
        self.decode().map(|ticket| ticket.uscc)
    }

    fn decode(&self) -> Result<pb::Ticket, Common> {
        pb::Ticket::decode(self.content.as_slice())
            .map_err(|problem| Common::corrupt(format!("ticket {}: {problem}", self.id)))
    }
}

impl TryFrom<TicketRow> for pb::Ticket {
    type Error = Common;

    fn try_from(row: TicketRow) -> Result<Self, Common> {
        let mut ticket = row.decode()?;
        ticket.name = ticket_name(&row.id);
        // The code as delivered, or that of the party which officers matched it with.
        ticket.uscc = row.uscc.unwrap_or_default();
        ticket.state = row.state;
        ticket.receive_time = Some(timestamp(MicrosUtc(row.received_us)));
        ticket.revision = row.revision;
        join(&mut ticket, &row.joined_to);
        if !row.progress.is_empty() {
            let progress = pb::TicketProgress::decode(row.progress.as_slice())
                .map_err(|problem| Common::corrupt(format!("ticket {}: {problem}", row.id)))?;
            show(&mut ticket, progress);
        }
        if !row.check_extension.is_empty() {
            let extension = pb::CheckExtension::decode(row.check_extension.as_slice())
                .map_err(|problem| Common::corrupt(format!("ticket {}: {problem}", row.id)))?;
            ticket.check_extension = Some(extension);
        }
        Ok(ticket)
    }
}

/// Shows what became of a ticket, also where the hotline said it.
fn show(ticket: &mut pb::Ticket, progress: pb::TicketProgress) {
    if !progress.closed_on.is_empty() {
        ticket.closed_on.clone_from(&progress.closed_on);
    }
    if progress.substantiated.is_some() {
        ticket.substantiated = progress.substantiated;
    }
    ticket.progress = Some(progress);
}
