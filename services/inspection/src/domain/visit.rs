//! Visits and what they found.

use chrono::NaiveDate;
use domain::{DivisionCode, FieldCode, MicrosUtc, Uscc, shanghai_date};
use rulebook::Rulebook;

use super::check::ItemCheck;
use super::{InspectorNo, TaskName, VisitName, verdict};
use crate::machines::result::State;

/// The code set of results.
pub const RESULT_SET: &str = "inspection_result";
/// Tag of results that must be replaced before the task closes (`8`: problem pending).
const PROVISIONAL: &str = "provisional";
/// Tag of results after which something is left to do.
const FOLLOW_UP: &str = "follow_up";
/// Tag of results that are a case lead by themselves (`6`: inspectors were kept from their check, which the law punishes).
const CASE_LEAD: &str = "case_lead";

/// What a visit found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Code of the set `inspection_result`.
    pub result: String,
    /// Day of the visit.
    pub visited_on: NaiveDate,
    /// Critical findings.
    pub critical_count: u32,
    /// Serious findings.
    pub serious_count: u32,
    /// Minor findings.
    pub minor_count: u32,
    /// In words, at most 2,000 characters.
    pub findings: String,
    /// Last day to put it right, as the inspectors set it.
    pub rectify_by: Option<NaiveDate>,
    /// Number of the written order to put it right; empty where there is none.
    pub order_no: String,
    /// What was checked; `None` when only the result was entered.
    pub checks: Option<Vec<ItemCheck>>,
    /// Who witnessed that the enterprise refused to sign; `None` when it did not refuse.
    pub refusal_witness: Option<String>,
    /// The verdict that follows from the checks; empty where the field has none, or nothing could be checked.
    pub verdict: String,
}

impl Finding {
    /// Whether it orders that what was found is put right (`5`): something is left to do, and no other result has to replace it.
    pub fn orders_rectification(&self, book: &Rulebook) -> bool {
        orders_rectification(&self.result, book, self.visited_on)
    }

    /// Whether it is a case lead: by its result, or by a verdict that a key item failed (order 49 art 32). What another result has to
    /// replace is none yet: that one says.
    pub fn is_case_lead(&self, field: &FieldCode, book: &Rulebook) -> bool {
        let code = book.code(RESULT_SET, &self.result, self.visited_on);
        let by_result = code.is_some_and(|code| code.has_tag(CASE_LEAD));
        let by_verdict = verdict::is_case_lead(&self.verdict, field, book, self.visited_on);
        (by_result || by_verdict) && !self.is_provisional(book)
    }

    /// Whether another result has to replace this one before the task closes.
    pub fn is_provisional(&self, book: &Rulebook) -> bool {
        is_provisional(&self.result, book, self.visited_on)
    }
}

/// Whether another result has to replace a result of a day before the task closes.
pub fn is_provisional(result: &str, book: &Rulebook, on: NaiveDate) -> bool {
    book.code(RESULT_SET, result, on).is_some_and(|code| code.has_tag(PROVISIONAL))
}

/// Whether a result on a day orders that what was found is put right.
pub fn orders_rectification(result: &str, book: &Rulebook, on: NaiveDate) -> bool {
    let code = book.code(RESULT_SET, result, on);
    code.is_some_and(|code| code.has_tag(FOLLOW_UP) && !code.has_tag(PROVISIONAL))
}

/// The entry of inspectors (扫码入企).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScannedIn {
    /// When.
    pub at: MicrosUtc,
    /// Which of the inspectors.
    pub by: InspectorNo,
}

/// The end of a result whose basis fell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawn {
    /// Day from which it stands no more.
    pub on: NaiveDate,
    /// Why, at most 500 characters.
    pub reason: String,
}

