//! What the province is told in which the party of a penalty is registered (machine 2, order 45 art 10): it publishes, and what becomes
//! of the penalty here it has to know.

use service::machine::{Machine, Office, on, start, words};

use super::record::{PROVIDER, WITHDRAWAL};

words! {
    /// Where the push of a penalty stands.
    State {
        /// That province is to be told.
        Owed,
        /// It was told, by a letter.
        Pushed,
        /// It has said that it has the letter.
        Acknowledged,
        /// It was told of what is not for it, or not any more: it is to be told to stop.
        EndOwed,
        /// Nothing is for that province.
        Ended,
    }
}

words! {
    /// What happens to the push of a penalty.
    Event {
        /// The credit code of the party says that it is registered there.
        Recognise,
        /// An officer says so.
        Place,
        /// The letter was sent.
        Push,
        /// The province has said that it has it.
        Acknowledge,
        /// The penalty says something else from now on, or its decision is suspended or enforced again.
        Change,
        /// The province was told by another letter what has become of it.
        Tell,
        /// The penalty was withdrawn, or its party is registered here.
        End,
    }
}

use Event::*;
use State::*;

/// Kind and parameter of the duty to tell the province; the period runs from the day of the decision.
pub const PUSH_PENALTY: &str = "penalty.publish.cross_province.push";
/// Kind and parameter of the duty to see that it has the letter by when it has to have published.
pub const PUBLISHED_ELSEWHERE: &str = "penalty.publish.cross_province.publish";
/// Kind of the duty to tell the province what has become of the penalty. No law names a period: it is that of a withdrawal here.
pub const TELL_ELSEWHERE: &str = "penalty.tell_elsewhere";

/// The table. The office that answers for the penalty tells; what is not told yet is told as it stands then, so that only the day of the
/// decision matters to what is owed.
pub const PUSH: Machine<State, Event> = Machine(&[
    start(Recognise).to(Owed).system().obliges(PUSH_PENALTY, Office::OWNER, PUSH_PENALTY),
    start(Place).to(Owed).by(&[PROVIDER]).basis().obliges(PUSH_PENALTY, Office::OWNER, PUSH_PENALTY),
    on(Owed, Push).to(Pushed).by(&[PROVIDER]).fulfils(&[PUSH_PENALTY]).obliges(
        PUBLISHED_ELSEWHERE,
        Office::OWNER,
        PUBLISHED_ELSEWHERE,
    ),
    on(Owed, Change).to(Owed).system().fulfils(&[PUSH_PENALTY]).obliges(
        PUSH_PENALTY,
        Office::OWNER,
        PUSH_PENALTY,
    ),
    on(Owed, End).to(Ended).system().fulfils(&[PUSH_PENALTY]),
    on(Pushed, Acknowledge).to(Acknowledged).by(&[PROVIDER]).fulfils(&[PUBLISHED_ELSEWHERE]),
    on(Pushed, Change).to(Pushed).system().obliges(TELL_ELSEWHERE, Office::OWNER, WITHDRAWAL),
    on(Pushed, Tell).to(Pushed).by(&[PROVIDER]).fulfils(&[TELL_ELSEWHERE]),
    on(Pushed, End).to(EndOwed).system().fulfils(&[PUBLISHED_ELSEWHERE]).obliges(
        TELL_ELSEWHERE,
        Office::OWNER,
        WITHDRAWAL,
    ),
    on(Acknowledged, Change).to(Acknowledged).system().obliges(TELL_ELSEWHERE, Office::OWNER, WITHDRAWAL),
    on(Acknowledged, Tell).to(Acknowledged).by(&[PROVIDER]).fulfils(&[TELL_ELSEWHERE]),
    on(Acknowledged, End).to(EndOwed).system().obliges(TELL_ELSEWHERE, Office::OWNER, WITHDRAWAL),
    on(EndOwed, Tell).to(Ended).by(&[PROVIDER]).fulfils(&[TELL_ELSEWHERE]),
    // It was not registered here after all.
    on(Ended, Place).to(Owed).by(&[PROVIDER]).basis().obliges(PUSH_PENALTY, Office::OWNER, PUSH_PENALTY),
]);

#[cfg(test)]
mod tests {
    use super::*;
    use service::machine::{Actor, check_all_triples};

    #[test]
    fn every_state_event_and_office_answers_as_the_table_says() {
        let rulebook = rulebook::Rulebook::builtin();
        let offices = rulebook.offices().iter().map(|office| office.code.as_str());
        let offices: Vec<_> = offices.chain([PROVIDER.code()]).collect();
        let tried = check_all_triples(&PUSH, State::ALL, Event::ALL, &offices).unwrap();
        assert_eq!(tried, (State::ALL.len() + 1) * Event::ALL.len() * offices.len());
    }

    #[test]
    fn only_who_was_told_is_owed_another_letter() {
        for (state, event, owed) in [
            (Owed, Change, 0),
            (Owed, End, 0),
            (Pushed, Change, 1),
            (Acknowledged, Change, 1),
            (Pushed, End, 1),
        ] {
            let step = PUSH.step(state, event, &Actor::system()).unwrap();
            let letters = step.obliges().filter(|duty| duty.kind == TELL_ELSEWHERE).count();
            assert_eq!(letters, owed, "{state:?} {event:?}");
        }
    }
}
