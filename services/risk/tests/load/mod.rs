//! How long a full run takes over a city. Ignored: it measures, and its figure depends on the machine and the profile.

use std::time::Instant;

use risk::store::Batch;

use crate::support::{self, *};

/// Enterprises of the city; each is marked in two fields.
const CITY: u32 = 20_000;

#[test]
#[ignore = "measures; run it alone"]
fn measured_alone_a_full_run_over_twenty_thousand_enterprises_in_two_fields() {
    db::testing::on_sqlite(1, |db| async move {
        let store = support::store(db).await;
        let started = Instant::now();
        for from in (0..CITY).step_by(500) {
            let mut batch = Batch::default();
            for number in from..from + 500 {
                let code = uscc(number);
                producer(&mut batch, &code, "370102");
                batch.mark(&code, "SE", true, 1);
                for index in 0..3 {
                    record(
                        &mut batch,
                        &format!("i{number}-{index}"),
                        &code,
                        100 * (index + 1),
                        problem_inspection(),
                    );
                }
                if number % 4 == 0 {
                    record(&mut batch, &format!("p{number}"), &code, 50, heavier_penalty());
                }
            }
            apply(&store, &batch).await;
        }
        let taken_in = started.elapsed();
        let started = Instant::now();
        create(&store, &credit("wang"), 1, today()).await.unwrap();
        compute(&store, today()).await;
        let computed = started.elapsed();
        let started = Instant::now();
        approve(&store, &credit("li"), 2, "run-1", today()).await.unwrap();
        let approved = started.elapsed();
        assert_eq!(store.run("run-1").await.unwrap().total, i64::from(CITY) * 2);
        #[allow(clippy::print_stderr, reason = "the figures are what this test is for")]
        {
            eprintln!(
                "evidence taken in {taken_in:?}, run computed in {computed:?}, approved in {approved:?}"
            );
        }
    });
}
