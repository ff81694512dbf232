//! A service with nothing but events.

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::NaiveDate;
use db::{Db, Tx, on};
use outbox::{ChainHash, Entropy, EventContext, NewEvent, Origin, Outbox, SealedEvent, Sealer, read};
use uuid::Uuid;

pub(crate) struct Store {
    pub(crate) db: Db,
    pub(crate) outbox: Outbox,
    context: EventContext,
}

pub(crate) async fn open(db: Db) -> Store {
    over(db::testing::migrated(db, &[&outbox::MIGRATIONS]).await)
}

/// A service over tables that are there.
pub(crate) fn over(db: Db) -> Store {
    let origin = Origin { deployment: "jinan".into(), service: "registry".into() };
    let context = EventContext {
        actor: "officers/7".into(),
        office: "REGISTRATION".into(),
        request_id: "4ad5".into(),
        legal_basis: "办法第十条".into(),
        rulebook_hash: "ab12".into(),
        trace_context: "00-1-2-01".into(),
        recorded_at_us: 1_775_000_000_000_000,
    };
    Store { db, outbox: Outbox::new(origin, counting_entropy()), context }
}

/// Bytes that differ from call to call and repeat from run to run.
fn counting_entropy() -> Entropy {
    let calls = AtomicU64::new(0);
    Entropy::from_fn(move |bytes| {
        for piece in bytes.chunks_mut(26) {
            let call = calls.fetch_add(1, Ordering::Relaxed).to_be_bytes();
            piece[..8].copy_from_slice(&call);
            piece[18..26].copy_from_slice(&call);
        }
    })
}

impl Store {
    pub(crate) fn event(&self, subject: &str) -> NewEvent<'_> {
        NewEvent {
            kind: "registry.enterprise.registered",
            subject: subject.to_owned(),
            effective_on: NaiveDate::from_ymd_opt(2026, 4, 1).unwrap(),
            context: &self.context,
            payload: subject.as_bytes().to_vec(),
        }
    }

    /// Writes one event in a transaction of its own.
    pub(crate) async fn write(&self, subject: &str) -> Uuid {
        let mut tx = self.db.begin_write().await.unwrap();
        let event_id = self.outbox.append(&mut tx, &self.event(subject)).await.unwrap();
        tx.commit().await.unwrap();
        event_id
    }

    /// Writes one event as a version of the program did that left all to the sealer, on both engines.
    pub(crate) async fn leave_to_the_sealer(&self, subject: &str) {
        const UNSEAL: &str = "DELETE FROM seal WHERE outbox_id = (SELECT MAX(outbox_id) FROM event)";
        const HEAD: &str = "
            UPDATE feed_head SET seq = (SELECT COALESCE(MAX(seq), 0) FROM seal),
                                 hash = COALESCE((SELECT hash FROM seal ORDER BY seq DESC LIMIT 1), $1)";
        const WAITING: &str = "
            INSERT INTO event_pending (first_id, last_id) SELECT MAX(outbox_id), MAX(outbox_id) FROM event WHERE true
            ON CONFLICT DO NOTHING";
        let mut tx = self.db.begin_write().await.unwrap();
        self.outbox.append(&mut tx, &self.event(subject)).await.unwrap();
        on!(&mut tx, |conn| sqlx::query(UNSEAL).execute(conn).await.map(drop)).unwrap();
        let genesis = ChainHash::GENESIS.as_bytes().as_slice();
        on!(&mut tx, |conn| sqlx::query(HEAD).bind(genesis).execute(conn).await.map(drop)).unwrap();
        on!(&mut tx, |conn| sqlx::query(WAITING).execute(conn).await.map(drop)).unwrap();
        tx.commit().await.unwrap();
    }

    /// Writes events `prefix 0`, `prefix 1`, … in one transaction.
    pub(crate) async fn write_many(&self, prefix: &str, count: usize) {
        let events: Vec<_> = (0..count).map(|n| self.event(&format!("{prefix} {n}"))).collect();
        let mut tx = self.db.begin_write().await.unwrap();
        self.outbox.append_all(&mut tx, &events).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Like [`write_many`](Self::write_many), prepared before the transaction.
    pub(crate) async fn write_prepared(&self, prefix: &str, count: usize) {
        let events: Vec<_> = (0..count).map(|n| self.event(&format!("{prefix} {n}"))).collect();
        let prepared = self.outbox.prepare(&self.db, &self.context, &events);
        let mut tx = self.db.begin_write().await.unwrap();
        self.outbox.append_prepared(&mut tx, prepared).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn seal_all(&self) {
        let sealer = Sealer::new(self.db.clone());
        while sealer.seal_once().await.unwrap() > 0 {}
    }

    /// Every sealed event, read in small pages.
    pub(crate) async fn all(&self) -> Vec<SealedEvent> {
        let (mut events, mut at) = (Vec::new(), 0);
        loop {
            let batch = read(&self.db, at, 50, &[]).await.unwrap();
            if batch.read_to == at {
                return events;
            }
            at = batch.read_to;
            events.extend(batch.events);
        }
    }

    /// Runs one statement as somebody would who has the database but not the rules.
    pub(crate) async fn tamper(&self, sql: &'static str) {
        let mut tx = self.db.begin_write().await.unwrap();
        run(&mut tx, sql).await;
        tx.commit().await.unwrap();
    }
}

async fn run(tx: &mut Tx, sql: &'static str) {
    let changed = on!(tx, |conn| sqlx::query(sql).execute(conn).await.unwrap().rows_affected());
    assert!(changed > 0, "nothing to tamper with: {sql}");
}

pub(crate) fn subjects(events: &[SealedEvent]) -> Vec<&str> {
    events.iter().map(|event| event.header.subject.as_str()).collect()
}
