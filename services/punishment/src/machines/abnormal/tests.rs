use service::machine::{Actor, Refused, Said, check_against, check_all_triples};

use super::*;

fn offices() -> Vec<String> {
    rulebook::Rulebook::builtin().offices().iter().map(|office| office.code.to_string()).collect()
}

/// The authority of registration.
const REGISTERS: &[&str] = &["DISTRICT", "FOREIGN_REG"];
/// Who enters what a body above decided.
const ENTERS: &[&str] = &["DISTRICT", "FOREIGN_REG", "LEGAL"];

/// Every step that there is and who may take it, written from the law and not from the table.
const LAW: &[Said<'static, State, Event>] = &[
    (
        Suspect,
        &[(None, Suspected)],
        &[
            "DISTRICT",
            "FOREIGN_REG",
            "FOOD_PROD",
            "SAMPLING_SPECIAL_FOOD",
            "SE_SUPERV",
            "ENFORCEMENT",
            "SYSTEM",
        ],
    ),
    (Verify, &[(Some(Suspected), Verifying)], REGISTERS),
    (
        Dismiss,
        &[(Some(Suspected), Dismissed), (Some(Verifying), Dismissed), (Some(ListProposed), Dismissed)],
        REGISTERS,
    ),
    (
        Deregister,
        &[
            (Some(Suspected), Dismissed),
            (Some(Verifying), Dismissed),
            (Some(ListProposed), Dismissed),
            (Some(Listed), Removed),
            (Some(Objected), Removed),
            (Some(RemovalRequested), Removed),
            (Some(ObjectedRemovalRequested), Removed),
        ],
        &["SYSTEM"],
    ),
    (RecordLetter, &[(Some(Verifying), Verifying)], REGISTERS),
    (RecordOrder, &[(Some(Verifying), Verifying)], REGISTERS),
    (Propose, &[(Some(Verifying), ListProposed)], REGISTERS),
    (Decide, &[(Some(ListProposed), Listed)], REGISTERS),
    (
        Object,
        &[(Some(Listed), Objected), (Some(RemovalRequested), ObjectedRemovalRequested)],
        &["DISTRICT", "FOREIGN_REG", "PARTY"],
    ),
    (
        RequestRemoval,
        &[(Some(Listed), RemovalRequested), (Some(Objected), ObjectedRemovalRequested)],
        &["DISTRICT", "FOREIGN_REG", "PARTY", "SYSTEM"],
    ),
    (
        DecideAgain,
        &[
            (Some(Listed), RemovalRequested),
            (Some(Objected), ObjectedRemovalRequested),
            (Some(RemovalRequested), RemovalRequested),
            (Some(ObjectedRemovalRequested), ObjectedRemovalRequested),
        ],
        ENTERS,
    ),
    (
        RemoveByOrder,
        &[
            (Some(Listed), Removed),
            (Some(Objected), Removed),
            (Some(RemovalRequested), Removed),
            (Some(ObjectedRemovalRequested), Removed),
        ],
        ENTERS,
    ),
    (
        RevokeByError,
        &[
            (Some(Listed), RevokedByError),
            (Some(Objected), RevokedByError),
            (Some(RemovalRequested), RevokedByError),
            (Some(ObjectedRemovalRequested), RevokedByError),
        ],
        REGISTERS,
    ),
    (
        Annul,
        &[
            (Some(Listed), RevokedByError),
            (Some(Objected), RevokedByError),
            (Some(RemovalRequested), RevokedByError),
            (Some(ObjectedRemovalRequested), RevokedByError),
            (Some(Removed), RevokedByError),
        ],
        ENTERS,
    ),
    (
        AcceptObjection,
        &[(Some(Objected), Objected), (Some(ObjectedRemovalRequested), ObjectedRemovalRequested)],
        REGISTERS,
    ),
    (
        RejectObjection,
        &[(Some(Objected), Listed), (Some(ObjectedRemovalRequested), RemovalRequested)],
        REGISTERS,
    ),
    (
        VerifyRemoval,
        &[
            (Some(RemovalRequested), RemovalRequested),
            (Some(ObjectedRemovalRequested), ObjectedRemovalRequested),
        ],
        REGISTERS,
    ),
    (Remove, &[(Some(RemovalRequested), Removed), (Some(ObjectedRemovalRequested), Removed)], REGISTERS),
    (
        RefuseRemoval,
        &[(Some(RemovalRequested), Listed), (Some(ObjectedRemovalRequested), Objected)],
        REGISTERS,
    ),
    (
        ConsiderRevocation,
        &[
            (Some(Listed), Listed),
            (Some(Objected), Objected),
            (Some(RemovalRequested), RemovalRequested),
            (Some(ObjectedRemovalRequested), ObjectedRemovalRequested),
        ],
        &["ENFORCEMENT"],
    ),
    (Restore, &[(Some(Removed), Listed)], REGISTERS),
    (ConsiderReturn, &[(Some(Removed), Removed)], REGISTERS),
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
    let offices = offices();
    let offices: Vec<_> = offices.iter().map(String::as_str).collect();
    let tried = check_against(&ABNORMAL, LAW, State::ALL, &offices).unwrap();
    assert_eq!(tried, (State::ALL.len() + 1) * Event::ALL.len() * offices.len());
}

#[test]
fn who_may_suspect_is_who_may_open_an_entry_and_every_inspector_is_among_them() {
    let (book, today) = (rulebook::Rulebook::builtin(), domain::parse_date("2026-03-02").unwrap());
    for office in book.offices() {
        let code = &office.code;
        let suspects = ABNORMAL.step(None, Suspect, &Actor::person(code.as_str(), "wang")).is_ok();
        let may = |permission| book.may(permission, code, today);
        assert_eq!(suspects, may("punishment.abnormal.write"), "{code}");
        assert!(suspects || !may("inspection.result.write"), "{code} inspects and may not suspect");
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
        (ObjectedRemovalRequested, RejectObjection),
        (ObjectedRemovalRequested, Remove),
        (ObjectedRemovalRequested, RefuseRemoval),
        (ObjectedRemovalRequested, RevokeByError),
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

#[test]
fn every_answer_ends_what_it_answers_and_leaves_the_other_question_open() {
    let li = Actor::person("DISTRICT", "li").on_proposal_of("wang").citing("办法第五条");
    let objection: &[&str] = &[OBJECTION, OBJECTION_ACCEPT];
    let removal: &[&str] = &[REMOVE, VERIFY_REMOVAL];
    for (event, ends_objection, ends_removal) in [
        (RejectObjection, true, false),
        (RefuseRemoval, false, true),
        (Remove, true, true),
        (RemoveByOrder, true, true),
        (RevokeByError, true, true),
        (Annul, true, true),
    ] {
        let step = ABNORMAL.step(ObjectedRemovalRequested, event, &li).unwrap();
        let ends = |kinds: &[&str]| kinds.iter().all(|kind| step.fulfils.contains(kind));
        assert_eq!((ends(objection), ends(removal)), (ends_objection, ends_removal), "{event:?}");
        assert_eq!((step.to.is_objected(), step.to.awaits_removal()), (!ends_objection, !ends_removal));
    }
}
