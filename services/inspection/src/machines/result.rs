//! Machine 6, the result of one visit: entered by inspectors, approved by another person, published (R34), withdrawn when its basis falls.

use service::machine::{Machine, Office, on, start};

use super::task::OWNERS;

/// Kind of the duty to review and publish a result, and the parameter that gives its length.
pub const PUBLISH: &str = "inspection.result.publish";
/// Kind of the duty to replace a pending problem by a final result, and the parameter that gives its length.
pub const PENDING: &str = "inspection.result.pending";

service::machine::words! {
    /// Where the result of a visit stands.
    State {
        /// Drawn and assigned.
        NotEntered,
        /// Entered, waiting for review.
        PendingReview,
        /// Sent back to the inspectors.
        Returned,
        /// Approved, waiting for publication.
        Approved,
        /// Published.
        Published,
        /// Published as pending: another result has to replace it before the task closes.
        FollowUp,
        /// The record that it is was withdrawn: it stands no more.
        Withdrawn,
    }

    /// What happens to it.
    Event {
        /// The visit is assigned.
        Assign,
        /// The inspectors enter what they found.
        Enter,
        /// The task's owner approves.
        Approve,
        /// The task's owner approves that a problem is pending.
        ApprovePending,
        /// The task's owner sends it back.
        Return,
        /// A final result is published.
        Publish,
        /// A result that must be replaced later is published.
        PublishPending,
        /// The inspectors enter with their letter.
        ScanIn,
        /// The enterprise or an inspector gives way to the next one, before anything is found.
        GiveWay,
        /// The record that it is is withdrawn, such as by a court.
        Withdraw,
    }
}

const INSPECTING: &[Office] = &[
    Office::FOOD_PROD,
    Office::SAMPLING_SPECIAL_FOOD,
    Office::SE_SUPERV,
    Office::ENFORCEMENT,
    Office::DISTRICT,
];

/// The table. Publication is what the system does after approval; the law leaves nothing to decide there.
pub const RESULT: Machine<State, Event> = Machine(&[
    start(Event::Assign).to(State::NotEntered).system(),
    on(State::NotEntered, Event::ScanIn).to(State::NotEntered).by(INSPECTING),
    on(State::NotEntered, Event::GiveWay).to(State::NotEntered).system(),
    // The period runs from the end of the check, whoever has not reviewed it yet; what is returned and entered again keeps the duty.
    on(State::NotEntered, Event::Enter).to(State::PendingReview).by(INSPECTING).obliges(
        PUBLISH,
        Office::OWNER,
        PUBLISH,
    ),
    on(State::Returned, Event::Enter).to(State::PendingReview).by(INSPECTING).obliges(
        PUBLISH,
        Office::OWNER,
        PUBLISH,
    ),
    on(State::FollowUp, Event::Enter).to(State::PendingReview).by(INSPECTING).obliges(
        PUBLISH,
        Office::OWNER,
        PUBLISH,
    ),
    on(State::PendingReview, Event::Approve)
        .to(State::Approved)
        .by(OWNERS)
        .four_eyes()
        .fulfils(&[PENDING])
        .obliges(PUBLISH, Office::OWNER, PUBLISH),
    // Pending once more gives no new time: the duty that is open stays as it is.
    on(State::PendingReview, Event::ApprovePending)
        .to(State::Approved)
        .by(OWNERS)
        .four_eyes()
        .obliges(PUBLISH, Office::OWNER, PUBLISH)
        .obliges(PENDING, Office::OWNER, PENDING),
    on(State::PendingReview, Event::Return).to(State::Returned).by(OWNERS).four_eyes(),
    on(State::Approved, Event::Publish)
        .to(State::Published)
        .by(OWNERS)
        .system()
        .publishes(PUBLISH)
        .fulfils(&[PUBLISH]),
    on(State::Approved, Event::PublishPending)
        .to(State::FollowUp)
        .by(OWNERS)
        .system()
        .publishes(PUBLISH)
        .fulfils(&[PUBLISH]),
    // Decided where the record is kept: an officer of the office that answers for it, or whoever settles what is contested.
    on(State::Approved, Event::Withdraw).to(State::Withdrawn).system().fulfils(&[PUBLISH, PENDING]),
    on(State::Published, Event::Withdraw).to(State::Withdrawn).system(),
    on(State::FollowUp, Event::Withdraw).to(State::Withdrawn).system().fulfils(&[PENDING]),
]);

