//! Scoring many enterprises one after another, and everybody on all cores.

use rayon::prelude::*;

use super::{Contribution, Given, Items, Score, Scorer};
use crate::domain::evidence::Ordinal;

/// Enterprises that one core takes at least: handing work over costs more than scoring a few.
const AT_LEAST: usize = 1_000;

/// A scorer at work, with the room for what the indicators give to the enterprise at hand.
pub(super) struct Desk<'a> {
    scorer: &'a Scorer,
    contributions: Vec<Contribution>,
}

impl Scorer {
    /// A place to score one enterprise after another.
    pub(super) fn desk(&self) -> Desk<'_> {
        Desk { scorer: self, contributions: self.of_nothing.clone() }
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
        let given = self.take(items);
        let (scorer, contributions) = (self.scorer, &self.contributions);
        let (points, cut) = scorer.total(contributions);
        let by_points = scorer.upper_bounds.partition_point(|bound| *bound < points);
        let fired: Vec<usize> =
            (0..scorer.rules.len()).filter(|at| scorer.rules[*at].fires(contributions)).collect();
        let (rank, vetoed) = scorer.after_rules(by_points, &fired);
        for given in &given {
            let place = usize::from(given.place);
            self.contributions[place] = scorer.of_nothing[place];
        }
        Score { points, rank, vetoed, given, fired, cut }
    }

    /// Measures what there is, in one pass over the items; whatever there is nothing of stays what nothing gives.
    fn take(&mut self, items: Items<'_>) -> Vec<Given> {
        let scorer = self.scorer;
        let end = scorer.first + scorer.indicators.len() as Ordinal;
        let mut given = Vec::new();
        for run in items.by_indicator(scorer.first, end) {
            let place = run[0].indicator() - scorer.first;
            let at = usize::from(place);
            let contribution = scorer.indicators[at].contribution(run);
            if contribution != scorer.of_nothing[at] {
                self.contributions[at] = contribution;
                given.push(Given { place, contribution });
            }
        }
        given
    }
}
