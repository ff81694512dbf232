//! Does the model know what it cannot know?
//!
//! Two trials. First, what was found changes places by lot, that of the window among itself and that of the past among itself, and
//! everything is scored anew. With the finding of a visit goes what else may tell it ([`outcomes`]): a model that knows only the past
//! gains nothing, on average; one that sees what the visit found, by whatever kind of record, follows it wherever it goes, and
//! gains as before. Second, each enterprise gets evidence of the day of the visit and later, of every source that the model reads,
//! and the scores must stay what they were.

use std::collections::BTreeSet;

use chrono::Days;
use prost_reflect::{ReflectMessage, Value};
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use super::{
    Plan,
    auc::auc,
    order::{Cases, real},
    outcomes::{self, Moved, Places},
    replay::{Firm, INSPECTION, Known, Replay, Told, Visit, cases, dated, day_of, names_a_day},
};
use crate::domain::{
    evidence::ALWAYS,
    known::{Feed, own_position},
};

/// Days after the visit on which the records of the second trial are made.
const LATER: [u64; 3] = [0, 1, 90];

/// What both trials showed.
#[derive(Clone, Debug, PartialEq)]
pub struct LeakCheck {
    /// How often what was found changed places.
    pub shuffles: usize,
    /// What changed places each time.
    pub moved: Vec<Moved>,
    /// Days sooner over the shuffles; `None` where there is nothing to compare.
    pub days_sooner: Option<Spread>,
    /// Share in the first half over the shuffles.
    pub first_half: Option<Spread>,
    /// Area under the ROC curve over the shuffles.
    pub auc: Option<Spread>,
    /// Records that were added on the day of a visit or later.
    pub later_records: usize,
    /// Visits whose score changed by them: none, or the model looks ahead.
    pub changed_scores: usize,
}

/// Mean and standard deviation of a figure over several shuffles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Mean.
    pub mean: f64,
    /// Standard deviation of one shuffle.
    pub deviation: f64,
}

/// Runs both trials.
pub fn check(
    plan: &Plan,
    replay: &Replay<'_>,
    firms: &[Firm],
    visits: &[Visit],
    dossiers: &[Vec<Known>],
) -> LeakCheck {
    let later = samples(plan, firms);
    let mut random = ChaCha8Rng::seed_from_u64(plan.seed);
    let findings = Findings::new(plan, firms, visits);
    let (mut days, mut halves, mut areas) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..plan.shuffles {
        let (shuffled, now) = findings.shuffled(replay, dossiers, &mut random);
        let cases = cases(&now, &replay.scores(&now, &shuffled));
        let order = Cases::new(&cases).order();
        days.extend(order.days_sooner());
        halves.extend(order.found_within(0.5));
        areas.extend(auc(&cases).map(|area| area.value));
    }
    LeakCheck {
        shuffles: plan.shuffles,
        moved: findings.moved(),
        days_sooner: Spread::of(&days),
        first_half: Spread::of(&halves),
        auc: Spread::of(&areas),
        later_records: visits.len() * LATER.len() * later.len(),
        changed_scores: visits.iter().filter(|visit| looks_ahead(replay, &later, visit, dossiers)).count(),
    }
}

/// The places where findings stand.
struct Findings<'a> {
    plan: &'a Plan,
    firms: &'a [Firm],
    visits: &'a [Visit],
    /// Inspections before the window.
    past: Places,
    /// For each visit, what else may tell its finding.
    telling: Vec<Places>,
}

impl<'a> Findings<'a> {
    fn new(plan: &'a Plan, firms: &'a [Firm], visits: &'a [Visit]) -> Self {
        let is_past = |told: &Told| day_of(&told.message).is_some_and(|day| day < plan.first_day);
        let past = firms.iter().enumerate().flat_map(|(firm, all)| {
            let of_firm = all.pieces.iter().enumerate();
            of_firm
                .filter(|(_, told)| told.source == INSPECTION && is_past(told))
                .map(move |(at, _)| (firm, at))
        });
        let past: Places = past.collect();
        let telling = outcomes::telling(plan, firms, visits, &past);
        Self { plan, firms, visits, past, telling }
    }

    /// What changes places in each shuffle.
    fn moved(&self) -> Vec<Moved> {
        let findings = [("window", self.visits.len()), ("past", self.past.len())];
        outcomes::count(self.firms, findings, &self.telling)
    }

