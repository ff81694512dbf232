//! The one scoring function. A full run and the re-score of one enterprise call [`Scorer::score`] with the same items and
//! therefore agree; a run does so for everybody at once, on all cores ([`Scorer::score_all`]).

mod desk;
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

    /// Those of the model of `scorer`, of each indicator together, the earliest first.
    fn by_indicator(self, scorer: &Scorer) -> impl Iterator<Item = &'a [Item]> {
        let behind = usize::from(scorer.first) + scorer.indicators.len();
        let before = |item: &Item| item.indicator() < scorer.first;
        let own = |item: &Item| usize::from(item.indicator()) < behind;
        // With one model all are its own: seen at both ends sooner than searched for.
        let from = if self.0.first().is_some_and(before) { self.0.partition_point(before) } else { 0 };
        let end = if self.0.last().is_none_or(own) { self.0.len() } else { self.0.partition_point(own) };
        self.0[from..end].chunk_by(|one, other| one.indicator() == other.indicator())
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
    /// What the indicators gave that did not give what no evidence gives; [`Scorer::contributions`] tells of all.
    pub(super) given: Box<[Given]>,
    /// Places of the rules that fired, in the order of the model.
    pub fired: Vec<usize>,
    /// Places of the dimensions whose cap or whose rule "only the largest" cut points off.
    pub cut: Vec<usize>,
}

/// What the indicator at one place of the model gave: a [`Contribution`] in 16 bytes, as a full run writes millions of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Given {
    value: Hundredths,
    /// In hundredths: no indicator gives [more](resolve::MOST_POINTS_E2).
    points_e2: i32,
    place: Ordinal,
    /// Whether there was anything to measure; else `value` is 0.
    measured: bool,
}

impl Given {
    fn new(place: Ordinal, Contribution { value, points }: Contribution) -> Self {
        let points_e2 = points.e2() as i32;
        Self { value: value.unwrap_or_default(), points_e2, place, measured: value.is_some() }
    }

    fn contribution(self) -> Contribution {
        let points = Hundredths::from_e2(self.points_e2.into());
        Contribution { value: self.measured.then_some(self.value), points }
    }
}

/// What one indicator gave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contribution {
    /// Measured value; `None` where nothing could be measured.
    pub value: Option<Hundredths>,
    /// Points, before the cap of the dimension.
    pub points: Hundredths,
}

impl Score {
    /// Whether an indicator has a value other than 0.
    pub(super) fn has_value(&self) -> bool {
        self.given.iter().any(|given| given.value != Hundredths::ZERO)
    }
}

impl Scorer {
    /// Scores one enterprise. Pure: the answer follows from model, parameters, day and items.
    pub fn score(&self, items: Items<'_>) -> Score {
        self.desk().score(items)
    }

    /// What each indicator gave to `score`, which this scorer made, in the order of the model.
    pub fn contributions(&self, score: &Score) -> Vec<Contribution> {
        let mut all = self.of_nothing.clone();
        for given in &score.given {
            all[usize::from(given.place)] = given.contribution();
        }
        all
    }

    /// Base and dimensions together, and which dimensions were cut.
    fn total(&self, sums: &[Hundredths], contributions: &[Contribution]) -> (Hundredths, Vec<usize>) {
        let mut cut = Vec::new();
        let mut total = self.base;
        for (at, (dimension, sum)) in self.dimensions.iter().zip(sums).enumerate() {
            let counted = dimension.counted(*sum, contributions);
            if counted != *sum {
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
