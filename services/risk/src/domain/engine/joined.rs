//! How what two models say becomes one class, with the floors and steps that hold whatever the points.

use super::{Classification, Engine};
use crate::domain::{
    class::Class,
    combine::{Given, Told},
    general::General,
    hundredths::Hundredths,
    model::Effect,
    scheme::Rank,
    scoring::{Score, Scorer},
};

/// A general class, and what of it holds whatever the points of a field.
#[derive(Clone, Copy, Debug)]
pub(in crate::domain) struct GeneralPart {
    pub(in crate::domain) rank: Rank,
    pub(in crate::domain) points: Hundredths,
    /// The class that floors alone give.
    pub(in crate::domain) floor: Rank,
    pub(in crate::domain) vetoed: bool,
}

impl Engine {
    /// Joins what the two models say.
    pub fn combine(&self, field: &str, general: General, professional: Option<Score>) -> Classification {
        let (rank, points) = self.general_class(&general);
        let part =
            GeneralPart { rank, points, floor: self.general_floor(&general), vetoed: general.vetoed() };
        let rank = self.join(field, &part, professional.as_ref());
        Classification { rank, general, professional }
    }

    /// The combined class of a general class and of what the model of `field` says.
    pub(in crate::domain) fn join(
        &self,
        field: &str,
        general: &GeneralPart,
        professional: Option<&Score>,
    ) -> Rank {
        let given = professional.zip(self.professional(field));
        let raised = given.map_or(0, |(score, scorer)| self.raised_to(scorer, score));
        self.combination.rank(&Given {
            general: general.rank,
            general_points: general.points,
            professional: given.map(|(score, scorer)| (scorer.model().scheme.code(score.rank), score.points)),
            vetoed: general.vetoed || professional.is_some_and(|score| score.vetoed),
            floor: general.floor.max(raised),
        })
    }

    /// How `class`, which was made of `given`, came about, in words for the officer.
    pub fn sentence(&self, given: &Classification, class: &Class) -> String {
        let held_above = self.held_above(&given.general).map(|rank| self.combiner().scheme.code(rank));
        self.combination.sentence(&Told { held_above, ..Told::of(class) })
    }

    /// The combined class of the grade to which steps up and floors of a field's model raised it; the lowest where none fired. A grade
    /// that the combined scheme does not have counts by its place.
    fn raised_to(&self, scorer: &Scorer, score: &Score) -> Rank {
        let model = scorer.model();
        let raises = |at: &usize| match model.rules[*at].effect {
            Effect::Steps(steps) => steps > 0,
            Effect::Floor(_) => true,
            Effect::Veto => false,
        };
        if !score.fired.iter().any(raises) {
            return 0;
        }
        self.combiner().scheme.rank(model.scheme.code(score.rank)).unwrap_or(score.rank)
    }
}
