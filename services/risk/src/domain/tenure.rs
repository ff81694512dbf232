//! When each version of a model is in force, and which are on trial: what officers decided, as the engine needs it.
//!
//! Decisions never reach back: a version begins, and ends, on a day that lies ahead when it is decided. So what was in force on a
//! day is the same whenever one looks back at it.

use std::collections::BTreeMap;

use chrono::NaiveDate;

/// One version's time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tenure {
    /// Whether runs score it beside what is in force.
    pub on_trial: bool,
    /// First day in force; `None`: never yet.
    pub from: Option<NaiveDate>,
    /// Last day in force; `None` while open.
    pub to: Option<NaiveDate>,
}

impl Tenure {
    /// The first day in force, if that time covers `day`.
    pub fn since(&self, day: NaiveDate) -> Option<NaiveDate> {
        let covers = |from: &NaiveDate| *from <= day && self.to.is_none_or(|last| day <= last);
        self.from.filter(covers)
    }
}

/// The time of each version, by `id@version`. A version that is not named is neither in force nor on trial.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tenures(BTreeMap<String, Tenure>);

impl Tenures {
    /// The time of the version called `key`.
    pub fn of(&self, key: &str) -> Tenure {
        self.0.get(key).copied().unwrap_or_default()
    }
}

impl FromIterator<(String, Tenure)> for Tenures {
    fn from_iter<I: IntoIterator<Item = (String, Tenure)>>(all: I) -> Self {
        Self(all.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_count_and_what_is_not_named_is_never_in_force() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let (from, to) = (Some(day("2026-04-01")), Some(day("2026-04-30")));
        let all: Tenures =
            [("food@1".to_owned(), Tenure { on_trial: false, from, to })].into_iter().collect();
        for (on, since) in
            [("2026-03-31", None), ("2026-04-01", from), ("2026-04-30", from), ("2026-05-01", None)]
        {
            assert_eq!(all.of("food@1").since(day(on)), since, "{on}");
        }
        assert_eq!(all.of("food@2"), Tenure::default());
        assert_eq!(Tenure { to: None, ..all.of("food@1") }.since(day("2099-01-01")), from);
    }
}
