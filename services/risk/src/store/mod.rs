//! Risk's own tables, a file per resource. One text of SQL serves both engines.
//!
//! Evidence comes in batches ([`Batch`]); a full run reads all of it in one snapshot and leaves its classes beside those in
//! effect until it is approved; a batch that arrives while a run is in effect scores its enterprises again at once. All of
//! these lock the one row of `evidence_head` first, so that none misses what another has just done.

mod act;
mod approve;
mod attention;
mod batch;
mod changes;
mod class;
mod class_row;
mod daily;
mod evidence;
mod figures;
mod findings;
mod history;
mod inspected;
mod lists;
mod looked_back;
mod model;
mod noted;
mod override_row;
mod overriding;
mod progress;
mod projection;
mod provincial;
mod rebuild;
mod report;
mod rescore;
mod run;
mod run_row;
mod sample;
mod sample_row;
mod schedule;
mod since;
mod snapshot;
mod sql;
mod waiting;

use std::sync::Arc;

use db::{Db, Lookup, Migrations, Tx, on};
use outbox::Outbox;
use rulebook::Rulebook;

pub use act::Act;
pub use attention::{ComplaintBatch, ComplaintFact, Decision, Ended, MarkFact, PartyFact, SignalFilter};
pub use batch::{Batch, Piece};
pub use class::{ClassFilter, Cut, KeptEvidence};
pub use class_row::StoredClass;
pub use figures::FIGURES;
pub use findings::{Change, Findings, ShadowClass};
pub use lists::Lists;
pub use looked_back::{LookedBack, TrialClass, When};
pub use override_row::OverrideFilter;
pub use overriding::NewOverride;
pub use progress::ABANDONED_AFTER;
pub use provincial::ProvincialRows;
pub use report::{ChangeFilter, ListedChange, Report};
pub use sample::Said;
pub use snapshot::{Snapshot, Subject};
pub use waiting::Waiting;

use crate::domain::engine::Models;

/// Tables of risk; versions from 0100.
pub static MIGRATIONS: Migrations = db::migrations![
    "0100_evidence",
    "0101_run",
    "0102_class",
    "0103_known",
    "0104_run",
    "0105_override",
    "0110_complaint",
    "0111_signal",
    "0160_model",
    "0161_provincial",
    "0162_effect",
    "0170_projected",
    "0220_decided",
    "0221_run_sample"
];

/// The records of risk. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) db: Db,
    pub(crate) outbox: Outbox,
    pub(crate) book: Arc<Rulebook>,
    pub(crate) models: Arc<Models>,
    lists: Lookup<Lists>,
}

impl Store {
    /// A store over a migrated database, judging by `book` and by its `models`.
    pub fn new(db: Db, outbox: Outbox, book: Arc<Rulebook>, models: Arc<Models>) -> Self {
        let lists = lists::lookup(&db);
        Self { db, outbox, book, models, lists }
    }

    /// The same records, classed by other models.
    #[must_use]
    pub fn with_models(self, models: Arc<Models>) -> Self {
        Self { models, ..self }
    }

    /// The rules that it judges by.
    pub fn book(&self) -> &Rulebook {
        &self.book
    }

    /// What all versions of models say, in force or not.
    pub fn models(&self) -> &Models {
        &self.models
    }

    /// The database, for the log of reads.
    pub fn db(&self) -> &Db {
        &self.db
    }
}

/// Locks evidence until the transaction ends, and answers for which models it was projected.
async fn lock_evidence(tx: &mut Tx) -> Result<String, sqlx::Error> {
    const SQL: &str = "UPDATE evidence_head SET revision = revision + 1 WHERE id = 1 RETURNING models";
    on!(tx, |conn| sqlx::query_scalar(SQL).fetch_one(conn).await)
}
