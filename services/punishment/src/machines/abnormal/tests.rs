use service::machine::{Actor, Refused, check_all_triples};

use super::Event::*;
use super::State::*;
use super::*;

fn offices() -> Vec<String> {
    rulebook::Rulebook::builtin().offices().iter().map(|office| office.code.to_string()).collect()
}

/// Who may take each step, written from the law and not from the table.
const WHO: [(Event, &[&str]); 20] = [
    (Suspect, &["DISTRICT", "FOREIGN_REG", "CREDIT", "FOOD_PROD", "SE_SUPERV", "ENFORCEMENT", "SYSTEM"]),
    (Verify, &["DISTRICT", "FOREIGN_REG"]),
    (RecordLetter, &["DISTRICT", "FOREIGN_REG"]),
    (RecordOrder, &["DISTRICT", "FOREIGN_REG"]),
    (Dismiss, &["DISTRICT", "FOREIGN_REG"]),
    (Propose, &["DISTRICT", "FOREIGN_REG"]),
    (Decide, &["DISTRICT", "FOREIGN_REG"]),
    (Object, &["DISTRICT", "FOREIGN_REG", "PARTY"]),
    (AcceptObjection, &["DISTRICT", "FOREIGN_REG"]),
    (RejectObjection, &["DISTRICT", "FOREIGN_REG"]),
    (RequestRemoval, &["DISTRICT", "FOREIGN_REG", "PARTY", "SYSTEM"]),
    (VerifyRemoval, &["DISTRICT", "FOREIGN_REG"]),
    (Remove, &["DISTRICT", "FOREIGN_REG"]),
    (RefuseRemoval, &["DISTRICT", "FOREIGN_REG"]),
    (DecideAgain, &["DISTRICT", "FOREIGN_REG", "LEGAL"]),
    (RemoveByOrder, &["DISTRICT", "FOREIGN_REG", "LEGAL"]),
    (Restore, &["DISTRICT", "FOREIGN_REG"]),
    (RevokeByError, &["DISTRICT", "FOREIGN_REG"]),
    (Annul, &["DISTRICT", "FOREIGN_REG", "LEGAL"]),
    (Deregister, &["SYSTEM"]),
];

/// Every step that there is: from where, by what, to where.
const STEPS: [(Option<State>, Event, State); 35] = [
    (None, Suspect, Suspected),
    (Some(Suspected), Verify, Verifying),
    (Some(Suspected), Dismiss, Dismissed),
    (Some(Suspected), Deregister, Dismissed),
    (Some(Verifying), RecordLetter, Verifying),
    (Some(Verifying), RecordOrder, Verifying),
    (Some(Verifying), Dismiss, Dismissed),
    (Some(Verifying), Propose, ListProposed),
    (Some(Verifying), Deregister, Dismissed),
    (Some(ListProposed), Decide, Listed),
    (Some(ListProposed), Dismiss, Dismissed),
    (Some(ListProposed), Deregister, Dismissed),
    (Some(Listed), Object, Objected),
    (Some(Listed), RequestRemoval, RemovalRequested),
    (Some(Listed), DecideAgain, RemovalRequested),
    (Some(Listed), RemoveByOrder, Removed),
    (Some(Listed), RevokeByError, RevokedByError),
    (Some(Listed), Annul, RevokedByError),
    (Some(Listed), Deregister, Removed),
    (Some(Objected), AcceptObjection, Objected),
    (Some(Objected), RejectObjection, Listed),
    (Some(Objected), RevokeByError, RevokedByError),
    (Some(Objected), RemoveByOrder, Removed),
    (Some(Objected), Annul, RevokedByError),
    (Some(Objected), Deregister, Removed),
    (Some(RemovalRequested), VerifyRemoval, RemovalRequested),
    (Some(RemovalRequested), DecideAgain, RemovalRequested),
    (Some(RemovalRequested), Remove, Removed),
    (Some(RemovalRequested), RefuseRemoval, Listed),
    (Some(RemovalRequested), RemoveByOrder, Removed),
    (Some(RemovalRequested), RevokeByError, RevokedByError),
    (Some(RemovalRequested), Annul, RevokedByError),
    (Some(RemovalRequested), Deregister, Removed),
    (Some(Removed), Restore, Listed),
    (Some(Removed), Annul, RevokedByError),
];

#[test]
fn the_whole_table_does_what_it_says() {
    let offices = offices();
    let offices: Vec<_> = offices.iter().map(String::as_str).collect();
    let tried = check_all_triples(&ABNORMAL, State::ALL, Event::ALL, &offices).unwrap();
    assert_eq!(tried, (State::ALL.len() + 1) * Event::ALL.len() * offices.len());
}

#[test]
fn every_state_event_and_role_is_allowed_or_refused_with_its_reason() {
    let states = std::iter::once(None).chain(State::ALL.iter().copied().map(Some));
    for state in states {
        for (event, who) in WHO {
            let leads_to = STEPS.iter().find(|step| (step.0, step.1) == (state, event)).map(|step| step.2);
            for office in offices() {
                let actor = Actor::person(&office, "li").on_proposal_of("wang").citing("办法第五条");
                let answer = ABNORMAL.step(state, event, &actor);
                match (leads_to, who.contains(&office.as_str())) {
                    (None, _) => {
                        assert!(matches!(answer, Err(Refused::Transition { .. })), "{state:?} {event:?}")
                    }
                    (Some(to), true) => assert_eq!(answer.map(|step| step.to), Ok(to), "{state:?} {event:?}"),
                    (Some(_), false) => {
                        assert!(
                            matches!(answer, Err(Refused::Office { .. })),
                            "{state:?} {event:?} {office}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn what_puts_a_party_on_the_list_or_takes_it_off_needs_a_second_person_and_a_basis() {
    for (state, event) in [
        (ListProposed, Decide),
        (Objected, RejectObjection),
        (RemovalRequested, Remove),
        (RemovalRequested, RefuseRemoval),
        (Removed, Restore),
        (Listed, RevokeByError),
        (Objected, RevokeByError),
        (RemovalRequested, RevokeByError),
    ] {
        let wang = Actor::person("DISTRICT", "wang").on_proposal_of("wang").citing("办法第五条");
        let alone = ABNORMAL.step(state, event, &wang);
        assert!(matches!(alone, Err(Refused::FourEyes { .. })), "{state:?} {event:?}");
        let li = Actor::person("DISTRICT", "li").on_proposal_of("wang");
        let baseless = ABNORMAL.step(state, event, &li);
        assert!(matches!(baseless, Err(Refused::BasisMissing { .. })), "{state:?} {event:?}");
    }
}

#[test]
fn the_system_suspects_and_books_the_end_of_a_party_but_never_lists() {
    let system = Actor::system().citing("x").on_proposal_of("wang");
    for state in State::ALL {
        for event in Event::ALL {
            let Ok(step) = ABNORMAL.step(*state, *event, &system) else { continue };
            assert!(!step.to.stands() || state.stands(), "{state:?} {event:?} -> {:?}", step.to);
        }
    }
}
