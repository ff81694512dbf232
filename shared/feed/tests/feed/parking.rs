//! Events that cannot be handled.

use std::sync::atomic::Ordering;

use feed::{Follower, RetryError, list_parked, rebuild};

use crate::readers::{Sums, totals};
use crate::world::World;

/// Writes two good subjects and one whose second event is out of order.
async fn write_poison(world: &World) -> i64 {
    for (subject, value) in
        [("a", 1), ("bad", 1), ("b", 1), ("bad", 7), ("a", 2), ("bad", 2), ("b", 2), ("bad", 3)]
    {
        world.write(subject, value).await;
    }
    world.sealed_at_least(8).await
}

/// (position, subject, why) of what is parked.
async fn parked(world: &World) -> Vec<(i64, String, String)> {
    let parked = list_parked(&world.db, "sums", ("", 0), 100).await.unwrap();
    parked.into_iter().map(|parked| (parked.seq, parked.subject, parked.error)).collect()
}

fn good_subjects() -> Vec<(String, i64, i64)> {
    vec![("a".into(), 2, 2), ("b".into(), 2, 2), ("bad".into(), 1, 1)]
}

pub(crate) async fn a_poison_event_parks_only_its_subject(world: World) {
    let seq = write_poison(&world).await;
    let follower = world.sums();
    world.run_until(&follower, seq).await;
    assert_eq!(totals(&world.db).await, good_subjects());
    let waiting = |seq| (seq, "bad".to_owned(), String::new());
    let poison = (4, "bad".to_owned(), "7 is event 2 of its subject".to_owned());
    assert_eq!(parked(&world).await, [poison, waiting(6), waiting(8)]);
    assert_eq!(follower.status().borrow().parked, 3);

    // Also what comes much later waits behind it, and the others go on.
    world.write("bad", 4).await;
    world.write("a", 3).await;
    world.run_until(&world.sums(), world.sealed_at_least(10).await).await;
    assert_eq!(parked(&world).await.last(), Some(&waiting(9)));
    assert_eq!(totals(&world.db).await[0], ("a".to_owned(), 3, 3));
}

pub(crate) async fn a_poison_event_undoes_what_it_had_written(world: World) {
    world.write("only", 9).await;
    world.run_until(&world.sums(), world.sealed_at_least(1).await).await;
    assert_eq!((totals(&world.db).await, parked(&world).await.len()), (vec![], 1));
}

pub(crate) async fn a_repaired_subject_is_handled_in_order(world: World) {
    let seq = write_poison(&world).await;
    let sums = Sums::default();
    let follower = Follower::projection(world.db.clone(), world.source(), sums.clone());
    world.run_until(&follower, seq).await;
    let still = follower.retry_parked("bad").await.unwrap_err();
    assert!(matches!(still, RetryError::Poison { seq: 4, .. }), "{still}");
    assert_eq!((totals(&world.db).await, parked(&world).await.len()), (good_subjects(), 3));

    sums.lenient.store(true, Ordering::SeqCst);
    assert_eq!(follower.retry_parked("bad").await.unwrap(), 3);
    // The last one that was written is the last one that was handled.
    assert_eq!(totals(&world.db).await[2], ("bad".to_owned(), 3, 4));
    assert_eq!(parked(&world).await, []);
    world.write("bad", 5).await;
    world.run_until(&follower, world.sealed_at_least(9).await).await;
    assert_eq!(totals(&world.db).await[2], ("bad".to_owned(), 5, 5));
    assert_eq!(follower.retry_parked("bad").await.unwrap(), 0, "nothing is parked any more");
}

pub(crate) async fn a_rebuild_forgets_what_was_parked(world: World) {
    let seq = write_poison(&world).await;
    world.run_until(&world.sums(), seq).await;
    let repaired = Sums::default();
    repaired.lenient.store(true, Ordering::SeqCst);
    rebuild(&world.db, &repaired).await.unwrap();
    assert_eq!((totals(&world.db).await, parked(&world).await), (vec![], vec![]));
    let follower = Follower::projection(world.db.clone(), world.source(), repaired);
    world.run_until(&follower, seq).await;
    assert_eq!(totals(&world.db).await[2], ("bad".to_owned(), 3, 4));
}
