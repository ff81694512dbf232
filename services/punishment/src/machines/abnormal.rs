//! Machine 7: an entry in the directory of abnormal operations (order 68, as amended by order 101).

use service::machine::{Machine, Office, on, start, words};

use super::ListEvent;

words! {
    /// Where an entry stands.
    State {
        /// An order lapsed, a check found nobody, a report is missing.
        Suspected,
        /// The facts are being verified.
        Verifying,
        /// Listing is proposed to the deciding officer.
        ListProposed,
        /// In the directory.
        Listed,
        /// Removal was asked for, or the duty was performed.
        RemovalRequested,
        /// No longer in the directory.
        Removed,
        /// The listing was wrong from the beginning.
        RevokedByError,
    }
}

words! {
    /// What can happen to an entry.
    Event {
        /// A suspicion arises.
        Suspect,
        /// Verification begins.
        Verify,
        /// The suspicion did not hold.
        Dismiss,
        /// Listing is proposed.
        Propose,
        /// Listing is decided.
        Decide,
        /// Removal is asked for.
        RequestRemoval,
        /// Removal is decided.
        Remove,
        /// Removal is refused.
        RefuseRemoval,
        /// The listing is found wrong.
        RevokeByError,
    }
}

/// The authority of registration decides: the district bureau, or for foreign-invested enterprises their office.
const REGISTRATION: &[Office] = &[Office::DISTRICT, Office::other("FOREIGN_REG")];
/// Whoever finds somebody missing may say so.
const FINDERS: &[Office] = &[
    Office::DISTRICT,
    Office::other("FOREIGN_REG"),
    Office::CREDIT,
    Office::FOOD_PROD,
    Office::SE_SUPERV,
    Office::ENFORCEMENT,
];

/// The table. Deciding needs a second person and a legal basis; so does each removal.
pub const ABNORMAL: Machine<State, Event> = Machine(&[
    start(Event::Suspect).to(State::Suspected).by(FINDERS).system(),
    on(State::Suspected, Event::Verify).to(State::Verifying).by(REGISTRATION),
    on(State::Suspected, Event::Dismiss).to(State::RevokedByError).by(REGISTRATION),
    on(State::Verifying, Event::Dismiss).to(State::RevokedByError).by(REGISTRATION),
    on(State::Verifying, Event::Propose)
        .to(State::ListProposed)
        .by(REGISTRATION)
        .due("abnormal.list.after_trigger")
        .obliges("abnormal.decide", Office::DISTRICT, "abnormal.list.after_trigger"),
    on(State::ListProposed, Event::Decide)
        .to(State::Listed)
        .by(REGISTRATION)
        .four_eyes()
        .basis()
        .fulfils(&["abnormal.decide"]),
    on(State::ListProposed, Event::Dismiss)
        .to(State::RevokedByError)
        .by(REGISTRATION)
        .fulfils(&["abnormal.decide"]),
    on(State::Listed, Event::RequestRemoval)
        .to(State::RemovalRequested)
        .by(REGISTRATION)
        .due("abnormal.remove.decide")
        .obliges("abnormal.remove", Office::DISTRICT, "abnormal.remove.decide"),
    on(State::RemovalRequested, Event::Remove)
        .to(State::Removed)
        .by(REGISTRATION)
        .four_eyes()
        .basis()
        .fulfils(&["abnormal.remove"]),
    on(State::RemovalRequested, Event::RefuseRemoval)
        .to(State::Listed)
        .by(REGISTRATION)
        .four_eyes()
        .fulfils(&["abnormal.remove"]),
    on(State::Listed, Event::RevokeByError).to(State::RevokedByError).by(REGISTRATION).basis(),
    on(State::RemovalRequested, Event::RevokeByError)
        .to(State::RevokedByError)
        .by(REGISTRATION)
        .basis()
        .fulfils(&["abnormal.remove"]),
]);

impl State {
    /// Whether an entry in this state stands in the directory.
    pub const fn stands(self) -> bool {
        matches!(self, Self::Listed | Self::RemovalRequested)
    }

    /// Whether the entry counts as never made.
    pub const fn void(self) -> bool {
        matches!(self, Self::RevokedByError)
    }
}

impl ListEvent for Event {
    fn needs_reason(self) -> bool {
        matches!(
            self,
            Self::Dismiss | Self::Decide | Self::Remove | Self::RefuseRemoval | Self::RevokeByError
        )
    }

    fn needs_document(self) -> bool {
        matches!(self, Self::Decide | Self::Remove)
    }
}

#[cfg(test)]
mod tests {
    use service::machine::{Actor, check_all_triples};

    use super::*;

    #[test]
    fn the_whole_table_does_what_it_says() {
        let book = rulebook::Rulebook::builtin();
        let offices: Vec<_> = book.offices().iter().map(|office| office.code.as_str()).collect();
        let tried = check_all_triples(&ABNORMAL, State::ALL, Event::ALL, &offices).unwrap();
        assert_eq!(tried, (State::ALL.len() + 1) * Event::ALL.len() * offices.len());
    }

    #[test]
    fn every_state_event_and_office_is_allowed_or_refused_as_the_table_says() {
        let mut allowed = 0;
        for state in State::ALL {
            for event in Event::ALL {
                for office in
                    ["DISTRICT", "FOREIGN_REG", "CREDIT", "FOOD_PROD", "ENFORCEMENT", "SYSTEM", "PARTY"]
                {
                    let actor = Actor::person(office, "li").on_proposal_of("wang").citing("办法第五条");
                    allowed += usize::from(ABNORMAL.step(*state, *event, &actor).is_ok());
                }
            }
        }
        // Eleven lines after the first, each open to the two registration authorities and to nobody else.
        assert_eq!(allowed, 11 * 2);
    }

    #[test]
    fn who_proposed_a_listing_may_not_decide_it() {
        let wang = Actor::person("DISTRICT", "wang").on_proposal_of("wang").citing("办法第五条");
        assert!(ABNORMAL.step(State::ListProposed, Event::Decide, &wang).is_err());
        let li = Actor::person("DISTRICT", "li").on_proposal_of("wang").citing("办法第五条");
        assert_eq!(ABNORMAL.step(State::ListProposed, Event::Decide, &li).unwrap().to, State::Listed);
    }

    #[test]
    fn the_system_suspects_but_never_lists() {
        let system = Actor::system().citing("x").on_proposal_of("wang");
        assert!(ABNORMAL.step(None, Event::Suspect, &system).is_ok());
        for state in State::ALL {
            for event in Event::ALL {
                assert!(ABNORMAL.step(*state, *event, &system).is_err(), "{state:?} {event:?}");
            }
        }
    }
}
