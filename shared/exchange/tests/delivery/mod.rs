//! Deliveries from the decision to the acknowledgement, over real gRPC and a real folder, on both engines.

mod house;
mod receivers;

use std::sync::atomic::Ordering;

use db::Db;
use exchange::{DeliveryState, Dispatcher, ExchangeError, Filter, FolderSink, Round, Sink};
use house::{House, policy};
use rand::{Rng, SeedableRng, rngs::StdRng};
use receiver::Does;
use receivers::*;
use tokio_util::sync::CancellationToken;

const MARK: &str = "enterprises/91370102MA3C00011F/marks/FOOD";

async fn a_replayed_delivery_leaves_one_mark(mut house: House) {
    house.enqueue(MARK, 1).await.unwrap();
    house.inbox().will([Does::TakesAndFails]);
    assert_eq!(house.round().await, Round { failed: 1, ..Round::default() });
    house.later(3600);
    assert_eq!(house.round().await, Round { acknowledged: 1, ..Round::default() });
    assert_eq!((house.inbox().calls(), taken(&house)), (2, vec![(MARK.to_owned(), 1)]));
    assert_eq!(house.published().await, [(MARK.to_owned(), 1, "receipt-1".to_owned())]);
}

async fn a_receiver_that_was_down_misses_nothing_and_gets_each_subject_in_order(mut house: House) {
    const SUBJECTS: i64 = 6;
    const REVISIONS: i64 = 4;
    let mut faults = StdRng::seed_from_u64(7);
    for revision in 1..=REVISIONS {
        for subject in 0..SUBJECTS {
            house.enqueue(&format!("marks/{subject}"), revision).await.unwrap();
        }
        // Down, then unreliable while it comes back; what is never taken becomes a dead letter and is resent.
        house.inbox().will(
            (0..10).map(|_| [Does::Takes, Does::Fails, Does::TakesAndFails][faults.random_range(0..3)]),
        );
        house.round().await;
    }
    for _ in 0..100 {
        house.later(7200);
        house.round().await;
        for dead in exchange::list(&house.db, &Filter::dead(), None, 100).await.unwrap() {
            house.resend(dead.delivery_id).await.unwrap();
        }
    }
    let taken = taken(&house);
    for subject in 0..SUBJECTS {
        let subject = format!("marks/{subject}");
        let revisions: Vec<_> =
            taken.iter().filter(|(of, _)| *of == subject).map(|(_, revision)| *revision).collect();
        assert_eq!(revisions, (1..=REVISIONS).collect::<Vec<_>>(), "{subject}");
    }
    assert_eq!(house.published().await.len(), taken.len());
}

async fn a_dead_letter_holds_its_subject_until_it_is_resent(mut house: House) {
    let first = house.enqueue(MARK, 1).await.unwrap();
    house.enqueue(MARK, 2).await.unwrap();
    house.enqueue("marks/other", 1).await.unwrap();
    for _ in 0..policy().max_attempts {
        house.inbox().will([Does::Fails; 2]);
        assert_eq!(taken(&house), [], "both subjects are refused to the end");
        house.round().await;
        house.later(7200);
    }
    let dead = exchange::list(&house.db, &Filter::dead(), None, 10).await.unwrap();
    assert_eq!(dead.iter().map(|dead| dead.revision).collect::<Vec<_>>(), [1, 1]);
    assert!(
        dead.iter()
            .any(|dead| dead.delivery_id == first
                && dead.last_error.as_deref().unwrap().contains("maintenance"))
    );
    assert_eq!(house.marks.dead.load(Ordering::SeqCst), 2);
    assert_eq!(house.round().await, Round::default(), "revision 2 waits behind the dead letter");

    assert_eq!(house.resend(first).await.unwrap().previous, DeliveryState::Dead);
    let again = house.resend(first).await.unwrap_err();
    assert!(
        matches!(again, ExchangeError::NotResendable { delivery_id, .. } if delivery_id == first),
        "{again}"
    );
    house.round().await;
    house.round().await;
    assert_eq!(taken(&house), [(MARK.to_owned(), 1), (MARK.to_owned(), 2)]);
}

