//! What the visits of each band of each indicator found: the figures that points can be taken from.

use super::{
    Plan,
    order::real,
    replay::{Replay, Visit},
};
use crate::domain::{
    hundredths::Hundredths,
    model::{Model, Number, Points},
    scoring::{Score, Scorer},
};

/// Added to both sides of each odds, so that a band that found nothing has a weight.
const HALF: f64 = 0.5;
/// Points for each natural logarithm of the odds.
const POINTS_EACH: f64 = 10.0;

/// The bands of one indicator.
#[derive(Clone, Debug, PartialEq)]
pub struct IndicatorBands {
    /// Identifier of the indicator.
    pub indicator: String,
    /// Its label.
    pub label: String,
    /// First the visits without a value or below the first band, then band by band.
    pub bands: Vec<Band>,
}

/// The visits of one band.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    /// Where it begins, as the model says it; `None` before the first.
    pub from: Option<Number>,
    /// Points that the model gives; `None` before the first, where it gives none.
    pub points: Option<Number>,
    /// Visits.
    pub visits: usize,
    /// Those that found what is looked for.
    pub found: usize,
    /// Its weight of evidence: ten times the logarithm of its odds over those of all visits; 0 without visits. Points can
    /// be taken from it.
    pub weight: f64,
}

/// Counts the visits of each band.
pub fn count(plan: &Plan, replay: &Replay<'_>, visits: &[Visit], scores: &[Score]) -> Vec<IndicatorBands> {
    let place_of = |at: usize, scorer: &Scorer, value: Option<Hundredths>| {
        value.and_then(|value| scorer.band(at, value)).map_or(0, |band| band + 1)
    };
    let mut all = empty(&plan.model);
    for (visit, score) in visits.iter().zip(scores) {
        let scorer = replay.scorer(visit);
        let contributions = scorer.contributions(score);
        for (at, indicator) in all.iter_mut().enumerate() {
            let band = &mut indicator.bands[place_of(at, scorer, contributions[at].value)];
            band.visits += 1;
            band.found += usize::from(visit.found);
        }
    }
    let found = visits.iter().filter(|visit| visit.found).count();
    let bands = all.iter_mut().flat_map(|indicator| &mut indicator.bands);
    for band in bands.filter(|band| band.visits > 0) {
        band.weight = POINTS_EACH * (odds(band.visits, band.found) / odds(visits.len(), found)).ln();
    }
    // An indicator without bands has nothing to tell apart.
    all.retain(|indicator| indicator.bands.len() > 1);
    all
}

fn odds(visits: usize, found: usize) -> f64 {
    (real(found) + HALF) / (real(visits - found) + HALF)
}

fn empty(model: &Model) -> Vec<IndicatorBands> {
    let band = |from, points| Band { from, points, visits: 0, found: 0, weight: 0.0 };
    let bands = |points: &Points| match points {
        Points::Bands(bands) => {
            let named = bands.iter().map(|(from, points)| band(Some(from.clone()), Some(points.clone())));
            std::iter::once(band(None, None)).chain(named).collect()
        }
        Points::None | Points::Each(_) => vec![band(None, None)],
    };
    let indicators = model.indicators.iter().map(|indicator| IndicatorBands {
        indicator: indicator.id.clone(),
        label: indicator.label.clone(),
        bands: bands(&indicator.points),
    });
    indicators.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_band_with_twice_the_odds_weighs_ten_times_the_logarithm_of_two() {
        // 20.5 to 80.5 against 10.5 to 80.5 …
        let weight = POINTS_EACH * (odds(101, 20) / odds(91, 10)).ln();
        assert!((weight - 10.0 * (20.5_f64 * 81.5 / (81.5 * 10.5)).ln()).abs() < 1e-9, "{weight}");
        assert!(odds(10, 0) > 0.0);
    }
}
