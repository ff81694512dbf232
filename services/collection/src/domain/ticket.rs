//! A hotline ticket that has been checked and may be taken.

use chrono::NaiveDate;
use contract::collection::v1 as pb;
use domain::{DivisionCode, FieldCode, Uscc};
use prost::Message;

use super::NaturalId;
use super::record::text_of;

/// `tickets/{id}`.
pub fn ticket_name(id: &str) -> String {
    format!("tickets/{id}")
}

/// A ticket whose parts have all been checked, without what the system sets (name, state, time of receipt).
#[derive(Clone, Debug, PartialEq)]
pub struct NewTicket {
    /// Follows from channel and ticket number.
    pub id: NaturalId,
    /// Channel.
    pub channel: String,
    /// Number given by the hotline.
    pub ticket_no: String,
    /// Credit code of the party, when it was matched.
    pub uscc: Option<Uscc>,
    /// Key field, when it belongs to one.
    pub field: Option<FieldCode>,
    /// Division of the event.
    pub division: Option<DivisionCode>,
    /// Date of acceptance.
    pub accepted_on: NaiveDate,
    /// Who called, to be sealed; no part of what the ticket says.
    pub caller: Option<pb::TicketCaller>,
    /// What was said, to be sealed as well; empty for nothing. No part of what the ticket says.
    pub text: String,
    /// The whole ticket in canonical form.
    pub message: pb::Ticket,
    /// The same, encoded: two tickets with one id are the same if and only if these bytes are.
    pub content: Vec<u8>,
}

/// The typed parts of a ticket beside its message.
#[derive(Clone, Debug)]
pub struct TicketKey {
    /// See [`NewTicket::uscc`].
    pub uscc: Option<Uscc>,
    /// See [`NewTicket::field`].
    pub field: Option<FieldCode>,
    /// See [`NewTicket::division`].
    pub division: Option<DivisionCode>,
    /// See [`NewTicket::accepted_on`].
    pub accepted_on: NaiveDate,
}

impl NewTicket {
    /// A ticket from its checked parts.
    pub fn new(key: TicketKey, mut message: pb::Ticket) -> Self {
        message.name.clear();
        message.state.clear();
        message.receive_time = None;
        message.progress = None;
        message.revision = 0;
        let caller = message.caller.take().filter(|caller| *caller != pb::TicketCaller::default());
        let text = std::mem::take(&mut message.text);
        message.uscc = text_of(key.uscc.as_ref());
        message.field = text_of(key.field.as_ref());
        message.division = text_of(key.division.as_ref());
        message.accepted_on = key.accepted_on.to_string();
        Self {
            id: NaturalId::of("ticket", &[&message.channel, &message.ticket_no]),
            channel: message.channel.clone(),
            ticket_no: message.ticket_no.clone(),
            uscc: key.uscc,
            field: key.field,
            division: key.division,
            accepted_on: key.accepted_on,
            caller,
            text,
            content: message.encode_to_vec(),
            message,
        }
    }

    /// `tickets/{id}`.
    pub fn name(&self) -> String {
        ticket_name(self.id.as_str())
    }
}
