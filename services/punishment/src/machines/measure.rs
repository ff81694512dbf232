//! Machine 10: a joint measure, from the publication of its entry to the last acknowledgement of its end.
//!
//! Several systems are told of one measure. What each has taken stands in rows of its own; the machine moves when the first and when
//! the last of them has.

use service::machine::{Machine, Office, on, start, words};

words! {
    /// Where a measure stands.
    State {
        /// Derived from the city's list; its basis is to be checked.
        Derived,
        /// Confirmed; passed through on the way to the systems that take it.
        Confirmed,
        /// Handed over; nobody has taken it yet, or not all.
        Sent,
        /// Some systems have taken it.
        Acknowledged,
        /// Every system has taken it.
        InForce,
        /// A report on its use is overdue.
        FeedbackDue,
        /// Its trigger has ended, or its basis does not carry it. It stays here when nobody was told of it.
        Ended,
        /// The end is on its way to every system that was told.
        EndSent,
        /// Every system has taken the end.
        EndAcknowledged,
        /// The party contests it; it goes on until that is answered.
        Contested,
    }
}

words! {
    /// What can happen to a measure.
    Event {
        /// An entry is published, and the city's list has it.
        Derive,
        /// Its basis is checked and carries it.
        Confirm,
        /// Its basis is checked and does not carry it.
        Reject,
        /// It is handed over to the systems.
        Send,
        /// A system has taken it; others have still to.
        Acknowledge,
        /// The last system has taken it.
        AcknowledgeLast,
        /// The use at one system is reported; others have still to.
        Report,
        /// The use at the last system is reported: all have for this period.
        ReportLast,
        /// The period for reports has passed.
        FallDue,
        /// The party is no more: nobody owes a report on the use of a measure against it.
        Excuse,
        /// The party is registered after all: reports on the use of a measure against it are owed again.
        OweAgain,
        /// The party contests it.
        Contest,
        /// It stands, and every system has taken it.
        Uphold,
        /// It stands, and some system has still to take it.
        UpholdOnTheWay,
        /// It stands, and was not confirmed yet.
        UpholdUntold,
        /// The party is right.
        Lift,
        /// Its trigger has ended.
        End,
        /// The end is handed over to the systems that were told.
        SendEnd,
        /// A system has taken the end; others have still to.
        AcknowledgeEnd,
        /// The last system has taken the end.
        AcknowledgeEndLast,
    }
}

use Event::*;
use State::*;

/// Stands for the office that speaks for a system which applies the measure: its own, or the one that the city's list names for the measure.
/// Whoever acts in this name has been checked against both.
pub const IMPLEMENTER: Office = Office::other("MEASURE_IMPLEMENTER");

/// Kind of the duty to check the basis of a derived measure.
pub const CONFIRM: &str = "measure.confirm";
/// Kind of the duty to have every system take a measure.
pub const ACK: &str = "measure.ack";
/// Kind of the duty to report on the use of a measure.
pub const FEEDBACK: &str = "measure.feedback";
/// Kind of the duty to answer a contested measure.
pub const CONTEST: &str = "measure.contest";
/// Kind of the duty to have every system that was told take the end.
pub const END: &str = "measure.end_push";

/// The period in which a measure is to be derived and confirmed. It is derived at once, so all of it is the officer's.
const DERIVE: &str = "measure.derive";
const CREDIT: &[Office] = &[Office::CREDIT];
/// Whoever meets the party takes what it says.
const TAKERS: &[Office] = &[Office::CREDIT, Office::DISTRICT, Office::PARTY];

