//! Machine 5, samples: results of a run that the line office of a field looks at before CREDIT may approve the run.

use service::machine::{Machine, Office, on, start, words};

words! {
    /// State of a sample.
    State {
        /// The line office is asked.
        Drawn,
        /// It agrees with every result.
        Agreed,
        /// It differs from at least one.
        Disputed,
        /// The run was given up or replaced before the office had looked.
        Lapsed,
    }

    /// What happens to a sample.
    Event {
        /// The run is reviewed.
        Draw,
        /// The office agrees with every result.
        Agree,
        /// The office differs from at least one.
        Dispute,
        /// The run is given up or replaced.
        Lapse,
    }
}

use Event::*;
use State::*;

/// Kind of the duty to look at a sample.
pub const CHECK: &str = "risk.run.check";
/// Parameter of the rulebook for how long that may take.
const REVIEW: &str = "risk.review";
/// In the table, the leading office of the field that the sample is of.
pub const LEAD: Office = Office::other("FIELD_LEAD");

/// The table.
pub const SAMPLE: Machine<State, Event> = Machine(&[
    start(Draw).to(Drawn).system().obliges(CHECK, Office::OWNER, REVIEW),
    on(Drawn, Agree).to(Agreed).by(&[LEAD]).four_eyes().fulfils(&[CHECK]),
    on(Drawn, Dispute).to(Disputed).by(&[LEAD]).four_eyes().fulfils(&[CHECK]),
    on(Drawn, Lapse).to(Lapsed).system().fulfils(&[CHECK]),
]);

impl State {
    /// Whether `event` is still to come for a sample in this state.
    pub fn awaits(self, event: Event) -> bool {
        SAMPLE.events_from(self).any(|possible| possible == event)
    }

    /// Whether the office differs from a result.
    pub fn is_disputed(self) -> bool {
        self == Disputed
    }
}

#[cfg(test)]
mod tests {
    use service::machine::{Actor, Refused, check_all_triples, check_table};

    use super::*;

    const OFFICES: [&str; 4] = ["FIELD_LEAD", "FOOD_PROD", "CREDIT", "SYSTEM"];

    #[test]
    fn the_table_is_sound_and_every_triple_behaves_as_it_says() {
        check_table(&SAMPLE, State::ALL, Event::ALL, &OFFICES).unwrap();
        assert_eq!(check_all_triples(&SAMPLE, State::ALL, Event::ALL, &OFFICES), Ok(5 * 4 * 4));
    }

    #[test]
    fn who_started_the_run_looks_at_no_sample_of_it() {
        let sun = Actor::person(LEAD.code(), "sun");
        for (event, to) in [(Agree, Agreed), (Dispute, Disputed)] {
            let own = SAMPLE.step(Drawn, event, &sun.on_proposal_of("sun"));
            assert!(matches!(own, Err(Refused::FourEyes { .. })), "{event:?}");
            assert_eq!(SAMPLE.step(Drawn, event, &sun.on_proposal_of("wang")).unwrap().to, to);
        }
    }

    #[test]
    fn what_an_office_has_said_stands_and_only_an_open_sample_lapses() {
        for &state in State::ALL {
            assert_eq!(state.awaits(Lapse), state == Drawn, "{state:?}");
            assert_eq!(state.awaits(Agree), state == Drawn, "{state:?}");
        }
        assert!(Disputed.is_disputed() && !Agreed.is_disputed());
    }
}
