//! An import of a file, from its receipt to its end.

use std::str::FromStr;

use service::machine::{Actor, Machine, Office, Refused, on, start};

/// State of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Received; nobody works on it yet.
    Queued,
    /// Its lines are being taken.
    Running,
    /// Every line is taken, or refused with its reason.
    Done,
    /// The file as a whole is refused: nothing of it was taken.
    Refused,
    /// An officer stopped it; what was taken stays.
    Cancelled,
}

/// What happens to an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A file is received.
    Receive,
    /// Its lines begin to be taken.
    Begin,
    /// All lines are done.
    Finish,
    /// The file cannot be read as a table of its kind.
    Refuse,
    /// An officer stops it.
    Cancel,
}

use Event::*;
use State::{Cancelled, Done, Queued, Running};

/// Offices that import: providers of records, and those that bring the hotline's batches.
const IMPORTERS: &[Office] = &[
    Office::LEGAL,
    Office::FOOD_PROD,
    Office::SAMPLING_SPECIAL_FOOD,
    Office::SE_SUPERV,
    Office::ENFORCEMENT,
    Office::DISTRICT,
    Office::CREDIT,
    Office::IT,
];

/// The table.
pub const IMPORT: Machine<State, Event> = Machine(&[
    start(Receive).to(Queued).by(IMPORTERS),
    on(Queued, Begin).to(Running).system(),
    on(Queued, Cancel).to(Cancelled).by(IMPORTERS),
    // A process that takes over from another begins again where that one ended.
    on(Running, Begin).to(Running).system(),
    on(Running, Finish).to(Done).system(),
    on(Running, Refuse).to(State::Refused).system(),
    on(Running, Cancel).to(Cancelled).by(IMPORTERS),
]);

/// Every state, in the order of an import's life.
pub const STATES: [State; 5] = [Queued, Running, Done, State::Refused, Cancelled];

/// States in which there is work to do.
pub const OPEN: [State; 2] = [Queued, Running];

impl State {
    /// The name in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Queued => "Queued",
            Running => "Running",
            Done => "Done",
            State::Refused => "Refused",
            Cancelled => "Cancelled",
        }
    }
}

/// The text is not a state of an import.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a state of an import")]
pub struct UnknownState(pub String);

impl FromStr for State {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, UnknownState> {
        STATES.into_iter().find(|state| state.as_str() == text).ok_or_else(|| UnknownState(text.to_owned()))
    }
}

/// The state after a step of the system.
pub fn step(state: State, event: Event) -> Result<State, Refused> {
    IMPORT.step(state, event, &Actor::system()).map(|step| step.to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use service::machine::check_all_triples;

    #[test]
    fn every_state_event_and_office_answers_as_the_table_says() {
        let rulebook = rulebook::Rulebook::builtin();
        let offices: Vec<_> = rulebook.offices().iter().map(|office| office.code.as_str()).collect();
        let events = [Receive, Begin, Finish, Refuse, Cancel];
        let tried = check_all_triples(&IMPORT, &STATES, &events, &offices).unwrap();
        assert_eq!(tried, (STATES.len() + 1) * events.len() * offices.len());
    }

    #[test]
    fn names_of_states_are_those_of_the_database_and_back() {
        for state in STATES {
            assert_eq!(state.as_str().parse(), Ok(state));
            assert_eq!(state.as_str(), format!("{state:?}"));
        }
    }

    #[test]
    fn there_is_work_where_the_system_can_begin() {
        for state in STATES {
            assert_eq!(step(state, Begin).is_ok(), OPEN.contains(&state), "{state:?}");
        }
    }
}
