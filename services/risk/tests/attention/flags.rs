//! What the line office decides about a signal, and the flag that stands until its term or a decision ends it.

use chrono::{Days, NaiveDate};
use contract::risk::v1 as pb;
use prost::Message;
use risk::Error;
use risk::domain::backtest::replay::Told;
use risk::machines::attention::State;
use risk::store::{Act, Batch, Decision, Ended, FIGURES, SignalFilter, Store};
use service::auth::Caller;
use service::machine::Refused;

use super::{LOUD, all, decide, flagged, officer, open_duties, raised, scan};
use crate::support::{apply, caller, cut, events, noon, problem_inspection, record, store, today, uscc};

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

db::conformance! {
    open = store;
    cases = [
        a_signal_without_review_never_becomes_a_flag,
        only_the_line_office_of_the_field_decides,
        a_confirmed_signal_is_a_flag_with_term_review_and_event,
        a_flag_is_extended_or_ended_by_review,
        a_term_ends_on_its_day_whether_or_not_the_job_has_run,
        a_cleared_copy_leaves_signals_and_flags,
        a_flag_in_force_is_evidence_for_the_models_and_survives_a_cleared_copy,
        a_trial_on_the_past_knows_a_flag_also_once_it_has_ended,
        a_repeated_decision_answers_as_before,
        lists_leave_out_other_divisions_fields_and_states,
        figures_count_signals_and_the_flags_that_they_become,
    ]
}

db::races! {
    open = store;
    cases = [of_two_decisions_at_once_exactly_one_counts]
}
