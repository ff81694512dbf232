//! What peers have: rates of groups, drawn towards the field's; their spread; the weights of events. Frozen before the first test.

use super::count::Count;
use super::tail::Rate;

/// An event is added to what the rest of the field has, so that a topic which nobody complains about has a rate too.
const ONE_EVENT: f64 = 1.0;
/// Deviations count up to so many standard deviations in the estimate of the spread: a burst must not hide others.
const CUT: f64 = 3.0;
/// The smallest cut, in events: below it every second event would be cut.
const LEAST_CUT: f64 = 3.0;
/// Largest spread that is believed.
const MOST_SPREAD: f64 = 4.0;

/// Events and exposure of some enterprises.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sum {
    /// Enterprises.
    pub enterprises: u64,
    /// Their events.
    pub events: f64,
    /// Their exposure.
    pub exposure: f64,
}

impl Sum {
    /// Adds an enterprise.
    pub fn add(&mut self, events: u64, exposure: f64) {
        self.enterprises += 1;
        self.events += float(events);
        self.exposure += exposure;
    }

    fn without(self, events: u64, exposure: f64) -> Self {
        Self {
            enterprises: self.enterprises.saturating_sub(1),
            events: (self.events - float(events)).max(0.0),
            exposure: (self.exposure - exposure).max(0.0),
        }
    }
}

/// What one enterprise is held against.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expected {
    /// Expected events, and the spread of the rate.
    pub rate: Rate,
    /// Its peers: the group without itself.
    pub peers: Sum,
}

/// Group and field in one topic and window.
#[derive(Clone, Copy, Debug)]
pub struct Baseline {
    /// The enterprise's group, itself included.
    pub group: Sum,
    /// The field, itself included.
    pub field: Sum,
    /// Expected events at which a group's own rate counts as much as the field's.
    pub prior_events: f64,
}

impl Baseline {
    /// What an enterprise with so many events and such an exposure is expected to have, by the others. `spread` is that of its
    /// peers' true rates.
    ///
    /// The rate of its group has a gamma prior of shape `prior_events` around the rate of the rest of the field; its posterior
    /// after the peers' events has shape `prior_events + events`, and its relative variance, one over that, adds to the spread.
    pub fn expected(&self, events: u64, exposure: f64, spread: f64) -> Expected {
        let peers = self.group.without(events, exposure);
        let field = self.field.without(events, exposure);
        let prior = (field.events + ONE_EVENT) / (field.exposure + ONE_EVENT);
        let shape = self.prior_events + peers.events;
        let mean = shape / (self.prior_events / prior + peers.exposure);
        Expected { rate: Rate { mean: mean * exposure, spread: spread + 1.0 / shape }, peers }
    }
}

/// How far events lie from what is expected, beyond chance: what the spread of true rates is estimated from, by moments.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Deviations {
    excess: f64,
    squares: f64,
}

impl Deviations {
    /// That of one enterprise, cut, so that a burst does not hide others. `least` is the least spread.
    pub fn of(events: u64, mean: f64, least: f64) -> Self {
        let cut = (mean + CUT * (mean + least * mean * mean).sqrt()).max(LEAST_CUT);
        let off = float(events).min(cut) - mean;
        Self { excess: off * off - mean, squares: mean * mean }
    }

    /// Adds those of another enterprise.
    pub fn add(&mut self, other: Self) {
        self.excess += other.excess;
        self.squares += other.squares;
    }

    /// The spread among the others: those of `own` are left out. Never below `least`.
    pub fn spread_without(self, own: Self, least: f64) -> f64 {
        let squares = self.squares - own.squares;
        if squares <= 0.0 {
            return least;
        }
        ((self.excess - own.excess) / squares).clamp(least, MOST_SPREAD.max(least))
    }
}

/// The share of each weight among events: `tallies[w - 1]` events of weight `w` in the field, without `own` ones. One of each is
/// added, so that none is impossible.
pub fn shares(tallies: &[u64], own: &[u64]) -> Vec<f64> {
    let others: Vec<f64> = tallies
        .iter()
        .enumerate()
        .map(|(place, all)| float(all.saturating_sub(own.get(place).copied().unwrap_or(0))) + ONE_EVENT)
        .collect();
    let all: f64 = others.iter().sum();
    others.into_iter().map(|one| one / all).collect()
}

/// What an event weighs on average.
pub fn mean_weight(shares: &[f64]) -> f64 {
    shares.iter().zip(1_u64..).map(|(share, weight)| share * float(weight)).sum()
}

