//! Machine 6, replacement after the draw: proposed on a recorded ground, decided by another person.

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
    }

    /// What happens to it.
    Event {
        /// Somebody has to give way.
        Propose,
        /// Another person approves.
        Approve,
        /// Another person rejects.
        Reject,
    }
}

/// The table. Who comes is computed, so nothing else is decided.
pub const REPLACEMENT: Machine<State, Event> = Machine(&[
    start(Event::Propose).to(State::Proposed).by(OWNERS).obliges(DECIDE, Office::OWNER, DECIDE),
    on(State::Proposed, Event::Approve).to(State::Approved).by(OWNERS).four_eyes().fulfils(&[DECIDE]),
    on(State::Proposed, Event::Reject).to(State::Rejected).by(OWNERS).four_eyes().fulfils(&[DECIDE]),
]);

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
        assert_eq!(check_all_triples(&REPLACEMENT, State::ALL, Event::ALL, &OFFICES), Ok(4 * 3 * 6));
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
}
