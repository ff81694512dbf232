//! Machine 2: a collected record, from its receipt to the end of its publication (二(二)1(2), 二(一)2(2)).

use std::str::FromStr;

use service::machine::{Actor, Machine, Office, Refused, Rule, on, start};

/// State of a record. `Received`, `Rejected` and `Validated` of the workflow pass within one request: a row that is refused
/// leaves nothing behind, and one that is in order is attached or waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Taken; its party is not known to the register.
    Unmatched,
    /// A penalty whose party is registered in another province: that province is told, and nothing is published here (order 45 art 10).
    Elsewhere,
    /// Collected under the enterprise's name (记于企业名下).
    Attached,
    /// Handed over for publication.
    PublishPending,
    /// Shown to the public as it stands now, on one chain at least; where each chain stands, its publication says.
    Published,
    /// Contested by the party or by CREDIT.
    Objected,
    /// Put right after it was published, not yet published again.
    Corrected,
    /// Its basis was changed, revoked or found void: it stopped counting and is kept.
    Withdrawn,
    /// Its publication has run out or was ended by repair.
    Expired,
}

/// What happens to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Its enterprise is known.
    Attach,
    /// Its enterprise is not known.
    Await,
    /// The match with its enterprise was undone.
    Detach,
    /// The service that it is derived from tells more about it, such as the removal of a list entry, or a final result.
    Update,
    /// It is handed over for publication.
    Submit,
    /// What one of its chains was told or shows changed, and the record stays as it is.
    Note,
    /// A chain shows it, and none shows what it said before.
    Publish,
    /// Its accuracy is contested.
    Object,
    /// It says something else from now on: of the provider's own accord, after a founded objection, or as a court says.
    Correct,
    /// The objection is not founded.
    Dismiss,
    /// The provider withdraws it (order 45 art 11).
    Withdraw,
    /// The service that it is derived from says that it was void.
    Retract,
    /// An officer chooses which of two laws governs its term on a chain.
    Choose,
    /// The terms of publication are over on every chain, whether or not each of them has shown it as it stands now.
    Expire,
    /// The repair that ended its publication was revoked.
    Restore,
    /// Who it is about is erased (X5).
    Erase,
    /// The credit code of its party, which is not registered here, is one of another province.
    Recognise,
    /// An officer says that its party is registered in another province.
    Place,
    /// Its party turns out to be registered here, or not where it was said to be.
    FindHere,
}

use super::objection::LODGERS;

use Event::*;
use State::*;

/// Kind and parameter of the duty to find the enterprise of a record that waits.
pub const MATCH: &str = "collection.match";
/// Kind and parameter of the duty to publish a penalty in the publicity system.
pub const PUBLISH_PENALTY: &str = "penalty.publish.same_province";
/// Kind and parameter of the duty to publish permits and penalties on the credit chain (双公示).
pub const PUBLISH_DOUBLE: &str = "double_publicity.publish";
/// Kind and parameter of the duty to publish the result of an inspection.
pub const PUBLISH_INSPECTION: &str = "inspection.result.publish";

/// Everything that may still be due for a record when it stops counting.
const EVERY_DUTY: &[&str] = &[MATCH, PUBLISH_PENALTY, PUBLISH_DOUBLE, PUBLISH_INSPECTION, RETELL];

/// Offices that see to requests of natural persons about their data, as in the register of parties without a code.
const ERASERS: &[Office] = &[Office::LEGAL, Office::DISTRICT];

/// Stands for those who provide a record: which offices, and which bureau, that are for a record of its kind is data of the rulebook
/// (the set `record_act`). Whoever acts in this name has been checked against it.
pub const PROVIDER: Office = Office::other("RECORD_PROVIDER");

/// Kind and parameter of the duty to have every receiver stop showing a withdrawn record (order 45 art 11).
pub const WITHDRAWAL: &str = "penalty.withdraw";
/// Kind of the duty to have a receiver told that goes on showing what a record said before its correction.
pub const RETELL: &str = "publication.retell";
/// Parameter of the time within which the public sees a correction (山东省社会信用条例 art 40).
pub const CORRECTION: &str = "revoked_basis.correct";

