//! Samples of a run: the results that the line office of each field looks at before the run is approved.
//!
//! Of a sample a third are the riskiest results, a third are results that change, and the others are any. Who comes first among alike
//! is decided by lot, the SM3 of the run with the result: so a sample follows from its run alone, can be drawn again, and cannot be
//! known before the run is there. A field with fewer results is looked at whole.

use std::collections::{BTreeMap, BTreeSet};

use crypto::Digest;
use crypto::sm3::digest_of;
use domain::{MicrosUtc, OfficeCode};

use super::class::Class;
use super::scheme::Rank;
use crate::machines::sample::State;

/// Parameter of the rulebook: results of a sample.
pub const SIZE: &str = "risk.run.sample";
/// Begins what the lot of a result is made of.
const LOT: &[u8] = b"xinjian-run-sample-v1\n";

/// Why a result is in a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChosenAs {
    /// It is one of the riskiest.
    Riskiest,
    /// A code of it differs from what is in effect.
    Changed,
    /// By lot alone.
    Any,
}

/// Every reason, in the order in which they choose, by its name in the database and the API.
const REASONS: [(ChosenAs, &str); 3] =
    [(ChosenAs::Riskiest, "riskiest"), (ChosenAs::Changed, "changed"), (ChosenAs::Any, "any")];

impl ChosenAs {
    /// The name in the database and the API.
    pub fn as_str(self) -> &'static str {
        REASONS[self as usize].1
    }

    /// The reason of this name.
    pub fn named(name: &str) -> Option<Self> {
        REASONS.iter().find(|(_, known)| *known == name).map(|(reason, _)| *reason)
    }

    /// By what it orders results: the riskiest first where that is the reason, then by lot.
    fn order(self, place: Place) -> Order {
        let before = if self == Self::Riskiest { Rank::MAX - place.rank } else { 0 };
        (before, place.lot)
    }
}

/// What a result is chosen by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Place of its class in the scheme.
    pub rank: Rank,
    /// Whether a code differs from what is in effect.
    pub moved: bool,
    /// Its lot: the lower, the sooner.
    pub lot: Digest,
}

/// A result that is in a sample, or may come to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Credit code.
    pub uscc: String,
    /// Key field.
    pub field: String,
    /// Division of the enterprise; empty when not known.
    pub division: String,
    /// Combined class.
    pub code: String,
    /// Class by the general model.
    pub general_code: String,
    /// Grade by the model of the field; empty for a field without one.
    pub professional_code: String,
    /// Combined class in effect when it was computed; empty when there was none.
    pub previous_code: String,
    /// What it is chosen by.
    pub place: Place,
}

impl Candidate {
    /// A class that a run found, beside the combined class that was in effect.
    pub fn new(class: &Class, previous_code: &str, place: Place) -> Self {
        Self {
            uscc: class.uscc.clone(),
            field: class.field.clone(),
            division: class.division.clone(),
            code: class.code.clone(),
            general_code: class.general_code.clone(),
            professional_code: class.professional_code.clone(),
            previous_code: previous_code.to_owned(),
            place,
        }
    }
}

/// The lot of a result in a run.
pub fn lot(run: &str, uscc: &str, field: &str) -> Digest {
    digest_of(&[LOT, run.as_bytes(), b"\n", uscc.as_bytes(), b"\n", field.as_bytes()])
}

/// Where a result stands among those of one reason: the lower, the sooner.
type Order = (Rank, Digest);
/// The first results for each reason, in the order of [`REASONS`].
type First = [BTreeMap<Order, Candidate>; REASONS.len()];

/// Of all results that were offered so far, those that can be in a sample, whatever else is offered.
#[derive(Clone, Debug, Default)]
pub struct Candidates {
    size: usize,
    fields: BTreeMap<String, First>,
}

impl Candidates {
    /// Chooses samples of `size` results a field; none of size 0.
    pub fn of_size(size: usize) -> Self {
        Self { size, fields: BTreeMap::new() }
    }