async fn an_acknowledgement_that_its_owner_refuses_is_undone_and_asked_for_again(mut house: House) {
    let id = house.enqueue(MARK, 1).await.unwrap();
    house.marks.refuses.store(1, Ordering::SeqCst);
    let refused = house.dispatcher.dispatch_once(house.now, &mut house.rng).await.unwrap_err();
    assert!(matches!(refused, ExchangeError::Owner { delivery_id, .. } if delivery_id == id), "{refused}");
    assert_eq!((house.find(id).await.state, house.published().await.len()), (DeliveryState::Sent, 0));
    house.later(3600);
    house.round().await;
    assert_eq!((house.find(id).await.state, house.published().await.len()), (DeliveryState::Acknowledged, 1));
    assert_eq!(taken(&house).len(), 1);
}

async fn a_subject_whose_receiver_hangs_holds_no_other_back(mut house: House) {
    for subject in 0..5 {
        house.enqueue(&format!("marks/{subject}"), 1).await.unwrap();
    }
    house.inbox().will([Does::IsSlow]);
    assert_eq!(house.round().await, Round { acknowledged: 4, failed: 1, ..Round::default() });
    house.later(7200);
    assert_eq!(house.round().await, Round { acknowledged: 1, ..Round::default() });
}

async fn an_attempt_whose_dispatcher_died_is_repeated_after_its_lease(mut house: House) {
    let id = house.enqueue(MARK, 1).await.unwrap();
    house.inbox().will([Does::IsSlow]);
    tokio::select! {
        _ = house.dispatcher.dispatch_once(house.now, &mut house.rng) => panic!("the receiver is slow"),
        () = house.receiver.inbox().wait_for_calls(1) => {}
    }
    assert_eq!(house.find(id).await.state, DeliveryState::Sent);
    assert_eq!(house.round().await, Round::default(), "the lease still runs");
    house.later(10);
    assert_eq!(house.round().await, Round { acknowledged: 1, ..Round::default() });
}

async fn a_lower_revision_is_refused_and_the_same_one_is_enqueued_once(house: House) {
    let id = house.enqueue(MARK, 2).await.unwrap();
    assert_eq!(house.enqueue(MARK, 2).await.unwrap(), id);
    let refused = house.enqueue(MARK, 1).await.unwrap_err();
    assert!(matches!(refused, ExchangeError::OutOfOrder { revision: 1, latest: 2, .. }), "{refused}");
    assert_eq!(house.find(id).await.revision, 2);
}

async fn many_enqueued_at_once_are_held_to_the_same_rules(mut house: House) {
    let many: Vec<_> = (0..1_100).map(|subject| house::delivery(&format!("marks/{subject}"), 2)).collect();
    let mut tx = house.db.begin_write().await.unwrap();
    exchange::enqueue_all(&mut tx, &many, house.now).await.unwrap();
    exchange::enqueue_all(&mut tx, &many[..10], house.now).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = house.db.begin_write().await.unwrap();
    let lower = [house::delivery("marks/new", 1), house::delivery("marks/7", 1)];
    let refused = exchange::enqueue_all(&mut tx, &lower, house.now).await.unwrap_err();
    assert!(matches!(refused, ExchangeError::OutOfOrder { revision: 1, latest: 2, .. }), "{refused}");
    tx.rollback().await.unwrap();
    assert_eq!(house.round().await.acknowledged, 500, "one round");
    assert_eq!(house.published().await.len(), 500);
}

async fn one_outcome_that_is_refused_undoes_no_other(mut house: House) {
    let folder = tempfile::tempdir().unwrap();
    let sink = Sink::Folder(FolderSink::new(folder.path()).unwrap());
    house.dispatcher = Dispatcher::new(house.db.clone(), "credit-china", sink, house.marks.clone(), policy());
    for subject in 0..5 {
        house.enqueue(&format!("marks/{subject}"), 1).await.unwrap();
    }
    // Once for those written together, whichever they are, and once for one of them alone.
    house.marks.refuses.store(2, Ordering::SeqCst);
    house.dispatcher.dispatch_once(house.now, &mut house.rng).await.unwrap_err();
    assert!(house.published().await.len() >= 3, "{:?}", house.published().await);
    house.later(3600);
    house.round().await;
    assert_eq!(house.published().await.len(), 5);
}

async fn what_is_not_committed_is_not_sent(mut house: House) {
    let mut tx = house.db.begin_write().await.unwrap();
    exchange::enqueue(&mut tx, &house::delivery(MARK, 1), house.now).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!((house.round().await, house.inbox().calls()), (Round::default(), 0));
}

