//! Machine 6, replacement after the draw: proposed on a recorded ground, decided by another person. What can be done no more lapses.

use service::machine::{Machine, Office, on, start};

use super::task::OWNERS;

/// Kind of the duty to decide what was proposed, and the parameter of its length.
pub const DECIDE: &str = "inspection.replacement.decide";

service::machine::words! {
    /// Where a replacement stands.
    State {
        /// Waits for a second person.
        Proposed,
        /// The next one has come.
        Approved,
        /// Nobody gives way.
        Rejected,
        /// Nobody can give way any more: the visit has begun or is gone, or the inspector is not on it.
        Lapsed,
    }

    /// What happens to it.
    Event {
        /// Somebody has to give way.
        Propose,
        /// Another person approves.
        Approve,
        /// Another person rejects.
        Reject,
        /// It becomes moot before anybody decides.
        Lapse,
    }
}

/// The table. Who comes is computed, so nothing else is decided.
pub const REPLACEMENT: Machine<State, Event> = Machine(&[
    start(Event::Propose).to(State::Proposed).by(OWNERS).obliges(DECIDE, Office::OWNER, DECIDE),
    on(State::Proposed, Event::Approve).to(State::Approved).by(OWNERS).four_eyes().fulfils(&[DECIDE]),
    on(State::Proposed, Event::Reject).to(State::Rejected).by(OWNERS).four_eyes().fulfils(&[DECIDE]),
    on(State::Proposed, Event::Lapse).to(State::Lapsed).system().fulfils(&[DECIDE]),
]);

impl State {
    /// The state that a stored word is, by whether it has lapsed.
    pub const fn read(self, lapsed: bool) -> Self {
        match self {
            Self::Rejected if lapsed => Self::Lapsed,
            stored => stored,
        }
    }

    /// The word in the database, where one that has lapsed is a rejected one with its day.
    pub const fn stored(self) -> &'static str {
        match self {
            Self::Lapsed => Self::Rejected.word(),
            state => state.word(),
        }
    }
}

impl Event {
    /// What a decision is.
    pub const fn decision(approve: bool) -> Self {
        if approve { Self::Approve } else { Self::Reject }
    }
}

#[cfg(test)]
mod tests {
    use service::machine::{Actor, check_all_triples};

    use super::*;

    const OFFICES: [&str; 6] =
        ["FOOD_PROD", "SAMPLING_SPECIAL_FOOD", "SE_SUPERV", "CREDIT", "DISTRICT", "SYSTEM"];

    #[test]
    fn the_table_is_sound_and_every_triple_behaves_as_it_says() {
        assert_eq!(check_all_triples(&REPLACEMENT, State::ALL, Event::ALL, &OFFICES), Ok(5 * 4 * 6));
    }

    #[test]
    fn who_proposed_it_neither_approves_nor_rejects_it() {
        for event in [Event::Approve, Event::Reject] {
            let same = Actor::person("FOOD_PROD", "wang").on_proposal_of("wang");
            assert!(REPLACEMENT.step(State::Proposed, event, &same).is_err(), "{event:?}");
            let other = Actor::person("FOOD_PROD", "li").on_proposal_of("wang");
            assert!(REPLACEMENT.step(State::Proposed, event, &other).is_ok(), "{event:?}");
        }
    }

    #[test]
    fn nobody_has_what_was_proposed_lapse_and_what_has_lapsed_is_stored_as_rejected_and_read_as_it_is() {
        let officer = Actor::person("FOOD_PROD", "li").on_proposal_of("wang");
        assert!(REPLACEMENT.step(State::Proposed, Event::Lapse, &officer).is_err());
        let lapsed = REPLACEMENT.step(State::Proposed, Event::Lapse, &Actor::system()).unwrap();
        assert_eq!((lapsed.to, lapsed.fulfils), (State::Lapsed, [DECIDE].as_slice()));
        for state in State::ALL {
            let stored: State = state.stored().parse().unwrap();
            assert_eq!(stored.read(*state == State::Lapsed), *state);
        }
    }
}
