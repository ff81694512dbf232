use service::machine::{Actor, Refused, check_all_triples};

use super::*;

/// Steps that only one of the procedures knows.
const ONLY_DRAFT: [Event; 1] = [TakeOver];
const ONLY_ORDER_44: [Event; 8] = [
    RequestHearing,
    WithdrawHearing,
    OrderHearing,
    HoldHearing,
    MissHearing,
    AskConsent,
    Consent,
    RefuseConsent,
];

fn offices() -> Vec<String> {
    rulebook::Rulebook::builtin().offices().iter().map(|office| office.code.to_string()).collect()
}

/// A procedure with the states that it reaches and the steps that it knows.
struct Procedure {
    word: &'static str,
    table: &'static Machine<State, Event>,
    states: Vec<State>,
    events: Vec<Event>,
}

fn procedures() -> [Procedure; 2] {
    let states = |without: &[State]| State::ALL.iter().copied().filter(|it| !without.contains(it)).collect();
    let events = |without: &[Event]| Event::ALL.iter().copied().filter(|it| !without.contains(it)).collect();
    [
        Procedure {
            word: "order44",
            table: &SERIOUS,
            states: states(&[NoticeServed]),
            events: events(&ONLY_DRAFT),
        },
        Procedure {
            word: "draft-2025",
            table: &SERIOUS_DRAFT_2025,
            states: states(&[
                HearingRequested,
                HearingOrdered,
                HearingHeld,
                SuperiorConsentPending,
                Consented,
            ]),
            events: events(&ONLY_ORDER_44),
        },
    ]
}

/// The body that may take a step under order 44, written from the law and not from the table.
fn bodies(event: Event) -> &'static [&'static str] {
    match event {
        GiveOpinion => &["FOOD_PROD", "SAMPLING_SPECIAL_FOOD", "SE_SUPERV"],
        Review | ReturnCase => &["LEGAL"],
        Consent | RefuseConsent => &["SUPERIOR"],
        TakeOver | PushElsewhere | TellElsewhere | FindRegisteredHere | Publish => &["CREDIT"],
        RequestEarlyRemoval => &["ENFORCEMENT", "CREDIT", "PARTY"],
        Annul | RemoveByOrder => &["ENFORCEMENT", "LEGAL"],
        Expire => &["SYSTEM"],
        _ => &["ENFORCEMENT"],
    }
}

#[test]
fn both_tables_do_what_they_say() {
    let offices = offices();
    let offices: Vec<_> = offices.iter().map(String::as_str).collect();
    for Procedure { word, table, states, events } in procedures() {
        let tried = check_all_triples(table, &states, &events, &offices).unwrap();
        assert_eq!(tried, (states.len() + 1) * events.len() * offices.len(), "{word}");
        let found: Vec<_> = table_of(word).unwrap().events_from(DefencePending).collect();
        assert_eq!(found, table.events_from(DefencePending).collect::<Vec<_>>(), "{word}");
    }
    assert!(table_of("draft-2026").is_none());
}