async fn a_replayed_drop_leaves_one_file(mut house: House) {
    let folder = tempfile::tempdir().unwrap();
    let sink = Sink::Folder(FolderSink::new(folder.path()).unwrap());
    house.dispatcher = Dispatcher::new(house.db.clone(), "credit-china", sink, house.marks.clone(), policy());
    let id = house.enqueue(MARK, 1).await.unwrap();
    house.marks.refuses.store(1, Ordering::SeqCst);
    house.dispatcher.dispatch_once(house.now, &mut house.rng).await.unwrap_err();
    house.later(3600);
    assert_eq!(house.round().await.acknowledged, 1);

    let name = "enterprises%2F91370102MA3C00011F%2Fmarks%2FFOOD.0000000001.json";
    let files: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files, [name]);
    assert_eq!(std::fs::read(folder.path().join(name)).unwrap(), house.find(id).await.content);
    assert_eq!(house.find(id).await.receipt.as_deref(), Some(name));
}

async fn a_running_dispatcher_empties_the_table_and_stops_when_told(house: House) {
    for revision in 1..=5 {
        house.enqueue(MARK, revision).await.unwrap();
    }
    let shutdown = CancellationToken::new();
    let now = house.now;
    let run = house.dispatcher.run(|| now, StdRng::seed_from_u64(1), shutdown.clone());
    let stop = async {
        house.inbox().wait_for_calls(5).await;
        shutdown.cancel();
    };
    tokio::join!(run, stop);
    assert_eq!(house.published().await.len(), 5, "an attempt under way is finished before it stops");
}

async fn two_dispatchers_share_the_work(mut house: House) {
    for subject in 0..20 {
        house.enqueue(&format!("marks/{subject}"), 1).await.unwrap();
    }
    let mut other = StdRng::seed_from_u64(2);
    let (one, two) = tokio::join!(
        house.dispatcher.dispatch_once(house.now, &mut house.rng),
        house.dispatcher.dispatch_once(house.now, &mut other),
    );
    assert_eq!(one.unwrap().acknowledged + two.unwrap().acknowledged, 20);
    assert_eq!((house.inbox().calls(), house.published().await.len()), (20, 20), "each was sent once");
}

/// What the receiver took, in the order in which it did.
fn taken(house: &House) -> Vec<(String, i64)> {
    house.inbox().taken().into_iter().map(|one| (one.subject, one.revision)).collect()
}

async fn open(db: Db) -> House {
    House::open(db).await
}

db::conformance! {
    open = open;
    cases = [
        a_replayed_delivery_leaves_one_mark,
        a_receiver_that_was_down_misses_nothing_and_gets_each_subject_in_order,
        a_dead_letter_holds_its_subject_until_it_is_resent,
        an_acknowledgement_that_its_owner_refuses_is_undone_and_asked_for_again,
        a_subject_whose_receiver_hangs_holds_no_other_back,
        an_attempt_whose_dispatcher_died_is_repeated_after_its_lease,
        a_lower_revision_is_refused_and_the_same_one_is_enqueued_once,
        many_enqueued_at_once_are_held_to_the_same_rules,
        one_outcome_that_is_refused_undoes_no_other,
        what_is_not_committed_is_not_sent,
        a_replayed_drop_leaves_one_file,
        a_running_dispatcher_empties_the_table_and_stops_when_told,
        a_mark_pushed_a_hundred_times_is_one_mark,
        a_receiver_that_was_switched_off_gets_everything_in_order_once_it_is_on,
        a_slow_answer_counts_as_none_and_the_next_attempt_gets_the_same_receipt,
        what_comes_late_in_a_round_of_a_slow_receiver_is_claimed_from_its_own_time_on,
        of_two_answers_to_one_attempt_the_first_counts,
        a_receiver_that_lies_about_what_it_took_has_not_taken_it,
        what_a_receiver_acknowledged_and_forgot_is_sent_again_on_request,
        an_end_is_told_until_it_is_taken_and_whatever_else_is_given_up,
        what_stands_before_an_end_is_tried_with_it_though_it_was_given_up,
        an_end_that_was_given_up_before_is_told_on,
        dead_letters_are_looked_for_in_an_index_of_their_own,
    ]
}
db::races! { open = open; cases = [two_dispatchers_share_the_work] }
