//! Machine 6, the task: from its creation over the draw to the disclosure of the drawn list. A task that follows a clue names whom it
//! visits: inspectors are assigned, and nothing is drawn.

use service::machine::{Machine, Office, on, start};

/// Kind of the duty to carry out a task that has a last day, and the parameter of the period that this day takes the place of: of a task
/// of the plan the last of its month.
pub const CARRY_OUT: &str = "inspection.plan.task";
/// Kind of the duty to put the figures of the announced round on record, from the day of the draw on, and the parameter of its length.
pub const RECORD: &str = "inspection.entropy.record";
/// Kind of the duty to close a task whose visits all have a result that stands, and the parameter of its length: the drawn list and its proof
/// are disclosed no earlier.
pub const CLOSE: &str = "inspection.task.close";

service::machine::words! {
    /// Where a task stands.
    State {
        /// Scope, stratification and lead office are set, and no draw is announced: none was yet, or the last attempt failed.
        Created,
        /// Whom it visits on a clue is named, and inspectors are still to be assigned.
        Named,
        /// The pool is frozen and the draw is announced; figures may be on record.
        PoolSnapshotted,
        /// The objects are drawn; passed through on the way to `Assigned`.
        ObjectsDrawn,
        /// Inspectors are matched; passed through on the way to `Assigned`.
        InspectorsDrawn,
        /// Every drawn or named object has its visit.
        Assigned,
        /// At least one result was entered.
        InProgress,
        /// Every visit has a result that stands.
        ResultsComplete,
        /// The drawn list is disclosed; of a task that follows a clue there is none.
        Closed,
        /// It was given up before anybody was visited; whom it drew stays undisclosed.
        Cancelled,
    }

    /// What happens to a task.
    Event {
        /// A task is created.
        Create,
        /// A task is created that has a last day.
        CreateUntil,
        /// A published plan asks for it in a month.
        Plan,
        /// A clue asks for it, and names whom it visits.
        FollowClue,
        /// Inspectors are assigned to whom it names, by another person than named them.
        AssignInspectors,
        /// Others take the place of inspectors who were assigned, before their visits begin.
        ChangeInspectors,
        /// Pool, strata, inspectors and secret are fixed and announced.
        Announce,
        /// The published figures are put on record, by somebody else.
        RecordEntropy,
        /// They were misread: they leave the record before anything follows from them, by another person than announced the draw.
        RejectEntropy,
        /// No assignment of inspectors is possible: the attempt is over.
        FailDraw,
        /// The objects are drawn: the figures were held for their time, and nobody has rejected them.
        DrawObjects,
        /// The objects are drawn at once: another person than recorded the figures has seen them and says so.
        DrawConfirmed,
        /// Inspectors are drawn and matched: the same computation.
        DrawInspectors,
        /// The visits are made.
        Assign,
        /// The first result is entered.
        StartVisits,
        /// The last result that was open is approved.
        CompleteResults,
        /// The drawn list is disclosed.
        Close,
        /// Nobody is left whom it could visit.
        Drop,
        /// It is given up for a reason, by another person than announced its draw; once drawn, by the office that coordinates.
        Cancel,
    }
}

/// The line offices that own tasks.
pub const OWNERS: &[Office] = &[Office::FOOD_PROD, Office::SAMPLING_SPECIAL_FOOD, Office::SE_SUPERV];
/// Who may give a task up before it is drawn: who owns it, and the office that coordinates.
const CANCELLERS: &[Office] =
    &[Office::FOOD_PROD, Office::SAMPLING_SPECIAL_FOOD, Office::SE_SUPERV, Office::CREDIT];
/// Who may put figures on record and run the draw: they follow from what is public, so a service account may, too.
const WITNESSES: &[Office] =
    &[Office::FOOD_PROD, Office::SAMPLING_SPECIAL_FOOD, Office::SE_SUPERV, Office::CREDIT, Office::SYSTEM];

/// Who may reject figures, or have a draw run before they were held for their time: it takes eyes.
const READERS: &[Office] =
    &[Office::FOOD_PROD, Office::SAMPLING_SPECIAL_FOOD, Office::SE_SUPERV, Office::CREDIT];

