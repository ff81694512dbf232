//! Complaints, scans, signals and flags on both engines.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use chrono::{Days, NaiveDate};
use contract::risk::v1 as pb;
use db::on;
use prost::Message;
use risk::Error;
use risk::domain::attention::{Scan, Signal};
use risk::domain::backtest::replay::Told;
use risk::domain::signal::Finding;
use risk::machines::attention::State;
use risk::store::{
    Act, Batch, ComplaintBatch, ComplaintFact, Decision, Ended, FIGURES, MarkFact, PartyFact, SignalFilter,
    Store,
};
use service::auth::Caller;
use service::idempotency::Key;
use service::machine::Refused;
use support::{apply, caller, credit, cut, events, noon, problem_inspection, record, request, today, uscc};

/// Producers of the town; those from [`LOUD`] on are complained of.
const TOWN: u32 = 40;
/// The enterprise that people complain of.
const LOUD: u32 = 7;

/// A town of producers where hardly anybody complains.
fn town() -> ComplaintBatch {
    let mut batch = ComplaintBatch::default();
    for number in 0..TOWN {
        let party = PartyFact { division: "370102".to_owned(), capital_fen: 0 };
        batch.parties.insert(uscc(number), party);
        let mark = MarkFact { carried: true, category: "OrdinaryFood".to_owned() };
        batch.marks.insert((uscc(number), "FOOD".to_owned()), mark);
    }
    for number in 20..26 {
        complain(&mut batch, number, &format!("quiet{number}"), 40);
    }
    batch
}

/// One complaint about expired food, so many days ago.
fn complain(batch: &mut ComplaintBatch, number: u32, event: &str, days: u64) {
    let fact = ComplaintFact {
        uscc: uscc(number),
        field: "FOOD".to_owned(),
        event: format!("12345/{event}"),
        accepted_on: today() - Days::new(days),
        topic: "食品过期".to_owned(),
        finding: Finding::Open,
    };
    batch.tickets.insert(format!("tickets/{event}"), Some(fact));
}

/// A town in which ten people complain of one enterprise.
fn loud_town() -> ComplaintBatch {
    let mut batch = town();
    for caller in 0..10 {
        complain(&mut batch, LOUD, &format!("loud{caller}"), 5 + caller);
    }
    batch
}

async fn take_in(store: &Store, batch: &ComplaintBatch) {
    let mut tx = store.db().begin_write().await.unwrap();
    store.apply_complaints(&mut tx, batch).await.unwrap();
    tx.commit().await.unwrap();
}

async fn scan(store: &Store, number: u32, day: NaiveDate) -> pb::Scan {
    let by = credit("wang");
    let request_id = request(number);
    let key = Key { caller: by.subject(), method: "RunScan", request_id: &request_id };
    let body = pb::RunScanRequest { as_of: day.to_string(), request_id: request_id.to_string() };
    let act = Act::of(&by, request_id.as_str(), noon(day).plus_micros(number.into()), store.book());
    store.run_scan(&key, &body, &act, &format!("scan-{number}"), day).await.unwrap()
}

/// Decides in the name of `by` on a day.
async fn decide(
    store: &Store,
    by: &Caller,
    number: u32,
    day: NaiveDate,
    (id, decision): (&str, Decision),
) -> Result<pb::Flag, Error> {
    let request_id = request(number);
    let key = Key { caller: by.subject(), method: "Decide", request_id: &request_id };
    let body = pb::TakeSignalRequest { name: format!("signals/{id}"), request_id: request_id.to_string() };
    let act = Act::of(by, request_id.as_str(), noon(day), store.book());
    let shown = |signal: &Signal| pb::Flag { state: signal.state.as_str().to_owned(), ..pb::Flag::default() };
    store.decide((&key, &body), by, &act, (id, &decision), shown).await
}

fn officer() -> Caller {
    caller("zhao", "FOOD_PROD", "370100")
}

async fn all(store: &Store, states: &[State], ended: Ended) -> Vec<Signal> {
    let filter = SignalFilter {
        scope: credit("li").scope(),
        uscc: String::new(),
        field: String::new(),
        states: states.to_vec(),
        ended,
    };
    store.signals(&filter, &cut(100, "")).await.unwrap().rows
}

async fn everything(store: &Store) -> Vec<Signal> {
    all(store, &State::all().collect::<Vec<_>>(), Ended::Listed).await
}

/// A town with one signal.
async fn raised(store: &Store) -> Signal {
    take_in(store, &loud_town()).await;
    assert_eq!(scan(store, 1, today()).await.raised, 1);
    everything(store).await.pop().unwrap()
}

