//! A mark.

use chrono::NaiveDate;
use domain::Uscc;

use super::{Action, Facts, Notice};

/// A mark of an enterprise in a key field (R22 to R24).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkNotice<'a> {
    /// Show or take away.
    pub action: Action,
    /// The label as published: 食品生产企业 or 特种设备获证企业.
    pub label: &'a str,
    /// Credit code of the enterprise.
    pub uscc: &'a Uscc,
    /// Its legal name.
    pub legal_name: &'a str,
    /// Labels of the sub-kinds, in Chinese; empty on withdrawal.
    pub sub_kinds: &'a [String],
    /// Numbers of the valid licences that carry the mark; empty on withdrawal.
    pub licence_nos: &'a [String],
    /// Division of the enterprise.
    pub division: &'a str,
    /// Date from which it holds.
    pub effective_on: NaiveDate,
    /// Revision of the mark.
    pub revision: i64,
}

impl Notice for MarkNotice<'_> {
    const NAME: &'static str = "mark";
    const FACTS: &'static [&'static str] = &[
        "action",
        "label",
        "uscc",
        "legal_name",
        "sub_kinds",
        "licence_nos",
        "division",
        "effective_on",
        "revision",
    ];

    fn action(&self) -> Action {
        self.action
    }

    fn facts(&self) -> Facts {
        Facts::default()
            .text("action", self.action.code())
            .text("label", self.label)
            .text("uscc", self.uscc.as_str())
            .text("legal_name", self.legal_name)
            .texts("sub_kinds", self.sub_kinds)
            .texts("licence_nos", self.licence_nos)
            .text("division", self.division)
            .date("effective_on", self.effective_on)
            .integer("revision", self.revision)
    }
}