impl Event {
    /// What a review is: of a final result, or of one that must be replaced.
    pub const fn review(approve: bool, provisional: bool) -> Self {
        match (approve, provisional) {
            (true, false) => Self::Approve,
            (true, true) => Self::ApprovePending,
            (false, _) => Self::Return,
        }
    }

    /// What the publication of a result is: of a final one, or of one that must be replaced.
    pub const fn publication(provisional: bool) -> Self {
        if provisional { Self::PublishPending } else { Self::Publish }
    }
}

impl State {
    /// Whether a result stands that can be withdrawn.
    pub fn stands(self) -> bool {
        RESULT.events_from(self).any(|event| event == Event::Withdraw)
    }

    /// Whether it was.
    pub const fn is_withdrawn(self) -> bool {
        matches!(self, Self::Withdrawn)
    }

    /// The word in the database, where a withdrawn result is a published one with its day.
    pub const fn stored(self) -> &'static str {
        match self {
            Self::Withdrawn => Self::Published.word(),
            state => state.word(),
        }
    }

    /// Whether a result in this state waits for publication.
    pub fn awaits_publication(self) -> bool {
        RESULT.events_from(self).any(|event| event == Event::Publish)
    }
}

#[cfg(test)]
mod tests {
    use service::machine::{Actor, check_all_triples};

    use super::*;

    const OFFICES: [&str; 9] = [
        "FOOD_PROD",
        "SAMPLING_SPECIAL_FOOD",
        "SE_SUPERV",
        "ENFORCEMENT",
        "DISTRICT",
        "CREDIT",
        "LEGAL",
        "PARTY",
        "SYSTEM",
    ];

    #[test]
    fn the_table_is_sound_and_every_triple_behaves_as_it_says() {
        assert_eq!(check_all_triples(&RESULT, State::ALL, Event::ALL, &OFFICES), Ok(8 * 10 * 9));
    }

    #[test]
    fn who_entered_a_result_may_neither_approve_nor_return_it() {
        for event in [Event::Approve, Event::ApprovePending, Event::Return] {
            let same = Actor::person("FOOD_PROD", "wang").on_proposal_of("wang");
            assert!(RESULT.step(State::PendingReview, event, &same).is_err(), "{event:?}");
            let other = Actor::person("FOOD_PROD", "li").on_proposal_of("wang");
            assert!(RESULT.step(State::PendingReview, event, &other).is_ok(), "{event:?}");
        }
    }

    #[test]
    fn the_period_for_publication_runs_from_the_entry_and_ends_with_publication_or_withdrawal_alone() {
        let inspector = Actor::person("FOOD_PROD", "wang");
        for state in [State::NotEntered, State::Returned, State::FollowUp] {
            let step = RESULT.step(state, Event::Enter, &inspector).unwrap();
            assert!(step.obliges().any(|duty| duty.kind == PUBLISH), "{state:?}");
        }
        let reviewer = Actor::person("FOOD_PROD", "li").on_proposal_of("wang");
        for event in [Event::Approve, Event::ApprovePending, Event::Return] {
            let step = RESULT.step(State::PendingReview, event, &reviewer).unwrap();
            assert!(!step.fulfils.contains(&PUBLISH), "{event:?}");
        }
    }

    #[test]
    fn the_system_never_enters_or_approves_a_result() {
        for (state, event) in [(State::NotEntered, Event::Enter), (State::PendingReview, Event::Approve)] {
            let system = Actor::system().on_proposal_of("wang");
            assert!(RESULT.step(state, event, &system).is_err(), "{event:?}");
        }
    }

    #[test]
    fn a_published_result_is_final_but_for_its_withdrawal_and_a_pending_one_can_be_replaced() {
        let events = |state| RESULT.events_from(state).collect::<Vec<_>>();
        assert_eq!(events(State::Published), [Event::Withdraw]);
        assert_eq!(events(State::FollowUp), [Event::Enter, Event::Withdraw]);
        assert_eq!(events(State::Withdrawn), []);
    }

    #[test]
    fn no_officer_withdraws_a_result_past_its_record() {
        let owner = Actor::person("FOOD_PROD", "li").on_proposal_of("wang");
        assert!(RESULT.step(State::Published, Event::Withdraw, &owner).is_err());
    }
}
