//! Machine 5, models: a version of a model or of the combination, from the file that brings it to the day behind its last one.
//! Dates say when it is in force; the state says what has been decided about it.

use std::str::FromStr;

use service::machine::{Actor, Machine, Office, on, start};

/// State of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The rulebook brought it; nobody has decided anything.
    Draft,
    /// It is on trial: runs score it beside what is in force, and nobody is classed by it.
    Shadow,
    /// It is to take effect on a day, and waits for a second officer. It stays on trial.
    Proposed,
    /// It is in force within its dates, which may lie ahead.
    Effective,
    /// It is to end on a day, and waits for a second officer; until then nothing changes.
    EndProposed,
    /// Its last day is over, or it was given up before it ever was in force.
    Retired,
}

/// What happens to a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A file of the rulebook brings it.
    Register,
    /// A shipped file brings it, and says that it is on trial.
    AdoptOnTrial,
    /// A shipped file brings it where nothing is in force yet: its own dates count.
    Adopt,
    /// It is put on trial.
    Try,
    /// It is to take effect on a day.
    Propose,
    /// A second person agrees to what was proposed: its beginning, or its end.
    Approve,
    /// What was proposed is refused.
    Reject,
    /// It is to end on a day.
    ProposeEnd,
    /// The day that was proposed passes before a second officer agrees.
    Lapse,
    /// A later version takes its place: its last day is the eve.
    Replace,
    /// It is given up before it ever was in force.
    Discard,
    /// Its last day is over.
    End,
}

use Event::*;
use State::*;

/// Kind of the duty to decide what was proposed.
pub const DECIDE: &str = "risk.model.decide";
/// Parameter of the rulebook for how long that may take.
const REVIEW: &str = "risk.review";
/// Who prepares: CREDIT what concerns every field, a line office what concerns its own.
const LINE_OR_CREDIT: &[Office] =
    &[Office::FOOD_PROD, Office::SAMPLING_SPECIAL_FOOD, Office::SE_SUPERV, Office::CREDIT];

/// The table.
pub const MODEL: Machine<State, Event> = Machine(&[
    start(Register).to(Draft).system(),
    start(AdoptOnTrial).to(Shadow).system(),
    start(Adopt).to(Effective).system(),
    on(Draft, Try).to(Shadow).by(LINE_OR_CREDIT),
    on(Draft, Propose).to(Proposed).by(LINE_OR_CREDIT).basis().obliges(DECIDE, Office::CREDIT, REVIEW),
    on(Draft, Discard).to(Retired).by(LINE_OR_CREDIT),
    on(Shadow, Propose).to(Proposed).by(LINE_OR_CREDIT).basis().obliges(DECIDE, Office::CREDIT, REVIEW),
    on(Shadow, Discard).to(Retired).by(LINE_OR_CREDIT),
    on(Proposed, Approve).to(Effective).by(&[Office::CREDIT]).four_eyes().fulfils(&[DECIDE]),
    on(Proposed, Reject).to(Draft).by(&[Office::CREDIT]).fulfils(&[DECIDE]),
    on(Proposed, Lapse).to(Draft).system().fulfils(&[DECIDE]),
    on(Effective, ProposeEnd).to(EndProposed).by(LINE_OR_CREDIT).basis().obliges(
        DECIDE,
        Office::CREDIT,
        REVIEW,
    ),
    on(Effective, Replace).to(Effective).system(),
    on(Effective, End).to(Retired).system(),
    on(EndProposed, Approve).to(Effective).by(&[Office::CREDIT]).four_eyes().fulfils(&[DECIDE]),
    on(EndProposed, Reject).to(Effective).by(&[Office::CREDIT]).fulfils(&[DECIDE]),
    on(EndProposed, Lapse).to(Effective).system().fulfils(&[DECIDE]),
    on(EndProposed, Replace).to(EndProposed).system(),
    on(EndProposed, End).to(Retired).system().fulfils(&[DECIDE]),
]);

const STATES: [State; 6] = [Draft, Shadow, Proposed, Effective, EndProposed, Retired];

