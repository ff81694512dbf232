//! Scoring many enterprises one after another, and everybody on all cores.

use rayon::prelude::*;

use super::{Contribution, Given, Items, Score, Scorer};
use crate::domain::hundredths::Hundredths;

/// Enterprises that one core takes at least: handing work over costs more than scoring a few.
const AT_LEAST: usize = 1_000;

/// A scorer at work, with the room for what the enterprise at hand comes to.
pub(super) struct Desk<'a> {
    scorer: &'a Scorer,
    given: Vec<Given>,
    /// Of each indicator, where the scorer [looks at single ones](Scorer::looks_at_single); else what nothing gives.
    contributions: Vec<Contribution>,
    /// Points of each dimension.
    sums: Vec<Hundredths>,
}

impl Scorer {
    /// A place to score one enterprise after another.
    pub(super) fn desk(&self) -> Desk<'_> {
        Desk {
            scorer: self,
            given: Vec::with_capacity(self.indicators.len()),
            contributions: self.of_nothing.clone(),
            sums: self.sums_of_nothing.clone(),
        }
    }

    /// Scores everybody of `subjects` on all cores; the scores come in their order. `items` finds the evidence of one.
    pub fn score_all<'i, T: Sync>(
        &self,
        subjects: &'i [T],
        items: impl Fn(&'i T) -> Items<'i> + Sync,
    ) -> Vec<Score> {
        let subjects = subjects.par_iter().with_min_len(AT_LEAST);
        subjects.map_init(|| self.desk(), |desk, subject| desk.score(items(subject))).collect()
    }
}

impl Desk<'_> {
    pub(super) fn score(&mut self, items: Items<'_>) -> Score {
        self.take(items);
        let scorer = self.scorer;
        if scorer.looks_at_single {
            for given in &self.given {
                self.contributions[usize::from(given.place)] = given.contribution();
            }
        }
        let (points, cut) = scorer.total(&self.sums, &self.contributions);
        let by_points = scorer.upper_bounds.partition_point(|bound| *bound < points);
        let rules = scorer.rules.iter().enumerate();
        let fired: Vec<usize> =
            rules.filter(|(_, rule)| rule.fires(&self.contributions)).map(|(at, _)| at).collect();
        let (rank, vetoed) = scorer.after_rules(by_points, &fired);
        if scorer.looks_at_single {
            for given in &self.given {
                let place = usize::from(given.place);
                self.contributions[place] = scorer.of_nothing[place];
            }
        }
        Score { points, rank, vetoed, given: self.given.as_slice().into(), fired, cut }
    }

    /// Measures what there is, in one pass over the items; whatever there is nothing of stays what nothing gives.
    fn take(&mut self, items: Items<'_>) {
        let scorer = self.scorer;
        self.given.clear();
        self.sums.copy_from_slice(&scorer.sums_of_nothing);
        for run in items.by_indicator(scorer) {
            let place = run[0].indicator() - scorer.first;
            let at = usize::from(place);
            let (indicator, of_nothing) = (&scorer.indicators[at], scorer.of_nothing[at]);
            // Most lie outside: it is faster to know that before measuring.
            if !indicator.window.hold_any(run) {
                continue;
            }
            let contribution = indicator.contribution(run);
            if contribution != of_nothing {
                let sum = &mut self.sums[indicator.dimension];
                *sum = *sum + contribution.points - of_nothing.points;
                self.given.push(Given::new(place, contribution));
            }
        }
    }
}
