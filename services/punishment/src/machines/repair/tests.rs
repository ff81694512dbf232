use service::machine::{Actor, Said, check_against, check_all_triples};

use super::Event::*;
use super::State::*;
use super::*;

/// Whoever has a counter.
const TAKES: &[&str] =
    &["CREDIT", "FOOD_PROD", "SAMPLING_SPECIAL_FOOD", "SE_SUPERV", "FOREIGN_REG", "ENFORCEMENT", "DISTRICT"];
/// Who decided repairs.
const DECIDES: &[&str] = &["ENFORCEMENT", "DISTRICT", "FOREIGN_REG"];

/// What is granted stays what it is whatever is told of it to another province, and by it.
const STAYS: &[(Option<State>, State)] = &[
    (Some(Granted), Granted),
    (Some(Executed), Executed),
    (Some(Shared), Shared),
    (Some(RevokedForFraud), RevokedForFraud),
];

/// Every step that there is and who may take it, written down apart from the table.
const LAW: &[Said<'static, State, Event>] = &[
    (Begin, &[(None, Draft)], TAKES),
    (Submit, &[(Some(Draft), Submitted), (Some(Incomplete), Submitted)], TAKES),
    (Accept, &[(Some(Submitted), Accepted)], DECIDES),
    (AskForGaps, &[(Some(Submitted), Incomplete)], DECIDES),
    (Refuse, &[(Some(Submitted), Refused)], DECIDES),
    (
        Verify,
        &[(Some(Accepted), Verifying), (Some(Verifying), Verifying), (Some(PanelReview), PanelReview)],
        &["FOOD_PROD", "SAMPLING_SPECIAL_FOOD", "SE_SUPERV", "FOREIGN_REG", "ENFORCEMENT", "DISTRICT"],
    ),
    (
        Refer,
        &[(Some(Accepted), PanelReview), (Some(Verifying), PanelReview)],
        &["CREDIT", "ENFORCEMENT", "DISTRICT"],
    ),
    (
        Advise,
        &[(Some(PanelReview), PanelReview)],
        &["CREDIT", "LEGAL", "FOOD_PROD", "SAMPLING_SPECIAL_FOOD", "SE_SUPERV"],
    ),
    (Grant, &[(Some(Verifying), Granted), (Some(PanelReview), Granted)], DECIDES),
    (Deny, &[(Some(Verifying), Denied), (Some(PanelReview), Denied)], DECIDES),
    (
        Reopen,
        &[(Some(Refused), Submitted), (Some(Denied), Verifying)],
        &["ENFORCEMENT", "DISTRICT", "FOREIGN_REG", "LEGAL"],
    ),
    (GrantByOrder, &[(Some(Denied), Granted)], &["ENFORCEMENT", "DISTRICT", "FOREIGN_REG", "LEGAL"]),
    (Execute, &[(Some(Granted), Executed)], &["SYSTEM"]),
    (Share, &[(Some(Executed), Shared)], &["CREDIT"]),
    (PushElsewhere, STAYS, &["CREDIT"]),
    (AcknowledgeElsewhere, STAYS, &["CREDIT"]),
    (FindRegisteredHere, STAYS, &["CREDIT"]),
    (
        RevokeForFraud,
        &[
            (Some(Granted), RevokedForFraud),
            (Some(Executed), RevokedForFraud),
            (Some(Shared), RevokedForFraud),
        ],
        DECIDES,
    ),
    (Reinstate, &[(Some(RevokedForFraud), Granted)], &["ENFORCEMENT", "DISTRICT", "FOREIGN_REG", "LEGAL"]),
    (
        Withdraw,
        &[
            (Some(Draft), Withdrawn),
            (Some(Submitted), Withdrawn),
            (Some(Incomplete), Withdrawn),
            (Some(Accepted), Withdrawn),
            (Some(Verifying), Withdrawn),
            (Some(PanelReview), Withdrawn),
        ],
        TAKES,
    ),
    (
        Deregister,
        &[
            (Some(Draft), Withdrawn),
            (Some(Submitted), Withdrawn),
            (Some(Incomplete), Withdrawn),
            (Some(Accepted), Withdrawn),
            (Some(Verifying), Withdrawn),
            (Some(PanelReview), Withdrawn),
        ],
        &["SYSTEM"],
    ),
];