/// The table. An objection may come before the record is published, and stay while it is: only what the public sees is moved by
/// it. Who imports is decided by the permission; that a record is attached or waits follows from the register and
/// is the system's step.
pub const RECORD: Machine<State, Event> = Machine(&[
    start(Attach).to(Attached).system(),
    start(Await).to(Unmatched).system(),
    start(Recognise).to(Elsewhere).system(),
    on(Unmatched, Attach).to(Attached).system().fulfils(&[MATCH]),
    on(Unmatched, Update).to(Unmatched).system(),
    on(Unmatched, Dismiss).to(Unmatched).by(&[PROVIDER]),
    on(Unmatched, Correct).to(Unmatched).by(&[PROVIDER]).basis(),
    on(Unmatched, Withdraw).to(Withdrawn).by(&[PROVIDER]).basis().fulfils(EVERY_DUTY),
    on(Unmatched, Retract).to(Withdrawn).system().fulfils(EVERY_DUTY),
    // Whose party is not known stands under no code; what is left of it counts for nobody.
    on(Unmatched, Erase).to(Withdrawn).by(ERASERS).fulfils(EVERY_DUTY),
    on(Unmatched, Place).to(Elsewhere).by(&[PROVIDER]).basis().fulfils(&[
        MATCH,
        PUBLISH_PENALTY,
        PUBLISH_DOUBLE,
    ]),
    on(Elsewhere, FindHere).to(Unmatched).by(&[PROVIDER]).system().obliges(MATCH, Office::OWNER, MATCH),
    on(Elsewhere, Object).to(Elsewhere).by(LODGERS),
    on(Elsewhere, Dismiss).to(Elsewhere).by(&[PROVIDER]),
    on(Elsewhere, Correct).to(Elsewhere).by(&[PROVIDER]).basis(),
    on(Elsewhere, Withdraw).to(Withdrawn).by(&[PROVIDER]).basis().fulfils(EVERY_DUTY),
    on(Elsewhere, Erase).to(Withdrawn).by(ERASERS).fulfils(EVERY_DUTY),
    // A receiver may still have to stop showing it under the name of the party that it did not concern.
    on(Elsewhere, Note).to(Elsewhere).system(),
    on(Attached, Update).to(Attached).system(),
    on(Attached, Detach).to(Unmatched).system().obliges(MATCH, Office::OWNER, MATCH),
    on(Attached, Note).to(Attached).system(),
    on(Attached, Submit).to(PublishPending).system(),
    on(Attached, Object).to(Attached).by(LODGERS),
    on(Attached, Dismiss).to(Attached).by(&[PROVIDER]),
    on(Attached, Correct).to(Attached).by(&[PROVIDER]).basis(),
    on(Attached, Withdraw).to(Withdrawn).by(&[PROVIDER]).basis().fulfils(EVERY_DUTY),
    on(Attached, Retract).to(Withdrawn).system().fulfils(EVERY_DUTY),
    // One of its chains was told more, answered, or ended; the others decide.
    on(PublishPending, Note).to(PublishPending).system(),
    on(PublishPending, Publish).to(Published).system(),
    on(PublishPending, Expire).to(Expired).system(),
    // Shown as it was until its origin publishes what it says now.
    on(PublishPending, Update).to(PublishPending).system(),
    choose(PublishPending),
    on(PublishPending, Detach).to(Unmatched).system().obliges(MATCH, Office::OWNER, MATCH),
    on(PublishPending, Object).to(PublishPending).by(LODGERS),
    on(PublishPending, Dismiss).to(PublishPending).by(&[PROVIDER]),
    on(PublishPending, Correct).to(PublishPending).by(&[PROVIDER]).basis(),
    withdraw(PublishPending),
    on(Published, Note).to(Published).system(),
    on(Published, Update).to(Corrected).system(),
    choose(Published),
    on(Published, Object).to(Objected).by(LODGERS),
    on(Published, Dismiss).to(Published).by(&[PROVIDER]),
    on(Published, Correct).to(Corrected).by(&[PROVIDER]).basis().publishes(CORRECTION),
    on(Published, Detach).to(Unmatched).system().obliges(MATCH, Office::OWNER, MATCH),
    on(Published, Expire).to(Expired).system(),
    withdraw(Published),
    on(Objected, Note).to(Objected).system(),
    on(Objected, Update).to(Objected).system(),
    choose(Objected),
    on(Objected, Correct).to(Corrected).by(&[PROVIDER]).basis().publishes(CORRECTION),
    on(Objected, Dismiss).to(Published).by(&[PROVIDER]),
    // The party under whose name it is shown may be the one that objects.
    on(Objected, Detach).to(Unmatched).system().obliges(MATCH, Office::OWNER, MATCH),
    withdraw(Objected),
    on(Corrected, Note).to(Corrected).system(),
    on(Corrected, Update).to(Corrected).system(),
    choose(Corrected),
    on(Corrected, Publish).to(Published).system(),
    on(Corrected, Expire).to(Expired).system(),
    on(Corrected, Object).to(Corrected).by(LODGERS),
    on(Corrected, Dismiss).to(Corrected).by(&[PROVIDER]),
    on(Corrected, Correct).to(Corrected).by(&[PROVIDER]).basis().publishes(CORRECTION),
    on(Corrected, Detach).to(Unmatched).system().obliges(MATCH, Office::OWNER, MATCH),
    withdraw(Corrected),
    on(Withdrawn, Note).to(Withdrawn).system(),
    on(Withdrawn, Erase).to(Withdrawn).by(ERASERS),
    // What is no longer published is still kept, and still counts.
    on(Expired, Note).to(Expired).system(),
    on(Expired, Restore).to(PublishPending).system(),
    on(Expired, Detach).to(Unmatched).system().obliges(MATCH, Office::OWNER, MATCH),
    on(Expired, Object).to(Expired).by(LODGERS),
    on(Expired, Dismiss).to(Expired).by(&[PROVIDER]),
    on(Expired, Correct).to(Expired).by(&[PROVIDER]).basis(),
    // A receiver that was told of the end of its term, or of its repair, may not have stopped yet.
    withdraw(Expired),
    // A receiver may still have to stop showing it under the name of the party that it did not concern.
    on(Unmatched, Note).to(Unmatched).system(),
]);

