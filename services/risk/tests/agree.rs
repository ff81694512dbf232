//! A full run and the re-scores of single enterprises agree, whatever came, went or grew old.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use contract::collection::v1::{Inspection, ListEntry, Penalty, Sampling, record::Content};
use proptest::prelude::*;
use risk::domain::class::Class;
use risk::store::{Act, Batch, Store};
use support::*;

/// Enterprises of the city.
const ENTERPRISES: u32 = 4;

/// Something that happens.
#[derive(Clone, Debug)]
enum Step {
    /// A record about an enterprise, so many days ago.
    Record(u32, u32, Kind),
    /// One of the records so far is corrected: another day and content under the same name. Nothing when there is none.
    Correct(usize, u32, Kind),
    /// One of the records so far is withdrawn, or its decision suspended; nothing when there is none.
    Withdraw(usize),
    /// One of the records so far is told again as it stands, as after a suspension; nothing when there is none.
    Again(usize),
    /// The mark of an enterprise comes or goes.
    Mark(u32, bool),
    /// What was told so far is taken in.
    TakeIn,
}

#[derive(Clone, Debug)]
enum Kind {
    Penalty { heavier: bool, fine_fen: i64 },
    Inspection { result: &'static str, critical: i32 },
    Sampling { passed: bool, level: &'static str },
    Listing { list: &'static str, removed: Option<u32> },
}

fn kind() -> impl Strategy<Value = Kind> {
    let result = prop::sample::select(vec!["1", "4", "5", "6"]);
    let level = prop::sample::select(vec!["City", "Province"]);
    let list = prop::sample::select(vec!["ABNORMAL", "SERIOUS"]);
    prop_oneof![
        (any::<bool>(), 0..30_000_000_i64)
            .prop_map(|(heavier, fine_fen)| Kind::Penalty { heavier, fine_fen }),
        (result, 0..3).prop_map(|(result, critical)| Kind::Inspection { result, critical }),
        (any::<bool>(), level).prop_map(|(passed, level)| Kind::Sampling { passed, level }),
        (list, prop::option::of(0..900_u32)).prop_map(|(list, removed)| Kind::Listing { list, removed }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..ENTERPRISES, 0..1500_u32, kind()).prop_map(|(who, days, kind)| Step::Record(who, days, kind)),
        2 => (0..20_usize, 0..1500_u32, kind()).prop_map(|(which, days, kind)| Step::Correct(which, days, kind)),
        2 => (0..20_usize).prop_map(Step::Withdraw),
        2 => (0..20_usize).prop_map(Step::Again),
        1 => (0..ENTERPRISES, any::<bool>()).prop_map(|(who, carried)| Step::Mark(who, carried)),
        2 => Just(Step::TakeIn),
    ]
}

fn content(kind: &Kind, days: u32) -> Content {
    match *kind {
        Kind::Penalty { heavier, fine_fen } => Content::Penalty(Penalty {
            penalty_kinds: vec!["3".to_owned()],
            discretion_grade: if heavier { "Heavier" } else { "Ordinary" }.to_owned(),
            fine_fen,
            ..Penalty::default()
        }),
        Kind::Inspection { result, critical } => Content::Inspection(Inspection {
            result: result.to_owned(),
            critical_count: critical,
            ..Inspection::default()
        }),
        Kind::Sampling { passed, level } => Content::Sampling(Sampling {
            passed,
            level: level.to_owned(),
            producer_confirmed: !passed,
            ..Sampling::default()
        }),
        Kind::Listing { list, removed } => Content::ListEntry(ListEntry {
            list: list.to_owned(),
            status: if removed.is_some() { "Removed" } else { "Listed" }.to_owned(),
            removed_on: removed.map(|removed| days_ago(removed.min(days))).unwrap_or_default(),
            ..ListEntry::default()
        }),
    }
}

/// Lets the steps happen; what was told is scored again after each batch.
async fn happen(store: &Store, steps: &[Step]) {
    let mut batch = Batch::default();
    // Name, enterprise, day and content of each.
    let mut records: Vec<(String, u32, u32, Kind)> = Vec::new();
    for (step, seq) in steps.iter().zip(2..) {
        match step {
            Step::Record(who, days, kind) => {
                let name = format!("r{}", records.len());
                record_at(&mut batch, &name, &uscc(*who), *days, content(kind, *days), seq);
                records.push((name, *who, *days, kind.clone()));
            }
            Step::Correct(which, days, kind) if !records.is_empty() => {
                let at = which % records.len();
                let (name, who, ..) = &records[at];
                record_at(&mut batch, name, &uscc(*who), *days, content(kind, *days), seq);
                (records[at].2, records[at].3) = (*days, kind.clone());
            }
            Step::Again(which) if !records.is_empty() => {
                let (name, who, days, kind) = &records[which % records.len()];
                record_at(&mut batch, name, &uscc(*who), *days, content(kind, *days), seq);
            }
            Step::Withdraw(which) if !records.is_empty() => {
                batch.withdraw(&format!("records/{}", records[which % records.len()].0), seq);
            }
            Step::Correct(..) | Step::Withdraw(_) | Step::Again(_) => {}
            Step::Mark(who, carried) => batch.mark(&uscc(*who), "FOOD", *carried, seq),
            Step::TakeIn => {
                apply(store, &std::mem::take(&mut batch)).await;
                rescore(store, today()).await;
            }
        }
    }
    apply(store, &batch).await;
    rescore(store, today()).await;
}

/// The daily look, and the re-scores that it asks for: nobody tells that a window has ended.
async fn a_day_begins(store: &Store, day: NaiveDate) {
    let act = Act::of_system("calendar", noon(day), store.book());
    store.look_daily(&act).await.unwrap();
    rescore(store, day).await;
}

/// Classes in effect.
async fn classes(store: &Store) -> BTreeMap<String, Class> {
    let all = all_classes(store).await.into_iter();
    all.map(|stored| (stored.class.uscc.clone(), stored.class)).collect()
}

/// Whether the same enterprises have the same classes, for the same reasons.
fn assert_agree(by_events: &BTreeMap<String, Class>, by_run: &BTreeMap<String, Class>, when: &str) {
    assert_eq!(by_events.keys().collect::<Vec<_>>(), by_run.keys().collect::<Vec<_>>(), "{when}");
    for (uscc, class) in by_events {
        assert!(class.says_the_same(&by_run[uscc]), "{when}: {class:?} and {:?}", by_run[uscc]);
    }
}

async fn full_run_and_re_scores_agree(store: &Store, steps: &[Step], later: u64) {
    let mut batch = Batch::default();
    for who in 0..ENTERPRISES {
        producer(&mut batch, &uscc(who), "370102");
    }
    apply(store, &batch).await;
    full_run(store, 1, today()).await;
    happen(store, steps).await;
    let by_events = classes(store).await;
    let run = full_run(store, 2, today()).await;
    assert_agree(&by_events, &classes(store).await, "on the same day");
    assert_eq!(run.changed, 0, "the run itself finds nothing to change");

    // Windows end as time passes, for both alike.
    let day = today() + Days::new(later);
    a_day_begins(store, day).await;
    let by_events = classes(store).await;
    let run = full_run(store, 3, day).await;
    assert_agree(&by_events, &classes(store).await, &format!("{later} days later"));
    assert_eq!(run.changed, 0, "nor {later} days later");
}

#[test]
fn a_full_run_and_re_scores_agree_over_random_histories() {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) };
    proptest!(config, |(steps in prop::collection::vec(step(), 1..40), later in 1..1500_u64)| {
        db::testing::on_sqlite(1, |db| {
            let steps = steps.clone();
            async move {
                let store = support::store(db).await;
                full_run_and_re_scores_agree(&store, &steps, later).await;
            }
        });
    });
}