impl State {
    /// The name in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Draft => "Draft",
            Shadow => "Shadow",
            Proposed => "Proposed",
            Effective => "Effective",
            EndProposed => "EndProposed",
            Retired => "Retired",
        }
    }

    /// Whether `event` is still to come for a version in this state.
    pub fn awaits(self, event: Event) -> bool {
        MODEL.events_from(self).any(|possible| possible == event)
    }

    /// Whether runs score it beside what is in force.
    pub fn is_on_trial(self) -> bool {
        matches!(self, Shadow | Proposed)
    }

    /// Whether nothing can be decided about it any more, nor will it class anybody.
    pub fn is_over(self) -> bool {
        MODEL.events_from(self).next().is_none()
    }

    /// What it is once the day that was proposed has passed, noted or not.
    pub fn behind_the_proposed_day(self) -> Self {
        MODEL.step(self, Lapse, &Actor::system()).map_or(self, |step| step.to)
    }

    /// What it is on a day on which its last one is over, noted or not.
    pub fn behind_its_end(self) -> Self {
        if self.awaits(End) { Retired } else { self }
    }
}

/// The text is not a state of a version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a state of a model")]
pub struct UnknownState(pub String);

impl FromStr for State {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, UnknownState> {
        STATES.into_iter().find(|state| state.as_str() == text).ok_or_else(|| UnknownState(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use service::machine::{Refused, check_all_triples, check_table};

    use super::*;

    const EVENTS: [Event; 12] = [
        Register,
        AdoptOnTrial,
        Adopt,
        Try,
        Propose,
        Approve,
        Reject,
        ProposeEnd,
        Lapse,
        Replace,
        Discard,
        End,
    ];
    const OFFICES: [&str; 7] =
        ["CREDIT", "FOOD_PROD", "SAMPLING_SPECIAL_FOOD", "SE_SUPERV", "DISTRICT", "IT", "SYSTEM"];

    #[test]
    fn the_table_is_sound_and_every_triple_behaves_as_it_says() {
        check_table(&MODEL, &STATES, &EVENTS, &OFFICES).unwrap();
        assert_eq!(check_all_triples(&MODEL, &STATES, &EVENTS, &OFFICES), Ok(7 * 12 * 7));
    }

    #[test]
    fn beginning_and_end_each_need_a_basis_and_a_second_person_of_credit() {
        let line = Actor::person("FOOD_PROD", "zhao");
        for (from, event) in [(Draft, Propose), (Shadow, Propose), (Effective, ProposeEnd)] {
            assert!(matches!(MODEL.step(from, event, &line), Err(Refused::BasisMissing { .. })), "{from:?}");
            assert!(MODEL.step(from, event, &line.citing("国市监信发〔2022〕6号")).is_ok(), "{from:?}");
        }
        let li = Actor::person("CREDIT", "li");
        for proposed in [Proposed, EndProposed] {
            let alone = MODEL.step(proposed, Approve, &li.on_proposal_of("li"));
            assert!(matches!(alone, Err(Refused::FourEyes { .. })), "{proposed:?}");
            let second = MODEL.step(proposed, Approve, &li.on_proposal_of("zhao"));
            assert_eq!(second.unwrap().to, Effective, "{proposed:?}");
        }
    }

    #[test]
    fn what_was_never_in_force_takes_effect_by_approval_alone() {
        for from in [Draft, Shadow, Proposed] {
            for event in MODEL.events_from(from) {
                let second =
                    Actor::person("CREDIT", "li").on_proposal_of("zhao").citing("国市监信发〔2022〕6号");
                let leads = MODEL.step(from, event, &second).is_ok_and(|step| step.to == Effective);
                assert_eq!(leads, event == Approve, "{from:?} {event:?}");
            }
        }
    }

    #[test]
    fn behind_its_last_day_what_was_in_force_is_retired_and_what_waits_is_not() {
        let behind = STATES.map(State::behind_its_end);
        assert_eq!(behind, [Draft, Shadow, Proposed, Retired, Retired, Retired]);
    }

    #[test]
    fn what_was_proposed_for_a_day_that_has_passed_is_as_before() {
        let behind = STATES.map(State::behind_the_proposed_day);
        assert_eq!(behind, [Draft, Shadow, Draft, Effective, Effective, Retired]);
    }

    #[test]
    fn every_state_reads_back_from_its_name() {
        for state in STATES {
            assert_eq!(state.as_str().parse(), Ok(state));
        }
        assert_eq!("Done".parse::<State>(), Err(UnknownState("Done".into())));
    }
}
