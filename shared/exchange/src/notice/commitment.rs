//! A letter of commitment.

use chrono::NaiveDate;
use domain::Uscc;

use super::{Action, Facts, Notice};

/// A published letter of commitment of an enterprise (R5; state machine 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitmentNotice<'a> {
    /// Show or take away.
    pub action: Action,
    /// Title of the letter.
    pub title: &'a str,
    /// Credit code of the enterprise.
    pub uscc: &'a Uscc,
    /// Its legal name.
    pub legal_name: &'a str,
    /// Day on which the enterprise signed.
    pub signed_on: NaiveDate,
    /// Last day for which it holds; `None`: without one.
    pub valid_to: Option<NaiveDate>,
    /// Digest of the signed copy.
    pub digest: &'a str,
    /// Division of the enterprise.
    pub division: &'a str,
    /// Revision of the letter.
    pub revision: i64,
}

impl Notice for CommitmentNotice<'_> {
    const NAME: &'static str = "commitment";
    const FACTS: &'static [&'static str] =
        &["action", "title", "uscc", "legal_name", "signed_on", "valid_to", "digest", "division", "revision"];

    fn action(&self) -> Action {
        self.action
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default()
            .text("action", self.action.code())
            .text("title", self.title)
            .text("uscc", self.uscc.as_str())
            .text("legal_name", self.legal_name)
            .date("signed_on", self.signed_on)
            .text("digest", self.digest)
            .text("division", self.division)
            .integer("revision", self.revision);
        match self.valid_to {
            Some(last) => facts.date("valid_to", last),
            None => facts,
        }
    }
}
