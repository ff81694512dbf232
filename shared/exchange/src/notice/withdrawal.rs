//! That something is to be shown no longer.

use chrono::NaiveDate;

use super::{Action, Facts};

/// What identifies something that a receiver is to stop showing, and nothing else: a stop needs no text of it, so that nothing
/// which a text holds, or lacks, can keep it from going out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Withdrawal<'a> {
    /// Name of the notice by which it was shown, such as `penalty`.
    pub notice: &'static str,
    /// Credit code of the party.
    pub uscc: &'a str,
    /// Number of the document.
    pub document_no: &'a str,
    /// Date of the decision or check, where it can be read.
    pub decided_on: Option<NaiveDate>,
    /// Revision of the record.
    pub revision: i64,
}

impl Withdrawal<'_> {
    /// The kind of its delivery, such as `penalty.withdrawn`.
    pub fn kind(&self) -> String {
        format!("{}.{}", self.notice, Action::Withdraw.ending())
    }

    /// Its facts, by the names that notices give them.
    pub(crate) fn facts(&self) -> Facts {
        Facts::default()
            .text("action", Action::Withdraw.code())
            .text("uscc", self.uscc)
            .text("decision_no", self.document_no)
            .date("decided_on", self.decided_on)
            .date("checked_on", self.decided_on)
            .integer("revision", self.revision)
    }
}
