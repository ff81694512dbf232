//! Receivers as they are: off, slow, talkative, lying.

use std::sync::atomic::Ordering;

use db::{Engine, on};
use exchange::{DeliveryState, Filter, RetryPolicy, Round};
use receiver::Does;
use sqlx::AssertSqlSafe;

use crate::delivery::house::{House, delivery, policy};
use crate::delivery::{MARK, taken};

pub(crate) async fn a_mark_pushed_a_hundred_times_is_one_mark(mut house: House) {
    house.try_by(RetryPolicy { max_attempts: 100, ..policy() });
    let id = house.enqueue(MARK, 1).await.unwrap();
    house.inbox().will([Does::TakesAndFails; 99]);
    house.round().await;
    house.until_quiet().await;
    let inbox = house.inbox();
    assert_eq!((inbox.calls(), inbox.taken().len(), inbox.shown().len()), (100, 1, 1));
    assert_eq!(house.published().await, [(MARK.to_owned(), 1, "receipt-1".to_owned())]);
    assert_eq!(house.find(id).await.attempts, 100);
}

pub(crate) async fn a_receiver_that_was_switched_off_gets_everything_in_order_once_it_is_on(
    mut house: House,
) {
    const SUBJECTS: [&str; 3] = ["marks/a", "marks/b", "marks/c"];
    house.try_by(RetryPolicy { max_attempts: 10, ..policy() });
    for revision in 1..=4 {
        for subject in SUBJECTS {
            house.enqueue(subject, revision).await.unwrap();
        }
        // On for the first changes, off for two rounds, on again for the last.
        match revision {
            2 => house.receiver.switch_off(),
            4 => house.receiver.switch_on().unwrap(),
            _ => {}
        }
        let round = house.round().await;
        assert_eq!(round.acknowledged > 0, matches!(revision, 1 | 4), "{revision}: {round:?}");
        house.later(7_200);
    }
    house.until_quiet().await;
    for subject in SUBJECTS {
        assert_eq!(house.inbox().revisions(subject), [1, 2, 3, 4], "{subject}");
    }
    assert_eq!(house.published().await.len(), 12);
}

pub(crate) async fn a_slow_answer_counts_as_none_and_the_next_attempt_gets_the_same_receipt(
    mut house: House,
) {
    let id = house.enqueue(MARK, 1).await.unwrap();
    house.inbox().will([Does::IsSlow]);
    assert_eq!(house.round().await, Round { failed: 1, ..Round::default() });
    let failed = house.find(id).await;
    assert_eq!((failed.state, failed.receipt), (DeliveryState::Pending, None));
    assert!(failed.last_error.unwrap().starts_with("no answer within"));
    house.inbox().release();
    house.later(7_200);
    assert_eq!(house.round().await, Round { acknowledged: 1, ..Round::default() });
    assert_eq!(house.published().await, [(MARK.to_owned(), 1, "receipt-1".to_owned())]);
    assert_eq!(taken(&house).len(), 1);
}

pub(crate) async fn what_comes_late_in_a_round_of_a_slow_receiver_is_claimed_from_its_own_time_on(
    mut house: House,
) {
    /// As many as are called at once.
    const SLOW: usize = 50;
    for subject in 0..=SLOW {
        house.enqueue(&format!("marks/{subject}"), 1).await.unwrap();
    }
    house.inbox().will([Does::IsSlow; SLOW]);
    assert_eq!(house.round().await, Round { acknowledged: 1, failed: 50, ..Round::default() });
    let taken = Filter { state: Some(DeliveryState::Acknowledged), ..Filter::default() };
    let [last] = exchange::list(&house.db, &taken, None, 10).await.unwrap().try_into().unwrap();
    // The others were waited for before it was claimed.
    let waited = policy().attempt_timeout.as_micros() as i64;
    assert!(last.settled.unwrap() >= house.now.plus_micros(waited), "{last:?}");
    assert!(last.next_attempt >= house.now.plus_micros(3 * waited), "{last:?}");
}

pub(crate) async fn of_two_answers_to_one_attempt_the_first_counts(mut house: House) {
    house.enqueue(MARK, 1).await.unwrap();
    house.enqueue(MARK, 2).await.unwrap();
    house.inbox().will([Does::AnswersTwice]);
    assert_eq!(house.round().await, Round { acknowledged: 1, ..Round::default() });
    house.round().await;
    let receipts: Vec<_> = house.published().await.into_iter().map(|(_, _, receipt)| receipt).collect();
    assert_eq!(receipts, ["receipt-1", "receipt-2"]);
    assert_eq!(house.inbox().revisions(MARK), [1, 2]);
}

pub(crate) async fn a_receiver_that_lies_about_what_it_took_has_not_taken_it(mut house: House) {
    let id = house.enqueue(MARK, 1).await.unwrap();
    let lies = [
        (Does::NamesAnotherDelivery, "names another delivery"),
        (Does::NamesOtherContent, "names other content"),
        (Does::GivesNoReceipt, "has no receipt"),
    ];
    for (lie, found_out) in lies {
        house.inbox().will([lie]);
        assert_eq!(house.round().await.acknowledged, 0);
        let problem = house.find(id).await.last_error.unwrap();
        assert!(problem.contains(found_out), "{lie:?}: {problem}");
        house.later(7_200);
    }
    assert_eq!((house.find(id).await.state, house.published().await.len()), (DeliveryState::Dead, 0));
    assert_eq!(house.marks.dead.load(Ordering::SeqCst), 1);
    house.resend(id).await.unwrap();
    house.round().await;
    assert_eq!((taken(&house).len(), house.published().await.len()), (1, 1));
}

