//! Windows that end without any event.

use chrono::{Days, NaiveDate};
use risk::store::{Act, Batch, Store};

use crate::support::*;

async fn look(store: &Store, day: NaiveDate) -> usize {
    let act = Act::of_system("calendar", noon(day), store.book());
    store.look_daily(&act).await.unwrap()
}

async fn a_window_that_ends_changes_the_class_without_any_event(store: Store) {
    let mut batch = Batch::default();
    producer(&mut batch, &uscc(1), "370102");
    producer(&mut batch, &uscc(2), "370102");
    record(&mut batch, "p1", &uscc(2), 10, heavier_penalty());
    record(&mut batch, "i1", &uscc(2), 12, problem_inspection());
    apply(&store, &batch).await;
    full_run(&store, 1, today()).await;
    let before = store.class(&uscc(2), "FOOD").await.unwrap();
    assert_ne!(before.class.code, "A");
    assert_eq!(look(&store, today()).await, 0, "nothing has ended");

    let day = today() + Days::new(3 * 365 + 10);
    assert_eq!(look(&store, day).await, 1);
    assert_eq!(look(&store, day).await, 0, "once a day is enough");
    assert_eq!(rescore(&store, day).await, 1);
    let after = store.class(&uscc(2), "FOOD").await.unwrap();
    assert_eq!((after.class.code.as_str(), after.class.as_of, after.run.as_str()), ("A", day, ""));
    assert_eq!(told(&store).await.pop().unwrap(), ("A".into(), before.class.code, "daily-look".into()));
    assert_eq!(full_run(&store, 2, day).await.changed, 0, "a full run of that day agrees");
}

async fn before_the_first_run_in_effect_nobody_is_looked_at(store: Store) {
    let mut batch = Batch::default();
    producer(&mut batch, &uscc(1), "370102");
    apply(&store, &batch).await;
    assert_eq!(look(&store, today()).await, 0);
    assert_eq!(rescore(&store, today()).await, 0);
}

async fn more_enterprises_than_one_step_holds_are_all_looked_at(store: Store) {
    let mut batch = Batch::default();
    for number in 0..2_100 {
        producer(&mut batch, &uscc(number), "370102");
    }
    record(&mut batch, "p1", &uscc(2_099), 10, heavier_penalty());
    apply(&store, &batch).await;
    full_run(&store, 1, today()).await;
    assert_eq!(look(&store, today() + Days::new(3 * 365 + 10)).await, 1);
}

db::conformance! {
    open = crate::support::store;
    cases = [
        a_window_that_ends_changes_the_class_without_any_event,
        before_the_first_run_in_effect_nobody_is_looked_at,
        more_enterprises_than_one_step_holds_are_all_looked_at,
    ]
}
