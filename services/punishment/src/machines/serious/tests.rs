use service::machine::{Actor, Refused, Said, check_against, check_all_triples};

use super::*;
use crate::machines::ListEvent;

/// Steps that only one of the procedures knows.
const ONLY_DRAFT: [Event; 1] = [TakeOver];
const ONLY_ORDER_44: [Event; 9] = [
    RequestHearing,
    WithdrawHearing,
    OrderHearing,
    OrderHearingAnew,
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

const CASE: &[&str] = &["ENFORCEMENT"];
const LIST: &[&str] = &["CREDIT"];

/// Every step to a decision under order 44 and who may take it, written down apart from the table.
const ORDER_44: &[Said<'static, State, Event>] = &[
    (Trigger, &[(None, Triggered)], CASE),
    (GiveOpinion, &[(Some(Triggered), OpinionGiven)], &["FOOD_PROD", "SAMPLING_SPECIAL_FOOD", "SE_SUPERV"]),
    (
        DropCase,
        &[
            (Some(Triggered), NotListed),
            (Some(OpinionGiven), NotListed),
            (Some(Assessed), NotListed),
            (Some(Reviewed), NotListed),
            (Some(DefencePending), NotListed),
            (Some(HearingRequested), NotListed),
            (Some(HearingOrdered), NotListed),
            (Some(HearingHeld), NotListed),
            (Some(SuperiorConsentPending), NotListed),
            (Some(Consented), NotListed),
        ],
        CASE,
    ),
    (Assess, &[(Some(OpinionGiven), Assessed)], CASE),
    (Review, &[(Some(Assessed), Reviewed)], &["LEGAL"]),
    (ReturnCase, &[(Some(Assessed), OpinionGiven)], &["LEGAL"]),
    (ServeNotice, &[(Some(Reviewed), DefencePending)], CASE),
    (
        RecordDefence,
        &[
            (Some(DefencePending), DefencePending),
            (Some(HearingRequested), HearingRequested),
            (Some(HearingOrdered), HearingOrdered),
        ],
        CASE,
    ),
    (RequestHearing, &[(Some(DefencePending), HearingRequested)], CASE),
    (OrderHearing, &[(Some(DefencePending), HearingOrdered), (Some(HearingRequested), HearingOrdered)], CASE),
    (OrderHearingAnew, &[(Some(HearingOrdered), HearingOrdered)], CASE),
    (
        AskConsent,
        &[(Some(DefencePending), SuperiorConsentPending), (Some(HearingHeld), SuperiorConsentPending)],
        CASE,
    ),
    (
        WithdrawHearing,
        &[(Some(HearingRequested), DefencePending), (Some(HearingOrdered), DefencePending)],
        CASE,
    ),
    (HoldHearing, &[(Some(HearingOrdered), HearingHeld)], CASE),
    (MissHearing, &[(Some(HearingOrdered), HearingHeld)], CASE),
    (Consent, &[(Some(SuperiorConsentPending), Consented)], &["SUPERIOR"]),
    (RefuseConsent, &[(Some(SuperiorConsentPending), NotListed)], &["SUPERIOR"]),
    (Decide, &[(Some(Consented), Decided)], CASE),
    (DecideElsewhere, &[(Some(Consented), DecidedElsewhere)], CASE),
];

/// The same by the draft of 2025, in which the credit body takes over what the case-handling body has notified.
const DRAFT_2025: &[Said<'static, State, Event>] = &[
    (Trigger, &[(None, Triggered)], CASE),
    (GiveOpinion, &[(Some(Triggered), OpinionGiven)], &["FOOD_PROD", "SAMPLING_SPECIAL_FOOD", "SE_SUPERV"]),
    (
        DropCase,
        &[
            (Some(Triggered), NotListed),
            (Some(OpinionGiven), NotListed),
            (Some(Assessed), NotListed),
            (Some(Reviewed), NotListed),
            (Some(NoticeServed), NotListed),
        ],
        CASE,
    ),
    (Assess, &[(Some(OpinionGiven), Assessed)], CASE),
    (Review, &[(Some(Assessed), Reviewed)], &["LEGAL"]),
    (ReturnCase, &[(Some(Assessed), OpinionGiven)], &["LEGAL"]),
    (ServeNotice, &[(Some(Reviewed), NoticeServed)], CASE),
    (TakeOver, &[(Some(NoticeServed), DefencePending)], LIST),
    (RecordDefence, &[(Some(NoticeServed), NoticeServed)], &["ENFORCEMENT", "CREDIT"]),
    (RecordDefence, &[(Some(DefencePending), DefencePending)], LIST),
    (Decide, &[(Some(DefencePending), Decided)], LIST),
    (DecideElsewhere, &[(Some(DefencePending), DecidedElsewhere)], LIST),
    (DropCase, &[(Some(DefencePending), NotListed)], LIST),
];

/// Every step that follows the decision, in both procedures.
const LISTED: &[Said<'static, State, Event>] = &[
    (
        Publish,
        &[
            (Some(Decided), Published),
            (Some(PushedElsewhere), Published),
            (Some(Restored), Published),
            (Some(RestoredPushedElsewhere), Published),
        ],
        LIST,
    ),
    (
        PushElsewhere,
        &[(Some(DecidedElsewhere), PushedElsewhere), (Some(RestoredElsewhere), RestoredPushedElsewhere)],
        LIST,
    ),
    (
        FindRegisteredHere,
        &[
            (Some(DecidedElsewhere), Decided),
            (Some(PushedElsewhere), Decided),
            (Some(RestoredElsewhere), Restored),
            (Some(RestoredPushedElsewhere), Restored),
        ],
        LIST,
    ),
    (
        TellElsewhere,
        &[
            (Some(PushedElsewhere), PushedElsewhere),
            (Some(Published), Published),
            (Some(EarlyRemovalRequested), EarlyRemovalRequested),
            (Some(RemovedEarly), RemovedEarly),
            (Some(Removed), Removed),
            (Some(Revoked), Revoked),
            (Some(RestoredPushedElsewhere), RestoredPushedElsewhere),
        ],
        LIST,
    ),
    (
        Revoke,
        &[
            (Some(Decided), Revoked),
            (Some(DecidedElsewhere), Revoked),
            (Some(PushedElsewhere), Revoked),
            (Some(Published), Revoked),
            (Some(EarlyRemovalRequested), Revoked),
            (Some(Restored), Revoked),
            (Some(RestoredElsewhere), Revoked),
            (Some(RestoredPushedElsewhere), Revoked),
            (Some(RemovedEarly), Revoked),
        ],
        CASE,
    ),
    (
        KeepListing,
        &[
            (Some(Decided), Decided),
            (Some(DecidedElsewhere), DecidedElsewhere),
            (Some(PushedElsewhere), PushedElsewhere),
            (Some(Published), Published),
            (Some(EarlyRemovalRequested), EarlyRemovalRequested),
            (Some(Restored), Restored),
            (Some(RestoredElsewhere), RestoredElsewhere),
            (Some(RestoredPushedElsewhere), RestoredPushedElsewhere),
            (Some(RemovedEarly), RemovedEarly),
        ],
        CASE,
    ),
    (
        Annul,
        &[
            (Some(Decided), Revoked),
            (Some(DecidedElsewhere), Revoked),
            (Some(PushedElsewhere), Revoked),
            (Some(Published), Revoked),
            (Some(EarlyRemovalRequested), Revoked),
            (Some(Restored), Revoked),
            (Some(RestoredElsewhere), Revoked),
            (Some(RestoredPushedElsewhere), Revoked),
            (Some(RemovedEarly), Revoked),
            (Some(Removed), Revoked),
        ],
        &["ENFORCEMENT", "LEGAL"],
    ),
    (RequestEarlyRemoval, &[(Some(Published), EarlyRemovalRequested)], &["PARTY", "ENFORCEMENT", "CREDIT"]),
    (RemoveEarly, &[(Some(EarlyRemovalRequested), RemovedEarly)], CASE),
    (RefuseEarlyRemoval, &[(Some(EarlyRemovalRequested), Published)], CASE),
    (
        RemoveByOrder,
        &[
            (Some(Published), RemovedEarly),
            (Some(EarlyRemovalRequested), RemovedEarly),
            (Some(Restored), RemovedEarly),
            (Some(RestoredElsewhere), RemovedEarly),
            (Some(RestoredPushedElsewhere), RemovedEarly),
        ],
        &["ENFORCEMENT", "LEGAL"],
    ),
    (Restore, &[(Some(RemovedEarly), Restored)], CASE),
    (RestoreElsewhere, &[(Some(RemovedEarly), RestoredElsewhere)], CASE),
    (
        Expire,
        &[
            (Some(Published), Removed),
            (Some(EarlyRemovalRequested), Removed),
            (Some(Restored), Removed),
            (Some(RestoredElsewhere), Removed),
            (Some(RestoredPushedElsewhere), Removed),
        ],
        &["SYSTEM"],
    ),
];

#[test]
fn every_state_event_and_role_is_allowed_or_refused_with_its_reason() {
    let offices = offices();
    let offices: Vec<_> = offices.iter().map(String::as_str).collect();
    for (Procedure { word, table, states, events }, law) in
        procedures().into_iter().zip([ORDER_44, DRAFT_2025])
    {
        let law = [law, LISTED].concat();
        let tried = check_against(table, &law, &states, &offices).unwrap();
        assert_eq!(tried, (states.len() + 1) * events.len() * offices.len(), "{word}");
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
            // Once is enough of what leads back: letters of defence, what the legal office returns, a hearing that is not wanted any more or
            // is called anew.
            let leads_back = matches!(event, RecordDefence | ReturnCase | WithdrawHearing | OrderHearingAnew);
            if path.contains(&event) || leads_back {
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
fn a_party_that_was_told_may_defend_itself_until_its_days_are_over_or_it_was_heard() {
    for Procedure { word, table, .. } in procedures() {
        for state in [NoticeServed, DefencePending, HearingRequested, HearingOrdered] {
            let reached = table.events_from(state).next().is_some();
            let defends = table.events_from(state).any(|event| event == RecordDefence);
            assert_eq!(reached, defends, "{word}: {state:?}");
        }
    }
    assert!(RecordDefence.keeps_clock(), "what it says gives it no more days, and takes none");
}

#[test]
fn the_days_for_a_defence_are_those_of_the_notice() {
    for Procedure { word, table, .. } in procedures() {
        let actor = Actor::person("ENFORCEMENT", "wang").citing("办法第二条");
        let notice = table.step(Reviewed, ServeNotice, &actor).unwrap();
        assert_eq!(notice.due, defence_period(word), "{word}");
        assert!(notice.to.runs_for_defence(), "{word}");
    }
    assert_eq!(defence_period("draft-2026"), None);
}

#[test]
fn every_decision_has_a_number_whichever_province_publishes_it() {
    for event in Event::ALL.iter().filter(|event| event.lists() || event.restores()) {
        assert!(event.needs_document(), "{event:?}");
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
        (Published, KeepListing, "ENFORCEMENT"),
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
        let undone = [TellElsewhere, Restore, RestoreElsewhere, Revoke, Annul, KeepListing];
        assert_eq!(from(RemovedEarly), undone);
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
