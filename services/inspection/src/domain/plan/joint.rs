//! What a visit of one or several departments uses up of the annual cap (进一次门、查多项事).

use std::collections::BTreeSet;

use chrono::NaiveDate;

/// One visit to an enterprise, by the departments that come together. A department whose visit is gone leaves the others, and one that
/// came on another day came once more. What the law itself asks for uses nothing up, and is not put in here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JointVisit {
    came_on: BTreeSet<NaiveDate>,
    is_awaited: bool,
}

impl JointVisit {
    /// A department came on a day of the year.
    pub fn came(&mut self, on: NaiveDate) {
        self.came_on.insert(on);
    }

    /// A department will come.
    pub fn awaits(&mut self) {
        self.is_awaited = true;
    }

    /// Places of the cap: one for each day on which somebody came; one for those who will come, unless they belong to somebody who did.
    pub fn counted(&self) -> u32 {
        match self.came_on.len() {
            0 => self.is_awaited.into(),
            days => u32::try_from(days).unwrap_or(u32::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(came_on: &[&str], awaited: usize) -> u32 {
        let mut visit = JointVisit::default();
        came_on.iter().for_each(|day| visit.came(day.parse().unwrap()));
        (0..awaited).for_each(|_| visit.awaits());
        visit.counted()
    }

    #[test]
    fn those_who_come_together_use_one_place_and_who_comes_on_another_day_one_more() {
        assert_eq!(counted(&[], 0), 0, "the law asked for all of it");
        assert_eq!((counted(&[], 1), counted(&[], 2)), (1, 1));
        assert_eq!(counted(&["2026-11-10", "2026-11-10"], 0), 1);
        assert_eq!(counted(&["2026-11-10"], 1), 1);
        assert_eq!(counted(&["2026-11-10", "2026-11-12"], 0), 2);
    }
}
