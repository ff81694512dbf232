//! Does a model help? History played again: every visit of a window gets the score that the model would have given on the
//! morning before it, the visits are put into the order of their scores, and the same days are handed out in that order. A model of a
//! key field is tried on the visits of its field alone, as it classes nobody in another; one of every field on all.
//!
//! The score is that of [`Scorer::score`](super::scoring::Scorer::score), as in a full run. What counts as known before a visit is
//! said by [`replay`]. The figures are those of [`order`], [`auc`] and [`interval`], and [`bands`] counts what points can be
//! taken from; [`leak`] looks for knowledge that nobody had, [`outcomes`] says where it may stand.
//! Nothing is stored and nothing takes effect.

pub mod auc;
pub mod bands;
pub mod figures;
pub mod interval;
pub mod leak;
pub mod order;
pub mod outcomes;
pub mod replay;

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::{
    model::Condition,
    parameters::{MissingParameter, Parameters},
};
use bands::IndicatorBands;
use figures::Figures;
use leak::LeakCheck;
use replay::{Firm, Knowledge, Replay, Visit};

pub use super::model::Model;

/// What to play again.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The model; whether it is in force does not matter.
    pub model: std::sync::Arc<Model>,
    /// Holds for the record of an inspection that found what is looked for.
    pub outcome: Condition,
    /// Which inspections of the model's field are visits to put in order; `None`: all.
    pub visits: Option<Condition>,
    /// First day of the window.
    pub first_day: NaiveDate,
    /// Last day of the window.
    pub last_day: NaiveDate,
    /// What counts as known before a visit.
    pub knowledge: Knowledge,
    /// Samples behind each interval.
    pub resamples: usize,
    /// How often what was found is shuffled.
    pub shuffles: usize,
    /// Seed of samples and shuffles.
    pub seed: u64,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// All visits.
    pub whole: Figures,
    /// Those of each division, in an order of their own.
    pub divisions: Vec<(String, Figures)>,
    /// Those of each mode of inspection, in an order of their own.
    pub modes: Vec<(String, Figures)>,
    /// What the inspections of each band of each indicator found.
    pub indicators: Vec<IndicatorBands>,
    /// Whether the model knows what it cannot know.
    pub leak: LeakCheck,
}

/// Plays history again over `firms`: all evidence of every enterprise that was visited in the window.
///
/// # Errors
/// [`MissingParameter`] when the model names a parameter that the rulebook does not hold for the day of a visit.
pub fn run(plan: &Plan, firms: &[Firm], parameters: &impl Parameters) -> Result<Report, MissingParameter> {
    let visits = replay::visits(plan, firms);
    let replay = Replay::new(plan, &visits, parameters)?;
    let dossiers: Vec<_> = firms.iter().map(|firm| replay.dossier(firm)).collect();
    let scores = replay.scores(&visits, &dossiers);
    let cases = replay::cases(&visits, &scores);
    let figures = |keep: &dyn Fn(&Visit) -> bool| {
        let kept = visits.iter().zip(&cases).filter(|(visit, _)| keep(visit)).map(|(_, case)| *case);
        Figures::of(&kept.collect::<Vec<_>>(), plan.resamples, plan.seed)
    };
    let by = |key: &dyn Fn(&Visit) -> String| {
        let keys: BTreeSet<String> = visits.iter().map(key).collect();
        keys.into_iter().map(|name| (name.clone(), figures(&|visit| key(visit) == name))).collect()
    };
    Ok(Report {
        whole: figures(&|_| true),
        divisions: by(&|visit| firms[visit.firm].division.clone()),
        modes: by(&|visit| visit.mode.clone()),
        indicators: bands::count(plan, &replay, &visits, &scores),
        leak: leak::check(plan, &replay, firms, &visits, &dossiers),
    })
}

#[cfg(test)]
mod tests;
