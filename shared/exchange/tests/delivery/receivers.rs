//! Receivers as they are: off, slow, talkative, lying.

use std::sync::atomic::Ordering;

use exchange::{DeliveryState, RetryPolicy, Round};
use receiver::Does;

use crate::delivery::house::{House, policy};
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
