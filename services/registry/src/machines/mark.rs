//! Machine 1: the mark of an enterprise in a key field, from the first licence to its removal (二(二)1(1), 二(一)2(1)).

use std::str::FromStr;

use service::machine::{Actor, Machine, Office, Refused, Step, on, start};

/// Stands for the offices that the rulebook names for the sub-kinds of the mark: which they are, is data of each field, so
/// that a new field needs no new table. Whoever acts in this name has been checked against the rulebook.
pub const CONFIRMER: Office = Office::other("MARK_CONFIRMER");

/// State of a mark. `Confirmed` of the workflow is the instant between `Candidate` and `Marked`: nothing waits there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Proposed by the system, not yet confirmed.
    Candidate,
    /// Confirmed; passed through on the way to the publicity system.
    Marked,
    /// Handed over, not yet acknowledged.
    PushPending,
    /// Acknowledged by the publicity system with its present content.
    Published,
    /// The last attempt to hand it over failed; it is tried again.
    PushFailed,
    /// Its licences changed. It stays here only when none is left: its removal waits for the owner.
    ChangePending,
    /// Rejected or withdrawn; kept for the history.
    Removed,
}

/// What happens to a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A licence is there and no mark.
    Propose,
    /// The owner confirms kind and sub-kinds.
    Confirm,
    /// One of several owners confirms what is its own; the others have still to.
    ConfirmPart,
    /// The owner rejects the proposal: duplicate or wrong enterprise.
    Reject,
    /// The content is handed over to the exchange.
    Enqueue,
    /// The publicity system took the content.
    Acknowledge,
    /// The publicity system did not take it.
    Fail,
    /// The valid licences are others than the mark says.
    Change,
    /// No valid licence is left.
    End,
    /// The owner confirms that the mark goes.
    ConfirmRemoval,
}

use Event::*;
use State::*;

/// Kind of the duty to confirm or reject a proposal, or to confirm a removal.
pub const CONFIRM: &str = "mark.confirm";
/// Kind of the duty to have the publicity system take the content.
pub const PUSH: &str = "mark.push";

/// The table.
pub const MARK: Machine<State, Event> = Machine(&[
    start(Propose).to(Candidate).system().obliges(CONFIRM, Office::OWNER, CONFIRM),
    on(Candidate, Confirm).to(Marked).by(&[CONFIRMER, Office::LEGAL]).fulfils(&[CONFIRM]),
    on(Candidate, ConfirmPart).to(Candidate).by(&[CONFIRMER]),
    on(Candidate, Reject).to(Removed).by(&[CONFIRMER, Office::LEGAL]).fulfils(&[CONFIRM]),
    on(Candidate, Change).to(Candidate).system(),
    // The withdrawal of an earlier mark may still be under way.
    on(Candidate, Acknowledge).to(Candidate).system().fulfils(&[PUSH]),
    on(Candidate, Fail).to(Candidate).system(),
    on(Candidate, End).to(Removed).system().fulfils(&[CONFIRM]),
    on(Marked, Enqueue).to(PushPending).system().publishes(PUSH).obliges(PUSH, Office::OWNER, PUSH),
    on(PushPending, Acknowledge).to(Published).system().fulfils(&[PUSH]),
    on(PushPending, Fail).to(PushFailed).system(),
    on(PushPending, Change).to(ChangePending).system().fulfils(&[PUSH]),
    on(PushPending, End).to(ChangePending).system().fulfils(&[PUSH]).obliges(CONFIRM, Office::OWNER, CONFIRM),
    on(PushFailed, Acknowledge).to(Published).system().fulfils(&[PUSH]),
    on(PushFailed, Fail).to(PushFailed).system(),
    on(PushFailed, Change).to(ChangePending).system().fulfils(&[PUSH]),
    on(PushFailed, End).to(ChangePending).system().fulfils(&[PUSH]).obliges(CONFIRM, Office::OWNER, CONFIRM),
    on(Published, Change).to(ChangePending).system(),
    on(Published, End).to(ChangePending).system().obliges(CONFIRM, Office::OWNER, CONFIRM),
    on(ChangePending, Enqueue).to(PushPending).system().publishes(PUSH).obliges(PUSH, Office::OWNER, PUSH),
    on(ChangePending, Change).to(ChangePending).system().fulfils(&[CONFIRM]),
    on(ChangePending, ConfirmRemoval)
        .to(Removed)
        .by(&[CONFIRMER, Office::LEGAL])
        .publishes(PUSH)
        .fulfils(&[CONFIRM])
        .obliges(PUSH, Office::OWNER, PUSH),
    on(Removed, Propose).to(Candidate).system().obliges(CONFIRM, Office::OWNER, CONFIRM),
    on(Removed, Acknowledge).to(Removed).system().fulfils(&[PUSH]),
    on(Removed, Fail).to(Removed).system(),
]);

const STATES: [State; 7] = [Candidate, Marked, PushPending, Published, PushFailed, ChangePending, Removed];

