//! Events exist if and only if their transaction does, and say what their writer said.

use std::time::Duration;

use db::Engine;
use outbox::{ChainHash, NewEvent, Sealer, erase, erase_all, head, read, start_epoch, verify};

use crate::common::{Store, open, subjects};

async fn an_event_is_read_as_it_was_written(store: Store) {
    let event_id = store.write("enterprises/1").await;
    store.seal_all().await;
    let [event] = store.all().await.try_into().unwrap();
    let header = &event.header;
    assert_eq!(event.seq, 1);
    assert_eq!(header.event_id, event_id.to_string());
    assert_eq!((header.deployment.as_str(), header.service.as_str()), ("jinan", "registry"));
    assert_eq!(
        (header.kind.as_str(), header.subject.as_str()),
        ("registry.enterprise.registered", "enterprises/1")
    );
    assert_eq!((header.effective_on.as_str(), header.recorded_at_us), ("2026-04-01", 1_775_000_000_000_000));
    assert_eq!((header.actor.as_str(), header.office.as_str()), ("officers/7", "REGISTRATION"));
    assert_eq!((header.request_id.as_str(), header.legal_basis.as_str()), ("4ad5", "办法第十条"));
    assert_eq!((header.rulebook_hash.as_str(), header.trace_context.as_str()), ("ab12", "00-1-2-01"));
    assert_eq!(event.payload.as_deref(), Some(b"enterprises/1".as_slice()));
    assert!(event.follows(&ChainHash::GENESIS));
}

async fn many_at_once_are_written_like_one_after_another(store: Store) {
    store.write_many("bulk", 1_234).await;
    store.write("single").await;
    store.write_many("bulk again", 2).await;
    store.write_prepared("none", 0).await;
    store.write_prepared("prepared", 1_234).await;
    store.write("last").await;
    store.seal_all().await;
    let events = store.all().await;
    let mut expected: Vec<String> = (0..1_234).map(|n| format!("bulk {n}")).collect();
    expected.extend(["single", "bulk again 0", "bulk again 1"].map(String::from));
    expected.extend((0..1_234).map(|n| format!("prepared {n}")));
    expected.push("last".to_owned());
    assert_eq!(subjects(&events), expected);
    assert_eq!(events[1_300].header.actor, "officers/7");
    assert_eq!(events[1_300].payload.as_deref(), Some(b"prepared 63".as_slice()));
    verify(&store.db, 1, i64::MAX).await.unwrap();
}

async fn loads_longer_than_a_batch_are_sealed_in_their_order(store: Store) {
    let longer = outbox::SEAL_BATCH as usize + 1;
    store.write("first").await;
    store.write_many("one", longer).await;
    store.write("between").await;
    store.write_many("two", longer).await;
    let sealer = Sealer::new(store.db.clone());
    let mut batches = Vec::new();
    while let count @ 1.. = sealer.seal_once().await.unwrap() {
        batches.push(count);
    }
    match store.db.engine() {
        // Its one writer has sealed them.
        Engine::Sqlite(_) => assert_eq!(batches, [0; 0]),
        // Full batches, although runs of other lengths wait.
        Engine::Postgres(_) => assert_eq!(batches, [longer - 1, longer - 1, 4]),
    }
    let load = |name: &str| (0..longer).map(move |n| format!("{name} {n}")).collect::<Vec<_>>();
    let written = [vec!["first".into()], load("one"), vec!["between".into()], load("two")].concat();
    let sealed = store.all().await;
    assert_eq!(subjects(&sealed), written);
    verify(&store.db, 1, i64::MAX).await.unwrap();
}

async fn a_rolled_back_event_leaves_nothing(store: Store) {
    let mut tx = store.db.begin_write().await.unwrap();
    store.outbox.append(&mut tx, &store.event("one")).await.unwrap();
    store.outbox.append_all(&mut tx, &[store.event("two"), store.event("three")]).await.unwrap();
    tx.rollback().await.unwrap();
    store.write("kept").await;
    store.seal_all().await;
    let events = store.all().await;
    assert_eq!(subjects(&events), ["kept"]);
    assert_eq!(events[0].seq, 1);
}

