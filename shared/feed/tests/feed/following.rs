//! Readers that follow: nothing missed, nothing repeated, whatever happens to them.

use std::time::Duration;

use contract::client::{Timeouts, channel};
use contract::feed::v1::SubscribeRequest;
use feed::{Follower, Source, State, Stop, rebuild, replay};
use rand::{Rng, SeedableRng, rngs::StdRng};
use service::{Shutdown, auth::TokenSource, peer::Peer};

use crate::cable::Cable;
use crate::readers::{Acts, Sums, acts, totals};
use crate::world::{OTHER, PATIENCE, World};

/// Writers that write at once.
const WRITERS: i64 = 6;
/// Events of each.
const EACH: i64 = 25;

/// All writers at once; each counts up its own subject.
async fn write_all(world: &World) {
    let writer = async |subject: i64| {
        for value in 1..=EACH {
            world.write(&format!("counters/{subject}"), value).await;
        }
    };
    futures::future::join_all((0..WRITERS).map(writer)).await;
}

/// What the projection holds when every event was taken once and in order.
fn all_counted() -> Vec<(String, i64, i64)> {
    (0..WRITERS).map(|subject| (format!("counters/{subject}"), EACH, EACH)).collect()
}

async fn no_events_parked(world: &World) {
    for consumer in ["sums", "acts"] {
        assert_eq!(feed::list_parked(&world.db, consumer, "registry", 0, 10).await.unwrap(), []);
    }
}

/// Reads positions from the stream until it has `count`.
async fn positions(world: &World, count: usize) -> Vec<i64> {
    let mut stream = world.client().subscribe(SubscribeRequest::default()).await.unwrap().into_inner();
    let mut seen = Vec::new();
    while seen.len() < count {
        let message = stream.message().await.unwrap().unwrap();
        seen.extend(message.events.iter().map(|event| event.seq));
    }
    seen
}

pub(crate) async fn a_reader_misses_nothing_and_repeats_nothing_under_many_writers(world: World) {
    let count = WRITERS * EACH;
    let follower = world.sums();
    let reading = async {
        let raw = (positions(&world, count as usize), positions(&world, count as usize));
        tokio::join!(write_all(&world), raw.0, raw.1, world.run_until(&follower, count))
    };
    let ((), one, two, ()) = tokio::time::timeout(PATIENCE, reading).await.expect("readers arrive in time");
    let expected: Vec<i64> = (1..=count).collect();
    assert_eq!((one, two), (expected.clone(), expected));
    assert_eq!(totals(&world.db).await, all_counted());
}

pub(crate) async fn a_follower_killed_at_any_point_ends_right(world: World) {
    let mut rng = StdRng::seed_from_u64(42);
    let kill = async {
        for _ in 0..60 {
            let (sums, acts) = (world.sums(), world.acts());
            let life = Duration::from_micros(rng.random_range(0..12_000));
            let run = async {
                let runs = (sums.run(Shutdown::new(), rng.clone()), acts.run(Shutdown::new(), rng.clone()));
                tokio::join!(runs.0, runs.1)
            };
            // Dropped wherever it happens to be.
            assert!(tokio::time::timeout(life, run).await.is_err(), "no follower ends by itself");
        }
    };
    tokio::join!(write_all(&world), kill);
    let count = WRITERS * EACH;
    // As many events again are the reaction's own.
    world.run_until(&world.acts(), 2 * count).await;
    world.run_until(&world.sums(), 2 * count).await;
    assert_eq!(totals(&world.db).await, all_counted());
    assert_eq!(acts(&world.db).await, (count, count));
    no_events_parked(&world).await;
}

pub(crate) async fn a_follower_whose_connection_is_cut_again_and_again_ends_right(world: World) {
    let cable = Cable::to(world.server.address()).await;
    let token = service::testing::token("SYSTEM", &["370100"]);
    let far = channel(&cable.address.to_string(), Timeouts::streaming()).unwrap();
    let source = Source::new("registry", Peer::as_service(far, TokenSource::fixed(token)));
    let follower = Follower::projection(world.db.clone(), source, Sums::default());
    let mut status = follower.status();
    let mut rng = StdRng::seed_from_u64(5);
    let cut = async {
        for _ in 0..8 {
            // As soon as it is on again, after a random number of steps.
            status.wait_for(|status| status.state == State::Following).await.unwrap();
            for _ in 0..rng.random_range(0..200) {
                tokio::task::yield_now().await;
            }
            cable.pull();
            status.wait_for(|status| status.state == State::Connecting).await.unwrap();
        }
    };
    let count = WRITERS * EACH;
    let shutdown = Shutdown::new();
    let end = async {
        tokio::join!(write_all(&world), cut);
        follower.status().wait_for(|status| status.seq >= count).await.unwrap();
        shutdown.begin();
    };
    let all = async { tokio::join!(follower.run(shutdown.clone(), StdRng::seed_from_u64(1)), end) };
    tokio::time::timeout(PATIENCE, all).await.expect("it connects again each time");
    assert_eq!(totals(&world.db).await, all_counted());
}