#[test]
fn under_order_44_every_step_is_taken_by_its_body_and_refused_to_all_others() {
    for state in State::ALL {
        for event in Event::ALL {
            for office in offices() {
                let actor = Actor::person(&office, "li").on_proposal_of("wang").citing("办法第二条");
                let answer = SERIOUS.step(*state, *event, &actor);
                let right = bodies(*event).contains(&office.as_str());
                match answer {
                    Ok(step) => assert!(right, "{state:?} {event:?} by {office} -> {:?}", step.to),
                    Err(Refused::Office { .. }) => assert!(!right, "{state:?} {event:?} by {office}"),
                    Err(refused) => {
                        assert!(matches!(refused, Refused::Transition { .. }), "{refused:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn nobody_is_listed_under_order_44_but_by_opinion_assessment_review_notice_consent_and_decision() {
    let mut found = Vec::new();
    let mut paths: Vec<(State, Vec<Event>)> = vec![(Triggered, vec![Trigger])];
    while let Some((state, path)) = paths.pop() {
        for event in SERIOUS.events_from(state) {
            // Once is enough of what leads back: letters of defence, what the legal office returns, a hearing that is not wanted any more.
            if path.contains(&event) || matches!(event, RecordDefence | ReturnCase | WithdrawHearing) {
                continue;
            }
            let actor = Actor::person(bodies(event)[0], "li").on_proposal_of("wang").citing("办法第二条");
            let to = SERIOUS.step(state, event, &actor).unwrap().to;
            let path: Vec<_> = path.iter().copied().chain([event]).collect();
            if matches!(to, Decided | DecidedElsewhere) {
                found.push(path);
            } else {
                paths.push((to, path));
            }
        }
    }
    let must = [Trigger, GiveOpinion, Assess, Review, ServeNotice, AskConsent, Consent];
    assert_eq!(
        found.len(),
        10,
        "without a hearing, with one, and with one that the party missed, called at once or asked for first; in either province"
    );
    for path in found {
        let order: Vec<_> = path.iter().copied().filter(|event| must.contains(event)).collect();
        assert_eq!(order, must, "{path:?}");
    }
}

#[test]
fn decisions_need_a_second_person() {
    for (state, event, office) in [
        (Assessed, Review, "LEGAL"),
        (SuperiorConsentPending, Consent, "SUPERIOR"),
        (SuperiorConsentPending, RefuseConsent, "SUPERIOR"),
        (Consented, Decide, "ENFORCEMENT"),
        (Consented, DecideElsewhere, "ENFORCEMENT"),
        (EarlyRemovalRequested, RemoveEarly, "ENFORCEMENT"),
        (EarlyRemovalRequested, RefuseEarlyRemoval, "ENFORCEMENT"),
        (RemovedEarly, Restore, "ENFORCEMENT"),
        (RemovedEarly, RestoreElsewhere, "ENFORCEMENT"),
        (Published, Revoke, "ENFORCEMENT"),
    ] {
        let wang = Actor::person(office, "wang").on_proposal_of("wang").citing("办法第二条");
        let refused = SERIOUS.step(state, event, &wang);
        assert!(matches!(refused, Err(Refused::FourEyes { .. })), "{state:?} {event:?}");
    }
}

#[test]
fn an_ended_case_goes_nowhere_but_by_a_judgment() {
    for Procedure { table, .. } in procedures() {
        let from = |state| table.events_from(state).collect::<Vec<_>>();
        assert_eq!(from(NotListed), []);
        // The province that shows it may still have to be told.
        assert_eq!(from(Revoked), [TellElsewhere]);
        assert_eq!(from(Removed), [TellElsewhere, Annul]);
        assert_eq!(from(RemovedEarly), [TellElsewhere, Restore, RestoreElsewhere, Revoke, Annul]);
    }
}

#[test]
fn another_province_is_told_of_what_it_shows_and_nothing_moves_by_that() {
    let credit = Actor::person("CREDIT", "sun");
    assert!(TellElsewhere.keeps_clock() && TellElsewhere.keeps_proposal());
    for Procedure { table, .. } in procedures() {
        for state in State::ALL {
            let told = table.step(*state, TellElsewhere, &credit).ok();
            let was_shown = matches!(state, RemovedEarly | Removed | Revoked);
            assert_eq!(told.is_some(), state.shown_elsewhere() || was_shown, "{state:?}");
            assert!(told.is_none_or(|step| step.to == *state && step.fulfils == [TELL]), "{state:?}");
        }
    }
}

#[test]
fn the_system_ends_terms_and_does_nothing_else() {
    let system = Actor::system().citing("x").on_proposal_of("wang");
    for Procedure { table, .. } in procedures() {
        for state in std::iter::once(None).chain(State::ALL.iter().copied().map(Some)) {
            for event in Event::ALL {
                let taken = table.step(state, *event, &system).is_ok();
                assert_eq!(
                    taken,
                    *event == Expire && state.is_some_and(State::stands),
                    "{state:?} {event:?}"
                );
            }
        }
    }
}
