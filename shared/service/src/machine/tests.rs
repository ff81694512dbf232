use super::*;
use crate::error::ServiceError;

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Proposed,
    Listed,
    Removed,
}
use State::*;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Event {
    Propose,
    Approve,
    Expire,
}
use Event::*;

const LIST: Machine<State, Event> = Machine(&[
    start(Propose).to(Proposed).by(&[Office::ENFORCEMENT]).basis().obliges(
        "list.approve",
        Office::CREDIT,
        "serious.superior",
    ),
    on(Proposed, Approve)
        .to(Listed)
        .by(&[Office::ENFORCEMENT, Office::CREDIT])
        .four_eyes()
        .due("serious.term")
        .publishes("serious.publish.same_province")
        .fulfils(&["list.approve"]),
    on(Listed, Expire).to(Removed).system(),
]);
const OFFICES: [&str; 4] = ["ENFORCEMENT", "CREDIT", "IT", "SYSTEM"];

fn officer(person: &str) -> Actor<'_> {
    Actor::person("ENFORCEMENT", person).citing("order 44 art 5")
}

#[test]
fn a_step_gives_the_next_state_and_what_follows() {
    let step = LIST.step(None, Propose, &officer("wang")).unwrap();
    assert_eq!(step.to, Proposed);
    let duties: Vec<_> = step.obliges().map(|duty| (duty.kind, duty.office.code(), duty.parameter)).collect();
    assert_eq!(duties, [("list.approve", "CREDIT", "serious.superior")]);

    let step = LIST.step(Proposed, Approve, &officer("li").on_proposal_of("wang")).unwrap();
    assert_eq!((step.to, step.due, step.fulfils), (Listed, Some("serious.term"), &["list.approve"][..]));
    assert_eq!(step.publishes, Some("serious.publish.same_province"));
}

#[test]
fn a_wrong_step_is_refused_with_what_is_possible() {
    let refused = LIST.step(Listed, Approve, &officer("li")).unwrap_err();
    assert_eq!(refused.reason().name(), "TRANSITION_NOT_ALLOWED");
    assert_eq!(refused.to_string(), "`Approve` is not possible in state `Listed`; possible here: Expire");
}

#[test]
fn another_office_is_refused_with_those_that_may() {
    let refused = LIST.step(Proposed, Approve, &Actor::person("IT", "li")).unwrap_err();
    assert_eq!(refused.reason().name(), "OFFICE_NOT_ALLOWED");
    assert!(refused.to_string().ends_with("that is for: ENFORCEMENT, CREDIT"), "{refused}");
}

#[test]
fn the_proposer_may_not_decide() {
    let refused = LIST.step(Proposed, Approve, &officer("wang").on_proposal_of("wang")).unwrap_err();
    assert_eq!(refused.reason().name(), "FOUR_EYES");
    assert!(refused.to_string().contains("`wang` proposed it"), "{refused}");
    let refused = LIST.step(Proposed, Approve, &officer("wang")).unwrap_err();
    assert!(refused.to_string().contains("nobody has proposed it"), "{refused}");
}

#[test]
fn a_step_that_needs_a_basis_is_refused_without_one() {
    let refused = LIST.step(None, Propose, &Actor::person("ENFORCEMENT", "wang")).unwrap_err();
    assert_eq!(refused.reason().name(), "LEGAL_BASIS_REQUIRED");
}

#[test]
fn only_the_system_takes_a_system_step() {
    assert_eq!(LIST.step(Listed, Expire, &Actor::system()).unwrap().to, Removed);
    assert!(LIST.step(Listed, Expire, &officer("wang")).is_err());
}

#[test]
fn every_triple_is_tried() {
    let tried = check_all_triples(&LIST, &[Proposed, Listed, Removed], &[Propose, Approve, Expire], &OFFICES);
    assert_eq!(tried, Ok(4 * 3 * 4));
}

#[test]
fn what_the_table_says_otherwise_than_the_law_is_found() {
    let check = |approve: &[(Option<State>, State)], who: &[&str]| {
        let law: &[Said<'_, State, Event>] = &[
            (Propose, &[(None, Proposed)], &["ENFORCEMENT"]),
            (Approve, approve, who),
            (Expire, &[(Some(Listed), Removed)], &["SYSTEM"]),
        ];
        check_against(&LIST, law, &[Proposed, Listed, Removed], &OFFICES)
    };
    let right: &[(Option<State>, State)] = &[(Some(Proposed), Listed)];
    assert_eq!(check(right, &["ENFORCEMENT", "CREDIT"]), Ok(4 * 3 * 4));
    type Ways<'a> = &'a [(Option<State>, State)];
    let wrong: [(Ways<'_>, &[&str]); 5] = [
        (right, &["ENFORCEMENT"]),
        (right, &["ENFORCEMENT", "CREDIT", "IT"]),
        (&[], &["ENFORCEMENT", "CREDIT"]),
        (&[(Some(Proposed), Removed)], &["ENFORCEMENT", "CREDIT"]),
        (&[(Some(Proposed), Listed), (Some(Removed), Listed)], &["ENFORCEMENT", "CREDIT"]),
    ];
    for (approve, who) in wrong {
        assert!(check(approve, who).is_err(), "{approve:?} {who:?}");
    }
}

#[test]
fn a_faulty_table_is_found() {
    let check = |machine: Machine<State, Event>| {
        check_table(&machine, &[Proposed, Listed], &[Propose, Approve], &OFFICES).unwrap_err()
    };
    const TWICE: Machine<State, Event> =
        Machine(&[start(Propose).to(Proposed).system(), start(Propose).to(Listed).system()]);
    assert!(check(TWICE).contains("twice"));
    const NOBODY: Machine<State, Event> = Machine(&[start(Propose).to(Proposed)]);
    assert!(check(NOBODY).contains("nobody"));
    const LONELY: Machine<State, Event> =
        Machine(&[start(Propose).to(Proposed).system(), on(Listed, Approve).to(Listed).system()]);
    assert!(check(LONELY).contains("never reached"));
    const UNKNOWN: Machine<State, Event> =
        Machine(&[start(Propose).to(Proposed).by(&[Office::other("NOBODY")])]);
    assert!(check(UNKNOWN).contains("unknown office NOBODY"));
    const ALONE: Machine<State, Event> = Machine(&[start(Propose).to(Proposed).system().four_eyes()]);
    assert!(check(ALONE).contains("second person"));
    const UNUSED: Machine<State, Event> = Machine(&[start(Propose).to(Proposed).system()]);
    assert!(check(UNUSED).contains("Approve is in no line"));
}

#[test]
fn the_page_shows_every_line() {
    let page = to_markdown(&LIST, "List", "order 44");
    assert!(page.starts_with("## List\n\nSource: order 44.\n"));
    let approve = "| Proposed | Approve | Listed | ENFORCEMENT, CREDIT | four eyes | `serious.term` | \
                   `serious.publish.same_province` | fulfils `list.approve` |";
    assert!(page.contains(approve), "{page}");
    assert!(page.contains("| - | Propose | Proposed | ENFORCEMENT | legal basis |  |  | opens `list.approve` of CREDIT by `serious.superior` |"), "{page}");
}
