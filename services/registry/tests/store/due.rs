//! The daily job.

use registry::Error;
use registry::domain::LicenceContent;
use registry::store::{Act, Decided, FIGURES};

use crate::store::house::{A, B, HEALTH, House, ORDINARY, day, licence, mark, noon, officer, open, today};

async fn a_term_that_ended_since_the_last_run_ends_the_mark_and_missed_days_are_caught_up(house: House) {
    house.create(1, A, "甲").await.unwrap();
    house.record(2, ORDINARY, licence(A, "FOOD", "OrdinaryFood"), today()).await.unwrap();
    house.decide(3, &officer("LEGAL", &["370100"]), Decided::Confirm, &[mark(A, "FOOD")]).await.unwrap();
    house.run_due("2025-12-31").await;
    assert_eq!(house.state(A, "FOOD").await, "PushPending", "the last day still counts");
    house.run_due("2026-02-10").await;
    assert_eq!(house.state(A, "FOOD").await, "ChangePending", "forty days late");
}

async fn a_mark_counts_in_each_month_as_it_stood_at_the_end_of_it(house: House) {
    house.import(1, &[(A, "甲"), (B, "乙")]).await.unwrap();
    house.record(2, ORDINARY, licence(A, "FOOD", "OrdinaryFood"), today()).await.unwrap();
    house.record(3, HEALTH, licence(B, "FOOD", "HealthFood"), today()).await.unwrap();
    house.decide(4, &officer("LEGAL", &["370100"]), Decided::Confirm, &[mark(A, "FOOD")]).await.unwrap();
    // The terms of both end with the year: what was only proposed goes, what was confirmed waits to go.
    house.run_due("2026-01-01").await;
    assert_eq!(house.state(B, "FOOD").await, "Removed");
    let counts = async |first_on: &str, last_on: &str| {
        let counted = service::testing::figures("registry", &house.db, FIGURES, first_on, last_on).await;
        ["mark.candidate", "mark.underway"].map(|code| counted.get(code).copied().unwrap_or_default())
    };
    assert_eq!(counts("2025-05-01", "2025-05-31").await, [0, 0]);
    assert_eq!(counts("2025-06-01", "2025-06-30").await, [1, 1]);
    assert_eq!(counts("2025-12-01", "2025-12-31").await, [1, 1]);
    assert_eq!(counts("2026-01-01", "2026-01-31").await, [0, 1]);

    // As in a register from before anything was kept: what stands now stood all the time, as far as anybody knows.
    db::on!(house.db, |pool| sqlx::query("DELETE FROM mark_past").execute(pool).await.map(drop)).unwrap();
    assert_eq!(counts("2025-05-01", "2025-05-31").await, [0, 1]);
    // And when it moves on, that is known: before it came, it was the same.
    house.run_due("2026-02-10").await;
    assert_eq!(counts("2025-05-01", "2025-05-31").await, [0, 1]);
}

async fn a_run_repeated_changes_nothing(house: House) {
    house.create(1, A, "甲").await.unwrap();
    house.record(2, ORDINARY, licence(A, "FOOD", "OrdinaryFood"), today()).await.unwrap();
    house.run_due("2026-01-01").await;
    let events = house.events().await;
    house.run_due("2026-01-01").await;
    house.run_due("2025-12-31").await;
    assert_eq!(house.events().await, events);
    assert_eq!(house.state(A, "FOOD").await, "Removed");
}

async fn a_mark_that_cannot_move_keeps_no_other_from_it_and_is_looked_at_again(house: House) {
    const SPOIL: &str = "UPDATE licence SET site_division = '!!' WHERE licence_no = $1";
    const HEAL: &str = "UPDATE licence SET site_division = '' WHERE licence_no = $1";
    let write = async |sql: &'static str| {
        db::on!(house.db, |pool| sqlx::query(sql).bind(ORDINARY).execute(pool).await.map(drop)).unwrap();
    };
    house.import(1, &[(A, "甲"), (B, "乙")]).await.unwrap();
    house.record(2, ORDINARY, licence(A, "FOOD", "OrdinaryFood"), today()).await.unwrap();
    house.record(3, HEALTH, licence(B, "FOOD", "HealthFood"), today()).await.unwrap();
    write(SPOIL).await;
    let act = Act::of_system("licence-terms", noon("2026-01-01"), house.store.book());
    let failed = house.store.run_due(&act).await;
    assert!(matches!(failed, Err(Error::Common(service::Error::Corrupt(_)))), "{failed:?}");
    assert_eq!(
        (house.state(A, "FOOD").await, house.state(B, "FOOD").await),
        ("Candidate".into(), "Removed".into())
    );
    write(HEAL).await;
    house.run_due("2026-01-01").await;
    assert_eq!(house.state(A, "FOOD").await, "Removed");
}

async fn a_licence_granted_ahead_proposes_its_mark_on_its_first_day(house: House) {
    house.create(1, A, "甲").await.unwrap();
    let ahead = LicenceContent { valid_from: day("2025-07-01"), ..licence(A, "FOOD", "OrdinaryFood") };
    house.record(2, ORDINARY, ahead, today()).await.unwrap();
    house.run_due("2025-06-30").await;
    assert_eq!(house.state(A, "FOOD").await, "");
    house.run_due("2025-07-01").await;
    assert_eq!(house.state(A, "FOOD").await, "Candidate");
}

async fn one_term_of_two_ended_leaves_the_mark_with_the_other(house: House) {
    house.import(1, &[(A, "甲"), (B, "乙")]).await.unwrap();
    let longer = LicenceContent { valid_to: day("2027-12-31"), ..licence(A, "FOOD", "HealthFood") };
    house.record(2, ORDINARY, licence(A, "FOOD", "OrdinaryFood"), today()).await.unwrap();
    house.record(3, HEALTH, longer, today()).await.unwrap();
    house.decide(4, &officer("LEGAL", &["370100"]), Decided::Confirm, &[mark(A, "FOOD")]).await.unwrap();
    house.run_due("2026-01-01").await;
    let view = house.store.mark(&mark(A, "FOOD")).await.unwrap();
    assert_eq!(
        (view.mark.state.as_str(), view.mark.content.licence_nos.to_vec()),
        ("PushPending", vec![HEALTH.to_owned()])
    );
}

db::conformance! { open = open; cases = [
    a_term_that_ended_since_the_last_run_ends_the_mark_and_missed_days_are_caught_up,
    a_mark_counts_in_each_month_as_it_stood_at_the_end_of_it,
    a_run_repeated_changes_nothing,
    a_mark_that_cannot_move_keeps_no_other_from_it_and_is_looked_at_again,
    a_licence_granted_ahead_proposes_its_mark_on_its_first_day,
    one_term_of_two_ended_leaves_the_mark_with_the_other,
] }
