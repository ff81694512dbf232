//! One total order, whoever writes, seals, reads or dies meanwhile.

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use db::Engine;
use futures::future::{join_all, poll_fn};
use outbox::{ChainHash, SealedEvent, Sealer, read, verify, waiting};

use crate::common::{Store, open, subjects};

const WRITERS: usize = 6;
const EACH: usize = 15;

/// Writers roll back every fourth transaction and write alone or in bulk, two sealers take turns, two readers follow.
async fn readers_miss_nothing_and_repeat_nothing(store: Store) {
    let store = Arc::new(store);
    let writers = (0..WRITERS).map(|writer| tokio::spawn(write_some(Arc::clone(&store), writer)));
    let readers = (0..2).map(|_| tokio::spawn(follow(Arc::clone(&store))));
    let sealers = (0..2).map(|_| tokio::spawn(seal_until_told(Arc::clone(&store))));
    let (writers, readers, sealers): (Vec<_>, Vec<_>, Vec<_>) =
        (writers.collect(), readers.collect(), sealers.collect());

    let mut written = BTreeSet::new();
    for subjects in join_all(writers).await {
        written.extend(subjects.unwrap());
    }
    for events in join_all(readers).await {
        let events = events.unwrap();
        let seqs: Vec<i64> = events.iter().map(|event| event.seq).collect();
        assert_eq!(seqs, (1..=written.len() as i64).collect::<Vec<_>>());
        let read: BTreeSet<_> = events.iter().map(|event| event.header.subject.clone()).collect();
        assert_eq!(read, written);
        assert_chained(&events);
    }
    sealers.iter().for_each(tokio::task::JoinHandle::abort);
    verify(&store.db, 1, i64::MAX).await.unwrap();
}

async fn write_some(store: Arc<Store>, writer: usize) -> Vec<String> {
    let mut written = Vec::new();
    for n in 0..EACH {
        let names: Vec<String> = (0..1 + n % 3).map(|part| format!("{writer}/{n}/{part}")).collect();
        let events: Vec<_> = names.iter().map(|name| store.event(name)).collect();
        let mut tx = store.db.begin_write().await.unwrap();
        match events.as_slice() {
            [event] => drop(store.outbox.append(&mut tx, event).await.unwrap()),
            events => drop(store.outbox.append_all(&mut tx, events).await.unwrap()),
        }
        // Others get ahead between this event and its commit.
        tokio::task::yield_now().await;
        if n % 4 == 3 {
            tx.rollback().await.unwrap();
        } else {
            tx.commit().await.unwrap();
            written.extend(names);
        }
    }
    written
}

async fn seal_until_told(store: Arc<Store>) {
    let sealer = Sealer::new(store.db.clone());
    loop {
        match sealer.seal_once().await {
            Err(error) if !db::is_contention(&error) => panic!("{error:?}"),
            _ => tokio::task::yield_now().await,
        }
    }
}

/// Reads on until every event that will be committed has come.
async fn follow(store: Arc<Store>) -> Vec<SealedEvent> {
    let kept_by_each: usize = (0..EACH).filter(|n| n % 4 != 3).map(|n| 1 + n % 3).sum();
    let (mut events, mut at) = (Vec::new(), 0);
    while events.len() < WRITERS * kept_by_each {
        let batch = read(&store.db, at, 10, &[]).await.unwrap();
        at = batch.read_to;
        events.extend(batch.events);
        tokio::task::yield_now().await;
    }
    events
}

fn assert_chained(events: &[SealedEvent]) {
    let mut previous = ChainHash::GENESIS;
    for event in events {
        assert!(event.follows(&previous), "{event:?}");
        previous = event.hash;
    }
}

/// A transaction that began first may commit last: on PostgreSQL its smaller `outbox_id` then appears behind the head.
async fn an_event_that_commits_late_is_sealed_after_those_already_read(store: Store) {
    if matches!(store.db.engine(), Engine::Sqlite(_)) {
        return; // One writer at a time: no event can commit late.
    }
    let mut late = store.db.begin_write().await.unwrap();
    store.outbox.append(&mut late, &store.event("late")).await.unwrap();
    store.write("early").await;
    store.seal_all().await;
    assert_eq!(subjects(&store.all().await), ["early"]);
    late.commit().await.unwrap();
    store.seal_all().await;
    assert_eq!(subjects(&store.all().await), ["early", "late"]);
    verify(&store.db, 1, i64::MAX).await.unwrap();
}

async fn what_waits_for_the_sealer_is_told_by_the_first_and_the_last_of_it(store: Store) {
    store.write("sealed").await;
    store.seal_all().await;
    assert_eq!(waiting(&store.db).await.unwrap(), None);
    store.leave_to_the_sealer("one").await;
    let (first, last) = waiting(&store.db).await.unwrap().unwrap();
    assert_eq!(first, last);
    store.leave_to_the_sealer("other").await;
    assert_eq!(waiting(&store.db).await.unwrap(), Some((first, last + 1)));
    store.seal_all().await;
    assert_eq!(waiting(&store.db).await.unwrap(), None);
}

async fn two_sealers_at_once_seal_each_event_once(store: Store) {
    store.write_many("event", 1_200).await;
    let sealers =
        [Sealer::new(store.db.clone()), Sealer::new(store.db.clone()), Sealer::new(store.db.clone())];
    let counts = join_all(sealers.iter().map(Sealer::seal_once)).await;
    let counts: Vec<usize> = counts.into_iter().map(Result::unwrap).collect();
    let left_to_them = match store.db.engine() {
        Engine::Sqlite(_) => 0,
        Engine::Postgres(_) => 1_200,
    };
    assert_eq!(counts.iter().sum::<usize>(), left_to_them, "{counts:?}");
    assert_chained(&store.all().await);
}

/// Drops the sealer after each number of steps it can be suspended at, up to one that runs to its end, and again: how often a sealer
/// is suspended depends on how soon the database answers.
async fn sealing_resumes_after_a_sealer_was_dropped_midway(store: Store) {
    const DROPS: usize = 12;
    let sealer = Sealer::new(store.db.clone());
    let (mut written, mut dropped) = (0, 0);
    while dropped < DROPS {
        for steps in 1.. {
            store.leave_to_the_sealer(&format!("event {written}")).await;
            written += 1;
            if run_for(steps, sealer.seal_once()).await {
                break;
            }
            dropped += 1;
        }
    }
    store.seal_all().await;
    let events = store.all().await;
    let expected: Vec<String> = (0..written).map(|n| format!("event {n}")).collect();
    assert_eq!(subjects(&events), expected);
    verify(&store.db, 1, i64::MAX).await.unwrap();
}

/// Polls `work` at most `steps` times, then drops it; answers whether it came to its end.
async fn run_for<T>(steps: usize, work: impl Future<Output = Result<T, sqlx::Error>>) -> bool {
    let mut work = pin!(work);
    let mut polled = 0;
    poll_fn(|context| {
        polled += 1;
        match work.as_mut().poll(context) {
            Poll::Ready(outcome) => Poll::Ready(outcome.map(|_| true).unwrap()),
            Poll::Pending if polled == steps => Poll::Ready(false),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

db::conformance! {
    open = open;
    cases = [
        an_event_that_commits_late_is_sealed_after_those_already_read,
        what_waits_for_the_sealer_is_told_by_the_first_and_the_last_of_it,
        sealing_resumes_after_a_sealer_was_dropped_midway,
    ]
}

db::races! {
    open = open;
    cases = [readers_miss_nothing_and_repeat_nothing, two_sealers_at_once_seal_each_event_once]
}
