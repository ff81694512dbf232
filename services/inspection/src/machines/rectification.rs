//! Machine 6, rectification: ordered with a result, reported, re-checked, closed; what is not put right goes to a case. What is a case
//! lead by itself is closed only once it is said that no case is filed; a lead about which nothing can be put right is that alone. Lifted
//! when the result is withdrawn.

use service::machine::{Machine, Office, on, start};

/// Kind of the duty to see that a report comes, and the parameter of the period where the order names no day.
pub const LIMIT: &str = "inspection.rectification.limit";
/// Kind of the duty to re-check, and the parameter of the period where the law of the field names none.
pub const RECHECK: &str = "inspection.rectification.recheck";

/// Kind of the duty to look into a case lead, and the parameter of its period.
pub const CASE: &str = "inspection.rectification.case";

service::machine::words! {
    /// Where a rectification stands.
    State {
        /// Something has to be put right.
        Ordered,
        /// The enterprise says it has been.
        Reported,
        /// It has been.
        Closed,
        /// Everything has been put right; whether a case is filed about what was found is still to be said.
        PutRight,
        /// Nothing is ordered to be put right; whether a case is filed about what was found is still to be said.
        LeadFound,
        /// A case is opened: about what was not put right, or what is a case lead by itself.
        CaseOpened,
        /// The result that ordered it was withdrawn.
        Lifted,
    }

    /// What happens to it.
    Event {
        /// A result that orders it is approved.
        Order,
        /// One is approved that is a case lead besides, such as by a key item that fails.
        OrderLead,
        /// One is approved that orders nothing and is a case lead, such as that inspectors were kept from their check.
        FindLead,
        /// The enterprise reports.
        Report,
        /// The re-check finds everything put right.
        Pass,
        /// The re-check finds something that is not.
        Fail,
        /// It finds everything put right where what was found is a case lead that nobody has answered yet.
        PassLead,
        /// A case is opened.
        OpenCase,
        /// The body that handles cases files none about a case lead.
        DeclineCase,
        /// The result that ordered it is withdrawn.
        Lift,
    }
}

const INSPECTING: &[Office] = &[
    Office::FOOD_PROD,
    Office::SAMPLING_SPECIAL_FOOD,
    Office::SE_SUPERV,
    Office::ENFORCEMENT,
    Office::DISTRICT,
];
const LEADING: &[Office] =
    &[Office::FOOD_PROD, Office::SAMPLING_SPECIAL_FOOD, Office::SE_SUPERV, Office::ENFORCEMENT];

/// The body that handles cases.
const CASE_BODY: &[Office] = &[Office::ENFORCEMENT];

/// The table.
pub const RECTIFICATION: Machine<State, Event> = Machine(&[
    start(Event::Order).to(State::Ordered).system().obliges(LIMIT, Office::OWNER, LIMIT),
    // What is put right does not undo what was found: the body that handles cases looks into it meanwhile.
    start(Event::OrderLead).to(State::Ordered).system().obliges(LIMIT, Office::OWNER, LIMIT).obliges(
        CASE,
        Office::ENFORCEMENT,
        CASE,
    ),
    start(Event::FindLead).to(State::LeadFound).system().obliges(CASE, Office::ENFORCEMENT, CASE),
    on(State::Ordered, Event::Report).to(State::Reported).by(INSPECTING).fulfils(&[LIMIT]).obliges(
        RECHECK,
        Office::OWNER,
        RECHECK,
    ),
    on(State::Reported, Event::Pass).to(State::Closed).by(INSPECTING).fulfils(&[RECHECK, CASE]),
    on(State::Reported, Event::PassLead).to(State::PutRight).by(INSPECTING).fulfils(&[RECHECK]),
    // What was said to be put right and is not is a case lead: the body that handles cases has to look into it.
    on(State::Reported, Event::Fail)
        .to(State::Ordered)
        .by(INSPECTING)
        .fulfils(&[RECHECK])
        .obliges(LIMIT, Office::OWNER, LIMIT)
        .obliges(CASE, Office::ENFORCEMENT, CASE),
    on(State::Ordered, Event::OpenCase).to(State::CaseOpened).by(LEADING).fulfils(&[LIMIT, CASE]),
    on(State::Reported, Event::OpenCase).to(State::CaseOpened).by(LEADING).fulfils(&[RECHECK, CASE]),
    on(State::PutRight, Event::OpenCase).to(State::CaseOpened).by(LEADING).fulfils(&[CASE]),
    on(State::LeadFound, Event::OpenCase).to(State::CaseOpened).by(LEADING).fulfils(&[CASE]),
    // What is to be put right goes on without a case.
    on(State::Ordered, Event::DeclineCase).to(State::Ordered).by(CASE_BODY).fulfils(&[CASE]),
    on(State::Reported, Event::DeclineCase).to(State::Reported).by(CASE_BODY).fulfils(&[CASE]),
    on(State::PutRight, Event::DeclineCase).to(State::Closed).by(CASE_BODY).fulfils(&[CASE]),
    on(State::LeadFound, Event::DeclineCase).to(State::Closed).by(CASE_BODY).fulfils(&[CASE]),
    on(State::Ordered, Event::Lift).to(State::Lifted).system().fulfils(&[LIMIT, CASE]),
    on(State::Reported, Event::Lift).to(State::Lifted).system().fulfils(&[RECHECK, CASE]),
    on(State::PutRight, Event::Lift).to(State::Lifted).system().fulfils(&[CASE]),
    on(State::LeadFound, Event::Lift).to(State::Lifted).system().fulfils(&[CASE]),
]);

