//! Machine 6, the plan: drafted by line offices, reviewed and approved by others, filed, published, amended as a new version. A version
//! that is not approved yet can be given up: what stands before it goes on.

use service::machine::{Machine, Office, on, start};

use super::task::OWNERS;

/// Kind of the duty to make the tasks of a month of a plan in force, and the parameter of the period that the first day of the month takes the
/// place of where it comes later.
pub const MONTH: &str = "inspection.plan.month";

service::machine::words! {
    /// Where a version of a plan stands.
    State {
        /// Computed; may be computed anew.
        Draft,
        /// Joint checks are coordinated.
        Reviewed,
        /// Decided.
        Approved,
        /// Filed with the superior body (上级备案).
        Filed,
        /// In force and public.
        Published,
        /// A later version is published.
        Superseded,
        /// It was given up before anybody approved it.
        Cancelled,
    }

    /// What happens to it.
    Event {
        /// A version is drafted.
        Draft,
        /// It is computed anew.
        Redraft,
        /// Another person than drafted it has reviewed it.
        Review,
        /// Another person than drafted it approves.
        Approve,
        /// It was filed.
        File,
        /// It is published.
        Publish,
        /// A month of it becomes tasks.
        CarryOut,
        /// The version after it is drafted.
        Amend,
        /// The version after it is published.
        Supersede,
        /// It is given up for a reason.
        Cancel,
    }
}

/// Who decides: the office that leads and coordinates puts the decision of the bureau's leader on record.
const DECIDERS: &[Office] = &[Office::CREDIT];

/// The table.
pub const PLAN: Machine<State, Event> = Machine(&[
    start(Event::Draft).to(State::Draft).by(OWNERS),
    on(State::Draft, Event::Redraft).to(State::Draft).by(OWNERS),
    on(State::Reviewed, Event::Redraft).to(State::Draft).by(OWNERS),
    on(State::Draft, Event::Review).to(State::Reviewed).by(DECIDERS).four_eyes(),
    on(State::Reviewed, Event::Approve).to(State::Approved).by(DECIDERS).four_eyes(),
    on(State::Approved, Event::File).to(State::Filed).by(DECIDERS),
    // For each of its months with visits.
    on(State::Filed, Event::Publish).to(State::Published).by(DECIDERS).obliges(MONTH, Office::CREDIT, MONTH),
    on(State::Published, Event::CarryOut).to(State::Published).by(DECIDERS).system().fulfils(&[MONTH]),
    // What is published stays in force until the next version is.
    on(State::Published, Event::Amend).to(State::Published).by(OWNERS),
    on(State::Published, Event::Supersede).to(State::Superseded).system().fulfils(&[MONTH]),
    // Nothing is decided yet: who may draft a version, and draft it anew, may also say that there shall be none. What is approved is a
    // decision of the bureau's, and gives way to another version alone.
    on(State::Draft, Event::Cancel).to(State::Cancelled).by(OWNERS),
    on(State::Reviewed, Event::Cancel).to(State::Cancelled).by(OWNERS),
]);

impl Event {
    /// Kind of the event of the feed that tells it.
    pub const fn told_as(self) -> &'static str {
        match self {
            Self::Draft | Self::Redraft | Self::Amend => "inspection.plan.drafted",
            Self::Review => "inspection.plan.reviewed",
            Self::Approve => "inspection.plan.approved",
            Self::File => "inspection.plan.filed",
            Self::Publish | Self::Supersede => "inspection.plan.published",
            Self::Cancel => "inspection.plan.cancelled",
            // A task at a time.
            Self::CarryOut => "inspection.task.created",
        }
    }
}

impl State {
    /// Whether everyone may see the version: it is in force, or was.
    pub const fn is_public(self) -> bool {
        matches!(self, Self::Published | Self::Superseded)
    }

    /// The word in the database, where a version that was given up is one that gave way, with a reason.
    pub const fn stored(self) -> &'static str {
        match self {
            Self::Cancelled => Self::Superseded.word(),
            state => state.word(),
        }
    }

    /// The state that a stored word is, by whether the version was given up.
    pub const fn read(self, cancelled: bool) -> Self {
        if cancelled { Self::Cancelled } else { self }
    }
}

#[cfg(test)]
mod tests {
    use service::machine::{Actor, check_all_triples};

    use super::*;

    const OFFICES: [&str; 7] =
        ["FOOD_PROD", "SAMPLING_SPECIAL_FOOD", "SE_SUPERV", "CREDIT", "LEGAL", "DISTRICT", "SYSTEM"];

    #[test]
    fn the_table_is_sound_and_every_triple_behaves_as_it_says() {
        assert_eq!(check_all_triples(&PLAN, State::ALL, Event::ALL, &OFFICES), Ok(8 * 10 * 7));
    }

    #[test]
    fn who_drafted_a_plan_may_neither_review_nor_approve_it() {
        for (state, event) in [(State::Draft, Event::Review), (State::Reviewed, Event::Approve)] {
            let same = Actor::person("CREDIT", "wang").on_proposal_of("wang");
            assert!(PLAN.step(state, event, &same).is_err(), "{event:?}");
            let other = Actor::person("CREDIT", "zhao").on_proposal_of("wang");
            assert!(PLAN.step(state, event, &other).is_ok(), "{event:?}");
        }
    }

    #[test]
    fn an_approved_plan_is_not_drafted_anew() {
        let owner = Actor::person("FOOD_PROD", "wang");
        for state in [State::Approved, State::Filed, State::Published, State::Superseded] {
            assert!(PLAN.step(state, Event::Redraft, &owner).is_err(), "{state:?}");
        }
    }

    #[test]
    fn a_version_is_given_up_by_who_may_draft_it_and_not_once_it_is_approved() {
        let own = Actor::person("FOOD_PROD", "wang").on_proposal_of("wang");
        for state in State::ALL {
            let open = matches!(state, State::Draft | State::Reviewed);
            assert_eq!(PLAN.step(*state, Event::Cancel, &own).is_ok(), open, "{state:?}");
        }
        assert!(PLAN.step(State::Draft, Event::Cancel, &Actor::person("CREDIT", "zhao")).is_err());
        assert_eq!(PLAN.events_from(State::Cancelled).next(), None);
    }
}
