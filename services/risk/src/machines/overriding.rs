//! Machine 5, classes: an officer's class in the place of the computed one. While it is proposed the class is under objection;
//! while it is in force the class is overridden; otherwise the computed class is in effect.

use std::str::FromStr;

use service::machine::{Machine, Office, on, start};

/// State of an override.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The line office asks for it.
    Proposed,
    /// It stands in the place of the computed class.
    InForce,
    /// CREDIT refused it.
    Refused,
    /// The line office took it back.
    Withdrawn,
    /// It was ended before its last day.
    Lifted,
    /// A later one took its place.
    Replaced,
    /// Its last day is over.
    Expired,
}

/// What happens to an override.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The line office asks for another class.
    Propose,
    /// A second person, of CREDIT, lets it stand.
    Approve,
    /// CREDIT lets the computed class stand.
    Refuse,
    /// The line office takes it back.
    Withdraw,
    /// The computed class gets riskier, or a floor or veto fires: it must be looked at again.
    Trigger,
    /// It is ended before its last day.
    Lift,
    /// A later one is approved.
    Replace,
    /// Its last day is over.
    Expire,
}

use Event::*;
use State::*;

/// Kind of the duty to decide what was proposed.
pub const DECIDE: &str = "risk.override.decide";
/// Kind of the duty to look at an override again before it ends; due on its last day.
pub const REVIEW: &str = "risk.override.review";
/// Kind of the duty to look at an override again because something has happened.
pub const RECHECK: &str = "risk.override.recheck";
/// The line offices, each for its own field.
const LINE: &[Office] = &[Office::FOOD_PROD, Office::SAMPLING_SPECIAL_FOOD, Office::SE_SUPERV];
/// Who may end one.
const LINE_OR_CREDIT: &[Office] =
    &[Office::FOOD_PROD, Office::SAMPLING_SPECIAL_FOOD, Office::SE_SUPERV, Office::CREDIT];

/// The table.
pub const OVERRIDE: Machine<State, Event> = Machine(&[
    start(Propose).to(Proposed).by(LINE).basis().obliges(DECIDE, Office::CREDIT, "risk.review"),
    on(Proposed, Approve).to(InForce).by(&[Office::CREDIT]).four_eyes().fulfils(&[DECIDE]).obliges(
        REVIEW,
        Office::CREDIT,
        "risk.override.longest",
    ),
    on(Proposed, Refuse).to(Refused).by(&[Office::CREDIT]).fulfils(&[DECIDE]),
    on(Proposed, Withdraw).to(Withdrawn).by(LINE).fulfils(&[DECIDE]),
    on(Proposed, Expire).to(Expired).system().fulfils(&[DECIDE]),
    on(InForce, Trigger).to(InForce).system().obliges(RECHECK, Office::CREDIT, "risk.rerun.event"),
    on(InForce, Lift).to(Lifted).by(LINE_OR_CREDIT).fulfils(&[REVIEW, RECHECK]),
    on(InForce, Replace).to(Replaced).system().fulfils(&[REVIEW, RECHECK]),
    on(InForce, Expire).to(Expired).system().fulfils(&[REVIEW, RECHECK]),
]);

const STATES: [State; 7] = [Proposed, InForce, Refused, Withdrawn, Lifted, Replaced, Expired];

impl State {
    /// The name in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Proposed => "Proposed",
            InForce => "InForce",
            Refused => "Refused",
            Withdrawn => "Withdrawn",
            Lifted => "Lifted",
            Replaced => "Replaced",
            Expired => "Expired",
        }
    }

    /// Whether `event` is still to come for an override in this state.
    pub fn awaits(self, event: Event) -> bool {
        OVERRIDE.events_from(self).any(|possible| possible == event)
    }

    /// What it is on a day on which its last one is over, noted or not.
    pub fn behind_its_end(self) -> Self {
        if self.awaits(Expire) { Expired } else { self }
    }
}

/// The text is not a state of an override.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a state of an override")]
pub struct UnknownState(pub String);

impl FromStr for State {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, UnknownState> {
        STATES.into_iter().find(|state| state.as_str() == text).ok_or_else(|| UnknownState(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use service::machine::{Actor, Refused as No, check_all_triples, check_table};

    use super::*;

    const EVENTS: [Event; 8] = [Propose, Approve, Refuse, Withdraw, Trigger, Lift, Replace, Expire];
    const OFFICES: [&str; 7] =
        ["CREDIT", "FOOD_PROD", "SAMPLING_SPECIAL_FOOD", "SE_SUPERV", "DISTRICT", "IT", "SYSTEM"];

    #[test]
    fn the_table_is_sound_and_every_triple_behaves_as_it_says() {
        check_table(&OVERRIDE, &STATES, &EVENTS, &OFFICES).unwrap();
        assert_eq!(check_all_triples(&OVERRIDE, &STATES, &EVENTS, &OFFICES), Ok(8 * 8 * 7));
    }

    #[test]
    fn the_line_office_proposes_with_a_basis_and_another_person_of_credit_decides() {
        let line = Actor::person("FOOD_PROD", "zhao");
        assert!(matches!(OVERRIDE.step(None, Propose, &line), Err(No::BasisMissing { .. })));
        assert_eq!(OVERRIDE.step(None, Propose, &line.citing("国市监信发〔2022〕6号")).unwrap().to, Proposed);
        assert!(matches!(OVERRIDE.step(Proposed, Approve, &line), Err(No::Office { .. })));
        let li = Actor::person("CREDIT", "li");
        assert!(matches!(
            OVERRIDE.step(Proposed, Approve, &li.on_proposal_of("li")),
            Err(No::FourEyes { .. })
        ));
        assert_eq!(OVERRIDE.step(Proposed, Approve, &li.on_proposal_of("zhao")).unwrap().to, InForce);
    }

    #[test]
    fn behind_its_last_day_an_open_one_has_expired_and_an_ended_one_stays_what_it_is() {
        let behind = STATES.map(State::behind_its_end);
        assert_eq!(behind, [Expired, Expired, Refused, Withdrawn, Lifted, Replaced, Expired]);
    }

    #[test]
    fn every_state_reads_back_from_its_name() {
        for state in STATES {
            assert_eq!(state.as_str().parse(), Ok(state));
        }
        assert_eq!("Done".parse::<State>(), Err(UnknownState("Done".into())));
    }
}
