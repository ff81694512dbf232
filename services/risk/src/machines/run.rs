//! Machine 5: a classification run, from its start to the day another one replaces it (二(二)2(1)).

use std::str::FromStr;

use service::machine::{Machine, Office, on, start};

/// State of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Asked for, not begun.
    Scheduled,
    /// What it reads is settled.
    Snapshotted,
    /// The general model is applied.
    ScoringGeneral,
    /// The models of the fields are applied.
    ScoringProfessional,
    /// Every enterprise has its combined class.
    Combined,
    /// What it would change is counted, and samples of it are with the line offices ([`super::sample`]); it waits for approval.
    Reviewed,
    /// It looked back to a day that is over: a report, which never takes effect.
    Reported,
    /// Its classes are in effect.
    Effective,
    /// Another run took its place.
    Superseded,
    /// Somebody gave it up.
    Cancelled,
    /// It was not finished.
    Failed,
}

/// What happens to a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// It is asked for.
    Create,
    /// What it reads is settled.
    Freeze,
    /// The general model begins.
    ScoreGeneral,
    /// The models of the fields begin.
    ScoreProfessional,
    /// All classes are combined.
    Combine,
    /// The report of what it would change is made.
    Review,
    /// The report of a day that is over is made.
    Report,
    /// A second person lets it take effect.
    Approve,
    /// A run that was started later takes effect.
    Supersede,
    /// It is given up.
    Cancel,
    /// It cannot be finished.
    Fail,
}

use Event::*;
use State::*;

/// Kind of the duty to approve a run, or to start another one.
pub const APPROVE: &str = "risk.run.approve";
/// Parameter of the rulebook for how long that may take.
const REVIEW: &str = "risk.review";

/// The table. A run that nobody approved goes when a later one takes effect, which the workflow leaves open.
pub const RUN: Machine<State, Event> = Machine(&[
    start(Create).to(Scheduled).by(&[Office::CREDIT]).system(),
    on(Scheduled, Freeze).to(Snapshotted).system(),
    on(Scheduled, Cancel).to(Cancelled).by(&[Office::CREDIT]),
    on(Scheduled, Fail).to(Failed).system(),
    on(Snapshotted, ScoreGeneral).to(ScoringGeneral).system(),
    on(Snapshotted, Cancel).to(Cancelled).by(&[Office::CREDIT]),
    on(Snapshotted, Fail).to(Failed).system(),
    on(ScoringGeneral, ScoreProfessional).to(ScoringProfessional).system(),
    on(ScoringGeneral, Cancel).to(Cancelled).by(&[Office::CREDIT]),
    on(ScoringGeneral, Fail).to(Failed).system(),
    on(ScoringProfessional, Combine).to(Combined).system(),
    on(ScoringProfessional, Cancel).to(Cancelled).by(&[Office::CREDIT]),
    on(ScoringProfessional, Fail).to(Failed).system(),
    on(Combined, Review).to(Reviewed).system().obliges(APPROVE, Office::CREDIT, REVIEW),
    on(Combined, Report).to(Reported).system(),
    on(Combined, Cancel).to(Cancelled).by(&[Office::CREDIT]),
    on(Combined, Fail).to(Failed).system(),
    on(Reviewed, Approve).to(Effective).by(&[Office::CREDIT]).four_eyes().fulfils(&[APPROVE]),
    on(Reviewed, Cancel).to(Cancelled).by(&[Office::CREDIT]).fulfils(&[APPROVE]),
    on(Reviewed, Supersede).to(Superseded).system().fulfils(&[APPROVE]),
    on(Reported, Cancel).to(Cancelled).by(&[Office::CREDIT]),
    on(Effective, Supersede).to(Superseded).system(),
]);

const STATES: [State; 11] = [
    Scheduled,
    Snapshotted,
    ScoringGeneral,
    ScoringProfessional,
    Combined,
    Reviewed,
    Reported,
    Effective,
    Superseded,
    Cancelled,
    Failed,
];

