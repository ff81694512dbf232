//! The registry's own tables, a file per resource. One text of SQL serves both engines.
//!
//! A change is one transaction: claim the request, act, settle the marks that follow, open and fulfil duties, hand over
//! what leaves the house, write the events, store the answer. [`Outcome`] gathers the last four while the change is made.

mod act;
mod class;
pub mod commitment;
mod due;
mod duties;
mod enterprise;
mod enterprise_row;
mod figures;
mod history;
mod import;
mod licence;
mod licence_row;
mod list;
mod lists;
mod mark;
mod mark_row;
mod outcome;
mod party;
mod party_history;
mod permit;
mod publicity;
mod review;
mod search;
mod settle;
mod settle_erasure;
mod sql;
mod update;

use std::sync::Arc;

use db::{Db, Lookup, Migrations, Tx};
use outbox::Outbox;
use rulebook::Rulebook;
use service::obligation;

pub use act::Act;
pub use class::ClassFact;
pub use figures::FIGURES;
pub use history::AsOf;
pub use import::{ImportRow, ImportRows};
pub use licence::{LicenceView, NewLicence, TakeBack};
pub use list::{Cut, EnterpriseFilter, LicenceFilter, MarkFilter, RefusedPermitFilter};
pub use lists::Lists;
pub use mark::{Decided, MarkDecision};
pub use party::{PartyErasure, PartyFilter};
pub use party_history::PartyUpdate;
pub use permit::{PermitFact, RefusedPermit, Told};
pub use publicity::PublicityOwner;
pub use review::ReasonFact;
pub use search::Found;
pub use update::EnterpriseUpdate;

/// The table of enterprises.
const ENTERPRISES: &str = "enterprise";

/// Tables of the registry; versions from 0100.
pub static MIGRATIONS: Migrations = db::migrations![
    "0100_enterprise",
    "0101_licence",
    "0102_mark",
    "0103_licence_scope",
    "0104_mark_shown",
    "0105_enterprise_past",
    "0106_party",
    "0107_review_ground",
    "0110_commitment",
    "0111_breach",
    "0112_commitment_public",
    "0113_signing_key",
    "0114_retention",
    "0125_review_ground_term",
    "0150_licence_vacated",
    "0151_mark_confirmed_by",
    "0181_party_past",
    "0280_mark_past",
    "0290_risk_class",
    "0373_party_called",
    "0430_breach_duty",
    "0460_refused_by_number",
    "0461_record_behind",
    "0470_refused_for"
];

/// The registry's records. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) db: Db,
    pub(crate) outbox: Outbox,
    pub(crate) book: Arc<Rulebook>,
    names: search::NameCopy,
    with_lists: Lookup<lists::WithLists>,
}

impl Store {
    /// A store over a migrated database, judging by `book`.
    pub fn new(db: Db, outbox: Outbox, book: Arc<Rulebook>) -> Self {
        let with_lists = lists::lookup(&db);
        Self { db, outbox, book, names: search::NameCopy::default(), with_lists }
    }

    /// The database, for what every service keeps alike.
    pub(crate) fn db(&self) -> &Db {
        &self.db
    }

    /// Begins a transaction that may open duties: they are due where their enterprise lies, which stays there meanwhile.
    async fn begin_act(&self) -> Result<Tx, sqlx::Error> {
        let mut tx = self.db.begin_write().await?;
        obligation::stay(&mut tx, ENTERPRISES).await?;
        Ok(tx)
    }

    /// Begins a transaction that moves enterprises to other divisions, and with them what is due.
    async fn begin_move(&self) -> Result<Tx, sqlx::Error> {
        let mut tx = self.db.begin_write().await?;
        obligation::move_alone(&mut tx, ENTERPRISES).await?;
        Ok(tx)
    }

    /// The rules that it judges by.
    pub fn book(&self) -> &Rulebook {
        &self.book
    }
}