pub(crate) async fn what_a_receiver_acknowledged_and_forgot_is_sent_again_on_request(mut house: House) {
    let id = house.enqueue(MARK, 1).await.unwrap();
    house.inbox().will([Does::Forgets]);
    assert_eq!(house.round().await.acknowledged, 1);
    assert_eq!(house.find(id).await.receipt.as_deref(), Some("receipt-0"));
    assert!(house.inbox().shown().is_empty(), "nobody but the receiver can know");
    assert_eq!(house.resend(id).await.unwrap().previous, DeliveryState::Acknowledged);
    house.round().await;
    assert_eq!(house.inbox().shown()[MARK].delivery_id, id.to_string());
    assert_eq!(house.find(id).await.receipt.as_deref(), Some("receipt-1"));
}

/// A policy by which the ends of marks are told until they are taken.
fn to_the_end() -> RetryPolicy {
    RetryPolicy { until_taken: Some("mark.withdrawn"), ..policy() }
}

pub(crate) async fn an_end_is_told_until_it_is_taken_and_whatever_else_is_given_up(mut house: House) {
    const ROUNDS: i64 = 70;
    house.try_by(to_the_end());
    let (end, mark) = (house.enqueue_end(MARK, 1).await, house.enqueue("marks/other", 1).await.unwrap());
    house.inbox().otherwise(Does::Fails);
    for _ in 0..ROUNDS {
        house.round().await;
        house.later(7_200);
    }
    let (waits, dead) = (house.find(end).await, house.find(mark).await);
    assert_eq!((waits.state, waits.attempts), (DeliveryState::Pending, ROUNDS));
    assert_eq!((dead.state, dead.attempts), (DeliveryState::Dead, policy().max_attempts));
    // The longest wait, shortened by a half at most, was over when the last two hours were.
    let pause = house.now.micros() - waits.next_attempt.micros();
    assert!((0..=3_600 * 1_000_000).contains(&pause), "{pause}");
    house.inbox().otherwise(Does::Takes);
    assert_eq!(house.round().await, Round { acknowledged: 1, ..Round::default() });
    assert_eq!(taken(&house), [(MARK.to_owned(), 1)]);
}

pub(crate) async fn what_stands_before_an_end_is_tried_with_it_though_it_was_given_up(mut house: House) {
    house.try_by(to_the_end());
    let first = house.enqueue(MARK, 1).await.unwrap();
    house.inbox().otherwise(Does::Fails);
    for _ in 0..policy().max_attempts {
        house.round().await;
        house.later(7_200);
    }
    assert_eq!(house.round().await, Round::default(), "nothing has ended: a dead letter");
    house.enqueue_end(MARK, 2).await;
    for _ in 0..5 {
        assert_eq!(house.round().await, Round { dead: 1, ..Round::default() });
        assert_eq!(house.round().await, Round::default(), "not before its wait is over");
        house.later(7_200);
    }
    assert_eq!(house.find(first).await.attempts, policy().max_attempts + 5);
    house.inbox().otherwise(Does::Takes);
    house.round().await;
    house.round().await;
    assert_eq!(house.inbox().revisions(MARK), [1, 2]);
}

pub(crate) async fn an_end_that_was_given_up_before_is_told_on(mut house: House) {
    let end = house.enqueue_end(MARK, 1).await;
    house.inbox().otherwise(Does::Fails);
    for _ in 0..policy().max_attempts {
        house.round().await;
        house.later(7_200);
    }
    assert_eq!(house.find(end).await.state, DeliveryState::Dead);
    house.try_by(to_the_end());
    assert_eq!(house.round().await, Round { failed: 1, ..Round::default() });
    house.later(7_200);
    house.inbox().otherwise(Does::Takes);
    assert_eq!(house.round().await, Round { acknowledged: 1, ..Round::default() });
}

pub(crate) async fn dead_letters_are_looked_for_in_an_index_of_their_own(house: House) {
    const TAKEN: &str = "UPDATE delivery SET state = 'Acknowledged'";
    // By the conditions with which every round looks for them.
    const DEAD: &str = "
        SELECT due.delivery_id FROM delivery AS due
        WHERE due.receiver = 'credit-china' AND due.state = 'Dead' AND due.next_attempt_us <= 1
        ORDER BY due.next_attempt_us";
    let many: Vec<_> = (0..600).map(|subject| delivery(&format!("marks/{subject}"), 1)).collect();
    let mut tx = house.db.begin_write().await.unwrap();
    exchange::enqueue_all(&mut tx, &many, house.now).await.unwrap();
    on!(tx, |conn| sqlx::query(TAKEN).execute(conn).await.map(drop)).unwrap();
    let steps: Vec<String> = match tx.engine() {
        Engine::Sqlite(conn) => {
            let sql = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {DEAD}"));
            let steps: Vec<(i64, i64, i64, String)> = sqlx::query_as(sql).fetch_all(conn).await.unwrap();
            steps.into_iter().map(|(.., step)| step).collect()
        }
        Engine::Postgres(conn) => {
            // Without figures of its own, it takes every table for a small one.
            sqlx::query("ANALYZE delivery").execute(&mut *conn).await.unwrap();
            sqlx::query_scalar(AssertSqlSafe(format!("EXPLAIN {DEAD}"))).fetch_all(conn).await.unwrap()
        }
    };
    // Either holds dead letters alone.
    let is_of_dead_letters =
        |step: &String| ["delivery_given_up", "delivery_dead"].iter().any(|index| step.contains(index));
    assert!(steps.iter().any(is_of_dead_letters), "what was taken long ago is read: {steps:?}");
}
