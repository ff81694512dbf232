//! Which results take effect without review: by what has happened, and by whether the class gets riskier.

use chrono::{Days, NaiveDate};
use contract::collection::v1::{Inspection, record::Content};
use contract::registry::v1::Licence;
use risk::domain::model_version::ModelChange;
use risk::store::{Act, Batch, Store, StoredClass, Waiting, When};

use crate::support::*;

/// A producer of infant formula, whose grade is B until an inspection has found three clean years.
async fn formula_producer(store: &Store) {
    let mut batch = Batch::default();
    producer(&mut batch, &uscc(1), "370102");
    let licence = Licence {
        name: format!("licences/SC101{}", &uscc(1)[8..]),
        licence_no: format!("SC101{}", &uscc(1)[8..]),
        uscc: uscc(1),
        field: "FOOD".to_owned(),
        sub_kinds: vec!["InfantFormula".to_owned()],
        valid_from: days_ago(1000),
        valid_to: "2030-01-01".to_owned(),
        state: "Valid".to_owned(),
        ..Licence::default()
    };
    put(&mut batch, &licence.name.clone(), &uscc(1), "licence", &licence);
    apply(store, &batch).await;
    full_run(store, 1, today()).await;
    assert_eq!(grade(store).await, "B");
}

fn clean_visit() -> Content {
    Content::Inspection(Inspection { result: "1".to_owned(), ..Inspection::default() })
}

async fn class(store: &Store) -> StoredClass {
    store.class(&uscc(1), "FOOD").await.unwrap()
}

async fn grade(store: &Store) -> String {
    class(store).await.class.professional_code
}

async fn waiting(store: &Store) -> Option<Waiting> {
    store.waiting(&uscc(1), "FOOD").await.unwrap()
}

/// Something is told, and scored again on a day.
async fn told_on(store: &Store, day: NaiveDate, tell: impl FnOnce(&mut Batch)) {
    let mut batch = Batch::default();
    tell(&mut batch);
    apply(store, &batch).await;
    rescore(store, day).await;
}

async fn a_riskier_class_by_a_listing_takes_effect_at_once_and_says_why(store: Store) {
    formula_producer(&store).await;
    assert_eq!(class(&store).await.effect, None, "a run gave it");
    told_on(&store, today(), |batch| record(batch, "l1", &uscc(1), 1, serious_listing())).await;
    let listed = class(&store).await;
    let why = listed.effect.clone().unwrap();
    assert_eq!((listed.class.code.as_str(), why.trigger.as_str(), why.worse), ("E", "list_entry", true));
    assert_eq!(listed.effect_on(today()), "RESCORED_WITHOUT_REVIEW");
    assert!(why.cites.contains("state machine 5"), "{why:?}");
    assert_eq!(waiting(&store).await, None);
    full_run(&store, 2, today()).await;
    assert_eq!(class(&store).await.effect.unwrap(), why, "the run found nothing to change");
}

async fn a_less_risky_class_by_an_inspection_waits_for_the_next_approved_run(store: Store) {
    formula_producer(&store).await;
    let events = told(&store).await.len();
    told_on(&store, today(), |batch| record(batch, "i1", &uscc(1), 10, clean_visit())).await;
    assert_eq!(
        (grade(&store).await.as_str(), told(&store).await.len()),
        ("B", events),
        "nothing has changed"
    );
    let waits = waiting(&store).await.unwrap();
    assert_eq!((waits.professional_code.as_str(), waits.as_of), ("A", today()));
    assert_eq!((waits.why.trigger.as_str(), waits.why.worse), ("inspection", false));

    // What else happens and gives the same does not let it through.
    told_on(&store, today(), |batch| {
        batch.corrected.insert("records/i1".to_owned());
        record_at(batch, "i1", &uscc(1), 11, clean_visit(), 2);
    })
    .await;
    assert_eq!((grade(&store).await.as_str(), waiting(&store).await), ("B", Some(waits)));
    let run = full_run(&store, 2, today()).await;
    assert_eq!((run.changed, grade(&store).await.as_str()), (1, "A"));
    assert_eq!((waiting(&store).await, class(&store).await.effect), (None, None));
}

