//! The extension of the check of a tip's clue (投诉举报处理暂行办法 art 23): one officer asks, another approves it for the head of the
//! office, once.

use service::machine::{Machine, Office, on, start, words};

words! {
    /// State of an extension.
    State {
        /// An officer asks for it.
        Requested,
        /// A second one approves: the last day of the check is another.
        Granted,
        /// A second one does not.
        Refused,
    }
}

words! {
    /// What happens to an extension.
    Event {
        /// An officer asks for it.
        Request,
        /// Another approves.
        Grant,
        /// Another does not.
        Refuse,
    }
}

use Event::*;
use State::*;

/// Parameter: how much longer the check may take.
pub const EXTENSION: &str = "complaint.clue.check.extension";

/// Offices that handle tickets.
const HANDLERS: &[Office] =
    &[Office::FOOD_PROD, Office::SAMPLING_SPECIAL_FOOD, Office::SE_SUPERV, Office::DISTRICT];

/// The table. Nothing leads on from what was granted: a check is extended once.
pub const CHECK_EXTENSION: Machine<State, Event> = Machine(&[
    start(Request).to(Requested).by(HANDLERS),
    on(Requested, Grant).to(Granted).by(HANDLERS).four_eyes().due(EXTENSION),
    on(Requested, Refuse).to(Refused).by(HANDLERS).four_eyes(),
    on(Refused, Request).to(Requested).by(HANDLERS),
]);

/// What a decision does.
pub fn decision(granted: bool) -> Event {
    if granted { Grant } else { Refuse }
}

impl State {
    /// Whether the check may take longer.
    pub fn extends(self) -> bool {
        self == Granted
    }
}

impl Event {
    /// Whether it is only possible while the check is in time: a refusal changes no period.
    pub fn needs_time(self) -> bool {
        match self {
            Request | Grant => true,
            Refuse => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use service::machine::{Actor, Refused as Refusal, check_all_triples};

    #[test]
    fn every_state_event_and_office_answers_as_the_table_says() {
        let rulebook = rulebook::Rulebook::builtin();
        let offices: Vec<_> = rulebook.offices().iter().map(|office| office.code.as_str()).collect();
        let tried = check_all_triples(&CHECK_EXTENSION, State::ALL, Event::ALL, &offices).unwrap();
        assert_eq!(tried, (State::ALL.len() + 1) * Event::ALL.len() * offices.len());
    }

    #[test]
    fn whoever_handles_tickets_may_ask_and_decide_by_the_rulebook_too() {
        let rulebook = rulebook::Rulebook::builtin();
        let today = domain::parse_date("2026-03-02").unwrap();
        for permission in ["collection.ticket.handle", "collection.ticket.extend"] {
            for office in rulebook.offices() {
                let named = HANDLERS.iter().any(|handler| handler.code() == office.code.as_str());
                assert_eq!(rulebook.may(permission, &office.code, today), named, "{permission} {office:?}");
            }
        }
    }

    #[test]
    fn nobody_decides_what_he_asked_for_himself_and_what_was_granted_stays() {
        let officer = Actor::person("FOOD_PROD", "li");
        for granted in [true, false] {
            let own = CHECK_EXTENSION.step(Requested, decision(granted), &officer.on_proposal_of("li"));
            assert!(matches!(own, Err(Refusal::FourEyes { .. })), "{own:?}");
            let step = CHECK_EXTENSION.step(Requested, decision(granted), &officer.on_proposal_of("wang"));
            assert_eq!(step.unwrap().to.extends(), granted);
        }
        assert_eq!(CHECK_EXTENSION.events_from(Granted).count(), 0);
    }
}
