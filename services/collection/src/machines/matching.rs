//! A match: what officers say a record or ticket means, while its party is unknown (machine 2, `Unmatched → manual match`).
//! Two officers attach, and two take back.

use std::str::FromStr;

use service::machine::{Machine, Office, on, start};

/// State of a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// One officer says so.
    Proposed,
    /// A second one agrees: what it is about is attached.
    Confirmed,
    /// A second one does not.
    Rejected,
    /// One officer says that it was wrong.
    UndoRequested,
    /// A second one agrees: what it is about is detached.
    Undone,
}

/// What happens to a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// An officer proposes it.
    Propose,
    /// Another agrees.
    Confirm,
    /// Another does not.
    Reject,
    /// An officer asks for the way back.
    RequestUndo,
    /// Another agrees.
    Undo,
    /// Another does not.
    Keep,
}

use Event::*;
use State::*;

/// Kind and parameter of the duty to decide about the way back.
pub const DECIDE_UNDO: &str = "collection.match.undo";

/// Offices that match: those that provide records or handle tickets, and CREDIT, which manages the collection.
const MATCHERS: &[Office] = &[
    Office::LEGAL,
    Office::FOOD_PROD,
    Office::SAMPLING_SPECIAL_FOOD,
    Office::SE_SUPERV,
    Office::ENFORCEMENT,
    Office::DISTRICT,
    Office::CREDIT,
];

/// The table.
pub const MATCH: Machine<State, Event> = Machine(&[
    start(Propose).to(Proposed).by(MATCHERS),
    on(Proposed, Confirm).to(Confirmed).by(MATCHERS).four_eyes(),
    on(Proposed, Reject).to(Rejected).by(MATCHERS).four_eyes(),
    on(Confirmed, RequestUndo).to(UndoRequested).by(MATCHERS).obliges(
        DECIDE_UNDO,
        Office::OWNER,
        DECIDE_UNDO,
    ),
    on(UndoRequested, Undo).to(Undone).by(MATCHERS).four_eyes().fulfils(&[DECIDE_UNDO]),
    on(UndoRequested, Keep).to(Confirmed).by(MATCHERS).four_eyes().fulfils(&[DECIDE_UNDO]),
]);

/// Every state, in the order of a match's life.
pub const STATES: [State; 5] = [Proposed, Confirmed, Rejected, UndoRequested, Undone];

/// What a decision does to a match in `state`; `None` where nothing waits to be decided.
pub fn decision(state: State, granted: bool) -> Option<Event> {
    match (state, granted) {
        (Proposed, true) => Some(Confirm),
        (Proposed, false) => Some(Reject),
        (UndoRequested, true) => Some(Undo),
        (UndoRequested, false) => Some(Keep),
        (Confirmed | Rejected | Undone, _) => None,
    }
}

/// What a step of a match does to what it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It is attached to the party.
    Attach,
    /// It is detached from the party.
    Detach,
}

impl Event {
    /// What it does to the record or ticket.
    pub fn effect(self) -> Option<Effect> {
        match self {
            Confirm => Some(Effect::Attach),
            Undo => Some(Effect::Detach),
            Propose | Reject | RequestUndo | Keep => None,
        }
    }
}

impl State {
    /// The name in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Proposed => "Proposed",
            Confirmed => "Confirmed",
            Rejected => "Rejected",
            UndoRequested => "UndoRequested",
            Undone => "Undone",
        }
    }
}

/// The text is not a state of a match.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a state of a match")]
pub struct UnknownState(pub String);

impl FromStr for State {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, UnknownState> {
        STATES.into_iter().find(|state| state.as_str() == text).ok_or_else(|| UnknownState(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use service::machine::{Actor, Refused, check_all_triples};

    const EVENTS: [Event; 6] = [Propose, Confirm, Reject, RequestUndo, Undo, Keep];

    #[test]
    fn every_state_event_and_office_answers_as_the_table_says() {
        let rulebook = rulebook::Rulebook::builtin();
        let offices: Vec<_> = rulebook.offices().iter().map(|office| office.code.as_str()).collect();
        let tried = check_all_triples(&MATCH, &STATES, &EVENTS, &offices).unwrap();
        assert_eq!(tried, (STATES.len() + 1) * EVENTS.len() * offices.len());
    }

    #[test]
    fn names_of_states_are_those_of_the_database_and_back() {
        for state in STATES {
            assert_eq!(state.as_str().parse(), Ok(state));
            assert_eq!(state.as_str(), format!("{state:?}"));
        }
        assert!("Lost".parse::<State>().is_err());
    }

    #[test]
    fn nobody_decides_what_he_proposed_himself() {
        let officer = Actor::person("FOOD_PROD", "li");
        for (state, granted) in
            [(Proposed, true), (Proposed, false), (UndoRequested, true), (UndoRequested, false)]
        {
            let event = decision(state, granted).unwrap();
            let refused = MATCH.step(state, event, &officer.on_proposal_of("li")).unwrap_err();
            assert!(matches!(refused, Refused::FourEyes { .. }), "{refused}");
            assert!(MATCH.step(state, event, &officer.on_proposal_of("wang")).is_ok());
        }
    }

    #[test]
    fn only_what_waits_is_decided() {
        for state in STATES {
            assert_eq!(
                decision(state, true).is_some(),
                matches!(state, Proposed | UndoRequested),
                "{state:?}"
            );
        }
    }
}
