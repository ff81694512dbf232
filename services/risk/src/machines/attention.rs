//! Machine 4: from a signal in the complaints to key attention, and to its end (二(一)1).
//!
//! `TicketIngested`, `Matched` and `Clustered` of the workflow are not states of one thing: tickets are counted where they stand, and
//! nothing waits there. A signal becomes a flag by a person's confirmation alone; the workflow asks for no second person.

use std::str::FromStr;

use service::machine::{Machine, Office, on, start};

/// State of a signal, and of the flag that it becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// A scan found it; it waits for a person.
    SignalRaised,
    /// A person looks at it.
    UnderReview,
    /// Confirmed: the enterprise has key attention.
    AttentionOn,
    /// Not confirmed.
    Dismissed,
    /// The flag is being reviewed; passed through on the way to another term or to the end.
    AttentionReviewed,
    /// The flag has ended.
    AttentionOff,
}

/// What happens to a signal or flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A scan raises it.
    Raise,
    /// A person takes it up.
    Take,
    /// A person confirms it.
    Confirm,
    /// A person dismisses it.
    Dismiss,
    /// A person looks at the flag again.
    Review,
    /// It goes on for another term.
    Extend,
    /// It ends.
    End,
    /// Its term is over.
    Expire,
}

use Event::*;
use State::*;

/// Kind of the duty to review a signal, and the parameter of how long that may take.
pub const REVIEW: &str = "attention.review";
/// Kind of the duty to look at a flag again before its term ends, and the parameter of when.
pub const RECHECK: &str = "attention.recheck";
/// Parameter of the term of a flag.
pub const TERM: &str = "attention.term";

/// Offices that review, each what is of its field.
const LINE: &[Office] = &[Office::FOOD_PROD, Office::SE_SUPERV];

/// The table.
pub const ATTENTION: Machine<State, Event> = Machine(&[
    start(Raise).to(SignalRaised).system().obliges(REVIEW, Office::OWNER, REVIEW),
    on(SignalRaised, Take).to(UnderReview).by(LINE),
    on(UnderReview, Confirm).to(AttentionOn).by(LINE).due(TERM).fulfils(&[REVIEW]).obliges(
        RECHECK,
        Office::OWNER,
        RECHECK,
    ),
    on(UnderReview, Dismiss).to(Dismissed).by(LINE).fulfils(&[REVIEW]),
    on(AttentionOn, Review).to(AttentionReviewed).by(LINE).fulfils(&[RECHECK]),
    on(AttentionOn, Expire).to(AttentionOff).system().fulfils(&[RECHECK]),
    on(AttentionReviewed, Extend).to(AttentionOn).by(LINE).due(TERM).obliges(RECHECK, Office::OWNER, RECHECK),
    on(AttentionReviewed, End).to(AttentionOff).by(LINE),
]);

const STATES: [State; 6] =
    [SignalRaised, UnderReview, AttentionOn, Dismissed, AttentionReviewed, AttentionOff];

impl State {
    /// The name in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            SignalRaised => "SignalRaised",
            UnderReview => "UnderReview",
            AttentionOn => "AttentionOn",
            Dismissed => "Dismissed",
            AttentionReviewed => "AttentionReviewed",
            AttentionOff => "AttentionOff",
        }
    }

    /// Whether something can still happen to it: then no second one of its enterprise, field and topic is raised.
    pub fn is_open(self) -> bool {
        ATTENTION.events_from(self).next().is_some()
    }

    /// Whether the enterprise has key attention.
    pub fn is_on(self) -> bool {
        matches!(self, AttentionOn | AttentionReviewed)
    }

    /// Whether it is, or was, a flag.
    pub fn is_flag(self) -> bool {
        self.is_on() || self == AttentionOff
    }

    /// All states, in the order of the workflow.
    pub fn all() -> impl Iterator<Item = Self> {
        STATES.into_iter()
    }
}

/// The text is not a state of a signal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a state of a signal")]
pub struct UnknownState(pub String);

impl FromStr for State {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, UnknownState> {
        STATES.into_iter().find(|state| state.as_str() == text).ok_or_else(|| UnknownState(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use service::machine::{Actor, check_all_triples, check_table};

    use super::*;

    const EVENTS: [Event; 8] = [Raise, Take, Confirm, Dismiss, Review, Extend, End, Expire];
    const OFFICES: [&str; 4] = ["FOOD_PROD", "SE_SUPERV", "CREDIT", "SYSTEM"];

    #[test]
    fn the_table_is_sound_and_every_triple_behaves_as_it_says() {
        check_table(&ATTENTION, &STATES, &EVENTS, &OFFICES).unwrap();
        assert_eq!(check_all_triples(&ATTENTION, &STATES, &EVENTS, &OFFICES), Ok(7 * 8 * 4));
    }

    #[test]
    fn a_signal_without_review_never_becomes_a_flag() {
        let officer = Actor::person("FOOD_PROD", "wang");
        assert!(ATTENTION.step(SignalRaised, Confirm, &officer).is_err());
        assert_eq!(ATTENTION.step(SignalRaised, Take, &officer).unwrap().to, UnderReview);
        for from in STATES.into_iter().map(Some).chain([None]) {
            for event in EVENTS {
                if let Ok(step) = ATTENTION.step(from, event, &Actor::system()) {
                    assert!(!step.to.is_on(), "{from:?} {event:?}: the system flags nobody");
                }
            }
        }
    }

    #[test]
    fn what_has_ended_is_no_longer_open_and_a_flag_is_on_from_confirmation_to_end() {
        let open: Vec<_> = STATES.into_iter().filter(|state| state.is_open()).collect();
        assert_eq!(open, [SignalRaised, UnderReview, AttentionOn, AttentionReviewed]);
        let on: Vec<_> = STATES.into_iter().filter(|state| state.is_on()).collect();
        assert_eq!(on, [AttentionOn, AttentionReviewed]);
        assert!(AttentionOff.is_flag() && !Dismissed.is_flag());
    }

    #[test]
    fn every_state_reads_back_from_its_name() {
        for state in State::all() {
            assert_eq!(state.as_str().parse(), Ok(state));
        }
        assert_eq!("Flagged".parse::<State>(), Err(UnknownState("Flagged".into())));
    }
}