impl State {
    /// The name in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Scheduled => "Scheduled",
            Snapshotted => "Snapshotted",
            ScoringGeneral => "ScoringGeneral",
            ScoringProfessional => "ScoringProfessional",
            Combined => "Combined",
            Reviewed => "Reviewed",
            Reported => "Reported",
            Effective => "Effective",
            Superseded => "Superseded",
            Cancelled => "Cancelled",
            Failed => "Failed",
        }
    }

    /// Whether the service still computes it, or is about to: the states from which it can fail.
    pub fn is_running(self) -> bool {
        self.awaits(Fail)
    }

    /// Whether `event` is still to come for a run in this state.
    pub fn awaits(self, event: Event) -> bool {
        RUN.events_from(self).any(|possible| possible == event)
    }

    /// All states, in the order of the workflow.
    pub fn all() -> impl Iterator<Item = Self> {
        STATES.into_iter()
    }

    /// Whether evidence that arrives now must be looked at again when it takes effect.
    pub fn awaits_effect(self) -> bool {
        self.is_running() || self.awaits(Approve)
    }
}

/// The text is not a state of a run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a state of a run")]
pub struct UnknownState(pub String);

impl FromStr for State {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, UnknownState> {
        STATES.into_iter().find(|state| state.as_str() == text).ok_or_else(|| UnknownState(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use service::machine::{Actor, Refused, check_all_triples, check_table};

    use super::*;

    const EVENTS: [Event; 11] = [
        Create,
        Freeze,
        ScoreGeneral,
        ScoreProfessional,
        Combine,
        Review,
        Report,
        Approve,
        Supersede,
        Cancel,
        Fail,
    ];
    const OFFICES: [&str; 4] = ["CREDIT", "FOOD_PROD", "IT", "SYSTEM"];

    #[test]
    fn the_table_is_sound_and_every_triple_behaves_as_it_says() {
        check_table(&RUN, &STATES, &EVENTS, &OFFICES).unwrap();
        assert_eq!(check_all_triples(&RUN, &STATES, &EVENTS, &OFFICES), Ok(12 * 11 * 4));
    }

    #[test]
    fn who_started_a_run_does_not_approve_it() {
        let li = Actor::person("CREDIT", "li");
        assert_eq!(RUN.step(Reviewed, Approve, &li.on_proposal_of("wang")).unwrap().to, Effective);
        assert!(matches!(
            RUN.step(Reviewed, Approve, &li.on_proposal_of("li")),
            Err(Refused::FourEyes { .. })
        ));
        assert!(matches!(
            RUN.step(Combined, Approve, &li.on_proposal_of("wang")),
            Err(Refused::Transition { .. })
        ));
        assert!(RUN.step(Reviewed, Approve, &Actor::system()).is_err());
    }

    #[test]
    fn a_run_is_computed_up_to_its_review() {
        let running: Vec<_> = STATES.into_iter().filter(|state| state.is_running()).collect();
        assert_eq!(running, [Scheduled, Snapshotted, ScoringGeneral, ScoringProfessional, Combined]);
    }

    #[test]
    fn a_run_can_be_given_up_until_it_takes_effect_and_a_report_never_does() {
        let li = Actor::person("CREDIT", "li");
        for state in STATES.into_iter().filter(|state| state.awaits_effect()) {
            assert_eq!(RUN.step(state, Cancel, &li).unwrap().to, Cancelled, "{state:?}");
        }
        assert!(RUN.step(Effective, Cancel, &li).is_err());
        assert!(RUN.step(Reported, Approve, &li.on_proposal_of("wang")).is_err());
    }

    #[test]
    fn every_state_reads_back_from_its_name() {
        for state in STATES {
            assert_eq!(state.as_str().parse(), Ok(state));
        }
        assert_eq!("Done".parse::<State>(), Err(UnknownState("Done".into())));
    }
}