/// The table.
pub const MEASURE: Machine<State, Event> = Machine(&[
    start(Derive).to(Derived).system().obliges(CONFIRM, Office::CREDIT, DERIVE),
    on(Derived, Confirm).to(Confirmed).by(CREDIT).four_eyes().basis().fulfils(&[CONFIRM]),
    on(Derived, Reject).to(Ended).by(CREDIT).four_eyes().fulfils(&[CONFIRM]),
    on(Derived, Contest).to(Contested).by(TAKERS).fulfils(&[CONFIRM]).obliges(
        CONTEST,
        Office::CREDIT,
        CONTEST,
    ),
    on(Derived, End).to(Ended).system().fulfils(&[CONFIRM]),
    on(Confirmed, Send).to(Sent).system().obliges(ACK, Office::OWNER, ACK),
    on(Sent, Acknowledge).to(Acknowledged).system(),
    on(Sent, AcknowledgeLast).to(InForce).system().fulfils(&[ACK]).obliges(FEEDBACK, Office::OWNER, FEEDBACK),
    // Whoever has taken it applies it, whoever has still to; once all have, reports are owed.
    on(Sent, Report).to(Sent).by(&[IMPLEMENTER]),
    on(Sent, Contest).to(Contested).by(TAKERS).obliges(CONTEST, Office::CREDIT, CONTEST),
    on(Sent, End).to(Ended).system().fulfils(&[ACK]),
    on(Acknowledged, Acknowledge).to(Acknowledged).system(),
    on(Acknowledged, AcknowledgeLast).to(InForce).system().fulfils(&[ACK]).obliges(
        FEEDBACK,
        Office::OWNER,
        FEEDBACK,
    ),
    on(Acknowledged, Report).to(Acknowledged).by(&[IMPLEMENTER]),
    on(Acknowledged, Contest).to(Contested).by(TAKERS).obliges(CONTEST, Office::CREDIT, CONTEST),
    on(Acknowledged, End).to(Ended).system().fulfils(&[ACK]),
    on(InForce, Report).to(InForce).by(&[IMPLEMENTER]),
    on(InForce, ReportLast).to(InForce).by(&[IMPLEMENTER]).fulfils(&[FEEDBACK]).obliges(
        FEEDBACK,
        Office::OWNER,
        FEEDBACK,
    ),
    on(InForce, FallDue).to(FeedbackDue).system(),
    on(InForce, Excuse).to(InForce).system().fulfils(&[FEEDBACK]),
    on(InForce, OweAgain).to(InForce).system().obliges(FEEDBACK, Office::OWNER, FEEDBACK),
    on(InForce, Contest).to(Contested).by(TAKERS).fulfils(&[FEEDBACK]).obliges(
        CONTEST,
        Office::CREDIT,
        CONTEST,
    ),
    on(InForce, End).to(Ended).system().fulfils(&[FEEDBACK]),
    on(FeedbackDue, Report).to(FeedbackDue).by(&[IMPLEMENTER]),
    on(FeedbackDue, ReportLast).to(InForce).by(&[IMPLEMENTER]).fulfils(&[FEEDBACK]).obliges(
        FEEDBACK,
        Office::OWNER,
        FEEDBACK,
    ),
    on(FeedbackDue, Excuse).to(InForce).system().fulfils(&[FEEDBACK]),
    on(FeedbackDue, Contest).to(Contested).by(TAKERS).fulfils(&[FEEDBACK]).obliges(
        CONTEST,
        Office::CREDIT,
        CONTEST,
    ),
    on(FeedbackDue, End).to(Ended).system().fulfils(&[FEEDBACK]),
    // What was handed over before goes on being taken, and being applied.
    on(Contested, Acknowledge).to(Contested).system(),
    on(Contested, AcknowledgeLast).to(Contested).system().fulfils(&[ACK]),
    on(Contested, Report).to(Contested).by(&[IMPLEMENTER]),
    on(Contested, Uphold).to(InForce).by(CREDIT).four_eyes().fulfils(&[CONTEST]).obliges(
        FEEDBACK,
        Office::OWNER,
        FEEDBACK,
    ),
    on(Contested, UpholdOnTheWay).to(Sent).by(CREDIT).four_eyes().fulfils(&[CONTEST]),
    on(Contested, UpholdUntold).to(Derived).by(CREDIT).four_eyes().fulfils(&[CONTEST]).obliges(
        CONFIRM,
        Office::CREDIT,
        DERIVE,
    ),
    on(Contested, Lift).to(Ended).by(CREDIT).four_eyes().fulfils(&[CONTEST, ACK]),
    on(Contested, End).to(Ended).system().fulfils(&[CONTEST, ACK]),
    on(Ended, SendEnd).to(EndSent).system().publishes(END).obliges(END, Office::CREDIT, END),
    // A system that was away takes the measure before its end, in this order.
    on(EndSent, Acknowledge).to(EndSent).system(),
    on(EndSent, AcknowledgeLast).to(EndSent).system(),
    on(EndSent, AcknowledgeEnd).to(EndSent).system(),
    on(EndSent, AcknowledgeEndLast).to(EndAcknowledged).system().fulfils(&[END]),
]);