async fn what_waits_goes_when_its_ground_goes(store: Store) {
    formula_producer(&store).await;
    told_on(&store, today(), |batch| record(batch, "i1", &uscc(1), 10, clean_visit())).await;
    assert!(waiting(&store).await.is_some());
    told_on(&store, today(), |batch| batch.withdraw("records/i1", 2)).await;
    assert_eq!((grade(&store).await.as_str(), waiting(&store).await), ("B", None));
}

async fn a_withdrawn_record_and_the_end_of_a_window_let_the_class_fall_at_once(store: Store) {
    formula_producer(&store).await;
    told_on(&store, today(), |batch| record(batch, "p1", &uscc(1), 10, heavier_penalty())).await;
    let raised = class(&store).await;
    assert_eq!(raised.effect.unwrap().trigger, "penalty");
    told_on(&store, today(), |batch| batch.withdraw("records/p1", 2)).await;
    let back = class(&store).await;
    let why = back.effect.unwrap();
    assert!(back.class.code < raised.class.code);
    assert_eq!((why.trigger.as_str(), why.worse), ("corrected", false));

    told_on(&store, today(), |batch| record_at(batch, "p2", &uscc(1), 10, heavier_penalty(), 3)).await;
    let later = today() + Days::new(3 * 365 + 10);
    let act = Act::of_system("calendar", noon(later), store.book());
    assert_eq!(store.look_daily(&act).await.unwrap(), 1);
    rescore(&store, later).await;
    let why = class(&store).await.effect.unwrap();
    assert_eq!((why.trigger.as_str(), why.worse), ("day", false));
}

/// The day `days` after today. The first one begins another period.
fn after(days: u64) -> NaiveDate {
    today() + Days::new(days)
}

/// A stricter food model takes effect the day after tomorrow.
pub(crate) async fn with_new_model(store: Store) -> Store {
    let store = with_file(store, "food_trial", &stricter_food()).await;
    let propose = ModelChange::Propose(wanted(after(2)));
    change_model(&store, &credit("wang"), (800, today()), "food2016@trial", propose).await.unwrap();
    let approve = ModelChange::Approve;
    change_model(&store, &credit("li"), (801, today()), "food2016@trial", approve).await.unwrap();
    store
}

async fn a_version_that_begins_waits_for_its_run_which_the_system_starts(store: Store) {
    let store = with_new_model(store).await;
    let mut batch = Batch::default();
    producer(&mut batch, &uscc(2), "370102");
    apply(&store, &batch).await;
    formula_producer(&store).await;
    full_run(&store, 2, after(1)).await;
    let on = |day: NaiveDate| Act::of_system("calendar", noon(day), store.book());
    assert_eq!(store.start_periodic_run(&on(after(1)), "m-0").await.unwrap(), None, "the month has its run");
    let (day, act) = (after(2), on(after(2)));
    assert_eq!(store.look_daily(&act).await.unwrap(), 0, "nobody is looked at for the version alone");
    // A ticket is no reason to class by the new version without review, a penalty is.
    told_on(&store, day, |batch| record(batch, "i1", &uscc(1), 10, problem_inspection())).await;
    let waits = waiting(&store).await.unwrap();
    assert_eq!((waits.why.trigger.as_str(), waits.why.worse), ("model", true));
    assert_eq!(grade(&store).await, "B");
    told_on(&store, day, |batch| record(batch, "p1", &uscc(1), 1, heavier_penalty())).await;
    let why = class(&store).await.effect.unwrap();
    assert_eq!((why.trigger.as_str(), waiting(&store).await), ("penalty", None));

    assert_eq!(store.start_periodic_run(&act, "m-1").await.unwrap().as_deref(), Some("m-1"));
    assert_eq!(store.start_periodic_run(&act, "m-2").await.unwrap(), None, "one is under way");
    compute(&store, day).await;
    let run = store.run("m-1").await.unwrap();
    assert_eq!((run.period, run.created_by.as_str()), (None, "SYSTEM"));
    assert_eq!(store.start_periodic_run(&act, "m-3").await.unwrap(), None, "it waits for approval");

    // The classes by the earlier version give way when an officer approves it, and not before.
    let used = async || {
        let other = store.class(&uscc(2), "FOOD").await.unwrap().class;
        other.detail.professional.unwrap().model
    };
    assert_eq!(used().await, "food2016@3");
    approve(&store, &credit("li"), 3, "m-1", day).await.unwrap();
    assert_eq!((used().await.as_str(), waiting(&store).await), ("food2016@trial", None));
    assert_eq!(store.start_periodic_run(&act, "m-4").await.unwrap(), None);
}

