//! The one scoring function. A full run and the re-score of one enterprise call [`Scorer::score`] with the same items and
//! therefore agree.

mod measure;
mod reckoning;
mod resolve;

use super::{
    evidence::{Item, Ordinal},
    hundredths::Hundredths,
    model::Effect,
    scheme::Rank,
};

pub use reckoning::{By, DimensionTotal, Reckoning};
pub use resolve::Scorer;

/// What is kept of one enterprise, sorted by indicator and day.
#[derive(Clone, Copy, Debug)]
pub struct Items<'a>(&'a [Item]);

impl<'a> Items<'a> {
    /// Items of one enterprise, which must be sorted (by the order of [`Item`]).
    pub fn sorted(items: &'a [Item]) -> Self {
        debug_assert!(items.is_sorted(), "items are sorted by indicator and day");
        Self(items)
    }

    /// Those of one indicator, the earliest first.
    pub fn of(self, indicator: Ordinal) -> &'a [Item] {
        let from = self.0.partition_point(|item| item.indicator < indicator);
        let rest = &self.0[from..];
        &rest[..rest.partition_point(|item| item.indicator == indicator)]
    }
}

/// What a model says of one enterprise on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Score {
    /// Points after caps.
    pub points: Hundredths,
    /// Grade after steps, floors and vetoes, in the model's scheme.
    pub rank: Rank,
    /// Whether a veto fired.
    pub vetoed: bool,
    /// What each indicator gave, in the order of the model.
    pub contributions: Vec<Contribution>,
    /// Places of the rules that fired, in the order of the model.
    pub fired: Vec<usize>,
    /// Places of the dimensions whose cap or whose rule "only the largest" cut points off.
    pub cut: Vec<usize>,
}

/// What one indicator gave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contribution {
    /// Measured value; `None` where nothing could be measured.
    pub value: Option<Hundredths>,
    /// Points, before the cap of the dimension.
    pub points: Hundredths,
}

impl Scorer {
    /// Scores one enterprise. Pure: the answer follows from model, parameters, day and items.
    pub fn score(&self, items: Items<'_>) -> Score {
        let contributions: Vec<_> =
            self.indicators.iter().map(|indicator| indicator.contribution(items)).collect();
        let (points, cut) = self.total(&contributions);
        let by_points = self.upper_bounds.partition_point(|bound| *bound < points);
        let fired: Vec<usize> =
            (0..self.rules.len()).filter(|at| self.rules[*at].fires(&contributions)).collect();
        let (rank, vetoed) = self.after_rules(by_points, &fired);
        Score { points, rank, vetoed, contributions, fired, cut }
    }

    /// Base and dimensions together, and which dimensions were cut.
    fn total(&self, contributions: &[Contribution]) -> (Hundredths, Vec<usize>) {
        let mut cut = Vec::new();
        let mut total = self.base;
        for at in 0..self.dimensions.len() {
            let DimensionTotal { sum, counted, .. } = self.dimension_total(at, contributions);
            if counted != sum {
                cut.push(at);
            }
            total = total + counted;
        }
        (total, cut)
    }

    /// Steps first, then floors, then vetoes: no step lowers what a floor holds. Steps up add up; of those down only the longest counts.
    fn after_rules(&self, by_points: Rank, fired: &[usize]) -> (Rank, bool) {
        let effects = || fired.iter().map(|at| self.rules[*at].effect);
        let steps =
            || effects().map(|effect| if let Effect::Steps(steps) = effect { i64::from(steps) } else { 0 });
        let up: i64 = steps().filter(|step| *step > 0).sum();
        let down = steps().min().unwrap_or(0).min(0);
        let floor = effects()
            .filter_map(|effect| if let Effect::Floor(rank) = effect { Some(rank) } else { None })
            .max();
        let vetoed = effects().any(|effect| effect == Effect::Veto);
        let highest = self.model.scheme.highest();
        let stepped = i64::try_from(by_points).unwrap_or(i64::MAX).saturating_add(up + down);
        let stepped = usize::try_from(stepped.max(0)).unwrap_or(highest).min(highest);
        let rank = if vetoed { highest } else { stepped.max(floor.unwrap_or(0)) };
        (rank, vetoed)
    }
}

#[cfg(test)]
mod tests;