impl State {
    /// Whether the measure has ended, whoever knows of it.
    pub const fn has_ended(self) -> bool {
        matches!(self, Ended | EndSent | EndAcknowledged)
    }

    /// Whether a period for reports runs: every system has the measure, and each owes a report.
    pub const fn owes_reports(self) -> bool {
        matches!(self, InForce | FeedbackDue)
    }

    /// The states in which a measure has not ended.
    pub fn live() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|state| !state.has_ended())
    }
}

/// How far the systems have come that are to take a measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Nobody was told.
    Untold,
    /// All were told; some have still to take it.
    OnTheWay,
    /// All have taken it.
    Everywhere,
}

/// The event by which a contested measure goes on where it stood.
pub const fn upheld(reach: Reach) -> Event {
    match reach {
        Reach::Untold => UpholdUntold,
        Reach::OnTheWay => UpholdOnTheWay,
        Reach::Everywhere => Uphold,
    }
}

#[cfg(test)]
mod tests {
    use service::machine::{Actor, Said, check_against, check_all_triples};

    use super::*;

    /// Every step that there is and who may take it, written down apart from the table.
    const LAW: &[Said<'static, State, Event>] = &[
        (Derive, &[(None, Derived)], &["SYSTEM"]),
        (Confirm, &[(Some(Derived), Confirmed)], &["CREDIT"]),
        (Reject, &[(Some(Derived), Ended)], &["CREDIT"]),
        (
            Contest,
            &[
                (Some(Derived), Contested),
                (Some(Sent), Contested),
                (Some(Acknowledged), Contested),
                (Some(InForce), Contested),
                (Some(FeedbackDue), Contested),
            ],
            &["CREDIT", "DISTRICT", "PARTY"],
        ),
        (
            End,
            &[
                (Some(Derived), Ended),
                (Some(Sent), Ended),
                (Some(Acknowledged), Ended),
                (Some(InForce), Ended),
                (Some(FeedbackDue), Ended),
                (Some(Contested), Ended),
            ],
            &["SYSTEM"],
        ),
        (Send, &[(Some(Confirmed), Sent)], &["SYSTEM"]),
        (
            Acknowledge,
            &[
                (Some(Sent), Acknowledged),
                (Some(Acknowledged), Acknowledged),
                (Some(Contested), Contested),
                (Some(EndSent), EndSent),
            ],
            &["SYSTEM"],
        ),
        (
            AcknowledgeLast,
            &[
                (Some(Sent), InForce),
                (Some(Acknowledged), InForce),
                (Some(Contested), Contested),
                (Some(EndSent), EndSent),
            ],
            &["SYSTEM"],
        ),
        (
            Report,
            &[
                (Some(Sent), Sent),
                (Some(Acknowledged), Acknowledged),
                (Some(InForce), InForce),
                (Some(FeedbackDue), FeedbackDue),
                (Some(Contested), Contested),
            ],
            &["MEASURE_IMPLEMENTER"],
        ),
        (ReportLast, &[(Some(InForce), InForce), (Some(FeedbackDue), InForce)], &["MEASURE_IMPLEMENTER"]),
        (FallDue, &[(Some(InForce), FeedbackDue)], &["SYSTEM"]),
        (Excuse, &[(Some(InForce), InForce), (Some(FeedbackDue), InForce)], &["SYSTEM"]),
        (OweAgain, &[(Some(InForce), InForce)], &["SYSTEM"]),
        (Uphold, &[(Some(Contested), InForce)], &["CREDIT"]),
        (UpholdOnTheWay, &[(Some(Contested), Sent)], &["CREDIT"]),
        (UpholdUntold, &[(Some(Contested), Derived)], &["CREDIT"]),
        (Lift, &[(Some(Contested), Ended)], &["CREDIT"]),
        (SendEnd, &[(Some(Ended), EndSent)], &["SYSTEM"]),
        (AcknowledgeEnd, &[(Some(EndSent), EndSent)], &["SYSTEM"]),
        (AcknowledgeEndLast, &[(Some(EndSent), EndAcknowledged)], &["SYSTEM"]),
    ];

