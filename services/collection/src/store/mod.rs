//! Collection's own tables, a file per matter. One text of SQL serves both engines.
//!
//! A change is one transaction: claim the request, act, open and fulfil duties, write the events, store the answer. Every
//! row that is taken, by import or derived from another feed, goes through [`take`].

mod act;
mod attach;
mod derived;
mod import;
mod list;
mod party;
mod record;
mod record_row;
mod sql;
mod take;
mod ticket_row;
mod withdraw;

use std::sync::Arc;

use db::{Db, Migrations};
use outbox::Outbox;
use rulebook::Rulebook;

pub use act::Act;
pub use attach::Arrival;
pub use list::{RecordFilter, TicketFilter};
pub use party::Party;
pub use withdraw::Withdrawal;

/// Tables of collection; versions from 0100.
pub static MIGRATIONS: Migrations = db::migrations!["0100_party", "0101_record", "0102_ticket"];

/// Collection's records. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    db: Db,
    outbox: Outbox,
    book: Arc<Rulebook>,
}

impl Store {
    /// A store over a migrated database, judging by `book`.
    pub fn new(db: Db, outbox: Outbox, book: Arc<Rulebook>) -> Self {
        Self { db, outbox, book }
    }

    /// The rules that it judges by.
    pub fn book(&self) -> &Rulebook {
        &self.book
    }

    /// Its database.
    pub fn db(&self) -> &Db {
        &self.db
    }
}
