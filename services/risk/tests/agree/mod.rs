//! A full run and the re-scores of single enterprises agree, whatever came, went, was contested or grew old.

mod history;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use risk::domain::class::Class;
use risk::domain::model_version::ModelChange;
use risk::store::{Act, Batch, Store, Waiting};

use crate::support::{self, *};
use history::{ENTERPRISES, Step, Teller, What, step};

/// Steps of one history.
const LENGTH: std::ops::Range<usize> = 1..60;

/// Lets the steps happen; what was told is scored again after each batch.
async fn happen(store: &Store, steps: &[Step]) {
    let (mut batch, mut teller) = (Batch::default(), Teller::default());
    for (step, seq) in steps.iter().zip(2..) {
        teller.tell(&mut batch, step, seq);
        if step.what == What::TakeIn {
            apply(store, &std::mem::take(&mut batch)).await;
            rescore(store, today()).await;
        }
    }
    apply(store, &batch).await;
    rescore(store, today()).await;
}

/// The daily look, and the re-scores that it asks for: nobody tells that a window or a term has ended.
async fn a_day_begins(store: &Store, day: NaiveDate) {
    let act = Act::of_system("calendar", noon(day), store.book());
    store.look_daily(&act).await.unwrap();
    rescore(store, day).await;
}

/// Classes in effect, by enterprise and field.
async fn classes(store: &Store) -> BTreeMap<(String, String), Class> {
    let all = all_classes(store).await.into_iter();
    all.map(|stored| ((stored.class.uscc.clone(), stored.class.field.clone()), stored.class)).collect()
}

type Classes = BTreeMap<(String, String), Class>;

/// What events gave so far: classes in effect, and results that wait beside them.
struct ByEvents {
    classes: Classes,
    waiting: BTreeMap<(String, String), Waiting>,
}

async fn by_events(store: &Store) -> ByEvents {
    let mut waiting = BTreeMap::new();
    for of in (0..ENTERPRISES).flat_map(|who| ["FOOD", "SE"].map(|field| (uscc(who), field.to_owned()))) {
        waiting.extend(store.waiting(&of.0, &of.1).await.unwrap().map(|waits| (of, waits)));
    }
    ByEvents { classes: classes(store).await, waiting }
}

/// Whether the same enterprises have the same classes, for the same reasons; where a result waits, that is the one of the run, and
/// the only thing that the run changes.
fn assert_agree(events: &ByEvents, by_run: &Classes, changed: i64, when: &str) {
    let all: BTreeSet<_> = events.classes.keys().chain(by_run.keys()).collect();
    for of in all {
        let (class, found) = (events.classes.get(of), by_run.get(of));
        match (events.waiting.get(of), class, found) {
            // A version that began waits for its run; what the day changed in a model that stayed has taken effect.
            (None, Some(class), Some(found)) if !class.detail.same_versions(&found.detail) => assert_eq!(
                (&class.general_code, class.general_points_e2),
                (&found.general_code, found.general_points_e2),
                "{when}: {class:?} and {found:?}"
            ),
            (None, Some(class), Some(found)) => {
                assert!(class.says_the_same(found), "{when}: {class:?} and {found:?}");
            }
            (Some(waits), _, Some(found)) => assert_eq!(
                (&waits.code, &waits.general_code, &waits.professional_code),
                (&found.code, &found.general_code, &found.professional_code),
                "{when}: {class:?}"
            ),
            (Some(waits), Some(_), None) => assert_eq!(waits.code, "", "{when}: {waits:?}"),
            (None, ..) | (Some(_), None, None) => {
                panic!("{when}: {of:?} has {class:?} by events and {found:?} by the run")
            }
        }
    }
    let by_version = by_run.iter().filter(|(of, found)| {
        let class = events.classes.get(*of).filter(|_| !events.waiting.contains_key(*of));
        class.is_some_and(|class| !class.same_codes(found))
    });
    assert_eq!(
        i64::try_from(events.waiting.len() + by_version.count()).unwrap(),
        changed,
        "{when}: only what waited, or waits for the run of a version, changes by the run"
    );
}

async fn full_run_and_re_scores_agree(store: &Store, steps: &[Step], later: [u64; 2], version: Option<u64>) {
    let mut batch = Batch::default();
    for who in 0..ENTERPRISES {
        producer(&mut batch, &uscc(who), "370102");
    }
    batch.mark(&uscc(ENTERPRISES - 1), "SE", true, 1);
    apply(store, &batch).await;
    full_run(store, 1, today()).await;
    happen(store, steps).await;
    let events = by_events(store).await;
    let run = full_run(store, 2, today()).await;
    assert_agree(&events, &classes(store).await, run.changed, "on the same day");
    assert!(by_events(store).await.waiting.is_empty(), "an approved run decides for everybody");

    // Windows and terms end as time passes, for both alike, whatever version begins.
    a_day_begins(store, today()).await;
    if let Some(days) = version {
        let begins = today() + Days::new(days);
        let change = ModelChange::Propose(wanted(begins));
        change_model(store, &credit("wang"), (600, today()), "food2016@trial", change).await.unwrap();
        let change = ModelChange::Approve;
        change_model(store, &credit("li"), (601, today()), "food2016@trial", change).await.unwrap();
    }
    let mut day = today();
    for (number, days) in (3..).zip(later) {
        day = day + Days::new(days);
        a_day_begins(store, day).await;
        let events = by_events(store).await;
        let run = full_run(store, number, day).await;
        assert_agree(&events, &classes(store).await, run.changed, &format!("on {day}"));
    }
}

#[test]
fn a_full_run_and_re_scores_agree_over_random_histories() {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) };
    let later = (1..400_u64, 1..1200_u64);
    proptest!(config, |(steps in prop::collection::vec(step(), LENGTH), (first, second) in later)| {
        db::testing::on_sqlite(1, |db| {
            let steps = steps.clone();
            async move {
                let store = support::store(db).await;
                full_run_and_re_scores_agree(&store, &steps, [first, second], None).await;
            }
        });
    });
}

#[test]
fn windows_that_end_are_looked_at_whatever_version_begins() {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(10) };
    let later = (2..400_u64, 1..1200_u64, 0..400_u64);
    proptest!(config, |(steps in prop::collection::vec(step(), LENGTH), (first, second, before) in later)| {
        db::testing::on_sqlite(1, |db| {
            let steps = steps.clone();
            async move {
                let store = with_file(support::store(db).await, "food_trial", &stricter_food()).await;
                // On the first of the days, or within the time up to it.
                let version = Some(first - before % first);
                full_run_and_re_scores_agree(&store, &steps, [first, second], version).await;
            }
        });
    });
}

#[test]
fn everything_that_can_happen_to_evidence_happens_in_the_histories() {
    let mut runner = TestRunner::deterministic();
    let (mut happened, mut late) = (BTreeSet::new(), 0);
    for _ in 0..24 {
        let steps = prop::collection::vec(step(), LENGTH).new_tree(&mut runner).unwrap().current();
        let (mut batch, mut teller) = (Batch::default(), Teller::default());
        for (step, seq) in steps.iter().zip(2..) {
            teller.tell(&mut batch, step, seq);
        }
        happened.extend(teller.happened);
        late += u32::from(teller.late);
    }
    assert_eq!(happened.into_iter().collect::<Vec<_>>(), {
        let mut all = What::ALL.to_vec();
        all.sort_unstable();
        all
    });
    assert!(late > 0, "something comes to be known late");
}
