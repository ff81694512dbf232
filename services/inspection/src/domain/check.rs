//! What was checked at a visit, item by item.

use chrono::NaiveDate;
use crypto::Digest;
use domain::MicrosUtc;
use rulebook::Rulebook;

use super::ItemName;
use super::visit::RESULT_SET;

/// The code set of verdicts of one item.
pub const VERDICT_SET: &str = "item_verdict";
/// Tag of verdicts and results that are a problem.
const PROBLEM: &str = "problem";
/// Tags of results under which no item could be checked: there was nothing or nobody, or nobody let the inspectors.
const UNCHECKED: [&str; 4] = ["not_checkable", "no_activity", "unreachable", "non_cooperation"];

/// What was found about one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemCheck {
    /// The item.
    pub item: ItemName,
    /// Code of the set `item_verdict`.
    pub verdict: String,
    /// In words.
    pub note: String,
    /// Files of evidence.
    pub evidence: Vec<Evidence>,
}

/// A file of evidence, known by its digest at capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// What it shows.
    pub label: String,
    /// SM3 of the file.
    pub digest: Digest,
    /// When it was captured.
    pub captured_at: MicrosUtc,
}

/// What is wrong with the checks of a visit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckProblem {
    /// The item at a place is not one that the task inspects.
    #[error("`{item}` is not an item of the task")]
    Outside {
        /// Its place, from 0.
        at: usize,
        /// The item.
        item: ItemName,
    },
    /// The item at a place has a check already.
    #[error("`{item}` stands twice")]
    Twice {
        /// Its place, from 0.
        at: usize,
        /// The item.
        item: ItemName,
    },
    /// Items of the task have no check.
    #[error("no check of {}", list(.0))]
    Missing(Vec<ItemName>),
    /// The verdict at a place is a problem, and the result says that there is none.
    #[error("`{item}` does not conform, and the result says that no problem was found")]
    Contradiction {
        /// Its place, from 0.
        at: usize,
        /// The item.
        item: ItemName,
    },
}

fn list(items: &[ItemName]) -> String {
    items.iter().map(|item| format!("`{item}`")).collect::<Vec<_>>().join(", ")
}

/// Whether a verdict on a day is a problem.
pub fn is_problem(verdict: &str, book: &Rulebook, on: NaiveDate) -> bool {
    book.code(VERDICT_SET, verdict, on).is_some_and(|code| code.has_tag(PROBLEM))
}

/// Everything that is wrong with the checks of a visit on a day, for the items of its task and its result. Only a result under which no
/// item could be checked needs none.
pub fn problems_of(
    checks: Option<&[ItemCheck]>,
    items: &[ItemName],
    (result, book, on): (&str, &Rulebook, NaiveDate),
) -> Vec<CheckProblem> {
    let code = book.code(RESULT_SET, result, on);
    let unchecked = code.is_some_and(|code| UNCHECKED.iter().any(|tag| code.has_tag(tag)));
    let checks = match checks {
        None if unchecked => return Vec::new(),
        checks => checks.unwrap_or_default(),
    };
    let mut problems = Vec::new();
    let clean = code.is_some_and(|code| !code.has_tag(PROBLEM));
    for (at, check) in checks.iter().enumerate() {
        let item = check.item.clone();
        if !items.contains(&item) {
            problems.push(CheckProblem::Outside { at, item });
        } else if checks[..at].iter().any(|other| other.item == item) {
            problems.push(CheckProblem::Twice { at, item });
        } else if clean && is_problem(&check.verdict, book, on) {
            problems.push(CheckProblem::Contradiction { at, item });
        }
    }
    let is_missing = |item: &&ItemName| checks.iter().all(|check| check.item != **item);
    let missing: Vec<ItemName> = items.iter().filter(is_missing).cloned().collect();
    if !missing.is_empty() {
        problems.push(CheckProblem::Missing(missing));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(item: &str, verdict: &str) -> ItemCheck {
        ItemCheck {
            item: ItemName(item.to_owned()),
            verdict: verdict.to_owned(),
            note: String::new(),
            evidence: Vec::new(),
        }
    }

    fn problems(checks: &[ItemCheck], result: &str) -> Vec<CheckProblem> {
        let items = ["a", "b"].map(|item| ItemName(item.to_owned()));
        of(Some(checks), &items, result)
    }

    fn of(checks: Option<&[ItemCheck]>, items: &[ItemName], result: &str) -> Vec<CheckProblem> {
        problems_of(checks, items, (result, &Rulebook::builtin(), "2026-11-01".parse().unwrap()))
    }

    #[test]
    fn without_checks_there_is_a_result_only_where_there_are_no_items_or_none_could_be_checked() {
        let items = ["a"].map(|item| ItemName(item.to_owned()));
        for result in ["1", "2", "3", "5", "8"] {
            assert_eq!(of(None, &items, result), [CheckProblem::Missing(items.to_vec())], "{result}");
            assert_eq!(of(None, &[], result), [], "{result}");
        }
        for result in ["4", "6", "7", "MovedOut"] {
            assert_eq!(of(None, &items, result), [], "{result}");
            assert_eq!(of(Some(&[]), &items, result), [CheckProblem::Missing(items.to_vec())], "{result}");
        }
    }

    #[test]
    fn every_item_of_the_task_has_one_check_and_no_other_has_any() {
        assert_eq!(problems(&[check("a", "Conforms"), check("b", "NotApplicable")], "1"), []);
        let name = |item: &str| ItemName(item.to_owned());
        assert_eq!(
            problems(&[check("a", "Conforms"), check("c", "Conforms"), check("a", "Conforms")], "1"),
            [
                CheckProblem::Outside { at: 1, item: name("c") },
                CheckProblem::Twice { at: 2, item: name("a") },
                CheckProblem::Missing(vec![name("b")]),
            ]
        );
    }

    #[test]
    fn a_result_without_a_problem_contradicts_an_item_that_does_not_conform() {
        let checks = [check("a", "Conforms"), check("b", "NotConforming")];
        let item = ItemName("b".to_owned());
        assert_eq!(problems(&checks, "1"), [CheckProblem::Contradiction { at: 1, item }]);
        assert_eq!(problems(&checks, "5"), []);
    }
}
