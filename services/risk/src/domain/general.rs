//! Who gives the general class: the general model, or a stand-in that speaks of the enterprise (a class that the province has
//! given). Floors and vetoes of the general model hold in any case.

use super::{
    combine::Otherwise,
    engine::Engine,
    floor::held,
    hundredths::Hundredths,
    scheme::Rank,
    scoring::{Items, Score},
};

/// What gives the general class of one enterprise; the same for all of its fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct General {
    /// What the general model says.
    pub own: Score,
    /// What the stand-in says; `None` where none is asked.
    pub stand_in: Option<Score>,
}

/// Who gave a general class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// The general model.
    Model,
    /// The stand-in.
    StandIn,
    /// Neither: the combination names this class.
    Rule(Rank),
}

impl General {
    /// The stand-in's score, where it speaks of the enterprise: one of its indicators has a value other than 0.
    pub fn spoken(&self) -> Option<&Score> {
        self.stand_in.as_ref().filter(|score| score.has_value())
    }

    /// Whether a veto of either fired.
    pub fn vetoed(&self) -> bool {
        self.own.vetoed || self.spoken().is_some_and(|score| score.vetoed)
    }
}

impl Engine {
    /// Scores an enterprise for its general class.
    pub fn score_general(&self, items: Items<'_>) -> General {
        General {
            own: self.general().score(items),
            stand_in: self.stand_in().map(|scorer| scorer.score(items)),
        }
    }

    /// Scores everybody of `subjects` for the general class, on all cores; the scores come in their order. `items` finds the evidence
    /// of one.
    pub fn score_general_of_all<'i, T: Sync>(
        &self,
        subjects: &'i [T],
        items: impl Fn(&'i T) -> Items<'i> + Sync,
    ) -> Vec<General> {
        let own = self.general().score_all(subjects, &items).into_iter();
        match self.stand_in() {
            None => own.map(|own| General { own, stand_in: None }).collect(),
            Some(scorer) => {
                let asked = scorer.score_all(subjects, &items);
                own.zip(asked).map(|(own, asked)| General { own, stand_in: Some(asked) }).collect()
            }
        }
    }

    /// Who gives the general class.
    pub fn answered(&self, general: &General) -> Answered {
        match self.combiner().stand_in {
            None => Answered::Model,
            Some(_) if general.spoken().is_some() => Answered::StandIn,
            Some(Otherwise::Model) => Answered::Model,
            Some(Otherwise::Class(rank)) => Answered::Rule(rank),
        }
    }

    /// The class by a stand-in or rule that gives the general class, where floors or vetoes of the general model hold a riskier one;
    /// `None` where what was given stands.
    pub fn held_above(&self, general: &General) -> Option<Rank> {
        let given = match (self.answered(general), general.spoken()) {
            (Answered::StandIn, Some(spoken)) => spoken.rank,
            (Answered::Rule(rank), _) => rank,
            _ => return None,
        };
        (held(self.general(), &general.own).rank > given).then_some(given)
    }

    /// The general class that floors and vetoes of the general model and of a stand-in that spoke give, without a single point.
    pub(super) fn general_floor(&self, general: &General) -> Rank {
        let own = held(self.general(), &general.own).rank;
        let stand_in = general.spoken().zip(self.stand_in());
        own.max(stand_in.map_or(0, |(score, scorer)| held(scorer, score).rank))
    }

    /// The general class, with the points of who gave it.
    pub fn general_class(&self, general: &General) -> (Rank, Hundredths) {
        let at_least = held(self.general(), &general.own).rank;
        match (self.answered(general), general.spoken()) {
            (Answered::StandIn, Some(spoken)) => (spoken.rank.max(at_least), spoken.points),
            (Answered::Rule(rank), _) => (rank.max(at_least), Hundredths::ZERO),
            _ => (general.own.rank, general.own.points),
        }
    }
}
