//! Arithmetic over the items of one indicator.

use super::resolve::{Days, Kind};
use crate::domain::{evidence::Item, hundredths::Hundredths};

impl Days {
    /// Whether a piece of evidence counts. Without a branch: which items do is as good as random.
    pub(super) fn holds(&self, item: Item) -> bool {
        let day = item.day_number();
        (self.after < day) & (day <= self.until) & (!self.holding | (self.as_of <= item.last_day_number()))
    }

    /// Whether any of `items` counts.
    pub(super) fn hold_any(&self, items: &[Item]) -> bool {
        items.iter().fold(false, |any, item| any | self.holds(*item))
    }
}

/// The value of `items` (the earliest first) inside `days`.
pub(super) fn value(kind: Kind, items: &[Item], days: Days) -> Option<Hundredths> {
    let mut inside = items.iter().filter(|item| days.holds(**item));
    match kind {
        Kind::Exists => Some(Hundredths::whole(i64::from(inside.next().is_some()))),
        Kind::Count => Some(whole(inside.count())),
        Kind::Sum => Some(inside.map(|item| item.value()).sum()),
        Kind::Max => Some(inside.map(|item| item.value()).max().unwrap_or_default()),
        // Sorted by day, then by end and value: the last of the latest day need not be its largest.
        Kind::Latest => {
            let latest = inside.max_by_key(|item| (item.day_number(), item.value()));
            Some(latest.map_or(Hundredths::ZERO, |item| item.value()))
        }
        Kind::DaysSince => {
            let latest = inside.next_back()?;
            Some(Hundredths::whole(i64::from(days.as_of) - i64::from(latest.day_number())))
        }
        Kind::Share => Some(share(inside)),
    }
}

/// Percentage of the items whose value is not 0, cut to hundredths; 0 of none.
fn share<'a>(items: impl Iterator<Item = &'a Item>) -> Hundredths {
    let (mut all, mut met) = (0_i64, 0_i64);
    for item in items {
        all += 1;
        met += i64::from(item.value() != Hundredths::ZERO);
    }
    Hundredths::from_e2(if all == 0 { 0 } else { met * 10_000 / all })
}

fn whole(count: usize) -> Hundredths {
    Hundredths::whole(i64::try_from(count).unwrap_or(i64::MAX))
}
