//! Machine 4 as far as collection goes: a hotline ticket, from its receipt to the party that it is about.

use std::str::FromStr;

use service::machine::{Actor, Machine, Refused, on, start};

/// State of a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Taken; its party is not known.
    Unmatched,
    /// Collected under the party that it is about.
    Attached,
}

/// What happens to a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Its party is known.
    Attach,
    /// Its party is not known.
    Await,
    /// The match with its party was undone.
    Detach,
}

use Event::*;
use State::*;

/// The table. That a ticket is attached follows from the register, or from what two officers decided about the match.
pub const TICKET: Machine<State, Event> = Machine(&[
    start(Attach).to(Attached).system(),
    start(Await).to(Unmatched).system(),
    on(Unmatched, Attach).to(Attached).system(),
    on(Attached, Detach).to(Unmatched).system(),
]);

/// Every state.
pub const STATES: [State; 2] = [Unmatched, Attached];

impl State {
    /// The name in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Unmatched => "Unmatched",
            Attached => "Attached",
        }
    }
}

/// The text is not a state of a ticket.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a state of a ticket")]
pub struct UnknownState(pub String);

impl FromStr for State {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, UnknownState> {
        STATES.into_iter().find(|state| state.as_str() == text).ok_or_else(|| UnknownState(text.to_owned()))
    }
}

/// The state after a step of the system.
pub fn step(state: State, event: Event) -> Result<State, Refused> {
    TICKET.step(state, event, &Actor::system()).map(|step| step.to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use service::machine::check_all_triples;

    #[test]
    fn every_state_event_and_office_answers_as_the_table_says() {
        let rulebook = rulebook::Rulebook::builtin();
        let offices: Vec<_> = rulebook.offices().iter().map(|office| office.code.as_str()).collect();
        let events = [Attach, Await, Detach];
        let tried = check_all_triples(&TICKET, &STATES, &events, &offices).unwrap();
        assert_eq!(tried, (STATES.len() + 1) * events.len() * offices.len());
    }

    #[test]
    fn names_of_states_are_those_of_the_database_and_back() {
        for state in STATES {
            assert_eq!(state.as_str().parse(), Ok(state));
            assert_eq!(state.as_str(), format!("{state:?}"));
        }
    }
}