/// Another model that stands in for the general one is in force for two days, from the day after tomorrow on; then there is none.
async fn with_model_of_two_days(store: Store) -> Store {
    let text = changed("provincial", &[("version: \"2\"", "version: \"own\"")]);
    let store = with_file(store, "provincial_own", &text).await;
    let steps = [
        ("wang", ModelChange::Propose(wanted(after(2)))),
        ("li", ModelChange::Approve),
        ("wang", ModelChange::Retire(wanted(after(3)))),
        ("li", ModelChange::Approve),
    ];
    for ((by, change), number) in steps.into_iter().zip(810..) {
        change_model(&store, &credit(by), (number, today()), "provincial@own", change).await.unwrap();
    }
    store
}

async fn the_system_starts_a_run_when_a_version_begins_and_when_it_ends(store: Store) {
    let store = with_model_of_two_days(store).await;
    formula_producer(&store).await;
    full_run(&store, 2, after(1)).await;
    for (days, id) in [(2, Some("m-2")), (3, None), (4, Some("m-4")), (5, None)] {
        let day = after(days);
        let act = Act::of_system("calendar", noon(day), store.book());
        let started = store.start_periodic_run(&act, &format!("m-{days}")).await.unwrap();
        assert_eq!(started.as_deref(), id, "on {day}");
        if started.is_some() {
            compute(&store, day).await;
        }
    }
}

async fn a_city_that_lets_nothing_through_has_runs_alone_change_classes(store: Store) {
    let all = changed("combine", &[("version: \"2\"", "version: \"strict\""), (": at_once", ": review")]);
    let store = with_file(store, "combine_strict", &all).await;
    let yesterday = today() - Days::new(1);
    let propose = ModelChange::Propose(wanted(today()));
    change_model(&store, &credit("wang"), (800, yesterday), "combine@strict", propose).await.unwrap();
    let approve_it = ModelChange::Approve;
    change_model(&store, &credit("li"), (801, yesterday), "combine@strict", approve_it).await.unwrap();

    formula_producer(&store).await;
    told_on(&store, today(), |batch| record(batch, "l1", &uscc(1), 1, serious_listing())).await;
    assert_ne!(class(&store).await.class.code, "E");
    assert_eq!(waiting(&store).await.unwrap().code, "E");
    // What comes while a run is reviewed does not take effect with it either.
    create(&store, &credit("wang"), 2, today()).await.unwrap();
    compute(&store, today()).await;
    told_on(&store, today(), |batch| batch.withdraw("records/l1", 2)).await;
    approve(&store, &credit("li"), 3, "run-2", today()).await.unwrap();
    assert_eq!(class(&store).await.class.code, "E", "as it was reviewed");
    let waits = waiting(&store).await.unwrap();
    assert_eq!((waits.code.as_str(), waits.why.worse), ("A", false), "nothing is lost");
    full_run(&store, 4, today()).await;
    assert_eq!((class(&store).await.class.code.as_str(), waiting(&store).await), ("A", None));
}