async fn an_event_is_not_read_before_it_is_sealed(store: Store) {
    store.leave_to_the_sealer("waiting").await;
    assert_eq!(read(&store.db, 0, 10, &[]).await.unwrap().events, []);
    assert_eq!(head(&store.db).await.unwrap().seq, 0);
    // Who comes later waits behind it, also where a writer seals.
    store.write("behind").await;
    assert_eq!(read(&store.db, 0, 10, &[]).await.unwrap().events, []);
    store.seal_all().await;
    assert_eq!(subjects(&store.all().await), ["waiting", "behind"]);
    verify(&store.db, 1, i64::MAX).await.unwrap();
}

async fn where_one_writes_at_a_time_an_event_is_sealed_with_its_commit(store: Store) {
    store.write("one").await;
    store.write_many("two", 2).await;
    store.write_prepared("three", 2).await;
    let sealed = match store.db.engine() {
        Engine::Sqlite(_) => vec!["one", "two 0", "two 1", "three 0", "three 1"],
        Engine::Postgres(_) => vec![],
    };
    assert_eq!(subjects(&store.all().await), sealed);
    store.seal_all().await;
    assert_eq!(head(&store.db).await.unwrap().seq, 5);
    verify(&store.db, 1, i64::MAX).await.unwrap();
}

async fn a_reader_of_some_kinds_gets_those_and_comes_as_far(store: Store) {
    let mut tx = store.db.begin_write().await.unwrap();
    for n in 0..30 {
        let mut event = store.event(&format!("{n}"));
        event.kind = ["a", "b", "c"][n % 3];
        store.outbox.append(&mut tx, &event).await.unwrap();
    }
    tx.commit().await.unwrap();
    store.seal_all().await;
    let first = read(&store.db, 0, 3, &["a", "c"]).await.unwrap();
    assert_eq!(subjects(&first.events), ["0", "2", "3"]);
    let rest = read(&store.db, first.read_to, 100, &["a", "c"]).await.unwrap();
    assert_eq!((rest.events.len(), rest.read_to), (17, 30));
    let none = read(&store.db, 0, 100, &["unknown"]).await.unwrap();
    assert_eq!((none.events.len(), none.read_to), (0, 30));
}

async fn an_erased_payload_leaves_the_chain_valid(store: Store) {
    store.write("one").await;
    let event_id = store.write("personal").await;
    store.write("three").await;
    store.seal_all().await;
    let before = store.all().await;

    let mut tx = store.db.begin_write().await.unwrap();
    assert!(erase(&mut tx, &event_id).await.unwrap());
    assert!(!erase(&mut tx, &event_id).await.unwrap(), "there is nothing left to erase");
    tx.commit().await.unwrap();

    let after = store.all().await;
    assert_eq!((&after[1].salt, &after[1].payload), (&None, &None));
    assert_eq!(after[1].header, before[1].header);
    assert!(after[1].follows(&after[0].hash));
    let verified = verify(&store.db, 1, i64::MAX).await.unwrap();
    assert_eq!((verified.to, verified.erased, verified.hash), (3, 1, before[2].hash));
}

async fn an_event_may_be_erased_before_it_is_sealed(store: Store) {
    let event_id = store.write("personal").await;
    let mut tx = store.db.begin_write().await.unwrap();
    assert!(erase(&mut tx, &event_id).await.unwrap());
    tx.commit().await.unwrap();
    store.seal_all().await;
    assert_eq!(verify(&store.db, 1, i64::MAX).await.unwrap().erased, 1);
}

