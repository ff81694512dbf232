//! A remedy against the decision behind a record: reconsideration or litigation (X4). The body above decides; the table says what
//! the officer who enters it may enter when, and what it does to the record.

use rulebook::Code;
use service::machine::{Machine, on, start, words};

use super::record::PROVIDER;

words! {
    /// State of a remedy.
    State {
        /// Accepted; the decision is enforced meanwhile.
        Pending,
        /// Accepted; enforcement is suspended by order.
        Suspended,
        /// The decision stands.
        Upheld,
        /// The decision was changed.
        Changed,
        /// The decision was annulled, or found illegal or void.
        Annulled,
        /// The applicant took it back.
        Discontinued,
    }
}

words! {
    /// What happens to a remedy.
    Event {
        /// A body accepts it.
        Accept,
        /// The body orders that enforcement be suspended.
        Suspend,
        /// The suspension ends while the matter goes on.
        Resume,
        /// The decision is upheld.
        Uphold,
        /// The decision is changed.
        Change,
        /// The decision is annulled, or found illegal or void.
        Annul,
        /// The applicant takes it back.
        Discontinue,
    }
}

use Event::*;
use State::*;

/// Kind and parameter of the duty to put the record right once the basis of it is gone or changed (山东省社会信用条例 art 40).
pub const PUT_RIGHT: &str = "revoked_basis.correct";

/// The table. Nothing is suspended unless an order says so (行政复议法 art 42, 行政诉讼法 art 56). The duty to put the record right runs
/// from the day of the outcome and is fulfilled by its entry, which does it.
pub const REMEDY: Machine<State, Event> = Machine(&[
    start(Accept).to(Pending).by(&[PROVIDER]),
    on(Pending, Suspend).to(Suspended).by(&[PROVIDER]).basis(),
    on(Suspended, Resume).to(Pending).by(&[PROVIDER]).basis(),
    on(Pending, Uphold).to(Upheld).by(&[PROVIDER]).basis(),
    on(Pending, Change).to(Changed).by(&[PROVIDER]).basis().due(PUT_RIGHT),
    on(Pending, Annul).to(Annulled).by(&[PROVIDER]).basis().due(PUT_RIGHT),
    on(Pending, Discontinue).to(Discontinued).by(&[PROVIDER]).basis(),
    on(Suspended, Uphold).to(Upheld).by(&[PROVIDER]).basis(),
    on(Suspended, Change).to(Changed).by(&[PROVIDER]).basis().due(PUT_RIGHT),
    on(Suspended, Annul).to(Annulled).by(&[PROVIDER]).basis().due(PUT_RIGHT),
    on(Suspended, Discontinue).to(Discontinued).by(&[PROVIDER]).basis(),
]);

/// What an outcome does, by the tag of its code; `None` for a code that says nothing about it.
pub fn outcome(code: &Code) -> Option<Event> {
    const BY_TAG: [(&str, Event); 4] =
        [("upheld", Uphold), ("changed", Change), ("annulled", Annul), ("discontinued", Discontinue)];
    BY_TAG.iter().find(|(tag, _)| code.has_tag(tag)).map(|(_, event)| *event)
}

/// What an outcome does to the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It says something else from now on.
    Correct,
    /// It stops counting.
    Withdraw,
}

impl Event {
    /// What it does to the record; a suspension is told apart.
    pub fn effect(self) -> Option<Effect> {
        match self {
            Change => Some(Effect::Correct),
            Annul => Some(Effect::Withdraw),
            Accept | Suspend | Resume | Uphold | Discontinue => None,
        }
    }
}

impl State {
    /// Whether its body has not decided yet.
    pub fn is_open(self) -> bool {
        REMEDY.events_from(self).next().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use service::machine::{Actor, Refused, check_all_triples};

    #[test]
    fn every_state_event_and_office_answers_as_the_table_says() {
        let rulebook = rulebook::Rulebook::builtin();
        let offices = rulebook.offices().iter().map(|office| office.code.as_str());
        let offices: Vec<_> = offices.chain([PROVIDER.code()]).collect();
        let tried = check_all_triples(&REMEDY, State::ALL, Event::ALL, &offices).unwrap();
        assert_eq!(tried, (State::ALL.len() + 1) * Event::ALL.len() * offices.len());
    }

    #[test]
    fn nothing_is_suspended_without_an_order_and_nothing_leads_out_of_an_outcome() {
        let officer = Actor::person(PROVIDER.code(), "li");
        assert_eq!(REMEDY.step(None, Accept, &officer).unwrap().to, Pending);
        assert!(matches!(REMEDY.step(Pending, Suspend, &officer), Err(Refused::BasisMissing { .. })));
        for state in [Upheld, Changed, Annulled, Discontinued] {
            assert_eq!(REMEDY.events_from(state).count(), 0, "{state:?}");
        }
    }

    #[test]
    fn every_outcome_of_the_law_says_what_it_does() {
        let rulebook = rulebook::Rulebook::builtin();
        let on = "2026-03-02".parse().unwrap();
        let found: Vec<_> = rulebook
            .codes("remedy_outcome", on)
            .map(|code| (code.code.as_str(), outcome(code).and_then(Event::effect)))
            .collect();
        let expected = [
            ("Upheld", None),
            ("Changed", Some(Effect::Correct)),
            ("Annulled", Some(Effect::Withdraw)),
            ("Illegal", Some(Effect::Withdraw)),
            ("Void", Some(Effect::Withdraw)),
            ("Discontinued", None),
        ];
        assert_eq!(found, expected);
        assert!(rulebook.codes("remedy_outcome", on).all(|code| outcome(code).is_some()));
    }
}