/// Only what is shown, or about to be, has a term of which somebody may say by which law it runs.
const fn choose(from: State) -> Rule<State, Event> {
    on(from, Choose).to(from).by(&[PROVIDER]).basis()
}

/// The withdrawal of what was told to others: nothing else is due any more, but that all of them stop.
const fn withdraw(from: State) -> Rule<State, Event> {
    on(from, Withdraw)
        .to(Withdrawn)
        .by(&[PROVIDER])
        .basis()
        .fulfils(EVERY_DUTY)
        .publishes(WITHDRAWAL)
        .obliges(WITHDRAWAL, Office::OWNER, WITHDRAWAL)
}

/// Every state, in the order of a record's life.
pub const STATES: [State; 9] =
    [Unmatched, Elsewhere, Attached, PublishPending, Published, Objected, Corrected, Withdrawn, Expired];

impl State {
    /// The name in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Unmatched => "Unmatched",
            Elsewhere => "Elsewhere",
            Attached => "Attached",
            PublishPending => "PublishPending",
            Published => "Published",
            Objected => "Objected",
            Corrected => "Corrected",
            Withdrawn => "Withdrawn",
            Expired => "Expired",
        }
    }

    /// Whether it counts for its party, as far as no order suspends it.
    pub fn counts(self) -> bool {
        self != Withdrawn
    }

    /// Whether receivers were told of it, and are told what becomes of it.
    pub fn is_told(self) -> bool {
        matches!(self, PublishPending | Published | Objected | Corrected)
    }

    /// Whether the public does not see it yet, or not as it stands now: what is due for its publication is still open.
    pub fn awaits_publication(self) -> bool {
        matches!(self, Unmatched | Attached | PublishPending | Corrected)
    }
}

/// The text is not a state of a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a state of a record")]
pub struct UnknownState(pub String);

impl FromStr for State {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, UnknownState> {
        STATES.into_iter().find(|state| state.as_str() == text).ok_or_else(|| UnknownState(text.to_owned()))
    }
}

/// The states from which `event` leads on.
pub fn before(event: Event) -> impl Iterator<Item = State> {
    STATES.into_iter().filter(move |state| RECORD.events_from(*state).any(|possible| possible == event))
}

/// State of a new record, by whether its enterprise is known.
pub fn received(known: bool) -> Result<State, Refused> {
    let event = if known { Attach } else { Await };
    RECORD.step(None, event, &Actor::system()).map(|step| step.to)
}

