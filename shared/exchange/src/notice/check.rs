//! The result of a check.

use chrono::NaiveDate;
use domain::Uscc;

use super::{Action, Facts, Notice};

/// The result of a check on one enterprise (R34).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckNotice<'a> {
    /// Show or take away.
    pub action: Action,
    /// Credit code of the enterprise.
    pub uscc: &'a Uscc,
    /// Its legal name.
    pub legal_name: &'a str,
    /// Authority that checked.
    pub authority: &'a str,
    /// 抽查 or 检查.
    pub kind: &'a str,
    /// Date of the check.
    pub checked_on: NaiveDate,
    /// Result: a code of the set `inspection_result`.
    pub result: &'a str,
    /// Number of the plan; may be empty.
    pub plan_no: &'a str,
    /// Number of the task; may be empty.
    pub task_no: &'a str,
    /// Name of the plan; may be empty.
    pub plan_name: &'a str,
    /// Items that were inspected; none when not known.
    pub items: &'a [String],
    /// Revision of the result.
    pub revision: i64,
}

impl Notice for CheckNotice<'_> {
    const NAME: &'static str = "check";
    const FACTS: &'static [&'static str] = &[
        "action",
        "uscc",
        "legal_name",
        "authority",
        "kind",
        "checked_on",
        "result",
        "plan_no",
        "task_no",
        "plan_name",
        "items",
        "revision",
    ];

    fn action(&self) -> Action {
        self.action
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default()
            .text("action", self.action.code())
            .text("uscc", self.uscc.as_str())
            .text("legal_name", self.legal_name)
            .text("authority", self.authority)
            .text("kind", self.kind)
            .date("checked_on", self.checked_on)
            .text("result", self.result)
            .text("plan_no", self.plan_no)
            .text("task_no", self.task_no)
            .text("plan_name", self.plan_name)
            .integer("revision", self.revision);
        if self.items.is_empty() { facts } else { facts.texts("items", self.items) }
    }
}