    /// Offers a result of a field, which is made if it can be in the sample.
    pub fn offer(&mut self, field: &str, place: Place, make: impl Fn() -> Candidate) {
        if self.size == 0 {
            return;
        }
        let third = self.size / 3;
        let first = self.fields.entry(field.to_owned()).or_default();
        for ((reason, _), first) in REASONS.iter().zip(first) {
            // Those that an earlier reason may choose must not leave a gap.
            let kept = match reason {
                ChosenAs::Riskiest => third,
                ChosenAs::Changed if place.moved => 2 * third,
                ChosenAs::Changed => 0,
                ChosenAs::Any => self.size,
            };
            let order = reason.order(place);
            let sooner = || first.last_key_value().is_some_and(|(last, _)| order < *last);
            if first.len() < kept || (kept > 0 && sooner()) {
                first.insert(order, make());
                if first.len() > kept {
                    first.pop_last();
                }
            }
        }
    }

    /// All that can be in a sample, each once.
    pub fn all(&self) -> impl Iterator<Item = &Candidate> {
        let each = self.fields.values().flatten().flat_map(BTreeMap::values);
        let mut seen = BTreeSet::new();
        each.filter(move |one| seen.insert((one.field.as_str(), one.uscc.as_str())))
    }

    /// The samples, by field: each result with why it was chosen.
    pub fn choose(self) -> BTreeMap<String, Vec<(ChosenAs, Candidate)>> {
        let size = self.size;
        self.fields.into_iter().map(|(field, first)| (field, chosen(size, first))).collect()
    }
}

fn chosen(size: usize, first: First) -> Vec<(ChosenAs, Candidate)> {
    let mut chosen: Vec<(ChosenAs, Candidate)> = Vec::with_capacity(size);
    let mut taken = BTreeSet::new();
    for ((reason, _), first) in REASONS.iter().zip(first) {
        let most = if *reason == ChosenAs::Any { size } else { chosen.len() + size / 3 };
        for candidate in first.into_values() {
            if chosen.len() < most && taken.insert(candidate.uscc.clone()) {
                chosen.push((*reason, candidate));
            }
        }
    }
    chosen
}

/// What a line office says of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The class is what it would expect.
    Agrees,
    /// It is not, and why.
    Differs(String),
}

/// A result of a sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sampled {
    /// Why it was chosen.
    pub chosen_as: ChosenAs,
    /// The result.
    pub result: Candidate,
    /// What the office says; `None` before it has looked.
    pub verdict: Option<Verdict>,
}

/// A sample of a run in one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Identifier of the run.
    pub run: String,
    /// Key field.
    pub field: String,
    /// Line office that is asked.
    pub office: OfficeCode,
    /// State.
    pub state: State,
    /// Person who looked for the office; empty before.
    pub checked_by: String,
    /// When; `None` before.
    pub checked_at: Option<MicrosUtc>,
    /// Its results, in the order in which they were chosen.
    pub results: Vec<Sampled>,
}

impl Sampled {
    /// Where it stands in its sample: in the order in which they are chosen.
    pub fn order(&self) -> (ChosenAs, usize, Digest) {
        let (before, lot) = self.chosen_as.order(self.result.place);
        (self.chosen_as, before, lot)
    }
}

impl Sample {
    /// `runs/{run}/samples/{field}`.
    pub fn name(&self) -> String {
        format!("runs/{}/samples/{}", self.run, self.field)
    }

