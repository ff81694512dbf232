//! Answers of services as parts of a profile: the latest elements of each list, and a note for what could not be had.

use std::cmp::Reverse;

use contract::gateway::v1::MissingPart;
use tonic::Code;

use super::{Failure, Part};

/// Most elements read of a list that does not come the latest first, to find its latest: as many as surely fit into one
/// message of 4 MiB. No enterprise is known to have so many.
pub(super) const READ: i32 = 500;

/// The latest elements of a list.
#[derive(Debug)]
pub(super) struct Found<T> {
    pub(super) elements: Vec<T>,
    /// Whether there are elements that were not looked at and may be later ones.
    pub(super) unread: bool,
}

impl<T> Found<T> {
    /// Of a list that comes the latest first: what follows is older.
    pub(super) fn ordered(elements: Vec<T>) -> Self {
        Self { elements, unread: false }
    }

    /// Of a list in another order: the latest by `date` come first and stay. What has no date yet is still to come.
    pub(super) fn latest(mut elements: Vec<T>, next: &str, latest: i32, date: impl Fn(&T) -> &str) -> Self {
        elements.sort_by_key(|element| {
            let date = date(element);
            (!date.is_empty(), Reverse(date.to_owned()))
        });
        elements.truncate(usize::try_from(latest).unwrap_or(0));
        Self { elements, unread: !next.is_empty() }
    }
}

/// The answer, or a note that it could not be had.
pub(super) fn one<T>(answer: Result<T, Failure>, part: Part, missing: &mut Vec<MissingPart>) -> Option<T> {
    answer.map_err(|failure| missing.push(part.missing(&failure))).ok()
}

/// The elements; with a note when there are none to be had, or when not all were looked at.
pub(super) fn list<T>(
    answer: Result<Found<T>, Failure>,
    part: Part,
    missing: &mut Vec<MissingPart>,
) -> Vec<T> {
    let Some(found) = one(answer, part, missing) else { return Vec::new() };
    if found.unread {
        let problem =
            format!("there are more than {READ}; only the first {READ} in the service's order were read");
        missing.push(part.missing_as(Code::OutOfRange, problem));
    }
    found.elements
}

#[cfg(test)]
mod tests {
    use super::*;

    const VISITS: Part = Part::new("visits", "inspection");

    #[test]
    fn the_latest_come_first_and_what_has_no_date_yet_before_them() {
        let dates = ["2024-01-01", "", "2026-01-01", "2025-01-01"];
        let found = Found::latest(dates.to_vec(), "", 3, |date| date);
        assert_eq!(found.elements, ["", "2026-01-01", "2025-01-01"]);
        assert!(!found.unread);
    }

    #[test]
    fn elements_that_were_not_read_are_reported_and_the_others_kept() {
        let mut missing = Vec::new();
        let found = Found::latest(vec!["2024-01-01"], "more", 100, |date| date);
        assert_eq!(list(Ok(found), VISITS, &mut missing), ["2024-01-01"]);
        assert_eq!((missing[0].part.as_str(), missing[0].code.as_str()), ("visits", "OUT_OF_RANGE"));
    }
}
