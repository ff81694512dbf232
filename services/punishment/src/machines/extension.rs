//! More time for a case (行政处罚法 art 60; 市场监督管理行政处罚程序规定 art 64): an officer of the case-handling body asks. A second one
//! approves it for the head of the body, once, for the period of the rulebook; whatever is longer the heads decide together, with the
//! day to which the case then runs.

use service::machine::{Machine, Office, on, start, words};

words! {
    /// State of the extension of a case.
    State {
        /// An officer asks for it.
        Requested,
        /// Approved for the head: the case runs longer by the period of the rulebook.
        Granted,
        /// Not approved.
        Refused,
        /// An officer asks for more than that.
        FurtherRequested,
        /// The heads decided together on the day to which the case runs.
        FurtherGranted,
        /// They did not.
        FurtherRefused,
    }
}

words! {
    /// What happens to an extension.
    Event {
        /// An officer asks for it.
        Request,
        /// It is approved.
        Grant,
        /// It is not.
        Refuse,
    }
}

use Event::*;
use State::*;

/// Parameter: how much longer a case may run when the head approves.
pub const EXTENSION: &str = "penalty.case_period.extension";

/// The body that handles the penalty case.
const CASE_BODY: &[Office] = &[Office::ENFORCEMENT];

/// The table. The regulation speaks of one further extension: nothing leads on from it.
pub const CASE_EXTENSION: Machine<State, Event> = Machine(&[
    start(Request).to(Requested).by(CASE_BODY),
    on(Requested, Grant).to(Granted).by(CASE_BODY).four_eyes().due(EXTENSION),
    on(Requested, Refuse).to(Refused).by(CASE_BODY).four_eyes(),
    on(Refused, Request).to(Requested).by(CASE_BODY),
    on(Granted, Request).to(FurtherRequested).by(CASE_BODY),
    on(FurtherRequested, Grant).to(FurtherGranted).by(CASE_BODY).four_eyes(),
    on(FurtherRequested, Refuse).to(FurtherRefused).by(CASE_BODY).four_eyes(),
    on(FurtherRefused, Request).to(FurtherRequested).by(CASE_BODY),
]);

/// What a decision does.
pub const fn decision(granted: bool) -> Event {
    if granted { Grant } else { Refuse }
}

impl State {
    /// Whether the case runs longer by the period of the rulebook, in this state.
    pub const fn is_by_rule(self) -> bool {
        matches!(self, Granted)
    }

    /// Whether the case runs to a day that the heads fixed together, in this state.
    pub const fn is_by_heads(self) -> bool {
        matches!(self, FurtherGranted)
    }
}

impl Event {
    /// Whether it is only possible while the case is in time: a refusal changes no period.
    pub const fn needs_time(self) -> bool {
        matches!(self, Request | Grant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use service::machine::{Actor, Refused as Refusal, Said, check_against, check_all_triples};

    #[test]
    fn every_state_event_and_office_answers_as_the_table_says() {
        let book = rulebook::Rulebook::builtin();
        let offices: Vec<_> = book.offices().iter().map(|office| office.code.as_str()).collect();
        let tried = check_all_triples(&CASE_EXTENSION, State::ALL, Event::ALL, &offices).unwrap();
        assert_eq!(tried, (State::ALL.len() + 1) * Event::ALL.len() * offices.len());
    }

    #[test]
    fn every_state_event_and_role_is_allowed_or_refused_with_its_reason() {
        // Written down apart from the table.
        let law: &[Said<'_, State, Event>] = &[
            (
                Request,
                &[
                    (None, Requested),
                    (Some(Refused), Requested),
                    (Some(Granted), FurtherRequested),
                    (Some(FurtherRefused), FurtherRequested),
                ],
                &["ENFORCEMENT"],
            ),
            (
                Grant,
                &[(Some(Requested), Granted), (Some(FurtherRequested), FurtherGranted)],
                &["ENFORCEMENT"],
            ),
            (
                Refuse,
                &[(Some(Requested), Refused), (Some(FurtherRequested), FurtherRefused)],
                &["ENFORCEMENT"],
            ),
        ];
        let book = rulebook::Rulebook::builtin();
        let offices: Vec<_> = book.offices().iter().map(|office| office.code.as_str()).collect();
        let tried = check_against(&CASE_EXTENSION, law, State::ALL, &offices).unwrap();
        assert_eq!(tried, (State::ALL.len() + 1) * Event::ALL.len() * offices.len());
    }

    #[test]
    fn nobody_approves_what_he_asked_for_and_only_the_case_handling_body_does() {
        let book = rulebook::Rulebook::builtin();
        let today = domain::parse_date("2026-03-02").unwrap();
        for office in book.offices() {
            let own = office.code.as_str() == Office::ENFORCEMENT.code();
            assert_eq!(book.may("punishment.serious.extend", &office.code, today), own, "{}", office.code);
        }
        let officer = Actor::person("ENFORCEMENT", "li");
        for (state, granted) in [(Requested, Granted), (FurtherRequested, FurtherGranted)] {
            let own = CASE_EXTENSION.step(state, Grant, &officer.on_proposal_of("li"));
            assert!(matches!(own, Err(Refusal::FourEyes { .. })), "{own:?}");
            let other = CASE_EXTENSION.step(state, Grant, &officer.on_proposal_of("wang"));
            assert_eq!(other.unwrap().to, granted);
        }
        assert_eq!(CASE_EXTENSION.events_from(FurtherGranted).count(), 0);
    }
}