/// State of a new penalty whose party is registered in another province, as far as its code says.
pub fn recognised() -> Result<State, Refused> {
    RECORD.step(None, Recognise, &Actor::system()).map(|step| step.to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use service::machine::check_all_triples;

    const EVENTS: [Event; 19] = [
        Attach, Await, Detach, Update, Submit, Note, Publish, Object, Correct, Dismiss, Withdraw, Retract,
        Choose, Expire, Restore, Erase, Recognise, Place, FindHere,
    ];

    #[test]
    fn every_state_event_and_office_answers_as_the_table_says() {
        let rulebook = rulebook::Rulebook::builtin();
        let offices = rulebook.offices().iter().map(|office| office.code.as_str());
        let offices: Vec<_> = offices.chain([PROVIDER.code()]).collect();
        let tried = check_all_triples(&RECORD, &STATES, &EVENTS, &offices).unwrap();
        assert_eq!(tried, (STATES.len() + 1) * EVENTS.len() * offices.len());
    }

    #[test]
    fn names_of_states_are_those_of_the_database_and_back() {
        for state in STATES {
            assert_eq!(state.as_str().parse(), Ok(state));
            assert_eq!(state.as_str(), format!("{state:?}"));
        }
        assert_eq!("Lost".parse::<State>(), Err(UnknownState("Lost".to_owned())));
    }

    #[test]
    fn nothing_leads_out_of_withdrawn_and_what_has_expired_is_shown_again_only_when_its_repair_was_a_fraud() {
        // Receivers are still heard, and persons.
        assert_eq!(RECORD.events_from(Withdrawn).collect::<Vec<_>>(), [Note, Erase]);
        assert_eq!(
            RECORD.events_from(Expired).collect::<Vec<_>>(),
            [Note, Restore, Detach, Object, Dismiss, Correct, Withdraw]
        );
    }

    #[test]
    fn a_correction_of_what_the_public_sees_is_published_again_and_any_other_stays_where_it_is() {
        let officer = Actor::person(PROVIDER.code(), "li").citing("济市监更〔2026〕1号");
        for state in STATES.into_iter().filter(|state| *state != Withdrawn) {
            let step = RECORD.step(state, Correct, &officer).unwrap();
            let shown = matches!(state, Published | Objected | Corrected);
            assert_eq!(step.to, if shown { Corrected } else { state }, "{state:?}");
            assert_eq!(step.publishes.is_some(), shown, "{state:?}");
        }
    }

    #[test]
    fn the_withdrawal_of_what_was_told_is_due_to_every_receiver_and_that_of_what_was_not_is_not() {
        let officer = Actor::person(PROVIDER.code(), "li").citing("济市监撤〔2026〕1号");
        for (state, due) in
            [(Attached, 0), (PublishPending, 1), (Published, 1), (Objected, 1), (Corrected, 1), (Expired, 1)]
        {
            let step = RECORD.step(state, Withdraw, &officer).unwrap();
            assert_eq!(step.obliges().filter(|duty| duty.kind == WITHDRAWAL).count(), due, "{state:?}");
        }
    }

    #[test]
    fn a_match_can_be_undone_whatever_was_told_under_the_wrong_name() {
        let detached: Vec<_> = before(Detach).collect();
        let expected: Vec<_> =
            STATES.into_iter().filter(|state| !matches!(state, Unmatched | Elsewhere | Withdrawn)).collect();
        assert_eq!(detached, expected);
    }

    #[test]
    fn only_what_stands_under_no_name_is_erased_and_then_counts_no_more() {
        assert_eq!(before(Erase).collect::<Vec<_>>(), [Unmatched, Elsewhere, Withdrawn]);
        for state in before(Erase) {
            assert_eq!(RECORD.step(state, Erase, &Actor::person("LEGAL", "li")).unwrap().to, Withdrawn);
        }
    }

    #[test]
    fn only_what_was_handed_over_runs_out_and_not_before_an_objection_to_it_is_decided() {
        assert_eq!(before(Expire).collect::<Vec<_>>(), [PublishPending, Published, Corrected]);
    }

    #[test]
    fn a_withdrawal_needs_its_basis() {
        let officer = Actor::person(PROVIDER.code(), "li");
        assert!(matches!(RECORD.step(Attached, Withdraw, &officer), Err(Refused::BasisMissing { .. })));
        let step = RECORD.step(Attached, Withdraw, &officer.citing("济市监撤〔2026〕1号")).unwrap();
        assert_eq!((step.to, step.fulfils), (Withdrawn, EVERY_DUTY));
    }
}