/// A town with one flag, confirmed today.
async fn flagged(store: &Store) -> Signal {
    let signal = raised(store).await;
    decide(store, &officer(), 101, today(), (&signal.id, Decision::Take)).await.unwrap();
    let confirm = Decision::Confirm("多人投诉同一问题".to_owned());
    decide(store, &officer(), 102, today(), (&signal.id, confirm)).await.unwrap();
    store.signal(&signal.id).await.unwrap()
}

async fn open_duties(store: &Store, kind: &str) -> Vec<(String, Option<String>)> {
    const SQL: &str =
        "SELECT office, due_on FROM obligation WHERE kind = $1 AND done_on IS NULL ORDER BY subject";
    on!(store.db(), |pool| sqlx::query_as(SQL).bind(kind).fetch_all(pool).await).unwrap()
}

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

async fn a_signal_without_review_never_becomes_a_flag(store: Store) {
    let signal = raised(&store).await;
    let confirm = || Decision::Confirm("多人投诉".to_owned());
    let early = decide(&store, &officer(), 10, today(), (&signal.id, confirm())).await.unwrap_err();
    assert!(matches!(early, Error::Common(service::Error::Refused(Refused::Transition { .. }))), "{early:?}");
    // Neither time nor further scans do it.
    for (number, days) in [(20, 1), (21, 30), (22, 400)] {
        scan(&store, number, today() + Days::new(days)).await;
        store.expire_flags(&Act::of_system("", noon(today() + Days::new(days)), store.book())).await.unwrap();
    }
    assert_eq!(store.signal(&signal.id).await.unwrap().state, State::SignalRaised);
    assert!(events(&store, "risk.attention.changed").await.is_empty());
    decide(&store, &officer(), 11, today(), (&signal.id, Decision::Take)).await.unwrap();
    let confirmed = decide(&store, &officer(), 12, today(), (&signal.id, confirm())).await.unwrap();
    assert_eq!(confirmed.state, "AttentionOn");
}

async fn only_the_line_office_of_the_field_decides(store: Store) {
    let signal = raised(&store).await;
    let other = caller("he", "CREDIT", "370100");
    let refused = decide(&store, &other, 10, today(), (&signal.id, Decision::Take)).await.unwrap_err();
    assert!(matches!(refused, Error::Common(service::Error::Refused(Refused::Office { .. }))), "{refused:?}");
    let elsewhere = caller("sun", "FOOD_PROD", "370114");
    let denied = decide(&store, &elsewhere, 11, today(), (&signal.id, Decision::Take)).await.unwrap_err();
    assert!(matches!(denied, Error::Common(service::Error::Denied(_))), "{denied:?}");
    let unknown = decide(&store, &officer(), 12, today(), ("none", Decision::Take)).await.unwrap_err();
    assert!(matches!(unknown, Error::SignalNotFound(_)), "{unknown:?}");
}

