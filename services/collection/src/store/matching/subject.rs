//! What a match is about: a record or a ticket.

use chrono::NaiveDate;
use db::Tx;
use domain::{DivisionCode, FieldCode};
use rulebook::Rulebook;
use service::FieldErrors;
use service::auth::Caller;

use super::super::record_row::Stored;
use super::super::ticket::StoredTicket;
use super::super::{Store, record, ticket};
use crate::domain::matching::Sought;
use crate::domain::privacy::without_personal_numbers;
use crate::domain::publication::{answers_for, is_person};
use crate::domain::{InvalidId, Kind, NaturalId, record_name, ticket_name};
use crate::error::Error;
use crate::machines;

/// The name of a record or of a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// `records/{id}`.
    Record(NaturalId),
    /// `tickets/{id}`.
    Ticket(NaturalId),
}

impl Subject {
    /// Reads a name.
    ///
    /// # Errors
    /// The text names neither.
    pub fn parse(name: &str) -> Result<Self, InvalidId> {
        let record = NaturalId::from_name(name, "records").map(Self::Record);
        record.or_else(|_| NaturalId::from_name(name, "tickets").map(Self::Ticket))
    }

    /// The name.
    pub fn name(&self) -> String {
        match self {
            Self::Record(id) => record_name(id.as_str()),
            Self::Ticket(id) => ticket_name(id.as_str()),
        }
    }

    /// Refuses what somebody writes about the match of a ticket where it seems to hold the number of a person: whoever reads the feed reads
    /// it, and the number is most likely the caller's (X3).
    pub(super) fn assert_impersonal(&self, path: &str, text: &str) -> Result<(), FieldErrors> {
        match self {
            Self::Record(_) => Ok(()),
            Self::Ticket(_) => {
                without_personal_numbers(text).map_err(|problem| FieldErrors::one(path, problem))
            }
        }
    }

    /// Which of the two it is, in the database.
    pub(super) fn sort(&self) -> &'static str {
        match self {
            Self::Record(_) => "record",
            Self::Ticket(_) => "ticket",
        }
    }
}

/// A record or ticket as it stands now.
pub(super) enum Found {
    Record(Box<Stored>),
    Ticket(Box<StoredTicket>),
}

impl Store {
    /// What `subject` names, as far as the caller may touch it.
    pub(super) async fn subject(
        &self,
        tx: &mut Tx,
        subject: &Subject,
        caller: &Caller,
        today: NaiveDate,
    ) -> Result<Found, Error> {
        match subject {
            Subject::Record(id) => {
                let stored = record::find(tx, id).await?.ok_or_else(|| Error::RecordNotFound(id.clone()))?;
                stored.may_be_touched_by(caller)?;
                Ok(Found::Record(Box::new(stored)))
            }
            Subject::Ticket(id) => {
                let stored = ticket::find(tx, id).await?.ok_or_else(|| Error::TicketNotFound(id.clone()))?;
                stored.may_be_touched_by(caller, &self.book, today)?;
                Ok(Found::Ticket(Box::new(stored)))
            }
        }
    }
}

impl Found {
    /// What is known of the party that it means.
    pub(super) fn sought(&self) -> Sought {
        let division = self.division().cloned();
        match self {
            Self::Record(stored) => {
                Sought { name: stored.record.party_name.clone(), place: String::new(), division }
            }
            Self::Ticket(stored) => {
                let ticket = &stored.ticket;
                Sought { name: ticket.target_name.clone(), place: ticket.place.clone(), division }
            }
        }
    }

    pub(super) fn field(&self) -> Option<&FieldCode> {
        match self {
            Self::Record(stored) => stored.field.as_ref(),
            Self::Ticket(stored) => stored.field.as_ref(),
        }
    }

    pub(super) fn division(&self) -> Option<&DivisionCode> {
        match self {
            Self::Record(stored) => stored.division.as_ref(),
            Self::Ticket(stored) => stored.division.as_ref(),
        }
    }

    /// Whether its party is not known.
    pub(super) fn is_unmatched(&self) -> bool {
        match self {
            Self::Record(stored) => stored.state == machines::record::State::Unmatched,
            Self::Ticket(stored) => stored.state == machines::ticket::State::Unmatched,
        }
    }

    /// Whether it says that its party is a natural person.
    pub(super) fn is_of_person(&self, book: &Rulebook, today: NaiveDate) -> bool {
        match self {
            Self::Record(stored) => is_person(book, &stored.record, today),
            Self::Ticket(_) => false,
        }
    }

    /// Its state, as the contract writes it.
    pub(super) fn state(&self) -> &'static str {
        match self {
            Self::Record(stored) => stored.state.as_str(),
            Self::Ticket(stored) => stored.state.as_str(),
        }
    }

    /// Office that answers for it: its provider, or who handles tickets of its field.
    pub(super) fn owner(&self, book: &Rulebook) -> String {
        match self {
            Self::Record(stored) => {
                let content = stored.record.content.as_ref();
                let kind = content.map_or(Kind::Inspection, Kind::of);
                answers_for(book, kind, &stored.record.field)
            }
            // A ticket is handled by whoever inspects in its field.
            Self::Ticket(stored) => answers_for(book, Kind::Inspection, &stored.ticket.field),
        }
    }
}