impl State {
    /// The name in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Candidate => "Candidate",
            Marked => "Marked",
            PushPending => "PushPending",
            Published => "Published",
            PushFailed => "PushFailed",
            ChangePending => "ChangePending",
            Removed => "Removed",
        }
    }

    /// Whether the enterprise carries the mark: in every state but the proposed and the removed one.
    pub fn is_carried(self) -> bool {
        !matches!(self, Candidate | Removed)
    }

    /// The states in which an enterprise carries the mark.
    pub fn carried() -> impl Iterator<Item = Self> {
        STATES.into_iter().filter(|state| state.is_carried())
    }
}

/// The text is not a state of a mark.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a state of a mark")]
pub struct UnknownState(pub String);

impl FromStr for State {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, UnknownState> {
        STATES.into_iter().find(|state| state.as_str() == text).ok_or_else(|| UnknownState(text.to_owned()))
    }
}

/// What a confirmation means in `state`: of the proposal, or of the removal; refused where neither is waiting.
pub fn confirm(state: State, actor: &Actor<'_>) -> Result<(Event, Step<State>), Refused> {
    let event =
        if MARK.events_from(state).any(|event| event == ConfirmRemoval) { ConfirmRemoval } else { Confirm };
    MARK.step(state, event, actor).map(|step| (event, step))
}

/// What to do about a mark in `state` (`None`: there is none) when its licences say `desired` and it says `said`, both
/// possibly nothing; `None` when nothing is to be done. A rejected content is not proposed again until it changes.
pub fn reconcile<C: PartialEq>(state: Option<State>, said: Option<&C>, desired: Option<&C>) -> Option<Event> {
    if said == desired {
        return None;
    }
    let wanted = match (desired, state) {
        (None, _) => End,
        (Some(_), None | Some(Removed)) => Propose,
        (Some(_), Some(_)) => Change,
    };
    // Without licences there is nothing to end where no mark is waiting or shown.
    MARK.events_from(state).find(|event| *event == wanted)
}

#[cfg(test)]
mod tests {
    use service::machine::{check_all_triples, check_table};

    use super::*;

    const EVENTS: [Event; 10] =
        [Propose, Confirm, ConfirmPart, Reject, Enqueue, Acknowledge, Fail, Change, End, ConfirmRemoval];
    const OFFICES: [&str; 4] = ["MARK_CONFIRMER", "LEGAL", "CREDIT", "SYSTEM"];

    #[test]
    fn the_table_is_sound_and_every_triple_behaves_as_it_says() {
        check_table(&MARK, &STATES, &EVENTS, &OFFICES).unwrap();
        assert_eq!(check_all_triples(&MARK, &STATES, &EVENTS, &OFFICES), Ok(8 * 10 * 4));
    }

    #[test]
    fn officers_decide_and_the_system_only_follows() {
        for rule in [(Candidate, Confirm), (Candidate, Reject), (ChangePending, ConfirmRemoval)] {
            assert!(MARK.step(rule.0, rule.1, &Actor::system()).is_err(), "{rule:?}");
            assert!(MARK.step(rule.0, rule.1, &Actor::person("CREDIT", "li")).is_err(), "{rule:?}");
            assert!(MARK.step(rule.0, rule.1, &Actor::person(CONFIRMER.code(), "wang")).is_ok(), "{rule:?}");
        }
        assert!(MARK.step(Published, End, &Actor::person(CONFIRMER.code(), "wang")).is_err());
    }

    #[test]
    fn a_confirmation_is_of_the_proposal_or_of_the_removal() {
        let owner = Actor::person(CONFIRMER.code(), "wang");
        assert_eq!(confirm(Candidate, &owner).unwrap().0, Confirm);
        assert_eq!(confirm(ChangePending, &owner).unwrap().0, ConfirmRemoval);
        for state in [Marked, PushPending, Published, PushFailed, Removed] {
            assert!(confirm(state, &owner).is_err(), "{state:?}");
        }
    }

    #[test]
    fn licences_move_a_mark_only_when_they_say_something_else() {
        let (one, two) = (Some(&1), Some(&2));
        for (state, said, desired, event) in [
            (None, None, one, Some(Propose)),
            (None, None, None, None),
            (Some(Candidate), one, one, None),
            (Some(Candidate), one, two, Some(Change)),
            (Some(Candidate), one, None, Some(End)),
            (Some(Published), one, two, Some(Change)),
            (Some(Published), one, None, Some(End)),
            (Some(ChangePending), None, one, Some(Change)),
            (Some(ChangePending), None, None, None),
            (Some(Removed), one, one, None),
            (Some(Removed), one, two, Some(Propose)),
            (Some(Removed), one, None, None),
        ] {
            assert_eq!(reconcile(state, said, desired), event, "{state:?} {said:?} {desired:?}");
        }
    }

    #[test]
    fn every_state_reads_back_from_its_name() {
        for state in STATES {
            assert_eq!(state.as_str().parse(), Ok(state));
        }
        assert_eq!("Confirmed".parse::<State>(), Err(UnknownState("Confirmed".into())));
    }
}
