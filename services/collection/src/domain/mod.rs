//! Records and tickets as the law sees them: pure, without transport, database or clock.
//!
//! What a record or ticket says is the message of the contract, once its parts have been checked; the types here add the
//! identity that follows from it and the rules that span several parts.

pub mod bureau;
pub mod chain;
pub mod decision;
pub mod erased;
pub mod handling;
pub mod home;
mod id;
pub mod matching;
pub mod penalty;
pub mod permit;
pub mod privacy;
pub mod publication;
mod record;
mod ticket;

pub use id::{InvalidId, NaturalId};
pub(crate) use record::settle;
pub use record::{Key, Kind, NewRecord, UnknownKind, record_name};
pub use ticket::{NewTicket, TicketKey, ticket_name};