#[test]
fn the_whole_table_does_what_it_says() {
    let book = rulebook::Rulebook::builtin();
    let offices: Vec<_> = book.offices().iter().map(|office| office.code.as_str()).collect();
    let tried = check_all_triples(&REPAIR, State::ALL, Event::ALL, &offices).unwrap();
    assert_eq!(tried, (State::ALL.len() + 1) * Event::ALL.len() * offices.len());
}

#[test]
fn every_state_event_and_role_is_allowed_or_refused_with_its_reason() {
    let book = rulebook::Rulebook::builtin();
    let offices: Vec<_> = book.offices().iter().map(|office| office.code.as_str()).collect();
    let tried = check_against(&REPAIR, LAW, State::ALL, &offices).unwrap();
    assert_eq!(tried, (State::ALL.len() + 1) * Event::ALL.len() * offices.len());
}

#[test]
fn every_parameter_that_the_table_names_is_a_period_of_the_rulebook_on_both_sides_of_order_107() {
    let book = rulebook::Rulebook::builtin();
    for day in ["2021-09-01", "2025-12-24", "2025-12-25", "2026-04-01"] {
        let day = domain::parse_date(day).unwrap();
        for parameter in [EXAMINE, DECIDE, EXECUTE, SHARE] {
            assert!(book.deadline(day, parameter).is_ok(), "{parameter} {day}");
        }
        assert_eq!(book.deadline(day, PUSH).is_ok(), day >= domain::parse_date("2025-12-25").unwrap());
    }
}

#[test]
fn nothing_is_granted_that_was_not_verified_or_seen_by_the_panel() {
    let granting: Vec<_> = State::ALL
        .iter()
        .filter(|state| REPAIR.events_from(**state).any(|event| event == Event::Grant))
        .collect();
    assert_eq!(granting, [&State::Verifying, &State::PanelReview]);
}

#[test]
fn who_verified_may_not_decide_and_the_system_decides_nothing() {
    let wang = Actor::person("ENFORCEMENT", "wang").citing("办法第十六条");
    let decide = |actor: Actor<'_>| REPAIR.step(State::Verifying, Event::Grant, &actor);
    assert!(decide(wang.on_proposal_of("wang")).is_err());
    assert_eq!(decide(wang.on_proposal_of("li")).unwrap().to, State::Granted);
    let system = Actor::system().on_proposal_of("li").citing("办法第十六条");
    for state in State::ALL {
        // What follows from a decision, and from the end of the party.
        for event in Event::ALL.iter().filter(|event| !matches!(event, Execute | Deregister)) {
            assert!(REPAIR.step(*state, *event, &system).is_err(), "{state:?} {event:?}");
        }
    }
}

#[test]
fn what_is_over_stays_over_unless_it_was_a_fraud_or_a_body_above_says_otherwise() {
    let closed: Vec<_> = State::ALL.iter().filter(|state| state.is_closed()).collect();
    assert_eq!(
        closed,
        [
            &State::Refused,
            &State::Denied,
            &State::Executed,
            &State::Shared,
            &State::RevokedForFraud,
            &State::Withdrawn
        ]
    );
    let from = |state| REPAIR.events_from(state).collect::<Vec<_>>();
    assert_eq!(from(State::Withdrawn), []);
    assert_eq!(from(State::Refused), [Event::Reopen]);
    assert_eq!(from(State::Denied), [Event::Reopen, Event::GrantByOrder]);
    let lawyer = Actor::person("LEGAL", "lin");
    assert!(REPAIR.step(State::Denied, Event::Reopen, &lawyer).is_err(), "not without its decision");
    assert!(
        REPAIR.step(State::RevokedForFraud, Event::Reinstate, &lawyer).is_err(),
        "nor is a revocation undone"
    );
    let mut after_fraud =
        REPAIR.events_from(State::RevokedForFraud).filter(|event| *event != Event::Reinstate);
    assert!(after_fraud.all(Event::is_told_elsewhere));
}
