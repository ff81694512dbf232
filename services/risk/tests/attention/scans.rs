//! Scans of complaints, and the signals that they raise.

use chrono::Days;
use risk::domain::attention::Scan;
use risk::machines::attention::State;
use risk::store::{Act, ComplaintBatch, Decision, MarkFact, Store};

use super::{
    LOUD, TOWN, complain, decide, everything, loud_town, officer, open_duties, raised, scan, take_in, town,
};
use crate::support::{cut, events, noon, store, today, uscc};

async fn a_burst_raises_one_signal_with_its_evidence_and_a_duty_of_the_line_office(store: Store) {
    let signal = raised(&store).await;
    assert_eq!((signal.uscc.as_str(), signal.topic.as_str()), (uscc(LOUD).as_str(), "EXPIRED"));
    assert_eq!((signal.state, signal.division.as_str(), signal.revision), (State::SignalRaised, "370102", 1));
    let evidence = &signal.evidence;
    assert_eq!((evidence.events, evidence.weighted, evidence.tickets.len()), (10, 10, 10));
    assert_eq!(evidence.tickets[0], "tickets/loud0", "the latest first");
    assert_eq!((evidence.peers, evidence.peer_events), (u64::from(TOWN) - 1, 6), "itself left out");
    assert!(evidence.expected < 1.0 && evidence.p < 1e-4 && evidence.q <= evidence.level, "{evidence:?}");
    assert_eq!(evidence.topics, [("EXPIRED".to_owned(), 10)]);
    // Ten working days after 31 March 2026, the Qingming festival between.
    assert_eq!(
        open_duties(&store, "attention.review").await,
        [("FOOD_PROD".to_owned(), Some("2026-04-15".to_owned()))]
    );
    assert_eq!(events(&store, "risk.signal.changed").await.len(), 1);
}

async fn a_scan_repeated_raises_nothing_twice(store: Store) {
    raised(&store).await;
    let again = scan(&store, 1, today()).await;
    assert_eq!((again.raised, again.name.as_str()), (1, "scans/scan-1"), "the first answer");
    assert_eq!(scan(&store, 2, today()).await.raised, 0);
    assert_eq!(everything(&store).await.len(), 1);
    let scans = store.scans(&cut(10, "")).await.unwrap().rows;
    assert_eq!(scans.iter().map(|scan: &Scan| scan.raised).collect::<Vec<_>>(), [0, 1], "the latest first");
    assert_eq!(scans[0].enterprises, i64::from(TOWN));
}

async fn the_daily_scan_is_made_once_and_not_over_an_empty_city(store: Store) {
    let act = Act::of_system("attention", noon(today().succ_opt().unwrap()), store.book());
    assert_eq!(store.daily_scan(&act).await.unwrap(), None);
    take_in(&store, &loud_town()).await;
    let made = store.daily_scan(&act).await.unwrap().unwrap();
    assert_eq!((made.as_of, made.raised, made.created_by.as_str()), (today(), 1, "SYSTEM"));
    assert_eq!(store.daily_scan(&act).await.unwrap(), None);
}

async fn calls_of_one_matter_and_undone_matches_do_not_count(store: Store) {
    let mut batch = town();
    for call in 0..10 {
        complain(&mut batch, LOUD, &format!("call{call}"), 5);
        let fact = batch.tickets.get_mut(&format!("tickets/call{call}")).unwrap();
        fact.as_mut().unwrap().event = "12345/one".to_owned();
    }
    take_in(&store, &batch).await;
    assert_eq!(scan(&store, 1, today()).await.raised, 0, "one caller, one matter");

    let loud = loud_town();
    take_in(&store, &loud).await;
    let mut undone = ComplaintBatch::default();
    undone
        .tickets
        .extend(loud.tickets.keys().filter(|name| name.contains("loud")).map(|name| (name.clone(), None)));
    take_in(&store, &undone).await;
    assert_eq!(scan(&store, 2, today()).await.raised, 0, "their matches were undone");
    take_in(&store, &loud).await;
    assert_eq!(scan(&store, 3, today()).await.raised, 1);
}

async fn a_ticket_counts_in_the_field_that_it_names_or_in_the_only_one(store: Store) {
    let mut batch = loud_town();
    for fact in batch.tickets.values_mut().flatten() {
        fact.field = String::new();
    }
    take_in(&store, &batch).await;
    assert_eq!(scan(&store, 1, today()).await.raised, 1, "its enterprise is marked in one field");
    let signal = everything(&store).await.pop().unwrap();
    decide(&store, &officer(), 11, today(), (&signal.id, Decision::Take)).await.unwrap();
    // Marked in two fields, nobody knows which the tickets mean.
    let mark = MarkFact { carried: true, category: "SeDesign".to_owned() };
    batch.marks.insert((uscc(LOUD), "SE".to_owned()), mark);
    take_in(&store, &batch).await;
    let counted = scan(&store, 2, today()).await;
    assert_eq!((counted.events, counted.enterprises), (6, i64::from(TOWN) + 1));
}

async fn a_dismissed_signal_comes_back_only_with_later_complaints(store: Store) {
    let signal = raised(&store).await;
    decide(&store, &officer(), 10, today(), (&signal.id, Decision::Take)).await.unwrap();
    let dismiss = Decision::Dismiss("同行恶意投诉".to_owned());
    decide(&store, &officer(), 11, today(), (&signal.id, dismiss)).await.unwrap();
    assert_eq!(store.signal(&signal.id).await.unwrap().reason, "同行恶意投诉");
    assert!(open_duties(&store, "attention.review").await.is_empty());
    let later = today() + Days::new(20);
    assert_eq!(scan(&store, 2, later).await.raised, 0, "what was judged is not judged again");
    let mut batch = ComplaintBatch::default();
    for caller in 0..10 {
        complain(&mut batch, LOUD, &format!("again{caller}"), 0);
        let fact = batch.tickets.get_mut(&format!("tickets/again{caller}")).unwrap();
        fact.as_mut().unwrap().accepted_on = later;
    }
    take_in(&store, &batch).await;
    assert_eq!(scan(&store, 3, later).await.raised, 1);
    let newest = everything(&store).await.remove(0);
    assert_eq!((newest.evidence.events, newest.evidence.window_from), (10, today() + Days::new(1)));
}

async fn of_two_scans_at_once_each_thing_is_raised_once(store: Store) {
    take_in(&store, &loud_town()).await;
    let (one, other) = tokio::join!(scan(&store, 1, today()), scan(&store, 2, today()));
    assert_eq!(one.raised + other.raised, 1);
    assert_eq!(everything(&store).await.len(), 1);
    assert_eq!(open_duties(&store, "attention.review").await.len(), 1);
}

db::conformance! {
    open = store;
    cases = [
        a_burst_raises_one_signal_with_its_evidence_and_a_duty_of_the_line_office,
        a_scan_repeated_raises_nothing_twice,
        the_daily_scan_is_made_once_and_not_over_an_empty_city,
        calls_of_one_matter_and_undone_matches_do_not_count,
        a_ticket_counts_in_the_field_that_it_names_or_in_the_only_one,
        a_dismissed_signal_comes_back_only_with_later_complaints,
    ]
}

db::races! {
    open = store;
    cases = [of_two_scans_at_once_each_thing_is_raised_once]
}