/// The table. Figures are recorded by another person than announced the draw: who knows the secret shall not be the one who
/// reads the lottery.
pub const TASK: Machine<State, Event> = Machine(&[
    start(Event::Create).to(State::Created).by(OWNERS),
    start(Event::CreateUntil).to(State::Created).by(OWNERS).obliges(CARRY_OUT, Office::OWNER, CARRY_OUT),
    // Nothing is decided any more: the plan is. The office that coordinates joint checks, or the system, takes its months up.
    start(Event::Plan).to(State::Created).by(&[Office::CREDIT]).system().obliges(
        CARRY_OUT,
        Office::OWNER,
        CARRY_OUT,
    ),
    // Of a task without a last day the period is the parameter's: a clue does not wait.
    start(Event::FollowClue).to(State::Named).by(OWNERS).obliges(CARRY_OUT, Office::OWNER, CARRY_OUT),
    // Who names an enterprise shall not choose who inspects it.
    on(State::Named, Event::AssignInspectors).to(State::Assigned).by(OWNERS).four_eyes(),
    on(State::Assigned, Event::ChangeInspectors).to(State::Assigned).by(OWNERS).four_eyes(),
    on(State::InProgress, Event::ChangeInspectors).to(State::InProgress).by(OWNERS).four_eyes(),
    on(State::Created, Event::Drop).to(State::Closed).by(OWNERS).fulfils(&[CARRY_OUT]),
    // Nothing moves before the figures are on record, and the day on which they come is announced.
    on(State::Created, Event::Announce).to(State::PoolSnapshotted).by(OWNERS).obliges(
        RECORD,
        Office::OWNER,
        RECORD,
    ),
    on(State::PoolSnapshotted, Event::RecordEntropy)
        .to(State::PoolSnapshotted)
        .by(WITNESSES)
        .four_eyes()
        .fulfils(&[RECORD]),
    // Who announced may know the secret, and so whom the figures hit: they must not be got rid of for that.
    on(State::PoolSnapshotted, Event::RejectEntropy)
        .to(State::PoolSnapshotted)
        .by(READERS)
        .four_eyes()
        .obliges(RECORD, Office::OWNER, RECORD),
    // What was announced binds: only a draw that cannot be completed gives way to another one, and the computation says so.
    on(State::PoolSnapshotted, Event::FailDraw).to(State::Created).system(),
    on(State::PoolSnapshotted, Event::DrawObjects).to(State::ObjectsDrawn).by(WITNESSES),
    on(State::PoolSnapshotted, Event::DrawConfirmed).to(State::ObjectsDrawn).by(READERS).four_eyes(),
    on(State::ObjectsDrawn, Event::DrawInspectors).to(State::InspectorsDrawn).system(),
    on(State::InspectorsDrawn, Event::Assign).to(State::Assigned).system(),
    on(State::Assigned, Event::StartVisits).to(State::InProgress).system(),
    // A draw may have drawn nobody.
    on(State::Assigned, Event::CompleteResults)
        .to(State::ResultsComplete)
        .system()
        .fulfils(&[CARRY_OUT])
        .obliges(CLOSE, Office::OWNER, CLOSE),
    on(State::InProgress, Event::CompleteResults)
        .to(State::ResultsComplete)
        .system()
        .fulfils(&[CARRY_OUT])
        .obliges(CLOSE, Office::OWNER, CLOSE),
    // A draw that somebody does not like must not be got rid of alone, nor once anybody was visited.
    on(State::Created, Event::Cancel).to(State::Cancelled).by(CANCELLERS).four_eyes().fulfils(&[CARRY_OUT]),
    on(State::Named, Event::Cancel).to(State::Cancelled).by(CANCELLERS).four_eyes().fulfils(&[CARRY_OUT]),
    on(State::PoolSnapshotted, Event::Cancel)
        .to(State::Cancelled)
        .by(CANCELLERS)
        .four_eyes()
        .fulfils(&[CARRY_OUT, RECORD]),
    // Whom it drew is known by now: no office that draws throws a finished draw away.
    on(State::Assigned, Event::Cancel)
        .to(State::Cancelled)
        .by(&[Office::CREDIT])
        .four_eyes()
        .fulfils(&[CARRY_OUT]),
    on(State::ResultsComplete, Event::Close).to(State::Closed).by(OWNERS).fulfils(&[CLOSE]),
]);

impl Event {
    /// What a creation is.
    pub const fn creation(has_last_day: bool) -> Self {
        if has_last_day { Self::CreateUntil } else { Self::Create }
    }

    /// What an assignment of inspectors is: the first of a task, or a later one.
    pub const fn assignment(first: bool) -> Self {
        if first { Self::AssignInspectors } else { Self::ChangeInspectors }
    }
}

impl State {
    /// Whether its visits are there: the draw has been run, and a proof exists, or inspectors were assigned.
    pub const fn is_drawn(self) -> bool {
        matches!(self, Self::Assigned | Self::InProgress | Self::ResultsComplete | Self::Closed)
    }

    /// Whether the drawn list is open to the public, where there is one.
    pub const fn is_disclosed(self) -> bool {
        matches!(self, Self::Closed)
    }

    /// Whether nothing happens to the task any more.
    pub fn is_over(self) -> bool {
        TASK.events_from(self).next().is_none()
    }

