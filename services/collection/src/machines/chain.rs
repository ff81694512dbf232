//! The publication of a record on one chain: what its receiver was told, and what it shows. The record itself is machine 2.

use service::machine::{Machine, on, start};

service::machine::words! {
    /// Where the publication stands at one receiver.
    State {
        /// It cannot be told: something that the receiver asks for is missing, or must not leave.
        Blocked,
        /// Told, not yet acknowledged. What was acknowledged before is still shown.
        Pending,
        /// Acknowledged with its present content.
        Shown,
        /// It shows what was said before: what is said now cannot be told.
        Outdated,
        /// Told to stop, not yet acknowledged.
        EndPending,
        /// Not shown, or no longer.
        Ended,
    }
    /// What happens to it.
    Event {
        /// It is to be told and cannot.
        Block,
        /// It is handed to the exchange as it stands now.
        Tell,
        /// The receiver took what it was told last.
        Acknowledge,
        /// It must not be shown any more: withdrawn, run out, or under the name of another party.
        End,
    }
}

use Event::*;
use State::*;

/// The table. Every step is the system's: it follows from a step of the record, from its dates, or from an answer.
pub const CHAIN: Machine<State, Event> = Machine(&[
    start(Block).to(Blocked).system(),
    start(Tell).to(Pending).system(),
    // Its term was over before it could be told.
    start(End).to(Ended).system(),
    on(Blocked, Block).to(Blocked).system(),
    on(Blocked, Tell).to(Pending).system(),
    on(Blocked, End).to(Ended).system(),
    on(Pending, Tell).to(Pending).system(),
    on(Pending, Acknowledge).to(Shown).system(),
    on(Pending, Block).to(Outdated).system(),
    on(Pending, End).to(EndPending).system(),
    on(Shown, Tell).to(Pending).system(),
    on(Shown, Block).to(Outdated).system(),
    on(Shown, End).to(EndPending).system(),
    // The answer to what it was told before may come late.
    on(Outdated, Acknowledge).to(Outdated).system(),
    on(Outdated, Block).to(Outdated).system(),
    on(Outdated, Tell).to(Pending).system(),
    on(Outdated, End).to(EndPending).system(),
    on(EndPending, Acknowledge).to(Ended).system(),
    on(EndPending, Tell).to(Pending).system(),
    on(Ended, Tell).to(Pending).system(),
    on(Ended, Block).to(Blocked).system(),
]);

impl State {
    /// Whether the receiver may be showing something.
    pub fn is_told(self) -> bool {
        CHAIN.events_from(self).any(|event| event == End) && !self.is_blocked()
    }

    /// Whether the receiver shows something that is no longer so, and cannot be told.
    pub fn is_outdated(self) -> bool {
        self == Outdated
    }

    /// The word in the database: what is outdated is there as shown, beside the problem that keeps the receiver from being told.
    pub fn stored_word(self) -> &'static str {
        if self.is_outdated() { Shown.word() } else { self.word() }
    }

    /// The state that a row stands for.
    ///
    /// # Errors
    /// The word is not that of a state.
    pub fn from_stored(word: &str, has_problem: bool) -> Result<Self, String> {
        let state: Self = word.parse()?;
        Ok(if state == Shown && has_problem { Outdated } else { state })
    }

    /// Whether it waits for something that is missing.
    pub fn is_blocked(self) -> bool {
        self == Blocked
    }

    /// Whether the receiver shows the present content.
    pub fn is_shown(self) -> bool {
        self == Shown
    }

    /// Whether nothing is shown any more, as far as it depends on us.
    pub fn is_over(self) -> bool {
        matches!(self, EndPending | Ended)
    }

    /// Whether an answer of the receiver is awaited.
    pub fn is_awaited(self) -> bool {
        CHAIN.events_from(self).any(|event| event == Acknowledge) && !self.is_outdated()
    }
}

#[cfg(test)]
mod tests {
    use service::machine::check_table;

    use super::*;

    #[test]
    fn the_table_is_sound() {
        check_table(&CHAIN, State::ALL, Event::ALL, &["SYSTEM", "CREDIT"]).unwrap();
    }

    #[test]
    fn only_what_was_told_can_be_told_to_stop_and_awaits_it() {
        let told: Vec<_> = State::ALL.iter().filter(|state| state.is_told()).collect();
        assert_eq!(told, [&Pending, &Shown, &Outdated]);
        let awaited: Vec<_> = State::ALL.iter().filter(|state| state.is_awaited()).collect();
        assert_eq!(awaited, [&Pending, &EndPending]);
    }

    #[test]
    fn every_state_reads_back_from_its_row() {
        for state in State::ALL {
            let has_problem = state.is_outdated() || state.is_blocked();
            assert_eq!(State::from_stored(state.stored_word(), has_problem), Ok(*state));
        }
    }
}
