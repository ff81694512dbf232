//! The class that floors and vetoes alone give, without a single point: nobody's override lowers below it.

use super::{
    engine::{Classification, Engine},
    hundredths::Hundredths,
    model::Effect,
    scheme::Rank,
    scoring::{Score, Scorer},
};

impl Engine {
    /// The combined class of an enterprise that had no points at all, but the floors and vetoes that fired in `given`.
    pub fn floor(&self, field: &str, given: &Classification) -> Rank {
        let general = held(self.general(), &given.general.own);
        let stand_in = given.general.spoken().zip(self.stand_in());
        let stand_in = stand_in.map_or(0, |(score, scorer)| held(scorer, score).rank);
        let professional = given
            .professional
            .as_ref()
            .zip(self.professional(field))
            .map(|(score, scorer)| held(scorer, score));
        let rank = general.rank.max(stand_in);
        self.join(field, (rank, general.points, given.general.vetoed()), professional.as_ref())
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
        given: Vec::new(),
        fired: score.fired.clone(),
        cut: Vec::new(),
    }
}