async fn of_the_events_of_some_subjects_those_that_hold_a_text_are_erased(store: Store) {
    let mut tx = store.db.begin_write().await.unwrap();
    for (subject, payload) in
        [("a", "records/1 王二小"), ("b", "records/1"), ("b", "records/2"), ("c", "records/1"), ("b", "")]
    {
        let event = store.event(subject);
        let event = NewEvent { payload: payload.as_bytes().to_vec(), ..event };
        store.outbox.append(&mut tx, &event).await.unwrap();
    }
    tx.commit().await.unwrap();
    store.seal_all().await;
    let mut tx = store.db.begin_write().await.unwrap();
    assert_eq!(erase_all(&mut tx, &["a", "b"], "records/1").await.unwrap(), 2);
    assert_eq!(erase_all(&mut tx, &["a", "b"], "records/1").await.unwrap(), 0, "nothing is left to erase");
    tx.commit().await.unwrap();
    let left: Vec<_> = store.all().await.into_iter().map(|event| event.payload.is_some()).collect();
    assert_eq!(left, [false, false, true, true, true]);
    assert_eq!(verify(&store.db, 1, i64::MAX).await.unwrap().erased, 2);
}

async fn a_new_epoch_keeps_the_chain(store: Store) {
    store.write("before").await;
    store.seal_all().await;
    let old = head(&store.db).await.unwrap();
    let mut tx = store.db.begin_write().await.unwrap();
    assert_eq!(start_epoch(&mut tx).await.unwrap(), 2);
    tx.commit().await.unwrap();
    store.write("after").await;
    store.seal_all().await;
    let new = head(&store.db).await.unwrap();
    assert_eq!((old.epoch, new.epoch, new.seq), (1, 2, 2));
    verify(&store.db, 1, i64::MAX).await.unwrap();
}

/// The time limit is far above the polling floor only to turn a hang into a failure.
async fn a_running_sealer_follows_its_own_commits_and_those_of_other_processes(store: Store) {
    let sealer = Sealer::new(store.db.clone());
    let mut sealed = sealer.sealed();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(sealer.run(async { drop(stopped.await) }));
    store.write("here").await;
    let limit = Duration::from_secs(120);
    tokio::time::timeout(limit, sealed.wait_for(|seq| *seq == 1)).await.unwrap().unwrap();
    // What another process wrote and sealed rings nothing here: polling finds it.
    store
        .tamper(
            "INSERT INTO event_pending (first_id, last_id) SELECT outbox_id + 1, outbox_id + 1 FROM event",
        )
        .await;
    store.tamper(ANOTHER).await;
    tokio::time::timeout(limit, sealed.wait_for(|seq| *seq == 2)).await.unwrap().unwrap();
    drop(stop);
    tokio::time::timeout(limit, running).await.unwrap().unwrap();
}

const ANOTHER: &str = "
    INSERT INTO event (outbox_id, event_id, context_id, kind, subject, effective_on, payload_digest)
    SELECT outbox_id + 1, '00000000-0000-7000-8000-000000000000', context_id, kind, subject, effective_on, payload_digest
    FROM event";

db::conformance! {
    open = open;
    cases = [
        an_event_is_read_as_it_was_written,
        many_at_once_are_written_like_one_after_another,
        loads_longer_than_a_batch_are_sealed_in_their_order,
        a_rolled_back_event_leaves_nothing,
        an_event_is_not_read_before_it_is_sealed,
        where_one_writes_at_a_time_an_event_is_sealed_with_its_commit,
        a_reader_of_some_kinds_gets_those_and_comes_as_far,
        an_erased_payload_leaves_the_chain_valid,
        an_event_may_be_erased_before_it_is_sealed,
        of_the_events_of_some_subjects_those_that_hold_a_text_are_erased,
        a_new_epoch_keeps_the_chain,
        a_running_sealer_follows_its_own_commits_and_those_of_other_processes,
    ]
}

#[test]
fn both_engines_have_the_same_migrations() {
    db::testing::assert_same_files(&outbox::MIGRATIONS, env!("CARGO_MANIFEST_DIR"));
}
