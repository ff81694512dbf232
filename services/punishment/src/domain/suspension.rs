//! Days on which an order keeps an entry, or the decision of a record, from counting.

use chrono::NaiveDate;

/// Days on which an order suspended something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suspension {
    /// First day.
    pub from: NaiveDate,
    /// Day on which it counted again, or another order suspended it.
    pub to: NaiveDate,
}

impl Suspension {
    /// What is over when the suspension `before` gives way to `after` by an act of `on`; `None` when no day of it was.
    pub fn over(before: Option<NaiveDate>, after: Option<NaiveDate>, on: NaiveDate) -> Option<Self> {
        let from = before?;
        let to = after.map_or(on, |since| since.min(on));
        (from < to).then_some(Self { from, to })
    }

    /// Whether it is of a day.
    pub fn covers(&self, day: NaiveDate) -> bool {
        self.from <= day && day < self.to
    }
}

/// All that is known of the suspensions of a decision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suspended {
    /// First day of the one that lasts; `None` while none does.
    pub since: Option<NaiveDate>,
    /// Those that have ended, in their order.
    pub over: Vec<Suspension>,
}

impl Suspended {
    /// Takes in that the decision is suspended, or is not, as was told on a day; the same told again changes nothing.
    pub fn told(&mut self, suspended: bool, on: NaiveDate) {
        if suspended {
            self.since.get_or_insert(on);
        } else {
            self.over.extend(Suspension::over(self.since.take(), None, on));
        }
    }

    /// The same for a decision that its record says is suspended: one whose order no event has told yet counts on no day since `first`.
    pub fn or_since(mut self, suspended: bool, first: NaiveDate) -> Self {
        if suspended {
            self.since.get_or_insert(first);
        }
        self
    }

    /// Whether the decision is suspended now.
    pub fn lasts(&self) -> bool {
        self.since.is_some()
    }

    /// Whether it is, or was, suspended on a day.
    pub fn covers(&self, day: NaiveDate) -> bool {
        self.since.is_some_and(|since| since <= day) || self.over.iter().any(|one| one.covers(day))
    }

    /// Days on which it begins or ceases to be suspended.
    pub fn turns(&self) -> impl Iterator<Item = NaiveDate> + '_ {
        self.over.iter().flat_map(|one| [one.from, one.to]).chain(self.since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        domain::parse_date(text).unwrap()
    }

    #[test]
    fn a_suspension_ends_with_its_order_or_where_the_next_one_begins() {
        let over = |before: &str, after: Option<&str>, on: &str| {
            let over = Suspension::over(Some(day(before)), after.map(day), day(on))?;
            Some((over.from.to_string(), over.to.to_string()))
        };
        let days = |from: &str, to: &str| Some((from.to_owned(), to.to_owned()));
        assert_eq!(over("2023-06-01", None, "2023-07-03"), days("2023-06-01", "2023-07-03"));
        assert_eq!(over("2023-06-01", None, "2023-06-01"), None);
        assert_eq!(over("2023-06-01", Some("2023-06-12"), "2023-07-03"), days("2023-06-01", "2023-06-12"));
        assert_eq!(over("2023-06-01", Some("2023-07-10"), "2023-07-03"), days("2023-06-01", "2023-07-03"));
        assert_eq!(
            over("2023-06-01", Some("2023-05-08"), "2023-07-03"),
            None,
            "an earlier order was entered"
        );
        assert_eq!(Suspension::over(None, Some(day("2023-06-01")), day("2023-06-01")), None);
    }

    #[test]
    fn what_is_suspended_by_an_order_that_nobody_told_counts_on_no_day() {
        let first = day("2024-03-04");
        assert!(!Suspended::default().or_since(false, first).lasts());
        assert_eq!(Suspended::default().or_since(true, first).since, Some(first));
        let mut told = Suspended::default();
        told.told(true, day("2024-04-01"));
        assert_eq!(told.clone().or_since(true, first), told);
    }

    #[test]
    fn a_decision_is_suspended_from_the_day_of_the_order_to_that_of_its_end() {
        let mut suspended = Suspended::default();
        for (told, on) in
            [(false, "2024-03-04"), (true, "2024-04-01"), (true, "2024-04-08"), (false, "2024-05-06")]
        {
            suspended.told(told, day(on));
        }
        assert!(!suspended.lasts());
        suspended.told(true, day("2024-07-01"));
        for (on, covered) in [
            ("2024-03-31", false),
            ("2024-04-01", true),
            ("2024-05-05", true),
            ("2024-05-06", false),
            ("2024-06-30", false),
            ("2024-07-01", true),
        ] {
            assert_eq!(suspended.covers(day(on)), covered, "{on}");
        }
        let turns: Vec<_> = suspended.turns().map(|day| day.to_string()).collect();
        assert_eq!(turns, ["2024-04-01", "2024-05-06", "2024-07-01"]);
    }
}