/// The weighted count that is expected.
pub fn expected_weighted(rate: Rate, shares: &[f64]) -> f64 {
    rate.mean * mean_weight(shares)
}

/// Exposure of an enterprise of a size, by the field's median size; 1 where either is not known.
pub fn exposure(size: Option<f64>, median: Option<f64>, exponent: f64, bound: f64) -> f64 {
    match (size, median) {
        (Some(size), Some(median)) if size > 0.0 && median > 0.0 => {
            (size / median).powf(exponent).clamp(1.0 / bound, bound)
        }
        _ => 1.0,
    }
}

/// The median of what is known.
pub fn median(mut known: Vec<f64>) -> Option<f64> {
    known.sort_by(f64::total_cmp);
    known.get(known.len() / 2).copied()
}

/// Counts are far below 2^52.
#[allow(clippy::cast_precision_loss, reason = "counts of tickets are far below 2^52")]
pub fn float(count: u64) -> f64 {
    count as f64
}

impl Count {
    /// Events as a number to compute with.
    pub fn events_f64(self) -> f64 {
        float(self.events)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(enterprises: u64, events: f64, exposure: f64) -> Sum {
        Sum { enterprises, events, exposure }
    }

    #[test]
    fn an_enterprise_is_left_out_of_its_own_baseline() {
        let baseline = |own: f64| Baseline {
            group: sum(50, 100.0 + own, 50.0),
            field: sum(500, 1_000.0 + own, 500.0),
            prior_events: 4.0,
        };
        let quiet = baseline(0.0).expected(0, 1.0, 0.25);
        let loud = baseline(80.0).expected(80, 1.0, 0.25);
        assert_eq!(quiet, loud);
        assert_eq!(quiet.peers, sum(49, 100.0, 49.0));
    }

    #[test]
    fn a_large_group_goes_by_its_own_rate_and_a_small_one_by_the_fields() {
        let field = sum(1_000, 1_000.0, 1_000.0);
        let mean = |group| Baseline { group, field, prior_events: 4.0 }.expected(0, 1.0, 0.25).rate.mean;
        assert!((mean(sum(201, 800.0, 201.0)) - 4.0).abs() < 0.1);
        let alone = mean(sum(1, 0.0, 1.0));
        assert!((alone - 1.0).abs() < 0.01, "{alone}");
        let small = mean(sum(3, 8.0, 3.0));
        assert!(small > 1.5 && small < 2.5, "{small}");
    }

    #[test]
    fn doubt_about_a_small_group_widens_the_test() {
        let field = sum(1_000, 1_000.0, 1_000.0);
        let spread = |group| Baseline { group, field, prior_events: 4.0 }.expected(0, 1.0, 0.25).rate.spread;
        assert!(spread(sum(2, 1.0, 2.0)) > spread(sum(100, 100.0, 100.0)));
    }

    #[test]
    fn the_spread_is_never_below_the_least_and_a_burst_swells_neither_its_own_nor_that_of_others() {
        let spread = |observed: &mut dyn Iterator<Item = u64>, own: u64| {
            let mut all = Deviations::default();
            observed.for_each(|events| all.add(Deviations::of(events, 2.0, 0.25)));
            let own_part = Deviations::of(own, 2.0, 0.25);
            all.add(own_part);
            all.spread_without(own_part, 0.25)
        };
        assert_eq!(spread(&mut (0..1_000).map(|_| 2), 500), 0.25, "its own");
        let with_burst = spread(&mut (0..1_000).map(|_| 2).chain([500]), 2);
        assert!(with_burst < 0.26, "{with_burst}");
        assert!(spread(&mut (0..1_000).map(|place| if place % 4 == 0 { 8 } else { 0 }), 2) > 1.0);
        assert_eq!(spread(&mut std::iter::empty(), 500), 0.25, "alone");
    }

    #[test]
    fn size_counts_within_its_bound_and_only_where_it_is_known() {
        let exposure = |size| exposure(size, Some(100.0), 0.5, 4.0);
        assert_eq!([exposure(Some(100.0)), exposure(Some(400.0)), exposure(None)], [1.0, 2.0, 1.0]);
        assert_eq!([exposure(Some(1e9)), exposure(Some(1e-9)), exposure(Some(0.0))], [4.0, 0.25, 1.0]);
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(Vec::new()), None);
    }

    #[test]
    fn shares_leave_the_own_events_out_and_none_is_impossible() {
        assert_eq!(shares(&[9, 1], &[0, 1]), [10.0 / 11.0, 1.0 / 11.0]);
        assert!((mean_weight(&[0.5, 0.5]) - 1.5).abs() < 1e-12);
    }
}