    /// The word in the database, where a cancelled task is a closed one with a reason, and one whose inspectors are still to be assigned is
    /// a created one with a clue.
    pub const fn stored(self) -> &'static str {
        match self {
            Self::Cancelled => Self::Closed.word(),
            Self::Named => Self::Created.word(),
            state => state.word(),
        }
    }

    /// The state that a stored word is, by whether the task was cancelled and whether it follows a clue.
    pub const fn read(self, cancelled: bool, clue_led: bool) -> Self {
        match self {
            _ if cancelled => Self::Cancelled,
            Self::Created if clue_led => Self::Named,
            stored => stored,
        }
    }

    /// Whether inspectors are still to be assigned to whom the task names.
    pub fn awaits_inspectors(self) -> bool {
        TASK.events_from(self).any(|event| event == Event::AssignInspectors)
    }

    /// Whether no draw is announced.
    pub fn awaits_announcement(self) -> bool {
        TASK.events_from(self).any(|event| event == Event::Announce)
    }

    /// Whether a draw may be run from here: then its input is worth computing.
    pub fn awaits_draw(self) -> bool {
        TASK.events_from(self).any(|event| event == Event::DrawObjects)
    }

    /// Whether the first result is still to come.
    pub fn awaits_first_result(self) -> bool {
        TASK.events_from(self).any(|event| event == Event::StartVisits)
    }

    /// Whether the last result may complete the task.
    pub fn awaits_results(self) -> bool {
        TASK.events_from(self).any(|event| event == Event::CompleteResults)
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
        "CREDIT",
        "LEGAL",
        "DISTRICT",
        "ENFORCEMENT",
        "SYSTEM",
    ];

    #[test]
    fn the_table_is_sound_and_every_triple_behaves_as_it_says() {
        // Ten states and the one before existence.
        assert_eq!(check_all_triples(&TASK, State::ALL, Event::ALL, &OFFICES), Ok(11 * 19 * 8));
    }

    #[test]
    fn who_announced_a_draw_may_not_record_its_figures() {
        let same = Actor::person("FOOD_PROD", "wang").on_proposal_of("wang");
        assert!(TASK.step(State::PoolSnapshotted, Event::RecordEntropy, &same).is_err());
        let other = Actor::person("FOOD_PROD", "li").on_proposal_of("wang");
        assert_eq!(
            TASK.step(State::PoolSnapshotted, Event::RecordEntropy, &other).unwrap().to,
            State::PoolSnapshotted
        );
    }

    #[test]
    fn who_announced_a_draw_may_not_reject_its_figures() {
        let reject =
            |actor: &Actor<'_>| TASK.step(State::PoolSnapshotted, Event::RejectEntropy, actor).is_ok();
        assert!(!reject(&Actor::person("FOOD_PROD", "wang").on_proposal_of("wang")));
        assert!(reject(&Actor::person("FOOD_PROD", "li").on_proposal_of("wang")));
    }

    #[test]
    fn who_named_an_enterprise_on_a_clue_assigns_nobody_to_it_and_nothing_of_it_is_drawn() {
        let assign = |actor: &Actor<'_>| TASK.step(State::Named, Event::AssignInspectors, actor).is_ok();
        assert!(!assign(&Actor::person("FOOD_PROD", "wang").on_proposal_of("wang")));
        assert!(assign(&Actor::person("FOOD_PROD", "li").on_proposal_of("wang")));
        assert!(!assign(&Actor::system().on_proposal_of("wang")));
        let next: Vec<_> = TASK.events_from(State::Named).collect();
        assert_eq!(next, [Event::AssignInspectors, Event::Cancel]);
        assert_eq!(State::Created.read(false, true), State::Named, "as it is stored");
    }

    #[test]
    fn a_finished_draw_is_given_up_by_the_office_that_coordinates_and_not_by_who_announced_it() {
        let cancel = |actor: &Actor<'_>| TASK.step(State::Assigned, Event::Cancel, actor).is_ok();
        assert!(!cancel(&Actor::person("FOOD_PROD", "li").on_proposal_of("wang")));
        assert!(!cancel(&Actor::person("CREDIT", "wang").on_proposal_of("wang")));
        assert!(cancel(&Actor::person("CREDIT", "zhao").on_proposal_of("wang")));
    }

    #[test]
    fn who_recorded_the_figures_may_not_have_them_drawn_before_they_were_held_and_no_machine_may() {
        let draw = |actor: &Actor<'_>| TASK.step(State::PoolSnapshotted, Event::DrawConfirmed, actor).is_ok();
        assert!(!draw(&Actor::person("FOOD_PROD", "li").on_proposal_of("li")));
        assert!(draw(&Actor::person("FOOD_PROD", "wang").on_proposal_of("li")));
        assert!(!draw(&Actor::system().on_proposal_of("li")));
        assert!(TASK.step(State::PoolSnapshotted, Event::DrawObjects, &Actor::system()).is_ok());
    }

    #[test]
    fn no_officer_fails_a_draw_assigns_or_completes_by_hand() {
        for (state, event) in [
            (State::PoolSnapshotted, Event::FailDraw),
            (State::ObjectsDrawn, Event::DrawInspectors),
            (State::InspectorsDrawn, Event::Assign),
            (State::InProgress, Event::CompleteResults),
        ] {
            assert!(TASK.step(state, event, &Actor::person("FOOD_PROD", "wang")).is_err(), "{event:?}");
            assert!(TASK.step(state, event, &Actor::system()).is_ok(), "{event:?}");
        }
    }

    #[test]
    fn only_a_closed_task_is_disclosed() {
        let disclosed: Vec<_> = State::ALL.iter().filter(|state| state.is_disclosed()).collect();
        assert_eq!(disclosed, [&State::Closed]);
        let over: Vec<_> = State::ALL.iter().filter(|state| state.is_over()).collect();
        assert_eq!(over, [&State::Closed, &State::Cancelled]);
    }
}
