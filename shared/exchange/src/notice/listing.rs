//! An entry of a list.

use chrono::NaiveDate;
use domain::Uscc;

use super::{Action, Facts, Notice};

/// An entry in the directory of abnormal operations, the mark of a sole trader, or a listing of a serious violator. Where the law of
/// the day goes on showing what was removed, the removal is told with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListingNotice<'a> {
    /// Show or take away.
    pub action: Action,
    /// The list in Chinese, such as 经营异常名录.
    pub list: &'a str,
    /// Credit code of the party.
    pub uscc: &'a Uscc,
    /// Its legal name.
    pub legal_name: &'a str,
    /// Ground in Chinese.
    pub ground: &'a str,
    /// Office that decided, in Chinese.
    pub authority: &'a str,
    /// Number of the decision.
    pub decision_no: &'a str,
    /// Day of the decision, which is that of the listing.
    pub decided_on: NaiveDate,
    /// Last day of the term; `None`: until removed.
    pub term_ends_on: Option<NaiveDate>,
    /// Day of the removal; `None` while it stands.
    pub removed_on: Option<NaiveDate>,
    /// Ground of the removal in Chinese; empty while it stands.
    pub removal_ground: &'a str,
    /// Division of the deciding office.
    pub division: &'a str,
    /// Revision of the entry.
    pub revision: i64,
}

impl Notice for ListingNotice<'_> {
    const NAME: &'static str = "listing";
    const FACTS: &'static [&'static str] = &[
        "action",
        "list",
        "uscc",
        "legal_name",
        "ground",
        "authority",
        "decision_no",
        "decided_on",
        "term_ends_on",
        "removed_on",
        "removal_ground",
        "division",
        "revision",
    ];

    fn action(&self) -> Action {
        self.action
    }

    fn facts(&self) -> Facts {
        Facts::default()
            .text("action", self.action.code())
            .text("list", self.list)
            .text("uscc", self.uscc.as_str())
            .text("legal_name", self.legal_name)
            .text("ground", self.ground)
            .text("authority", self.authority)
            .text("decision_no", self.decision_no)
            .date("decided_on", self.decided_on)
            .date("term_ends_on", self.term_ends_on)
            .date("removed_on", self.removed_on)
            .text("removal_ground", self.removal_ground)
            .text("division", self.division)
            .integer("revision", self.revision)
    }
}