async fn a_confirmed_signal_is_a_flag_with_term_review_and_event(store: Store) {
    let flag = flagged(&store).await;
    let term = flag.flag.unwrap();
    assert_eq!(
        (term.since, term.until.to_string(), term.review_on.to_string()),
        (today(), "2027-03-31".into(), "2027-02-28".into())
    );
    assert_eq!((flag.state, flag.decided_by.as_str(), flag.revision), (State::AttentionOn, "zhao", 3));
    assert!(open_duties(&store, "attention.review").await.is_empty());
    assert_eq!(
        open_duties(&store, "attention.recheck").await,
        [("FOOD_PROD".to_owned(), Some("2027-02-28".to_owned()))]
    );
    let (_, payload) = events(&store, "risk.attention.changed").await.pop().unwrap();
    let told = pb::AttentionEvent::decode(payload.as_slice()).unwrap().flag.unwrap();
    assert_eq!(
        (told.state.as_str(), told.on_until.as_str(), told.topic_label_zh.as_str()),
        ("AttentionOn", "2027-03-31", "超过保质期")
    );
    assert_eq!(scan(&store, 2, today()).await.raised, 0, "no second one while it is on");
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

async fn a_flag_is_extended_or_ended_by_review(store: Store) {
    let flag = flagged(&store).await;
    let later = "2026-12-01".parse().unwrap();
    let extend = Decision::Extend("整改未完成".to_owned());
    decide(&store, &officer(), 10, later, (&flag.id, extend)).await.unwrap();
    let extended = store.signal(&flag.id).await.unwrap();
    let term = extended.flag.unwrap();
    assert_eq!((term.since, term.until.to_string()), (today(), "2027-12-01".into()));
    assert_eq!(open_duties(&store, "attention.recheck").await.len(), 1, "the next look");
    let end = Decision::End("整改完成".to_owned());
    let day = "2027-01-10".parse().unwrap();
    assert_eq!(decide(&store, &officer(), 11, day, (&flag.id, end)).await.unwrap().state, "AttentionOff");
    let ended = store.signal(&flag.id).await.unwrap();
    assert_eq!((ended.state, ended.flag.unwrap().until), (State::AttentionOff, day));
    assert!(open_duties(&store, "attention.recheck").await.is_empty());
    assert!(all(&store, &[State::AttentionOn], Ended::LeftOut(day)).await.is_empty());
}

async fn a_term_ends_on_its_day_whether_or_not_the_job_has_run(store: Store) {
    let flag = flagged(&store).await;
    let (last, after): (NaiveDate, NaiveDate) =
        ("2027-03-31".parse().unwrap(), "2027-04-01".parse().unwrap());
    assert_eq!((flag.state_on(last), flag.state_on(after)), (State::AttentionOn, State::AttentionOff));
    assert_eq!(all(&store, &[State::AttentionOn], Ended::LeftOut(last)).await.len(), 1);
    assert!(all(&store, &[State::AttentionOn], Ended::LeftOut(after)).await.is_empty());
    let extend = Decision::Extend("再观察".to_owned());
    let late = decide(&store, &officer(), 10, after, (&flag.id, extend)).await.unwrap_err();
    assert!(matches!(late, Error::Common(service::Error::Refused(Refused::Transition { .. }))), "{late:?}");

    let act = |day| Act::of_system("attention", noon(day), store.book());
    assert_eq!(store.expire_flags(&act(last)).await.unwrap(), 0);
    assert_eq!(store.expire_flags(&act(after)).await.unwrap(), 1);
    assert_eq!(store.expire_flags(&act(after)).await.unwrap(), 0);
    let ended = store.signal(&flag.id).await.unwrap();
    assert_eq!((ended.state, ended.flag.unwrap().until), (State::AttentionOff, last));
    assert_eq!(events(&store, "risk.attention.changed").await.len(), 2);
}

async fn a_cleared_copy_leaves_signals_and_flags(store: Store) {
    let flag = flagged(&store).await;
    let mut tx = store.db().begin_write().await.unwrap();
    store.clear_complaints(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(scan(&store, 2, today()).await.enterprises, 0);
    assert_eq!(store.signal(&flag.id).await.unwrap(), flag);
}

async fn a_flag_in_force_is_evidence_for_the_models_and_survives_a_cleared_copy(store: Store) {
    let flag = flagged(&store).await;
    let kept = async || -> Vec<String> {
        let kept = store.evidence_of(&uscc(LOUD)).await.unwrap();
        kept.into_iter().map(|kept| kept.record).collect()
    };
    assert_eq!(kept().await, [flag.flag_name()]);
    let mut tx = store.db().begin_write().await.unwrap();
    store.clear_evidence(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(kept().await, [flag.flag_name()]);
    let end = Decision::End("整改完成".to_owned());
    decide(&store, &officer(), 10, today() + Days::new(9), (&flag.id, end)).await.unwrap();
    assert!(kept().await.is_empty());
}

/// A trial of a model replays the past: attention that has ended since was on then.
async fn a_trial_on_the_past_knows_a_flag_also_once_it_has_ended(store: Store) {
    let flag = flagged(&store).await;
    let mut batch = Batch::default();
    record(&mut batch, "i1", &uscc(LOUD), 3, problem_inspection());
    apply(&store, &batch).await;
    let days = async || -> Vec<(String, String)> {
        let firms = store.inspected(today() - Days::new(10), today()).await.unwrap();
        let flags = firms[0].pieces.iter().filter(|told| told.source == "attention");
        let day =
            |told: &Told, field| told.message.get_field_by_name(field).unwrap().as_str().unwrap().to_owned();
        flags.map(|told| (day(told, "on_since"), day(told, "on_until"))).collect()
    };
    let until = |day: &str| [(today().to_string(), day.to_owned())];
    assert_eq!(days().await, until("2027-03-31"));
    let extend = Decision::Extend("整改未完成".to_owned());
    decide(&store, &officer(), 10, "2026-12-01".parse().unwrap(), (&flag.id, extend)).await.unwrap();
    assert_eq!(days().await, until("2027-12-01"));
    let end = Decision::End("整改完成".to_owned());
    decide(&store, &officer(), 11, "2027-01-10".parse().unwrap(), (&flag.id, end)).await.unwrap();
    assert_eq!(days().await, until("2027-01-10"), "as it was until then");
}

async fn a_repeated_decision_answers_as_before(store: Store) {
    let signal = raised(&store).await;
    let first = decide(&store, &officer(), 10, today(), (&signal.id, Decision::Take)).await.unwrap();
    let again = decide(&store, &officer(), 10, today(), (&signal.id, Decision::Take)).await.unwrap();
    assert_eq!(first, again);
    assert_eq!(store.signal(&signal.id).await.unwrap().revision, 2);
}

async fn lists_leave_out_other_divisions_fields_and_states(store: Store) {
    raised(&store).await;
    let seen = async |by: Caller, states: &[State], field: &str| {
        let filter = SignalFilter {
            scope: by.scope(),
            uscc: uscc(LOUD),
            field: field.to_owned(),
            states: states.to_vec(),
            ended: Ended::Listed,
        };
        store.signals(&filter, &cut(10, "")).await.unwrap().rows.len()
    };
    assert_eq!(seen(officer(), &[State::SignalRaised], "FOOD").await, 1);
    assert_eq!(seen(officer(), &[State::AttentionOn], "").await, 0);
    assert_eq!(seen(officer(), &[State::SignalRaised], "SE").await, 0);
    assert_eq!(seen(caller("sun", "FOOD_PROD", "370114"), &[State::SignalRaised], "").await, 0);
}

db::conformance! {
    open = support::store;
    cases = [
        a_burst_raises_one_signal_with_its_evidence_and_a_duty_of_the_line_office,
        a_scan_repeated_raises_nothing_twice,
        the_daily_scan_is_made_once_and_not_over_an_empty_city,
        calls_of_one_matter_and_undone_matches_do_not_count,
        a_ticket_counts_in_the_field_that_it_names_or_in_the_only_one,
        a_signal_without_review_never_becomes_a_flag,
        only_the_line_office_of_the_field_decides,
        a_confirmed_signal_is_a_flag_with_term_review_and_event,
        a_dismissed_signal_comes_back_only_with_later_complaints,
        a_flag_is_extended_or_ended_by_review,
        a_term_ends_on_its_day_whether_or_not_the_job_has_run,
        a_cleared_copy_leaves_signals_and_flags,
        figures_count_signals_and_the_flags_that_they_become,
        a_flag_in_force_is_evidence_for_the_models_and_survives_a_cleared_copy,
        a_trial_on_the_past_knows_a_flag_also_once_it_has_ended,
        a_repeated_decision_answers_as_before,
        lists_leave_out_other_divisions_fields_and_states,
    ]
}

async fn of_two_scans_at_once_each_thing_is_raised_once(store: Store) {
    take_in(&store, &loud_town()).await;
    let (one, other) = tokio::join!(scan(&store, 1, today()), scan(&store, 2, today()));
    assert_eq!(one.raised + other.raised, 1);
    assert_eq!(everything(&store).await.len(), 1);
    assert_eq!(open_duties(&store, "attention.review").await.len(), 1);
}

async fn figures_count_signals_and_the_flags_that_they_become(store: Store) {
    flagged(&store).await;
    let day = today().to_string();
    let counted = service::testing::figures("risk", store.db(), FIGURES, &day, &day).await;
    assert_eq!((counted["signal.raised"], counted["flag.begun"]), (1, 1));
    let before = (today() - Days::new(1)).to_string();
    assert!(service::testing::figures("risk", store.db(), FIGURES, &before, &before).await.is_empty());
}

async fn of_two_decisions_at_once_exactly_one_counts(store: Store) {
    let signal = raised(&store).await;
    decide(&store, &officer(), 10, today(), (&signal.id, Decision::Take)).await.unwrap();
    let officer = officer();
    let (confirmed, dismissed) = tokio::join!(
        decide(&store, &officer, 11, today(), (&signal.id, Decision::Confirm("属实".to_owned()))),
        decide(&store, &officer, 12, today(), (&signal.id, Decision::Dismiss("不属实".to_owned()))),
    );
    assert_eq!(
        usize::from(confirmed.is_ok()) + usize::from(dismissed.is_ok()),
        1,
        "{confirmed:?} {dismissed:?}"
    );
}

db::races! {
    open = support::store;
    cases = [
        of_two_scans_at_once_each_thing_is_raised_once,
        of_two_decisions_at_once_exactly_one_counts,
    ]
}
