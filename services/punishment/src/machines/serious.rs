//! Machine 8: a case for the list of serious violators (order 44), worked by three bodies.

use service::machine::{Machine, Office, on, start, words};

use super::ListEvent;

words! {
    /// Where a case stands.
    State {
        /// A penalty case has a candidate ground and a heavier penalty is proposed.
        Triggered,
        /// The three-part test was made.
        Assessed,
        /// Not listed; the reasons are kept.
        NotListed,
        /// Notice was served; the party may defend itself and ask for a hearing.
        DefencePending,
        /// Defence or hearing is on file.
        HearingHeld,
        /// The next higher department was asked for its consent.
        SuperiorConsentPending,
        /// Listing is decided, together with the penalty.
        Decided,
        /// On the list, published.
        Published,
        /// The term is over.
        Removed,
        /// The penalty was revoked, found illegal or void: never listed.
        Revoked,
    }
}

words! {
    /// What can happen to a case.
    Event {
        /// A case is opened.
        Trigger,
        /// The three-part test is made.
        Assess,
        /// The case is dropped: the test fails, or lack of intent is proven.
        DropCase,
        /// Notice is served with facts, grounds, basis and rights.
        ServeNotice,
        /// Defence or hearing is put on file.
        RecordDefence,
        /// Consent is asked for.
        AskConsent,
        /// The superior consents.
        Consent,
        /// The superior refuses.
        RefuseConsent,
        /// The entry is published.
        Publish,
        /// The term ends.
        Expire,
        /// The basis fell.
        Revoke,
    }
}

const CASE_BODY: &[Office] = &[Office::ENFORCEMENT];
const SUPERIOR: &[Office] = &[Office::other("SUPERIOR")];

/// The table: the case-handling body prepares, the superior consents, the credit body publishes, the system only ends terms.
pub const SERIOUS: Machine<State, Event> = Machine(&[
    start(Event::Trigger).to(State::Triggered).by(CASE_BODY),
    on(State::Triggered, Event::Assess).to(State::Assessed).by(CASE_BODY),
    on(State::Triggered, Event::DropCase).to(State::NotListed).by(CASE_BODY),
    on(State::Assessed, Event::DropCase).to(State::NotListed).by(CASE_BODY),
    on(State::Assessed, Event::ServeNotice)
        .to(State::DefencePending)
        .by(CASE_BODY)
        .basis()
        .due("hearing.request"),
    on(State::DefencePending, Event::RecordDefence).to(State::HearingHeld).by(CASE_BODY),
    on(State::DefencePending, Event::DropCase).to(State::NotListed).by(CASE_BODY),
    on(State::HearingHeld, Event::DropCase).to(State::NotListed).by(CASE_BODY),
    on(State::DefencePending, Event::AskConsent).to(State::SuperiorConsentPending).by(CASE_BODY),
    on(State::HearingHeld, Event::AskConsent).to(State::SuperiorConsentPending).by(CASE_BODY),
    on(State::SuperiorConsentPending, Event::RefuseConsent).to(State::NotListed).by(SUPERIOR).four_eyes(),
    on(State::SuperiorConsentPending, Event::Consent)
        .to(State::Decided)
        .by(SUPERIOR)
        .four_eyes()
        .basis()
        .due("serious.publish.same_province")
        .obliges("serious.publish", Office::CREDIT, "serious.publish.same_province"),
    on(State::Decided, Event::Publish)
        .to(State::Published)
        .by(&[Office::CREDIT])
        .publishes("serious.publish.same_province")
        .fulfils(&["serious.publish"]),
    on(State::Published, Event::Expire).to(State::Removed).system(),
    on(State::Decided, Event::Revoke)
        .to(State::Revoked)
        .by(CASE_BODY)
        .four_eyes()
        .basis()
        .fulfils(&["serious.publish"]),
    on(State::Published, Event::Revoke)
        .to(State::Revoked)
        .by(CASE_BODY)
        .four_eyes()
        .basis()
        .publishes("serious.revoke.stop_publish"),
]);

impl State {
    /// Whether a case in this state stands on the list.
    pub const fn stands(self) -> bool {
        matches!(self, Self::Published)
    }

    /// Whether the case counts as never listed.
    pub const fn void(self) -> bool {
        matches!(self, Self::Revoked)
    }

    /// Whether the period for defence must be over before the next step.
    pub const fn waits_for_defence(self) -> bool {
        matches!(self, Self::DefencePending)
    }
}

impl ListEvent for Event {
    fn needs_reason(self) -> bool {
        matches!(self, Self::DropCase | Self::RefuseConsent | Self::Revoke)
    }

    fn needs_document(self) -> bool {
        matches!(self, Self::Consent)
    }
}

impl Event {
    /// Whether the step goes on to consent, which a running period for defence forbids.
    pub const fn ends_defence(self) -> bool {
        matches!(self, Self::AskConsent)
    }
}

#[cfg(test)]
mod tests {
    use service::machine::{Actor, check_all_triples};

    use super::*;

    const OFFICES: [&str; 8] =
        ["ENFORCEMENT", "CREDIT", "SUPERIOR", "FOOD_PROD", "SE_SUPERV", "LEGAL", "DISTRICT", "SYSTEM"];

    #[test]
    fn the_whole_table_does_what_it_says() {
        let book = rulebook::Rulebook::builtin();
        let offices: Vec<_> = book.offices().iter().map(|office| office.code.as_str()).collect();
        let tried = check_all_triples(&SERIOUS, State::ALL, Event::ALL, &offices).unwrap();
        assert_eq!(tried, (State::ALL.len() + 1) * Event::ALL.len() * offices.len());
    }

    #[test]
    fn no_step_can_be_taken_by_the_wrong_body() {
        for state in State::ALL {
            for event in Event::ALL {
                for office in OFFICES {
                    let actor = Actor::person(office, "li").on_proposal_of("wang").citing("办法第二条");
                    let Ok(step) = SERIOUS.step(*state, *event, &actor) else { continue };
                    let right = match event {
                        Event::Consent | Event::RefuseConsent => "SUPERIOR",
                        Event::Publish => "CREDIT",
                        Event::Expire => "SYSTEM",
                        _ => "ENFORCEMENT",
                    };
                    assert_eq!(office, right, "{state:?} {event:?} -> {:?}", step.to);
                }
            }
        }
    }

    #[test]
    fn nobody_is_listed_without_consent_and_four_eyes() {
        let same = Actor::person("SUPERIOR", "wang").on_proposal_of("wang").citing("办法第二条");
        assert!(SERIOUS.step(State::SuperiorConsentPending, Event::Consent, &same).is_err());
        let into_decided: Vec<_> = State::ALL
            .iter()
            .flat_map(|state| SERIOUS.events_from(*state).map(move |event| (*state, event)))
            .filter(|(_, event)| *event == Event::Consent)
            .collect();
        assert_eq!(into_decided, [(State::SuperiorConsentPending, Event::Consent)]);
    }

    #[test]
    fn an_ended_case_goes_nowhere() {
        for state in [State::NotListed, State::Removed, State::Revoked] {
            assert_eq!(SERIOUS.events_from(state).count(), 0, "{state:?}");
        }
    }
}
