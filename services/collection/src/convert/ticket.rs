//! A hotline ticket as it is delivered.

use contract::collection::v1 as pb;
use domain::{DivisionCode, Uscc};
use service::FieldErrors;

use super::text::{clear, clear_required};
use super::{Batch, Judge};
use crate::domain::privacy::without_personal_numbers;
use crate::domain::{NewTicket, TicketKey};

/// Longest channel, in characters.
const LONGEST_CHANNEL: usize = 40;
/// Longest ticket number, in characters.
const LONGEST_NUMBER: usize = 100;
/// Longest topic and name, in characters.
const LONGEST_NAME: usize = 200;
/// Longest place, in characters.
const LONGEST_PLACE: usize = 500;

/// Longest name, telephone and address of a caller, in characters.
const LONGEST_CALLER_NAME: usize = 100;
const LONGEST_PHONE: usize = 40;
const LONGEST_CALLER_ADDRESS: usize = 300;
/// Longest account of what a caller said, in characters.
const LONGEST_TEXT: usize = 4_000;
/// Why what has to be sealed is refused where nothing can be.
const NO_KEY: &str = "cannot be sealed: this service was given no key";

/// Reads a ticket, or says everything that is wrong with it.
pub fn read_ticket(judge: &Judge<'_>, mut sent: pb::Ticket) -> Result<NewTicket, FieldErrors> {
    let mut errors = FieldErrors::default();
    clear_required(&mut errors, "ticket_no", &mut sent.ticket_no, LONGEST_NUMBER);
    clear_required(&mut errors, "channel", &mut sent.channel, LONGEST_CHANNEL);
    errors.check("ticket_no", without_personal_numbers(&sent.ticket_no));
    errors.check("channel", without_personal_numbers(&sent.channel));
    free_text(&mut errors, "duplicate_of", &mut sent.duplicate_of, LONGEST_NUMBER);
    let accepted_on = judge.past_day(&mut errors, "accepted_on", &sent.accepted_on);
    if let Some(on) = accepted_on {
        judge.delivered_code(&mut errors, "kind", "ticket_kind", &sent.kind, on);
    }
    let closed_on = match sent.closed_on.as_str() {
        "" => None,
        closed => judge.past_day(&mut errors, "closed_on", closed),
    };
    if let (Some(accepted), Some(closed)) = (accepted_on, closed_on)
        && closed < accepted
    {
        errors.push("closed_on", format!("lies before the day of acceptance, {accepted}"));
    }
    if !sent.duplicate_of.is_empty() && sent.duplicate_of == sent.ticket_no {
        errors.push("duplicate_of", "names the ticket itself");
    }
    // Whatever a caller may have told about himself ends here (X3, X5).
    free_text(&mut errors, "topic", &mut sent.topic, LONGEST_NAME);
    free_text(&mut errors, "target_name", &mut sent.target_name, LONGEST_NAME);
    free_text(&mut errors, "place", &mut sent.place, LONGEST_PLACE);
    if let Some(caller) = &mut sent.caller {
        clear(&mut errors, "caller.name", &mut caller.name, LONGEST_CALLER_NAME);
        clear(&mut errors, "caller.phone", &mut caller.phone, LONGEST_PHONE);
        clear(&mut errors, "caller.address", &mut caller.address, LONGEST_CALLER_ADDRESS);
    }
    // Sealed, whatever it tells of the caller.
    clear(&mut errors, "text", &mut sent.text, LONGEST_TEXT);
    let uscc = errors.check_optional("uscc", &sent.uscc, Uscc::parse);
    let division = errors.check_optional("division", &sent.division, DivisionCode::parse);
    let field = judge.field(&mut errors, &sent.field);
    match accepted_on {
        Some(accepted_on) if errors.is_empty() => {
            Ok(NewTicket::new(TicketKey { uscc, field, division, accepted_on }, sent))
        }
        _ => Err(errors),
    }
}

/// Reads one message of tickets. `seals`: whether callers and texts can be sealed; without that, a ticket with one is refused.
///
/// # Errors
/// See [`Batch::read`].
pub fn read_tickets(
    judge: &Judge<'_>,
    mut message: pb::ImportTicketsRequest,
    seals: bool,
) -> Result<Batch<NewTicket>, FieldErrors> {
    // What a request is known by again is a digest that is kept. One of a message with a telephone number in it could be tried
    // against every number there is, so callers and texts are no part of it: a message sent again with others answers as before.
    let sealed = |ticket: &mut pb::Ticket| (ticket.caller.take(), std::mem::take(&mut ticket.text));
    let sealed: Vec<_> = message.tickets.iter_mut().map(sealed).collect();
    let whole = |message: &mut pb::ImportTicketsRequest| {
        let tickets = std::mem::take(&mut message.tickets).into_iter().zip(sealed);
        let whole = tickets.map(|(ticket, (caller, text))| pb::Ticket { caller, text, ..ticket });
        ("tickets", whole.collect())
    };
    let read = |ticket: pb::Ticket| -> Result<NewTicket, FieldErrors> {
        let mut errors = FieldErrors::default();
        if !seals && ticket.caller.is_some() {
            errors.push("caller", NO_KEY);
        }
        if !seals && !ticket.text.is_empty() {
            errors.push("text", NO_KEY);
        }
        errors.into_result()?;
        read_ticket(judge, ticket)
    };
    Batch::read(message, |message| &message.request_id, whole, read)
}

fn free_text(errors: &mut FieldErrors, path: &str, text: &mut String, longest: usize) {
    clear(errors, path, text, longest);
    errors.check(path, without_personal_numbers(text));
}

#[cfg(test)]
mod tests;
