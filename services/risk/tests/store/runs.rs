//! Runs: what they write, how they go on after a crash, look back, are given up, and come back each period.

use chrono::{Days, NaiveDate};
use db::on;
use risk::Error;
use risk::domain::drift::{Part, Way};
use risk::domain::known::Feed;
use risk::domain::model_version::ModelChange;
use risk::machines::run::State;
use risk::runner::compute_in_chunks;
use risk::store::{Act, Batch, ChangeFilter, ListedChange, Store};
use service::Clock;
use service::machine::Refused;

use crate::support::*;

/// Plain producers, and a careless one with the highest number.
async fn city(store: &Store, count: u32) {
    let mut batch = Batch::default();
    batch.tell(Feed::Registry, today(), 1);
    batch.tell(Feed::Collection, today(), 1);
    for number in 1..=count {
        producer(&mut batch, &uscc(number), "370102");
    }
    record(&mut batch, "p1", &uscc(count), 100, heavier_penalty());
    apply(store, &batch).await;
}

/// Computes the run that waits, one enterprise at a time, and is killed when it has written some of them.
async fn killed_midway(store: &Store, id: &str) -> i64 {
    let killed = compute_in_chunks(store, Clock::Fixed(noon(today())), 1);
    let midway = async {
        loop {
            let run = store.run(id).await.unwrap();
            if run.done >= 3 {
                return run.done;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = killed => panic!("it was not killed"),
        done = midway => done,
    }
}

fn later() -> Clock {
    Clock::Fixed(noon(today()).plus_micros(2 * risk::store::ABANDONED_AFTER))
}

pub(crate) async fn all_changes(store: &Store, run: &str, shadow_model: &str) -> Vec<ListedChange> {
    let filter = ChangeFilter {
        scope: credit("li").scope(),
        run: run.to_owned(),
        field: String::new(),
        shadow_model: shadow_model.to_owned(),
    };
    store.run_changes(&filter, &cut(1_000, "")).await.unwrap().rows
}

async fn a_killed_run_goes_on_behind_what_is_durable(store: Store) {
    city(&store, 40).await;
    create(&store, &credit("wang"), 1, today()).await.unwrap();
    let written = killed_midway(&store, "run-1").await;
    assert!(written < 40, "{written}");
    let early = compute_in_chunks(&store, Clock::Fixed(noon(today())), 1).await.unwrap();
    assert!(!early, "its process may still be there");

    // What comes meanwhile is not part of what the run reads.
    let mut batch = Batch::default();
    batch.tell(Feed::Collection, today(), 2);
    record_at(&mut batch, "l1", &uscc(39), 1, serious_listing(), 2);
    apply(&store, &batch).await;
    assert!(compute_in_chunks(&store, later(), 7).await.unwrap());

    let run = store.run("run-1").await.unwrap();
    assert_eq!((run.state, run.resumed, run.total, run.done), (State::Reviewed, 1, 40, 40));
    assert_eq!(run.changed, 40);
    let changes = all_changes(&store, "run-1", "").await;
    assert_eq!(changes.len(), 40, "each enterprise once");
    assert_eq!(changes[38].code, "A", "as it was when the run was frozen");
    let samples = store.samples("run-1").await.unwrap();
    assert_eq!(samples[0].results.len(), 30, "chosen among what both processes found");
    agree(&store, "run-1", today()).await;
    approve(&store, &credit("li"), 2, "run-1", today()).await.unwrap();
    assert_eq!(
        store.class(&uscc(39), "FOOD").await.unwrap().class.code,
        "E",
        "what came since counts at once"
    );
    assert_eq!(all_classes(&store).await.len(), 40);
}

/// As it stood when everything was written and nothing was said of it yet.
const REWIND: [&str; 4] = [
    "UPDATE run SET state = 'ScoringProfessional', running = TRUE, heartbeat_at_us = 0 WHERE id = 'run-2'",
    "DELETE FROM run_sample_class WHERE run = 'run-2'",
    "DELETE FROM run_sample WHERE run = 'run-2'",
    "DELETE FROM obligation WHERE subject LIKE 'runs/run-2%'",
];

async fn a_run_that_is_killed_behind_its_last_enterprise_tells_each_class_that_ends_once(store: Store) {
    city(&store, 3).await;
    full_run(&store, 1, today()).await;
    let mut batch = Batch::default();
    batch.tell(Feed::Registry, today(), 2);
    batch.mark(&uscc(3), "FOOD", false, 2);
    apply(&store, &batch).await;
    create(&store, &credit("wang"), 2, today()).await.unwrap();
    compute_alone(&store, today()).await;
    let found = async || (all_changes(&store, "run-2", "").await, store.matrix_of("run-2").await.unwrap());
    let before = found().await;
    let [ended] = &before.0[..] else { panic!("{before:?}") };
    assert_eq!((&ended.uscc, ended.code.as_str()), (&uscc(3), ""));

    for sql in REWIND {
        on!(store.db(), |pool| sqlx::query(sql).execute(pool).await.map(drop)).unwrap();
    }
    assert!(compute_in_chunks(&store, later(), 7).await.unwrap());
    let run = store.run("run-2").await.unwrap();
    assert_eq!((run.state, run.resumed, run.done), (State::Reviewed, 1, 2), "{}", run.problem);
    assert_eq!(found().await, before);
}

async fn a_run_that_ends_every_process_fails_in_the_end(store: Store) {
    city(&store, 1).await;
    create(&store, &credit("wang"), 1, today()).await.unwrap();
    store.freeze_run("run-1", &Act::of_system("", noon(today()), store.book())).await.unwrap();
    let mut now = noon(today());
    for attempt in 1..=5 {
        now = now.plus_micros(2 * risk::store::ABANDONED_AFTER);
        let act = Act::of_system("", now, store.book());
        assert_eq!(store.take_over_run(&act).await.unwrap().unwrap().resumed, attempt);
        assert_eq!(store.take_over_run(&act).await.unwrap(), None, "somebody has just taken it over");
    }
    let act = Act::of_system("", now.plus_micros(2 * risk::store::ABANDONED_AFTER), store.book());
    assert_eq!(store.take_over_run(&act).await.unwrap(), None);
    let failed = store.run("run-1").await.unwrap();
    assert_eq!(failed.state, State::Failed);
    assert!(failed.problem.contains("start another run"), "{}", failed.problem);
}

async fn a_run_that_is_given_up_leaves_nothing_and_frees_the_way(store: Store) {
    city(&store, 40).await;
    create(&store, &credit("wang"), 1, today()).await.unwrap();
    killed_midway(&store, "run-1").await;
    let refused = cancel(&store, &caller("zhao", "FOOD_PROD", "370100"), 2, "run-1").await.unwrap_err();
    assert!(matches!(refused, Error::Common(service::Error::Refused(Refused::Office { .. }))), "{refused:?}");
    let given_up = cancel(&store, &credit("wang"), 3, "run-1").await.unwrap();
    assert_eq!((given_up.state.as_str(), given_up.problem.as_str()), ("Cancelled", "数据有误"));
    assert_eq!(cancel(&store, &credit("wang"), 3, "run-1").await.unwrap(), given_up);
    assert!(!compute_in_chunks(&store, later(), 1).await.unwrap(), "nobody goes on with it");
    assert_eq!(all_changes(&store, "run-1", "").await, []);
    assert_eq!(full_run(&store, 4, today()).await.state, State::Effective);
    let late = cancel(&store, &credit("wang"), 5, "run-4").await.unwrap_err();
    assert!(matches!(late, Error::Common(service::Error::Refused(Refused::Transition { .. }))), "{late:?}");
}

async fn only_what_changes_is_written_counted_and_listed(store: Store) {
    city(&store, 10).await;
    full_run(&store, 1, today()).await;
    let mut batch = Batch::default();
    record(&mut batch, "l1", &uscc(2), 1, serious_listing());
    batch.mark(&uscc(3), "FOOD", false, 2);
    apply(&store, &batch).await;
    create(&store, &credit("wang"), 2, today()).await.unwrap();
    compute(&store, today()).await;

    let run = store.run("run-2").await.unwrap();
    assert_eq!((run.total, run.changed), (9, 1));
    let changes = all_changes(&store, "run-2", "").await;
    let told: Vec<_> = changes
        .iter()
        .map(|change| (change.uscc.as_str(), change.previous_code.as_str(), change.code.as_str()))
        .collect();
    assert_eq!(told, [(uscc(2).as_str(), "A", "E"), (uscc(3).as_str(), "A", "")]);

    let report = store.report(&run).await.unwrap();
    let way = |from: &str, to: &str| Way {
        part: Part::Combined,
        model: String::new(),
        field: "FOOD".to_owned(),
        scheme: "shandong2020".to_owned(),
        from: from.to_owned(),
        to: to.to_owned(),
    };
    assert_eq!((report.matrix[&way("A", "E")], report.matrix[&way("A", "")]), (1, 1));
    let combined = report.drifts.iter().find(|drift| drift.part == Part::Combined).unwrap();
    assert_eq!((combined.both, combined.up, combined.down, combined.left), (9, 1, 0, 1));
    assert!(combined.stability_index.unwrap() > 0.1, "{combined:?}");
    assert_eq!(report.previous, "run-1");
    assert!(report.index_since_previous(combined).unwrap() > 0.1);
    assert!(report.drifts.iter().any(|drift| drift.part == Part::Professional && drift.scheme == "food2016"));

    let filter = ChangeFilter {
        scope: caller("sun", "DISTRICT", "370104").scope(),
        run: "run-2".to_owned(),
        field: String::new(),
        shadow_model: String::new(),
    };
    assert_eq!(store.run_changes(&filter, &cut(50, "")).await.unwrap().rows, [], "another division");
    approve(&store, &credit("li"), 3, "run-2", today()).await.unwrap();
    assert_eq!(all_classes(&store).await.len(), 9);
    let untouched = store.class(&uscc(1), "FOOD").await.unwrap();
    assert_eq!((untouched.run.as_str(), untouched.revision), ("run-1", 1));
}

async fn of_two_runs_that_wait_the_later_still_counts_what_the_earlier_changed(store: Store) {
    city(&store, 3).await;
    full_run(&store, 1, today()).await;
    let mut batch = Batch::default();
    record(&mut batch, "l1", &uscc(1), 1, serious_listing());
    apply(&store, &batch).await;
    create(&store, &credit("wang"), 2, today()).await.unwrap();
    compute(&store, today()).await;
    let mut batch = Batch::default();
    batch.tell(Feed::Collection, today(), 9);
    batch.withdraw("records/l1", 9);
    apply(&store, &batch).await;
    create(&store, &credit("wang"), 3, today()).await.unwrap();
    compute(&store, today()).await;
    assert_eq!(store.run("run-3").await.unwrap().changed, 0, "held against the class before run-2");
    approve(&store, &credit("li"), 4, "run-2", today()).await.unwrap();
    approve(&store, &credit("li"), 5, "run-3", today()).await.unwrap();
    assert_eq!(store.class(&uscc(1), "FOOD").await.unwrap().class.code, "A");
}

async fn a_run_as_of_a_day_that_is_over_reads_what_was_known_then_and_never_takes_effect(store: Store) {
    let (then, now) = (today() - Days::new(30), today());
    let mut batch = Batch::default();
    batch.tell(Feed::Registry, then, 1);
    producer(&mut batch, &uscc(1), "370102");
    producer(&mut batch, &uscc(2), "370102");
    batch.tell(Feed::Collection, then, 1);
    record(&mut batch, "l1", &uscc(1), 60, serious_listing());
    apply(&store, &batch).await;
    full_run(&store, 1, now).await;
    // Learned later: the listing was withdrawn, and the other one had been listed long ago.
    let mut batch = Batch::default();
    batch.tell(Feed::Collection, now, 3);
    batch.withdraw("records/l1", 2);
    record_at(&mut batch, "l2", &uscc(2), 60, serious_listing(), 3);
    apply(&store, &batch).await;
    rescore(&store, now).await;

    create_on(&store, &credit("wang"), 2, then, now).await.unwrap();
    compute(&store, now).await;
    let run = store.run("run-2").await.unwrap();
    assert_eq!((run.state, run.known.collection, run.known.registry), (State::Reported, 1, 1));
    let codes: Vec<_> =
        all_changes(&store, "run-2", "").await.into_iter().map(|change| change.code).collect();
    assert_eq!(codes, ["E", "A"], "as it was known then");
    let refused = approve(&store, &credit("li"), 3, "run-2", now).await.unwrap_err();
    assert!(
        matches!(refused, Error::Common(service::Error::Refused(Refused::Transition { .. }))),
        "{refused:?}"
    );
    assert_eq!(store.class(&uscc(2), "FOOD").await.unwrap().class.code, "E", "as it is known now");
}

async fn each_period_has_one_run_and_a_standstill_is_caught_up_once(store: Store) {
    city(&store, 1).await;
    let on = |day: NaiveDate| Act::of_system("calendar", noon(day), store.book());
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let none = store.start_periodic_run(&on(today()), "m-0").await.unwrap();
    assert_eq!(none, None, "a person starts the first run");
    full_run(&store, 1, today()).await;
    let none = store.start_periodic_run(&on(today()), "m-1").await.unwrap();
    assert_eq!(none, None, "the run on demand is of this month");

    // Nothing ran in April, May and June.
    let july = day("2026-07-02");
    assert_eq!(store.start_periodic_run(&on(july), "m-2").await.unwrap().as_deref(), Some("m-2"));
    assert_eq!(store.start_periodic_run(&on(july), "m-3").await.unwrap(), None, "one is under way");
    compute(&store, july).await;
    let run = store.run("m-2").await.unwrap();
    assert_eq!((run.state, run.as_of, run.created_by.as_str()), (State::Reviewed, july, "SYSTEM"));
    assert_eq!(run.period, Some(day("2026-07-01")));
    assert_eq!(store.start_periodic_run(&on(day("2026-07-31")), "m-4").await.unwrap(), None);

    // A failed one is tried again on the next day, not at once.
    let august = day("2026-08-01");
    store.start_periodic_run(&on(august), "m-5").await.unwrap().unwrap();
    store.fail_run("m-5", "no reason", &on(august)).await.unwrap();
    assert_eq!(store.start_periodic_run(&on(august), "m-6").await.unwrap(), None);
    let next = august + Days::new(1);
    assert_eq!(store.start_periodic_run(&on(next), "m-7").await.unwrap().as_deref(), Some("m-7"));
    // What an officer gave up stays given up.
    cancel(&store, &credit("li"), 9, "m-7").await.unwrap();
    assert_eq!(store.start_periodic_run(&on(next + Days::new(1)), "m-8").await.unwrap(), None);
}

/// A store with a food model on trial that finds every producer riskier.
async fn with_trial(store: Store) -> Store {
    let store = with_file(store, "food_trial", &stricter_food()).await;
    let trial = ModelChange::Try("试运行".to_owned());
    change_model(&store, &credit("wang"), (900, today()), "food2016@trial", trial).await.unwrap();
    store
}

async fn a_model_on_trial_is_held_beside_those_in_force_and_classes_nobody(store: Store) {
    let store = with_trial(store).await;
    city(&store, 5).await;
    let run = full_run(&store, 1, today()).await;
    assert!(
        matches!(&run.shadows[..], [one] if one.starts_with("models/food2016@trial ")),
        "{:?}",
        run.shadows
    );
    assert!(run.models.iter().all(|model| !model.contains("trial")), "{:?}", run.models);
    let report = store.report(&run).await.unwrap();
    let trial = report.drifts.iter().find(|drift| drift.part == Part::Shadow).unwrap();
    assert_eq!((trial.model.as_str(), trial.both, trial.up, trial.down), ("food2016@trial", 5, 5, 0));
    let differing = all_changes(&store, "run-1", "food2016@trial").await;
    assert_eq!(differing.len(), 5);
    assert!(differing.iter().all(|change| change.previous_code < change.code), "{differing:?}");
    let served = all_classes(&store).await;
    assert_eq!(served.iter().filter(|class| class.class.code == "A").count(), 4, "{served:?}");
    assert!(served.iter().all(|class| !format!("{:?}", class.class.detail).contains("trial")));
}

async fn a_run_begun_under_other_models_is_not_continued(store: Store) {
    let without = store.clone();
    let store = with_trial(store).await;
    city(&store, 40).await;
    create(&store, &credit("wang"), 1, today()).await.unwrap();
    killed_midway(&store, "run-1").await;
    // A process of an earlier release, which has never heard of the model on trial.
    assert!(compute_in_chunks(&without, later(), 1).await.unwrap());
    let failed = store.run("run-1").await.unwrap();
    assert_eq!(failed.state, State::Failed);
    assert!(failed.problem.contains("others than those it began with"), "{}", failed.problem);
}

async fn a_run_goes_on_with_the_trials_that_it_began_with(store: Store) {
    let store = with_file(store, "food_trial", &stricter_food()).await;
    city(&store, 40).await;
    create(&store, &credit("wang"), 1, today()).await.unwrap();
    killed_midway(&store, "run-1").await;
    let trial = ModelChange::Try("试运行".to_owned());
    change_model(&store, &credit("wang"), (900, today()), "food2016@trial", trial).await.unwrap();
    assert!(compute_in_chunks(&store, later(), 50).await.unwrap());
    let run = store.run("run-1").await.unwrap();
    assert_eq!((run.state, run.shadows.len()), (State::Reviewed, 0), "{}", run.problem);
    let report = store.report(&run).await.unwrap();
    assert!(report.drifts.iter().all(|drift| drift.part != Part::Shadow));
}

db::conformance! {
    open = crate::support::store;
    cases = [
        a_killed_run_goes_on_behind_what_is_durable,
        a_run_that_is_killed_behind_its_last_enterprise_tells_each_class_that_ends_once,
        a_run_that_ends_every_process_fails_in_the_end,
        a_run_that_is_given_up_leaves_nothing_and_frees_the_way,
        only_what_changes_is_written_counted_and_listed,
        of_two_runs_that_wait_the_later_still_counts_what_the_earlier_changed,
        a_run_as_of_a_day_that_is_over_reads_what_was_known_then_and_never_takes_effect,
        each_period_has_one_run_and_a_standstill_is_caught_up_once,
        a_model_on_trial_is_held_beside_those_in_force_and_classes_nobody,
        a_run_begun_under_other_models_is_not_continued,
        a_run_goes_on_with_the_trials_that_it_began_with,
    ]
}
