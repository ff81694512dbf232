//! The class that floors and vetoes alone give, without a single point: nobody's override lowers below it.

use super::{
    engine::{Classification, Engine, GeneralPart},
    hundredths::Hundredths,
    model::Effect,
    scheme::Rank,
    scoring::{Score, Scorer},
};

impl Engine {
    /// The combined class of an enterprise that had no points at all, but the floors and vetoes that fired in `given`.
    pub fn floor(&self, field: &str, given: &Classification) -> Rank {
        let floor = self.general_floor(&given.general);
        let points = Hundredths::ZERO;
        let general = GeneralPart { rank: floor, points, floor, vetoed: given.general.vetoed() };
        let professional = given.professional.as_ref().zip(self.professional(field));
        let professional = professional.map(|(score, scorer)| held(scorer, score));
        self.join(field, &general, professional.as_ref())
    }
}

/// What the rules that fired leave of a score without points.
pub(super) fn held(scorer: &Scorer, score: &Score) -> Score {
    let model = scorer.model();
    let floors = score.fired.iter().filter_map(|at| match model.rules[*at].effect {
        Effect::Floor(rank) => Some(rank),
        Effect::Veto => Some(model.scheme.highest()),
        Effect::Steps(_) => None,
    });
    Score {
        points: Hundredths::ZERO,
        rank: floors.max().unwrap_or(0),
        vetoed: score.vetoed,
        given: Box::default(),
        fired: score.fired.clone(),
        cut: Vec::new(),
    }
}