impl Event {
    /// What an approved result makes begin, by whether it orders anything and whether it is a case lead.
    pub const fn of_result(orders: bool, case_lead: bool) -> Option<Self> {
        match (orders, case_lead) {
            (true, false) => Some(Self::Order),
            (true, true) => Some(Self::OrderLead),
            (false, true) => Some(Self::FindLead),
            (false, false) => None,
        }
    }

    /// Whether nothing is to be put right by it.
    pub const fn is_lead_only(self) -> bool {
        matches!(self, Self::FindLead)
    }

    /// What a re-check is, where a case lead is open or is not.
    pub const fn recheck(passed: bool, lead_is_open: bool) -> Self {
        match (passed, lead_is_open) {
            (true, false) => Self::Pass,
            (true, true) => Self::PassLead,
            (false, _) => Self::Fail,
        }
    }

    /// Kind of the event of the feed that tells it.
    pub const fn told_as(self) -> &'static str {
        match self {
            Self::Order | Self::OrderLead => "inspection.rectification.ordered",
            Self::FindLead => "inspection.rectification.lead_found",
            Self::Report => "inspection.rectification.reported",
            Self::Pass | Self::PassLead | Self::Fail => "inspection.rectification.rechecked",
            Self::OpenCase => "inspection.rectification.case_opened",
            Self::DeclineCase => "inspection.rectification.case_declined",
            Self::Lift => "inspection.rectification.lifted",
        }
    }
}

impl State {
    /// Whether nothing happens to it any more.
    pub fn is_over(self) -> bool {
        RECTIFICATION.events_from(self).next().is_none()
    }

    /// Whether it fell with its result.
    pub const fn is_lifted(self) -> bool {
        matches!(self, Self::Lifted)
    }

    /// Whether nothing is left to be put right and a case lead is still open.
    pub const fn awaits_answer(self) -> bool {
        matches!(self, Self::PutRight | Self::LeadFound)
    }

    /// Whether nothing ever was to be put right.
    pub const fn is_lead_only(self) -> bool {
        matches!(self, Self::LeadFound)
    }

    /// Whether nothing is to be done about it any more, as everything is put right.
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Closed)
    }

    /// The state that a stored word is, by whether the result was withdrawn, whether a case lead waits for its answer, and whether it is
    /// nothing else.
    pub const fn read(self, lifted: bool, lead_is_open: bool, lead_only: bool) -> Self {
        match self {
            Self::Closed if lifted => Self::Lifted,
            Self::Closed if lead_is_open && lead_only => Self::LeadFound,
            Self::Closed if lead_is_open => Self::PutRight,
            stored => stored,
        }
    }

    /// The word in the database, where a lifted one is a closed one with its day, and one that waits for nothing but the answer to a case
    /// lead is a closed one whose lead has none.
    pub const fn stored(self) -> &'static str {
        match self {
            Self::Lifted | Self::PutRight | Self::LeadFound => Self::Closed.word(),
            state => state.word(),
        }
    }

    /// Whether a report is waited for.
    pub fn awaits_report(self) -> bool {
        RECTIFICATION.events_from(self).any(|event| event == Event::Report)
    }
}

#[cfg(test)]
mod tests {
    use service::machine::{Actor, check_all_triples};

    use super::*;

    const OFFICES: [&str; 8] = [
        "FOOD_PROD",
        "SAMPLING_SPECIAL_FOOD",
        "SE_SUPERV",
        "ENFORCEMENT",
        "DISTRICT",
        "CREDIT",
        "PARTY",
        "SYSTEM",
    ];

    #[test]
    fn the_table_is_sound_and_every_triple_behaves_as_it_says() {
        assert_eq!(check_all_triples(&RECTIFICATION, State::ALL, Event::ALL, &OFFICES), Ok(8 * 10 * 8));
    }

    #[test]
    fn only_an_ordered_rectification_waits_for_a_report_and_what_is_closed_stays_closed() {
        let waiting: Vec<_> = State::ALL.iter().filter(|state| state.awaits_report()).collect();
        assert_eq!(waiting, [&State::Ordered]);
        let over: Vec<_> = State::ALL.iter().filter(|state| state.is_over()).collect();
        assert_eq!(over, [&State::Closed, &State::CaseOpened, &State::Lifted]);
    }

    #[test]
    fn what_is_put_right_does_not_answer_a_case_lead_and_only_the_case_body_files_none() {
        let passed =
            RECTIFICATION.step(State::Reported, Event::recheck(true, true), &Actor::person("DISTRICT", "li"));
        let passed = passed.unwrap();
        assert_eq!((passed.to, passed.fulfils), (State::PutRight, [RECHECK].as_slice()));
        let declined = |office| {
            let step = RECTIFICATION.step(passed.to, Event::DeclineCase, &Actor::person(office, "li"));
            step.map(|step| (step.to, step.fulfils))
        };
        assert_eq!(declined("ENFORCEMENT").unwrap(), (State::Closed, [CASE].as_slice()));
        assert!(declined("FOOD_PROD").is_err());
    }

    #[test]
    fn a_lead_alone_is_a_duty_of_the_case_body_and_waits_for_its_answer_and_for_no_report() {
        let found = RECTIFICATION.step(None::<State>, Event::FindLead, &Actor::system()).unwrap();
        assert_eq!(found.to, State::LeadFound);
        assert_eq!(found.obliges().map(|duty| duty.kind).collect::<Vec<_>>(), [CASE]);
        let next: Vec<_> = RECTIFICATION.events_from(found.to).collect();
        assert_eq!(next, [Event::OpenCase, Event::DeclineCase, Event::Lift]);
        assert_eq!(found.to, State::Closed.read(false, true, true), "as it is stored");
    }
}
