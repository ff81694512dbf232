//! Inspection's own tables, a file per resource. One text of SQL serves both engines.
//!
//! A change is one transaction: claim the request, act, open and fulfil duties, write the events, store the answer.

mod act;
mod announce;
mod attention;
mod cancel;
mod ceremony;
mod close;
mod clue;
mod draw;
mod due;
mod entropy;
mod evidence;
mod fail;
mod figures;
mod frozen;
mod inspector;
mod joint;
mod lapse;
mod letter;
mod lists;
mod old_lead;
mod page;
mod plan;
mod pool;
mod projection;
mod proof;
mod publish;
mod rectification;
mod rectification_row;
mod replacement;
mod replacement_row;
mod result;
mod secret;
mod sql;
mod target;
mod task;
mod task_row;
mod visit;
mod visit_row;
mod withdraw;

use std::sync::Arc;

use chrono::NaiveDate;
use db::{Db, Lookup, Migrations, Tx};
use outbox::{NewEvent, Outbox};
use prost::Message;
use rulebook::Rulebook;
use tokio::sync::Mutex;

pub use act::{Act, system};
pub use figures::FIGURES;
pub use lists::Lists;
pub use page::Cut;
pub use plan::Moving;
pub use projection::{
    AttentionRow, CaseRow, CheckRow, ClassRow, ClueRecordRow, MarkRow, MeasureRow, OtherCheck, SubjectRow,
    put_attention, put_cases, put_checks, put_classes, put_clue_records, put_clue_sources, put_marks,
    put_measures, put_subjects,
};
pub use secret::Randomness;

/// Tables of inspection; versions from 0100.
pub static MIGRATIONS: Migrations = db::migrations![
    "0100_subject",
    "0101_inspector",
    "0102_task",
    "0103_visit",
    "0104_attempt",
    "0105_subject_name",
    "0110_attention",
    "0190_task_items",
    "0191_plan",
    "0192_rectification",
    "0193_visit_checks",
    "0194_other_check",
    "0200_planned_task",
    "0201_ceremony",
    "0202_replacement",
    "0203_recusal_relation",
    "0204_scan_in",
    "0205_evidence",
    "0261_entropy_hold",
    "0262_cancelled",
    "0263_draw_problem",
    "0270_measure",
    "0271_check_mode",
    "0272_withdrawn",
    "0273_verdict",
    "0274_task_end",
    "0275_order_no",
    "0276_public_proof",
    "0277_proof_parts",
    "0291_case_answer",
    "0292_checks_again",
    "0293_round_times",
    "0294_apart",
    "0297_first_round_void",
    "0371_class_override",
    "0374_plan_cancelled",
    "0375_lead_only",
    "0376_open_duties",
    "0377_clue",
    "0378_case",
    "0393_assigned",
    "0394_case_opened",
    "0420_lapsed",
    "0421_lead_to_open",
    "0422_clue_source",
    "0423_plan_month",
    "0424_close",
    "0451_clue_record"
];

/// The records of inspection. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) db: Db,
    pub(crate) outbox: Outbox,
    pub(crate) book: Arc<Rulebook>,
    pub(crate) randomness: Randomness,
    /// Whether draws may be announced by sources for demonstrations.
    demonstrations: bool,
    /// Held by who computes a proof that was not kept.
    computing: Arc<Mutex<()>>,
    lists: Lookup<Lists>,
}

impl Store {
    /// A store over a migrated database, judging by `book`, with secrets from `randomness`. It takes no source for demonstrations.
    pub fn new(db: Db, outbox: Outbox, book: Arc<Rulebook>, randomness: Randomness) -> Self {
        let (computing, lists) = (Arc::default(), lists::lookup(&db));
        Self { db, outbox, book, randomness, demonstrations: false, computing, lists }
    }

    /// Says whether draws may be announced by sources for demonstrations, whose figures whoever demonstrates chooses.
    #[must_use]
    pub fn demonstrating(self, demonstrations: bool) -> Self {
        Self { demonstrations, ..self }
    }

    /// The rules that it judges by.
    pub fn book(&self) -> &Rulebook {
        &self.book
    }

    /// Writes one event, last in its transaction.
    async fn emit(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        (kind, subject, effective_on): (&str, String, NaiveDate),
        payload: &impl Message,
    ) -> Result<(), sqlx::Error> {
        let event =
            NewEvent { kind, subject, effective_on, context: &act.context, payload: payload.encode_to_vec() };
        self.outbox.append(tx, &event).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_migration_is_listed() {
        db::testing::assert_same_files(&super::MIGRATIONS, env!("CARGO_MANIFEST_DIR"));
    }
}
