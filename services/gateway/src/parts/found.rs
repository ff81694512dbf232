//! Lists of a profile: the latest elements of each.

use std::cmp::Reverse;

/// Most elements read of a list that does not come the latest first, to find its latest. No enterprise is known to have so many. Where
/// texts are long there may be fewer: a service gives as many as fit into one message of 4 MiB, and says that there are more.
pub(super) const READ: i32 = 500;

/// Of a list that comes the latest first: what follows is older.
pub(super) fn first<T>(mut elements: Vec<T>, latest: i32) -> Vec<T> {
    elements.truncate(usize::try_from(latest).unwrap_or(0));
    elements
}

/// Of a list in another order: the latest by `date` come first and stay. What has no date yet is still to come.
pub(super) fn latest_by<T>(mut elements: Vec<T>, latest: i32, date: impl Fn(&T) -> &str) -> Vec<T> {
    elements.sort_by_key(|element| {
        let date = date(element);
        (!date.is_empty(), Reverse(date.to_owned()))
    });
    first(elements, latest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_come_first_and_what_has_no_date_yet_before_them() {
        let dates = ["2024-01-01", "", "2026-01-01", "2025-01-01"];
        assert_eq!(latest_by(dates.to_vec(), 3, |date| date), ["", "2026-01-01", "2025-01-01"]);
    }

    #[test]
    fn of_what_comes_the_latest_first_the_rest_is_left_out() {
        assert_eq!(first(vec![3, 2, 1], 2), [3, 2]);
        assert_eq!(first(vec![3, 2, 1], 100), [3, 2, 1]);
    }
}