    /// How many results the office differs from.
    pub fn differing(&self) -> usize {
        let differs = |one: &&Sampled| matches!(one.verdict, Some(Verdict::Differs(_)));
        self.results.iter().filter(differs).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Results of a run: the rank of each, and whether it changes.
    fn offered(run: &str, size: usize, results: &[(Rank, bool)]) -> Candidates {
        let mut candidates = Candidates::of_size(size);
        for (number, (rank, moved)) in results.iter().enumerate() {
            let uscc = format!("{number:018}");
            let place = Place { rank: *rank, moved: *moved, lot: lot(run, &uscc, "FOOD") };
            candidates.offer("FOOD", place, || Candidate {
                uscc: uscc.clone(),
                field: "FOOD".into(),
                division: "370102".into(),
                code: "A".into(),
                general_code: "A".into(),
                professional_code: "A".into(),
                previous_code: String::new(),
                place,
            });
        }
        candidates
    }

    fn count(chosen: &[(ChosenAs, Candidate)], reason: ChosenAs) -> usize {
        chosen.iter().filter(|(why, _)| *why == reason).count()
    }

    fn results() -> Vec<(Rank, bool)> {
        // Four of the worst class, which do not change; ten that change; many others.
        let mut results = vec![(0, false); 500];
        for at in [30, 130, 230, 330] {
            results[at].0 = 4;
        }
        for at in (5..500).step_by(50) {
            results[at].1 = true;
        }
        results
    }

    #[test]
    fn the_worst_and_the_changed_are_in_a_sample_beside_any_others() {
        let mut samples = offered("run-1", 12, &results()).choose();
        let chosen = samples.remove("FOOD").unwrap();
        assert_eq!(chosen.len(), 12);
        let worst = chosen.iter().filter(|(_, one)| one.place.rank == 4).count();
        assert_eq!((worst, count(&chosen, ChosenAs::Riskiest)), (4, 4), "all of the worst class");
        let moved = chosen.iter().filter(|(why, _)| *why == ChosenAs::Changed);
        assert!(moved.clone().all(|(_, one)| one.place.moved));
        assert_eq!((moved.count(), count(&chosen, ChosenAs::Any)), (4, 4));
        let once: BTreeSet<_> = chosen.iter().map(|(_, one)| &one.uscc).collect();
        assert_eq!(once.len(), 12, "each once");
    }

    #[test]
    fn a_run_gives_one_sample_whatever_the_order_and_the_parts_it_is_computed_in() {
        let whole = offered("run-1", 12, &results());
        let mut again = Candidates::of_size(12);
        // What a part of the run kept is offered once more, the last first.
        let kept: Vec<Candidate> = whole.all().cloned().collect();
        assert!(kept.len() <= 4 + 8 + 12, "{}", kept.len());
        for one in kept.iter().rev() {
            again.offer("FOOD", one.place, || one.clone());
        }
        let first = whole.choose();
        assert_eq!(first, again.choose());
        assert_ne!(first, offered("run-2", 12, &results()).choose(), "another run gives another one");
    }

    #[test]
    fn a_result_that_is_chosen_twice_makes_room_for_another() {
        // Whatever changes is of the worst class: the next reason goes on behind it.
        let results: Vec<_> = (0..30).map(|at| if at < 10 { (4, true) } else { (0, false) }).collect();
        let chosen = offered("run-1", 9, &results).choose().remove("FOOD").unwrap();
        let of = |reason| count(&chosen, reason);
        assert_eq!([ChosenAs::Riskiest, ChosenAs::Changed, ChosenAs::Any].map(of), [3, 3, 3]);
        let worst = chosen.iter().filter(|(_, one)| one.place.moved).count();
        assert!(worst >= 6, "{worst}");
    }

    #[test]
    fn a_field_of_few_is_looked_at_whole_and_one_without_results_not_at_all() {
        let few = offered("run-1", 12, &[(0, false), (4, false), (1, true)]).choose();
        assert_eq!(few["FOOD"].len(), 3);
        assert!(offered("run-1", 12, &[]).choose().is_empty());
        assert!(offered("run-1", 0, &[(0, false)]).choose().is_empty(), "nobody asks for one");
        let one = offered("run-1", 1, &[(0, false), (4, true)]).choose();
        assert_eq!(one["FOOD"].len(), 1);
    }

    #[test]
    fn every_reason_reads_back_from_its_name() {
        for (reason, name) in REASONS {
            assert_eq!((reason.as_str(), ChosenAs::named(name)), (name, Some(reason)));
        }
        assert_eq!(ChosenAs::named("best"), None);
    }
}
