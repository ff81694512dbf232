//! An objection to the accuracy of a record (machine 2, `Objected`; 山东省社会信用条例 art 39). One officer proposes the answer, a
//! second one gives it.

use service::machine::{Machine, Office, on, start, words};

use super::record::PROVIDER;

words! {
    /// State of an objection.
    State {
        /// It waits for its answer.
        Open,
        /// It waits for its answer while others verify.
        Verifying,
        /// An answer is proposed.
        Proposed,
        /// An answer is proposed, after others were to verify.
        Verified,
        /// It was founded: the record is corrected or withdrawn.
        Founded,
        /// It was not: the reasons are given.
        Unfounded,
        /// The record ended, or says something else, by another act.
        Lapsed,
    }
}

words! {
    /// What happens to an objection.
    Event {
        /// Somebody contests a record.
        Lodge,
        /// An officer says that others must verify.
        Extend,
        /// An officer proposes the answer.
        Propose,
        /// Another sends it back.
        Return,
        /// Another answers that it is founded.
        Uphold,
        /// Another answers that it is not.
        Dismiss,
        /// The record ends, or says something else, by another act.
        Lapse,
    }
}

use Event::*;
use State::*;

/// Kind and parameter of the duty to answer.
pub const ANSWER: &str = "objection.answer";
/// Kind and parameter of the duty to answer once others have verified.
pub const ANSWER_AFTER_OTHERS: &str = "objection.answer.needs_others";

const EVERY_DUTY: &[&str] = &[ANSWER, ANSWER_AFTER_OTHERS];

/// Offices that take an objection of a party, and CREDIT, which lodges in its own name too.
pub(super) const LODGERS: &[Office] = &[
    Office::LEGAL,
    Office::FOOD_PROD,
    Office::SAMPLING_SPECIAL_FOOD,
    Office::SE_SUPERV,
    Office::ENFORCEMENT,
    Office::DISTRICT,
    Office::CREDIT,
];

/// The table. Both periods run from the day of the lodging. What is sent back waits as it did before; others verify once.
pub const OBJECTION: Machine<State, Event> = Machine(&[
    start(Lodge).to(Open).by(LODGERS).obliges(ANSWER, Office::OWNER, ANSWER),
    on(Open, Extend).to(Verifying).by(&[PROVIDER]).fulfils(&[ANSWER]).obliges(
        ANSWER_AFTER_OTHERS,
        Office::OWNER,
        ANSWER_AFTER_OTHERS,
    ),
    on(Open, Propose).to(Proposed).by(&[PROVIDER]),
    on(Open, Lapse).to(Lapsed).system().fulfils(EVERY_DUTY),
    on(Verifying, Propose).to(Verified).by(&[PROVIDER]),
    on(Verifying, Lapse).to(Lapsed).system().fulfils(EVERY_DUTY),
    on(Proposed, Return).to(Open).by(&[PROVIDER]).four_eyes(),
    on(Proposed, Uphold).to(Founded).by(&[PROVIDER]).four_eyes().basis().fulfils(EVERY_DUTY),
    on(Proposed, Dismiss).to(Unfounded).by(&[PROVIDER]).four_eyes().basis().fulfils(EVERY_DUTY),
    on(Proposed, Lapse).to(Lapsed).system().fulfils(EVERY_DUTY),
    on(Verified, Return).to(Verifying).by(&[PROVIDER]).four_eyes(),
    on(Verified, Uphold).to(Founded).by(&[PROVIDER]).four_eyes().basis().fulfils(EVERY_DUTY),
    on(Verified, Dismiss).to(Unfounded).by(&[PROVIDER]).four_eyes().basis().fulfils(EVERY_DUTY),
    on(Verified, Lapse).to(Lapsed).system().fulfils(EVERY_DUTY),
]);

/// What the second officer's word does, by whether the answer is given and what it says.
pub fn decision(granted: bool, founded: bool) -> Event {
    match (granted, founded) {
        (false, _) => Return,
        (true, true) => Uphold,
        (true, false) => Dismiss,
    }
}

impl State {
    /// Whether it still waits for its answer.
    pub fn is_open(self) -> bool {
        OBJECTION.events_from(self).next().is_some()
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
        let tried = check_all_triples(&OBJECTION, State::ALL, Event::ALL, &offices).unwrap();
        assert_eq!(tried, (State::ALL.len() + 1) * Event::ALL.len() * offices.len());
    }

    #[test]
    fn others_verify_once_and_what_is_sent_back_waits_as_before() {
        let officer = Actor::person(PROVIDER.code(), "li");
        assert_eq!(OBJECTION.step(Open, Extend, &officer).unwrap().to, Verifying);
        let again = OBJECTION.step(Verifying, Extend, &officer).unwrap_err();
        assert!(matches!(again, Refused::Transition { .. }), "{again}");
        let second = officer.on_proposal_of("wang");
        assert_eq!(OBJECTION.step(Proposed, Return, &second).unwrap().to, Open);
        assert_eq!(OBJECTION.step(Verified, Return, &second).unwrap().to, Verifying);
    }

    #[test]
    fn who_proposes_the_answer_does_not_give_it() {
        let officer = Actor::person(PROVIDER.code(), "li").citing("《行政处罚法》第七十五条");
        for event in [decision(true, true), decision(true, false), decision(false, true)] {
            for state in [Proposed, Verified] {
                let refused = OBJECTION.step(state, event, &officer.on_proposal_of("li")).unwrap_err();
                assert!(matches!(refused, Refused::FourEyes { .. }), "{refused}");
                assert!(OBJECTION.step(state, event, &officer.on_proposal_of("wang")).is_ok());
            }
        }
    }

    #[test]
    fn what_is_answered_is_open_no_longer() {
        let open: Vec<_> = State::ALL.iter().copied().filter(|state| state.is_open()).collect();
        assert_eq!(open, [Open, Verifying, Proposed, Verified]);
    }
}
