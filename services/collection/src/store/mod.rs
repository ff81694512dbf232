//! Collection's own tables, a file per matter. One text of SQL serves both engines.
//!
//! A change is one transaction: claim the request, act, open and fulfil duties, write the events, store the answer. Every
//! row that is taken, by import or derived from another feed, goes through [`take`].

mod about;
mod act;
mod attach;
mod callers;
mod correct;
mod decision;
mod derived;
mod directory;
mod divisions;
mod erase;
mod erase_caller;
mod extension;
mod figures;
mod file_import;
mod guess;
mod handle;
mod import;
mod kept;
mod list;
mod listed;
mod lists;
mod matching;
mod objection;
mod party;
mod provider;
pub(crate) mod publish;
mod push;
mod ready;
mod record;
mod record_row;
mod remedy;
mod settle_erasure;
mod sql;
mod take;
mod ticket;
mod ticket_row;
mod ticket_text;
mod unseal;
mod versions;
mod withdraw;

use std::sync::Arc;

use db::{Db, Lookup, Migrations, Tx};
use outbox::Outbox;
use rulebook::Rulebook;

use crate::seal::Seal;

pub use about::AboutFilter;
pub use act::Act;
pub use attach::Arrival;
pub use callers::KeyProblem;
pub use correct::Correction;
pub use erase::Erasure;
pub use erase_caller::CallerErasure;
pub use extension::{ExtensionDecision, ExtensionRequest};
pub use figures::FIGURES;
pub use file_import::{
    FileBytes, KeptFault, KeptLine, NewImport, Outcome, Progress, RefusedLines, TakenFilter, TakenLine, Task,
};
pub use handle::Handled;
pub use list::{RecordFilter, TicketFilter};
pub use lists::Lists;
pub(crate) use matching::reasons_to_pb;
pub use matching::{Decision, MatchFilter, Proposal, Subject, UndoRequest};
pub use objection::{AnswerDecision, NewObjection, ProposedAnswer, VerifyByOthers};
pub use party::Party;
pub use publish::{ChosenLaw, PublicationOwner};
pub use push::{Letter, PushAct, PushStep};
pub use ready::ReadyRecords;
pub use remedy::{NewRemedy, Order, Outcome as RemedyOutcome};
pub use versions::VersionFilter;
pub use withdraw::Withdrawal;

/// Tables of collection; versions from 0100.
pub static MIGRATIONS: Migrations = db::migrations![
    "0100_party",
    "0101_record",
    "0102_ticket",
    "0103_directory",
    "0104_match",
    "0105_file_import",
    "0106_ticket_care",
    "0110_publication",
    "0115_record_past",
    "0116_objection",
    "0117_remedy",
    "0125_record_order",
    "0130_law_choice",
    "0140_import_scope",
    "0141_import_taken",
    "0150_published_by_one",
    "0180_record_erased",
    "0186_check_extension",
    "0187_import_duplicates",
    "0195_repaired",
    "0291_ticket_text",
    "0292_province_push",
    "0295_decision_document",
    "0372_record_called",
    "0391_record_of_party",
    "0392_record_key",
    "0410_record_by_tail"
];

/// Collection's records. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    db: Db,
    outbox: Outbox,
    book: Arc<Rulebook>,
    parties: directory::Parties,
    guesses: guess::Guesses,
    divisions: divisions::Divisions,
    lists: Lookup<Lists>,
    seal: Option<Seal>,
}

impl Store {
    /// A store over a migrated database, judging by `book`. `seal`: what callers of tickets and what they said are sealed by;
    /// without it, neither is taken.
    pub fn new(db: Db, outbox: Outbox, book: Arc<Rulebook>, seal: Option<Seal>) -> Self {
        let lists = lists::lookup(&db);
        Self {
            db,
            outbox,
            book,
            parties: directory::Parties::default(),
            guesses: guess::Guesses::default(),
            divisions: divisions::Divisions::default(),
            lists,
            seal,
        }
    }

    /// The rules that it judges by.
    pub fn book(&self) -> &Rulebook {
        &self.book
    }

    /// The same, to take along.
    pub(crate) fn shared_book(&self) -> Arc<Rulebook> {
        self.book.clone()
    }

    /// Whether callers of tickets can be sealed.
    pub(crate) fn seals_callers(&self) -> bool {
        self.seal.is_some()
    }

    /// Begins a transaction that may open duties: they are due where their party lies, which stays there meanwhile.
    async fn begin_act(&self) -> Result<Tx, sqlx::Error> {
        let mut tx = self.db.begin_write().await?;
        party::stay(&mut tx).await?;
        Ok(tx)
    }

    /// Its database.
    pub fn db(&self) -> &Db {
        &self.db
    }
}