async fn what_comes_while_a_run_is_reviewed_takes_effect_where_it_is_worse_and_waits_where_it_is_better(
    store: Store,
) {
    formula_producer(&store).await;
    create(&store, &credit("wang"), 2, today()).await.unwrap();
    compute(&store, today()).await;
    // A clean visit, told while the run is reviewed and before anybody has scored it again.
    let mut batch = Batch::default();
    record_at(&mut batch, "i1", &uscc(1), 10, clean_visit(), 5);
    apply(&store, &batch).await;
    approve(&store, &credit("li"), 3, "run-2", today()).await.unwrap();
    assert_eq!(grade(&store).await, "B", "nobody has reviewed the better grade");
    let waits = waiting(&store).await.unwrap();
    assert_eq!((waits.professional_code.as_str(), waits.why.worse), ("A", false));
    assert_eq!(rescore(&store, today()).await, 0, "it was judged with the run");

    // The next run has read it: it decides.
    create(&store, &credit("wang"), 4, today()).await.unwrap();
    compute(&store, today()).await;
    let mut batch = Batch::default();
    record_at(&mut batch, "l1", &uscc(1), 1, serious_listing(), 6);
    apply(&store, &batch).await;
    approve(&store, &credit("li"), 5, "run-4", today()).await.unwrap();
    let listed = class(&store).await;
    assert_eq!((listed.class.code.as_str(), listed.class.professional_code.as_str()), ("E", "A"));
    assert_eq!((listed.effect_on(today()), waiting(&store).await), ("RESCORED_WITHOUT_REVIEW", None));
}

async fn a_run_does_not_undo_what_took_effect_by_itself_since_it_was_frozen(store: Store) {
    formula_producer(&store).await;
    told_on(&store, today(), |batch| record_at(batch, "l1", &uscc(1), 1, serious_listing(), 2)).await;
    // The run finds another reason beside the listing.
    let mut batch = Batch::default();
    record_at(&mut batch, "p1", &uscc(1), 400, heavier_penalty(), 3);
    apply(&store, &batch).await;
    create(&store, &credit("wang"), 2, today()).await.unwrap();
    compute(&store, today()).await;
    told_on(&store, today(), |batch| {
        batch.tell(risk::domain::known::Feed::Collection, today(), 4);
        batch.withdraw("records/l1", 4);
    })
    .await;
    let free = class(&store).await.class;
    assert_ne!(free.code, "E");
    approve(&store, &credit("li"), 3, "run-2", today()).await.unwrap();
    assert!(class(&store).await.class.says_the_same(&free), "the listing was gone before the approval");
    assert_eq!(waiting(&store).await, None);
}

async fn a_run_of_models_that_are_no_longer_in_force_is_refused_and_what_waits_goes_on_to_wait(store: Store) {
    let store = with_new_model(store).await;
    formula_producer(&store).await;
    create(&store, &credit("wang"), 2, after(1)).await.unwrap();
    compute(&store, after(1)).await;
    let day = after(2);
    told_on(&store, day, |batch| record_at(batch, "i1", &uscc(1), 10, problem_inspection(), 2)).await;
    let (before, waits) = (class(&store).await, waiting(&store).await.unwrap());
    assert_eq!(waits.why.trigger, "model");
    let refused = approve(&store, &credit("li"), 3, "run-2", day).await.unwrap_err();
    assert!(matches!(refused, risk::Error::RunOutdated { .. }), "{refused:?}");
    let told = refused.to_string();
    assert!(
        told.contains("models/food2016@3")
            && told.contains("models/food2016@trial")
            && told.contains("start a new run"),
        "{told}"
    );
    assert_eq!((class(&store).await, waiting(&store).await.unwrap()), (before, waits));

    create(&store, &credit("wang"), 4, day).await.unwrap();
    compute(&store, day).await;
    approve(&store, &credit("li"), 5, "run-4", day).await.unwrap();
    let now = class(&store).await;
    assert_eq!((now.run.as_str(), now.effect.clone(), waiting(&store).await), ("run-4", None, None));
    assert_eq!(now.class.detail.professional.unwrap().model, "food2016@trial");
}

