//! Types and rules of inspection: pure, without transport, database or clock.

pub mod check;
pub mod clue;
pub mod evidence;
pub mod frozen;
pub mod inspector;
pub mod item;
pub mod letter;
pub mod name;
pub mod plan;
pub mod rectification;
pub mod repeat;
pub mod replacement;
pub mod rounds;
pub mod strata;
pub mod task;
#[cfg(test)]
pub(crate) mod testing;
pub mod together;
pub mod verdict;
pub mod visit;

pub use frozen::{Candidate, Frozen, Numbered};
pub use inspector::{Inspector, InspectorNo, Recusal};
pub use item::{ItemName, ItemProblem, TaskItems, items_of_task};
pub use name::{InvalidName, PlanName, TaskName, VisitName};
pub use rounds::{RoundTimes, check_void_reason, round_times};
pub use strata::{Care, Strata, StrataError};
pub use task::{Announcing, NewTask, Stratification, Task};
pub use visit::{Finding, Visit, VisitFilter};

/// Codes joined by commas, as lists are stored.
pub(crate) fn joined<T: ToString>(codes: &[T]) -> String {
    codes.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// The codes of a stored list.
pub(crate) fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').filter(|code| !code.is_empty())
}