    #[test]
    fn the_whole_table_does_what_it_says() {
        let book = rulebook::Rulebook::builtin();
        let mut offices: Vec<_> = book.offices().iter().map(|office| office.code.as_str()).collect();
        offices.push(IMPLEMENTER.code());
        let tried = check_all_triples(&MEASURE, State::ALL, Event::ALL, &offices).unwrap();
        assert_eq!(tried, (State::ALL.len() + 1) * Event::ALL.len() * offices.len());
    }

    #[test]
    fn every_state_event_and_role_is_allowed_or_refused_with_its_reason() {
        let book = rulebook::Rulebook::builtin();
        let mut offices: Vec<_> = book.offices().iter().map(|office| office.code.as_str()).collect();
        offices.push(IMPLEMENTER.code());
        let tried = check_against(&MEASURE, LAW, State::ALL, &offices).unwrap();
        assert_eq!(tried, (State::ALL.len() + 1) * Event::ALL.len() * offices.len());
    }

    #[test]
    fn only_credit_decides_and_never_the_one_who_published_or_confirmed() {
        for state in State::ALL {
            for event in [Confirm, Reject, Uphold, UpholdOnTheWay, UpholdUntold, Lift] {
                let of = |office, proposer| {
                    let actor = Actor::person(office, "li").on_proposal_of(proposer).citing("办法第十五条");
                    MEASURE.step(*state, event, &actor).is_ok()
                };
                assert!(!of("CREDIT", "li"), "{state:?} {event:?}");
                for office in ["SYSTEM", "LEGAL", "DISTRICT", "APPROVAL", "MEASURE_IMPLEMENTER"] {
                    assert!(!of(office, "wang"), "{state:?} {event:?} {office}");
                }
                assert_eq!(of("CREDIT", "wang"), MEASURE.events_from(*state).any(|own| own == event));
            }
        }
    }

    #[test]
    fn no_office_confirms_what_follows_from_a_record_that_it_may_have_provided() {
        const PROVIDING: [&str; 3] =
            ["collection.record.import", "collection.record.correct", "registry.commitment.breach"];
        let book = rulebook::Rulebook::builtin();
        let today = domain::parse_date("2026-03-02").unwrap();
        let offices = |permission: &str| -> Vec<_> {
            let may = book.offices().iter().filter(|office| book.may(permission, &office.code, today));
            may.map(|office| office.code.as_str()).collect()
        };
        let confirming = offices("punishment.measure.confirm");
        assert_eq!(confirming, [Office::CREDIT.code()]);
        for permission in PROVIDING {
            let providing = offices(permission);
            assert!(!providing.is_empty(), "{permission}");
            assert!(providing.iter().all(|office| !confirming.contains(office)), "{permission}");
        }
    }

    #[test]
    fn every_live_measure_that_can_be_found_ends_with_its_trigger() {
        // Nothing waits as `Confirmed`: the same transaction sends it.
        for state in State::live().filter(|state| *state != Confirmed) {
            assert_eq!(MEASURE.step(state, End, &Actor::system()).unwrap().to, Ended, "{state:?}");
        }
    }

    #[test]
    fn an_ended_measure_is_never_sent_confirmed_or_upheld_again() {
        for state in State::ALL.iter().filter(|state| state.has_ended()) {
            for event in MEASURE.events_from(*state) {
                let actor = Actor::person("SYSTEM", "system");
                assert!(MEASURE.step(*state, event, &actor).unwrap().to.has_ended(), "{state:?} {event:?}");
            }
        }
    }

    #[test]
    fn a_contested_measure_goes_on_where_it_stood() {
        let actor = Actor::person("CREDIT", "li").on_proposal_of("wang");
        for (reach, state) in
            [(Reach::Untold, Derived), (Reach::OnTheWay, Sent), (Reach::Everywhere, InForce)]
        {
            assert_eq!(MEASURE.step(Contested, upheld(reach), &actor).unwrap().to, state);
        }
    }
}