async fn a_window_that_ends_is_looked_at_though_a_version_begins_on_that_day(store: Store) {
    let store = with_new_model(store).await;
    formula_producer(&store).await;
    // Three years old on the day on which the version begins.
    let mut batch = Batch::default();
    producer(&mut batch, &uscc(2), "370102");
    record(&mut batch, "p1", &uscc(1), 1094, heavier_penalty());
    apply(&store, &batch).await;
    rescore(&store, today()).await;
    full_run(&store, 2, after(1)).await;
    let look = async |day: NaiveDate| {
        store.look_daily(&Act::of_system("calendar", noon(day), store.book())).await.unwrap()
    };
    assert_eq!(look(after(1)).await, 0);
    assert_eq!(look(after(2)).await, 1, "one window has ended; the version alone is no reason");
    rescore(&store, after(2)).await;
    assert_eq!(class(&store).await.effect.unwrap().trigger, "day");
    let other = store.class(&uscc(2), "FOOD").await.unwrap().class;
    assert_eq!(other.detail.professional.unwrap().model, "food2016@3", "it waits for its run");
}

async fn a_class_is_explained_by_what_it_rests_on_though_newer_evidence_waits(store: Store) {
    formula_producer(&store).await;
    told_on(&store, today(), |batch| record_at(batch, "i1", &uscc(1), 10, clean_visit(), 2)).await;
    let stored = class(&store).await;
    let (explained, superseded) = store.explain_stored(&stored).await.unwrap();
    assert!(explained.class.says_the_same(&stored.class), "{:?}", explained.class);
    assert_eq!((explained.known.collection, superseded), (stored.known_seq, true));
    let visited = explained.explanation.lines.iter().find(|line| line.indicator == "visited").unwrap();
    assert_eq!((visited.value_e2, visited.records.len()), (0, 0), "the visit is not what it rests on");
    // What waits is explained apart, by what is known now.
    let waits = waiting(&store).await.unwrap();
    let apart = store.look_back(&uscc(1), "FOOD", When::Now(waits.as_of)).await.unwrap();
    assert_eq!(apart.class.professional_code, waits.professional_code);
    full_run(&store, 2, today()).await;
    let stored = class(&store).await;
    let (explained, superseded) = store.explain_stored(&stored).await.unwrap();
    assert!(explained.class.says_the_same(&stored.class) && !superseded);
}

db::conformance! {
    open = crate::support::store;
    cases = [
        a_riskier_class_by_a_listing_takes_effect_at_once_and_says_why,
        a_less_risky_class_by_an_inspection_waits_for_the_next_approved_run,
        what_waits_goes_when_its_ground_goes,
        a_withdrawn_record_and_the_end_of_a_window_let_the_class_fall_at_once,
        a_version_that_begins_waits_for_its_run_which_the_system_starts,
        the_system_starts_a_run_when_a_version_begins_and_when_it_ends,
        a_city_that_lets_nothing_through_has_runs_alone_change_classes,
        what_comes_while_a_run_is_reviewed_takes_effect_where_it_is_worse_and_waits_where_it_is_better,
        a_run_does_not_undo_what_took_effect_by_itself_since_it_was_frozen,
        a_run_of_models_that_are_no_longer_in_force_is_refused_and_what_waits_goes_on_to_wait,
        a_window_that_ends_is_looked_at_though_a_version_begins_on_that_day,
        a_class_is_explained_by_what_it_rests_on_though_newer_evidence_waits,
    ]
}
