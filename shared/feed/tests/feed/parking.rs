//! Events that cannot be handled.

use std::sync::atomic::Ordering;

use contract::feed::v1::{
    GetReadersRequest, ListParkedEventsRequest, Reader, ReaderState, RetryParkedEventsRequest,
    feed_client::FeedClient,
};
use feed::{Follower, RetryError, list_parked, rebuild};

use service::{error::reason_of, peer::Peer};

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
    let parked = list_parked(&world.db, "sums", "registry", 0, 100).await.unwrap();
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

pub(crate) type Operator = FeedClient<Peer>;

async fn readers(operator: &mut Operator) -> Vec<Reader> {
    operator.get_readers(GetReadersRequest {}).await.unwrap().into_inner().readers
}

fn retry(reader: &str) -> RetryParkedEventsRequest {
    RetryParkedEventsRequest {
        reader: reader.to_owned(),
        feed: "registry".to_owned(),
        subject: "bad".to_owned(),
        request_id: "6f1c0a52-0f0e-4b7e-9d57-2a0f2c6b9f11".to_owned(),
    }
}

pub(crate) async fn an_operator_sees_what_is_parked_and_has_it_handled_again(world: World) {
    let seq = write_poison(&world).await;
    let sums = Sums::default();
    let follower = Follower::projection(world.db.clone(), world.source(), sums.clone());
    world.run_until(&follower, seq).await;
    let (_server, mut operator) = world.desk(vec![follower]).await;
    let [reader] = readers(&mut operator).await.try_into().unwrap();
    assert_eq!((reader.name.as_str(), reader.feed.as_str(), reader.parked), ("sums", "registry", 3));
    assert_eq!(reader.first_problem, "event 4: 7 is event 2 of its subject");
    assert_eq!((reader.state(), reader.stop_reason.as_str()), (ReaderState::Following, ""));
    assert_eq!(listed(&mut operator, 2).await, [(4, "bad"), (6, "bad"), (8, "bad")].map(owned));

    let refused = operator.retry_parked_events(retry("sums")).await.unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), Some("EVENT_STILL_PARKED"));
    let unknown = operator.retry_parked_events(retry("nobody")).await.unwrap_err();
    assert_eq!(reason_of(&unknown).as_deref(), Some("READER_NOT_FOUND"));

    sums.lenient.store(true, Ordering::SeqCst);
    let first = operator.retry_parked_events(retry("sums")).await.unwrap().into_inner();
    let again = operator.retry_parked_events(retry("sums")).await.unwrap().into_inner();
    assert_eq!((first.parked, first.first_problem.as_str()), (0, ""));
    assert_eq!(again, first);
    assert_eq!(totals(&world.db).await[2], ("bad".to_owned(), 3, 4));
    assert_eq!(listed(&mut operator, 2).await, []);
}

fn owned((seq, subject): (i64, &str)) -> (i64, String) {
    (seq, subject.to_owned())
}

/// (position, subject) of all that the reader has parked, page by page.
async fn listed(operator: &mut Operator, page_size: i32) -> Vec<(i64, String)> {
    let (mut events, mut page_token) = (Vec::new(), String::new());
    loop {
        let (reader, feed) = ("sums".to_owned(), "registry".to_owned());
        let request = ListParkedEventsRequest { reader, feed, page_size, page_token };
        let page = operator.list_parked_events(request).await.unwrap().into_inner();
        assert!(page.events.len() <= page_size as usize);
        events.extend(page.events.into_iter().map(|event| (event.seq, event.subject)));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return events;
        }
    }
}

pub(crate) async fn an_operator_sees_why_a_reader_has_given_up(world: World) {
    world.write("counters/1", 1).await;
    world.sealed_at_least(1).await;
    world.harm("UPDATE event_context SET legal_basis = 'another' WHERE context_id IN (SELECT context_id FROM event WHERE outbox_id = 1)").await;
    let follower = world.sums();
    let (_server, mut operator) = world.desk(vec![follower.clone()]).await;
    world.run_to_its_end(&follower).await;
    let [reader] = readers(&mut operator).await.try_into().unwrap();
    assert_eq!(reader.state(), ReaderState::Stopped);
    assert!(reader.stop_reason.contains("event 1 does not agree with its hash"), "{reader:?}");
    let (_other, mut elsewhere) = world.desk(vec![]).await;
    let [reader] = readers(&mut elsewhere).await.try_into().unwrap();
    assert_eq!(reader.state(), ReaderState::Unspecified, "it runs in another process");
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