pub(crate) async fn a_rebuilt_projection_equals_the_live_one(world: World) {
    let count = WRITERS * EACH;
    let follower = world.sums();
    tokio::join!(write_all(&world), world.run_until(&follower, count));
    let live = totals(&world.db).await;
    assert_eq!(live, all_counted());

    // Rebuilt while a replica runs and events arrive.
    let (shutdown, running) = (Shutdown::new(), world.sums());
    let mut status = running.status();
    let rebuilt = async {
        status.wait_for(|status| status.seq >= count).await.unwrap();
        rebuild(&world.db, &Sums::default()).await.unwrap();
        // The replica notices at the next event that it has to start again.
        world.write("counters/new", 1).await;
        status.wait_for(|status| status.seq > count).await.unwrap();
        while totals(&world.db).await.len() <= WRITERS as usize {
            status.changed().await.unwrap();
        }
        shutdown.begin();
    };
    let run = async { tokio::join!(running.run(shutdown.clone(), StdRng::seed_from_u64(1)), rebuilt) };
    tokio::time::timeout(PATIENCE, run).await.expect("it is rebuilt in time");
    let mut expected = live;
    expected.push(("counters/new".into(), 1, 1));
    assert_eq!(totals(&world.db).await, expected);
    no_events_parked(&world).await;
}

pub(crate) async fn an_erased_payload_passes(world: World) {
    for value in 1..=3 {
        world.write("counters/1", value).await;
    }
    world.write("counters/2", 1).await;
    world.sealed_at_least(4).await;
    world.harm("UPDATE event SET salt = NULL, payload = NULL WHERE subject = 'counters/1'").await;
    world.run_until(&world.sums(), 4).await;
    assert_eq!(totals(&world.db).await, [("counters/2".to_owned(), 1, 1)]);
    no_events_parked(&world).await;
}

pub(crate) async fn a_reaction_after_a_restore_stops_and_replays_without_acting_twice(world: World) {
    for value in 1..=3 {
        world.write("counters/1", value).await;
    }
    world.run_until(&world.acts(), world.sealed_at_least(3).await).await;
    let mut tx = world.db.begin_write().await.unwrap();
    outbox::start_epoch(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    world.write("counters/1", 4).await;
    let seq = world.sealed_at_least(7).await;

    let follower = world.acts();
    assert_eq!(world.run_to_its_end(&follower).await, Stop::Diverged);
    assert!(!follower.status().borrow().is_healthy());
    assert_eq!(acts(&world.db).await, (3, 3));
    replay::<Acts>(&world.db).await.unwrap();
    world.run_until(&world.acts(), seq).await;
    assert_eq!(acts(&world.db).await, (4, 4));
    no_events_parked(&world).await;
}

pub(crate) async fn a_cursor_of_another_history_is_refused(world: World) {
    for value in 1..=3 {
        world.write("counters/1", value).await;
    }
    world.run_until(&world.sums(), world.sealed_at_least(3).await).await;
    for harm in [
        "UPDATE feed_cursor SET seq = 2",
        "UPDATE feed_cursor SET seq = 99",
        "UPDATE feed_cursor SET seq = 3, epoch = 2",
    ] {
        world.harm(harm).await;
        assert_eq!(world.run_to_its_end(&world.sums()).await, Stop::Diverged, "{harm}");
    }
    assert_eq!(totals(&world.db).await, [("counters/1".to_owned(), 3, 3)]);
}

pub(crate) async fn a_changed_event_stops_its_reader_by_name(world: World) {
    for value in 1..=3 {
        world.write("counters/1", value).await;
    }
    world.sealed_at_least(3).await;
    world.harm("UPDATE event_context SET actor = 'somebody else' WHERE context_id IN (SELECT context_id FROM event WHERE outbox_id = 2)").await;
    let follower = world.sums();
    assert_eq!(world.run_to_its_end(&follower).await, Stop::Diverged);
    let State::Stopped(why) = follower.status().borrow().state.clone() else { panic!("it gave up") };
    assert!(why.contains("event 2 does not agree"), "{why}");
    assert_eq!(totals(&world.db).await, []);
}

pub(crate) async fn a_quiet_feed_still_moves_the_cursor_of_a_reader_of_few_kinds(world: World) {
    for value in 1..=20 {
        world.write_kind(OTHER, "others/1", value).await;
    }
    let seq = world.sealed_at_least(20).await;
    world.run_until(&world.acts(), seq).await;
    assert_eq!(acts(&world.db).await, (0, 0));
}

pub(crate) async fn a_follower_ends_with_the_shutdown(world: World) {
    let (follower, shutdown) = (world.sums(), Shutdown::new());
    let mut status = follower.status();
    let end = async {
        status.wait_for(|status| status.state == State::Following).await.unwrap();
        shutdown.begin();
    };
    let run = async { tokio::join!(follower.run(shutdown.clone(), StdRng::seed_from_u64(1)), end) };
    let (stop, ()) = tokio::time::timeout(PATIENCE, run).await.expect("it ends");
    assert_eq!(stop, Stop::Shutdown);
}

pub(crate) async fn two_replicas_of_one_reaction_do_each_event_once(world: World) {
    const EVENTS: i64 = 40;
    let shutdown = Shutdown::new();
    let (one, two) = (world.acts(), world.acts());
    let mut statuses = (one.status(), two.status());
    let end = async {
        for value in 1..=EVENTS {
            world.write(&format!("counters/{}", value % 4), value).await;
        }
        // As many events again are the reaction's own.
        statuses.0.wait_for(|status| status.seq >= 2 * EVENTS).await.unwrap();
        statuses.1.wait_for(|status| status.seq >= 2 * EVENTS).await.unwrap();
        shutdown.begin();
    };
    let runs = async {
        tokio::join!(
            one.run(shutdown.clone(), StdRng::seed_from_u64(1)),
            two.run(shutdown.clone(), StdRng::seed_from_u64(2)),
            end
        )
    };
    tokio::time::timeout(PATIENCE, runs).await.expect("both arrive in time");
    let (rows, events) = acts(&world.db).await;
    assert_eq!(rows, events);
    assert_eq!(rows, EVENTS);
    no_events_parked(&world).await;
}
