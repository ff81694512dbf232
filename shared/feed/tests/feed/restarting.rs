//! Readers that an operator has begin again.

use contract::feed::v1::{Reader, RestartReaderRequest};
use feed::{Follower, State};
use service::error::reason_of;
use service::{Shutdown, Tasks};

use crate::parking::Operator;
use crate::readers::{acts, totals};
use crate::world::{PATIENCE, World};

async fn restart(operator: &mut Operator, reader: &str) -> Result<Reader, tonic::Status> {
    let request = RestartReaderRequest {
        reader: reader.to_owned(),
        feed: "registry".to_owned(),
        request_id: "6f1c0a52-0f0e-4b7e-9d57-2a0f2c6b9f12".to_owned(),
    };
    operator.restart_reader(request).await.map(tonic::Response::into_inner)
}

async fn until(follower: &Follower, mut there: impl FnMut(&feed::Status) -> bool) {
    let mut status = follower.status();
    let waited = tokio::time::timeout(PATIENCE, status.wait_for(|status| there(status))).await;
    waited.expect("the reader gets there").unwrap();
}

/// Both kinds of readers have read three events of a feed that is then restored, and goes on with a fourth.
async fn restored(world: &World) -> i64 {
    for value in 1..=3 {
        world.write("counters/1", value).await;
    }
    let seq = world.sealed_at_least(3).await;
    world.run_until(&world.sums(), seq).await;
    world.run_until(&world.acts(), seq).await;
    let mut tx = world.db.begin_write().await.unwrap();
    outbox::start_epoch(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    world.write("counters/1", 4).await;
    // Three are the reaction's own.
    world.sealed_at_least(7).await
}

pub(crate) async fn an_operator_has_readers_that_gave_up_begin_again(world: World) {
    let seq = restored(&world).await;
    let readers = [world.sums(), world.acts()];
    let shutdown = Shutdown::new();
    let mut tasks = Tasks::new(shutdown.clone());
    for reader in &readers {
        reader.spawn(&mut tasks);
        until(reader, |status| !status.is_healthy()).await;
    }
    assert_eq!((totals(&world.db).await[0].2, acts(&world.db).await), (3, (3, 3)));

    let (_server, mut operator) = world.desk(readers.to_vec()).await;
    let unknown = restart(&mut operator, "nobody").await.unwrap_err();
    assert_eq!(reason_of(&unknown).as_deref(), Some("READER_NOT_FOUND"));
    for reader in &readers {
        assert_eq!(restart(&mut operator, reader.name()).await.unwrap().name, reader.name());
        until(reader, |status| status.state == State::Following && status.seq >= seq).await;
    }
    assert_eq!(totals(&world.db).await, [("counters/1".to_owned(), 4, 4)]);
    assert_eq!(acts(&world.db).await, (4, 4), "what was done is not done again");
    shutdown.begin();
    assert!(tasks.drain(PATIENCE).await, "the readers end");
}

pub(crate) async fn a_reader_that_is_started_over_elsewhere_goes_on(world: World) {
    let seq = restored(&world).await;
    let (here, elsewhere) = (world.sums(), world.sums());
    let shutdown = Shutdown::new();
    let mut tasks = Tasks::new(shutdown.clone());
    here.spawn(&mut tasks);
    until(&here, |status| !status.is_healthy()).await;
    elsewhere.start_over().await.unwrap();
    world.run_until(&elsewhere, seq).await;
    until(&here, |status| status.state == State::Following && status.seq >= seq).await;
    assert_eq!(totals(&world.db).await, [("counters/1".to_owned(), 4, 4)]);
    shutdown.begin();
    assert!(tasks.drain(PATIENCE).await, "the reader ends");
}

pub(crate) async fn a_running_reader_makes_a_damaged_copy_anew_although_nothing_happens(world: World) {
    for value in 1..=3 {
        world.write("counters/1", value).await;
    }
    let seq = world.sealed_at_least(3).await;
    let reader = world.sums();
    let shutdown = Shutdown::new();
    let mut tasks = Tasks::new(shutdown.clone());
    reader.spawn(&mut tasks);
    until(&reader, |status| status.seq >= seq).await;
    world.harm("UPDATE total SET last = 77").await;

    let (_server, mut operator) = world.desk(vec![reader.clone()]).await;
    restart(&mut operator, "sums").await.unwrap();
    let mut status = reader.status();
    let mended = async {
        while totals(&world.db).await != [("counters/1".to_owned(), 3, 3)] {
            status.changed().await.unwrap();
        }
    };
    tokio::time::timeout(PATIENCE, mended).await.expect("the copy is made anew");
    shutdown.begin();
    assert!(tasks.drain(PATIENCE).await, "the reader ends");
}
