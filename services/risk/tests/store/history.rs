//! What was known before stays known, however events are cut into batches.

use db::on;
use risk::store::{Batch, Store};

use crate::support::*;

/// Versions of evidence and marks that hold no longer: name or field, from where, until where.
async fn past(store: &Store) -> Vec<(String, i64, i64)> {
    const SQL: &str = "
        SELECT name, known_seq, until_seq FROM evidence_past
        UNION ALL SELECT field, known_seq, until_seq FROM mark_past
        ORDER BY 1, 2";
    on!(store.db(), |pool| sqlx::query_as(SQL).fetch_all(pool).await).unwrap()
}

type Told = fn(&mut Batch);

/// A record that is told, corrected, withdrawn and told again, and a mark that comes and goes.
const STORY: [Told; 6] = [
    |batch| record_at(batch, "p1", &uscc(1), 100, heavier_penalty(), 3),
    |batch| record_at(batch, "p1", &uscc(1), 90, heavier_penalty(), 5),
    |batch| batch.withdraw("records/p1", 6),
    |batch| record_at(batch, "p1", &uscc(1), 80, heavier_penalty(), 8),
    |batch| batch.mark(&uscc(1), "FOOD", true, 2),
    |batch| batch.mark(&uscc(1), "FOOD", false, 7),
];

async fn history_is_the_same_however_the_events_come(store: Store) {
    let expected =
        [("FOOD".to_owned(), 2, 7), ("records/p1".to_owned(), 3, 5), ("records/p1".to_owned(), 5, 6)];
    for batches in [&[6][..], &[1, 5], &[2, 1, 3], &[1; 6]] {
        let mut tx = store.db().begin_write().await.unwrap();
        store.clear_evidence(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        let mut story = STORY.iter();
        for events in batches {
            let mut batch = Batch::default();
            story.by_ref().take(*events).for_each(|tell| tell(&mut batch));
            apply(&store, &batch).await;
            apply(&store, &batch).await;
        }
        assert_eq!(past(&store).await, expected, "{batches:?}");
        assert_eq!(store.evidence_of(&uscc(1)).await.unwrap().len(), 1, "{batches:?}");
    }
}

async fn of_who_is_erased_no_version_is_kept_however_the_events_come(store: Store) {
    let erased: Told = |batch| batch.erase("records/p1", 9);
    let whole: Vec<Told> = STORY[..3].iter().copied().chain([erased]).collect();
    for batches in [&[4][..], &[1, 3], &[3, 1], &[1; 4]] {
        let mut tx = store.db().begin_write().await.unwrap();
        store.clear_evidence(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        let mut story = whole.iter();
        for events in batches {
            let mut batch = Batch::default();
            record_at(&mut batch, "p2", &uscc(1), 100, heavier_penalty(), 2);
            story.by_ref().take(*events).for_each(|tell| tell(&mut batch));
            apply(&store, &batch).await;
        }
        assert_eq!(past(&store).await, [], "{batches:?}");
        assert_eq!(store.evidence_of(&uscc(1)).await.unwrap().len(), 1, "that of others stays: {batches:?}");
    }
}

db::conformance! {
    open = crate::support::store;
    cases = [
        history_is_the_same_however_the_events_come,
        of_who_is_erased_no_version_is_kept_however_the_events_come,
    ]
}