    /// What the enterprises' evidence and the visits are once the findings have changed places.
    fn shuffled(
        &self,
        replay: &Replay<'_>,
        dossiers: &[Vec<Known>],
        random: &mut ChaCha8Rng,
    ) -> (Vec<Vec<Known>>, Vec<Visit>) {
        let (mut dossiers, mut visits) = (dossiers.to_vec(), self.visits.to_vec());
        for (at, from) in by_lot(self.past.len(), random).into_iter().enumerate() {
            let (firm, piece) = self.past[at];
            let told = with_finding_of(self.told(self.past[at]), self.told(self.past[from]));
            dossiers[firm][piece] = replay.known(&told);
        }
        for (firm, piece) in self.telling.iter().flatten() {
            dossiers[*firm][*piece] = dossiers[*firm][*piece].gone();
        }
        for (at, from) in by_lot(visits.len(), random).into_iter().enumerate() {
            let (to, giver) = (&self.visits[at], &self.visits[from]);
            let told = with_finding_of(self.told((to.firm, to.piece)), self.told((giver.firm, giver.piece)));
            visits[at].found = self.plan.outcome.holds(&told.message);
            dossiers[to.firm][to.piece] = replay.known(&told);
            let telling = self.telling[from].iter().map(|place| self.told(*place));
            dossiers[to.firm].extend(telling.map(|told| replay.known(&outcomes::moved(told, giver, to))));
        }
        (dossiers, visits)
    }

    fn told(&self, (firm, piece): (usize, usize)) -> &Told {
        &self.firms[firm].pieces[piece]
    }
}

/// For each of so many places, the one whose finding it gets.
fn by_lot(places: usize, random: &mut ChaCha8Rng) -> Vec<usize> {
    let mut from: Vec<usize> = (0..places).collect();
    from.shuffle(random);
    from
}

fn with_finding_of(told: &Told, other: &Told) -> Told {
    let mut told = told.clone();
    if let Some(field) = told.message.descriptor().get_field_by_name(INSPECTION) {
        let finding: Value = other.message.get_field(&field).into_owned();
        told.message.set_field(&field, finding);
    }
    told
}

/// A piece of evidence of each source that the model reads, which counts for one of its indicators where there is such a piece: others
/// change no score whenever they are made. What names no day cannot be made later.
fn samples(plan: &Plan, firms: &[Firm]) -> Vec<Told> {
    let sources: BTreeSet<&str> =
        plan.model.indicators.iter().map(|indicator| indicator.source.name()).collect();
    let counts = |told: &&Told| {
        let readers = plan.model.indicators.iter().filter(|reader| reader.source.name() == told.source);
        let mut conditions = readers.map(|reader| reader.condition.as_ref());
        conditions.any(|condition| condition.is_none_or(|condition| condition.holds(&told.message)))
    };
    let sample = |source: &&str| {
        let of_source = || {
            firms
                .iter()
                .flat_map(|firm| &firm.pieces)
                .filter(|told| told.source == **source && names_a_day(told))
        };
        of_source().find(counts).or_else(|| of_source().next()).cloned()
    };
    sources.iter().filter_map(sample).collect()
}

/// Whether evidence of the day of the visit, and later one, changes its score.
fn looks_ahead(replay: &Replay<'_>, samples: &[Told], visit: &Visit, dossiers: &[Vec<Known>]) -> bool {
    let mut dossier = dossiers[visit.firm].clone();
    for day in LATER.iter().filter_map(|days| visit.day.checked_add_days(Days::new(*days))) {
        for sample in samples {
            // Received before the visit: only its day hides it.
            let known_seq = match Feed::of_source(&sample.source) {
                Feed::Own => own_position(ALWAYS),
                Feed::Registry | Feed::Collection => visit.known_seq - 1,
            };
            let later = Told { known_seq, message: dated(&sample.message, day), ..sample.clone() };
            dossier.push(replay.known(&later));
        }
    }
    replay.score(visit, &dossier) != replay.score(visit, &dossiers[visit.firm])
}

impl Spread {
    fn of(values: &[f64]) -> Option<Self> {
        if values.is_empty() {
            return None;
        }
        let mean = values.iter().sum::<f64>() / real(values.len());
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        Some(Self { mean, deviation: (squares / real(values.len().saturating_sub(1).max(1))).sqrt() })
    }
}
