//! What an earlier release wrote stands after its tables are made anew.

use db::{Db, Migrations};
use outbox::{MIGRATIONS, erase, verify};

use crate::common::{over, subjects};

/// The last step with an index over the identifiers of events.
const BEFORE: &str = "0002_seal";

async fn events_their_order_and_their_chain_stand_without_the_indexes_over_them(db: Db) {
    let steps = MIGRATIONS.steps();
    let at = steps.iter().position(|step| step.name() == BEFORE).unwrap();
    db.migrate(&[&Migrations::new(&steps[..=at])]).await.unwrap();
    let store = over(db);
    store.write("one").await;
    store.write_many("bulk", 3).await;
    let personal = store.write("personal").await;
    let mut tx = store.db.begin_write().await.unwrap();
    assert!(erase(&mut tx, &personal).await.unwrap());
    tx.commit().await.unwrap();
    store.seal_all().await;
    store.leave_to_the_sealer("waiting").await;
    let before = store.all().await;
    assert_eq!(before.len(), 5);

    store.db.migrate(&[&MIGRATIONS]).await.unwrap();
    assert_eq!(store.all().await, before);
    store.seal_all().await;
    store.write_prepared("after", 2).await;
    store.seal_all().await;
    let events = store.all().await;
    let expected = ["one", "bulk 0", "bulk 1", "bulk 2", "personal", "waiting", "after 0", "after 1"];
    assert_eq!(subjects(&events), expected);
    let verified = verify(&store.db, 1, i64::MAX).await.unwrap();
    assert_eq!((verified.to, verified.erased), (8, 1));
}

db::conformance![events_their_order_and_their_chain_stand_without_the_indexes_over_them];
