//! Collection's own tables, a file per matter. One text of SQL serves both engines.
//!
//! A change is one transaction: claim the request, act, open and fulfil duties, write the events, store the answer. Every
//! row that is taken, by import or derived from another feed, goes through [`take`].

mod act;
mod attach;
mod derived;
mod directory;
mod file_import;
mod import;
mod list;
mod matching;
mod party;
mod record;
mod record_row;
mod sql;
mod take;
mod ticket;
mod ticket_row;
mod withdraw;

use std::sync::Arc;

use db::{Db, Migrations};
use outbox::Outbox;
use rulebook::Rulebook;

pub use act::Act;
pub use attach::Arrival;
pub use file_import::{KeptFault, KeptLine, NewImport, Outcome, Progress, Task};
pub use list::{RecordFilter, TicketFilter};
pub(crate) use matching::reasons_to_pb;
pub use matching::{Decision, MatchFilter, Proposal, Subject, UndoRequest};
pub use party::Party;
pub use withdraw::Withdrawal;

/// Tables of collection; versions from 0100.
pub static MIGRATIONS: Migrations = db::migrations![
    "0100_party",
    "0101_record",
    "0102_ticket",
    "0103_directory",
    "0104_match",
    "0105_file_import"
];

/// Collection's records. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    db: Db,
    outbox: Outbox,
    book: Arc<Rulebook>,
    parties: directory::Parties,
}

impl Store {
    /// A store over a migrated database, judging by `book`.
    pub fn new(db: Db, outbox: Outbox, book: Arc<Rulebook>) -> Self {
        Self { db, outbox, book, parties: directory::Parties::default() }
    }

    /// The rules that it judges by.
    pub fn book(&self) -> &Rulebook {
        &self.book
    }

    /// The same, to take along.
    pub(crate) fn shared_book(&self) -> Arc<Rulebook> {
        self.book.clone()
    }

    /// Its database.
    pub fn db(&self) -> &Db {
        &self.db
    }
}