/// A visit as it stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Task and enterprise.
    pub name: VisitName,
    /// Key field.
    pub field: FieldCode,
    /// Division of the enterprise at the freeze.
    pub division: DivisionCode,
    /// Place in the list of visits, from 0: by ticket where the draw is public, else by object.
    pub position: u32,
    /// Inspectors, the leading one first.
    pub inspectors: Vec<InspectorNo>,
    /// State of the machine.
    pub state: State,
    /// Whether an approved result is there that nothing has to replace: it stands, or was withdrawn.
    pub settled: bool,
    /// When and why the result was withdrawn; `None` while it stands.
    pub withdrawn: Option<Withdrawn>,
    /// When the inspectors scanned in at the door, and who did; `None` before.
    pub scanned_in: Option<ScannedIn>,
    /// Why it is made on another day than those of the other departments that come together; empty when it is made with them, or alone.
    pub apart_for: String,
    /// What was found; `None` before the first entry.
    pub finding: Option<Finding>,
    /// Who entered it; empty before.
    pub entered_by: String,
    /// Why it was sent back; empty otherwise.
    pub review_reason: String,
    /// Last day for publication.
    pub publish_by: Option<NaiveDate>,
    /// When it was published.
    pub published_at: Option<MicrosUtc>,
    /// Rises by one with every change.
    pub revision: i64,
    /// Whether it follows a clue: nobody was drawn for it.
    pub clue_led: bool,
    /// Day on which its present inspectors were assigned; `None` for a visit that was drawn.
    pub assigned_on: Option<NaiveDate>,
    /// Name of the enterprise as the register has it now; empty while it is not known.
    pub party_name: String,
}

impl Visit {
    /// Whether nobody has entered, and nothing was found.
    pub fn is_to_begin(&self) -> bool {
        self.scanned_in.is_none() && self.finding.is_none()
    }

    /// The day on which it was made: that of its result, else of the entry; `None` before both.
    pub fn made_on(&self) -> Option<NaiveDate> {
        let entered = self.scanned_in.as_ref().map(|scanned| shanghai_date(scanned.at));
        self.finding.as_ref().map(|finding| finding.visited_on).or(entered)
    }
}

/// Which visits to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VisitFilter {
    /// Only of this task.
    pub task: Option<TaskName>,
    /// Only of this enterprise.
    pub uscc: Option<Uscc>,
    /// Only in this state.
    pub state: Option<State>,
    /// Without those on a clue that have not begun: for who has no part in them, and could warn.
    pub warns_nobody: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_pending_problem_has_to_be_replaced() {
        let book = Rulebook::builtin();
        let visited_on = "2026-10-01".parse().unwrap();
        let provisional: Vec<_> = book
            .codes(RESULT_SET, visited_on)
            .filter(|code| {
                let result = code.code.clone();
                let counts = (0, 0, 0);
                Finding {
                    result,
                    visited_on,
                    critical_count: counts.0,
                    serious_count: counts.1,
                    minor_count: counts.2,
                    findings: String::new(),
                    rectify_by: None,
                    order_no: String::new(),
                    checks: None,
                    refusal_witness: None,
                    verdict: String::new(),
                }
                .is_provisional(&book)
            })
            .map(|code| code.code.as_str())
            .collect();
        assert_eq!(provisional, ["8"]);
    }

    #[test]
    fn who_keeps_inspectors_from_their_check_is_a_case_lead_and_so_is_who_fails_a_key_item() {
        let book = Rulebook::builtin();
        let food = FieldCode::parse("FOOD").unwrap();
        let is_lead = |result: &str, verdict: &str| {
            let finding = Finding {
                result: result.to_owned(),
                visited_on: "2026-10-01".parse().unwrap(),
                critical_count: 0,
                serious_count: 0,
                minor_count: 0,
                findings: String::new(),
                rectify_by: None,
                order_no: String::new(),
                checks: None,
                refusal_witness: None,
                verdict: verdict.to_owned(),
            };
            finding.is_case_lead(&food, &book)
        };
        let leads: Vec<_> = ["1", "2", "3", "4", "5", "6", "7", "8"]
            .into_iter()
            .filter(|result| is_lead(result, ""))
            .collect();
        assert_eq!(leads, ["6"]);
        assert!(is_lead("5", "Fails") && is_lead("2", "Fails") && !is_lead("5", "MostlyConforms"));
        assert!(!is_lead("8", "Fails"), "the result that takes its place says");
    }
}
