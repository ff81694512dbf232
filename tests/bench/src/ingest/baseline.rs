//! The baseline: what the engine can do with rows that nobody looks at.
//!
//! PostgreSQL gets its own text back by `COPY`, so nothing but the engine works. SQLite gets statements of many rows,
//! prepared once, with values that lie ready in memory.

use std::time::{Duration, Instant};

use chrono::NaiveDate;
use db::bulk::{self, Cell};
use db::{Db, Engine};

use super::count_records;
use crate::copied;
use crate::places::Place;

const COLUMNS: [&str; 15] = [
    "key",
    "kind",
    "uscc",
    "party_name",
    "field",
    "division",
    "producer",
    "document_no",
    "decided_on",
    "state",
    "origin",
    "revision",
    "received_us",
    "publish_at_us",
    "content",
];

/// Loads the records that lie in `from` into `place` and answers how long that took.
pub(super) async fn load(from: &Place, place: &Place, rows: usize) -> anyhow::Result<Duration> {
    let (source, target) = (from.open().await?, place.open().await?);
    // The table with its checks and indexes, as collection makes it; the other tables stay empty.
    target.migrate(&[&service::MIGRATIONS, &collection::store::MIGRATIONS]).await?;
    let took = match (source.engine(), target.engine()) {
        (Engine::Postgres(source), Engine::Postgres(target)) => {
            copied::copy(source, target, "record").await?
        }
        _ => insert(&source, &target).await?,
    };
    anyhow::ensure!(count_records(&target).await? == rows, "the baseline has loaded other rows");
    source.close().await;
    target.close().await;
    Ok(took)
}

/// A row of the table.
#[derive(sqlx::FromRow)]
struct Row {
    key: Vec<u8>,
    kind: String,
    uscc: Option<String>,
    party_name: String,
    field: String,
    division: String,
    producer: String,
    document_no: String,
    decided_on: NaiveDate,
    state: String,
    origin: String,
    revision: i64,
    received_us: i64,
    publish_at_us: Option<i64>,
    content: Vec<u8>,
}

impl Row {
    fn cells(&self) -> [Cell<'_>; COLUMNS.len()] {
        [
            self.key.as_slice().into(),
            self.kind.as_str().into(),
            self.uscc.as_deref().into(),
            self.party_name.as_str().into(),
            self.field.as_str().into(),
            self.division.as_str().into(),
            self.producer.as_str().into(),
            self.document_no.as_str().into(),
            self.decided_on.into(),
            self.state.as_str().into(),
            self.origin.as_str().into(),
            self.revision.into(),
            self.received_us.into(),
            self.publish_at_us.into(),
            self.content.as_slice().into(),
        ]
    }
}

async fn insert(source: &Db, target: &Db) -> anyhow::Result<Duration> {
    const SQL: &str = "
        SELECT key, kind, uscc, party_name, field, division, producer, document_no, decided_on, state, origin, revision,
               received_us, publish_at_us, content
        FROM record";
    let rows: Vec<Row> = db::on!(source, |pool| sqlx::query_as(SQL).fetch_all(pool).await)?;
    let mut tx = target.begin_write().await?;
    // Values are bound before the clock starts; then statements run, and the transaction becomes durable.
    let load = bulk::insert(&mut tx, "record", COLUMNS, rows.iter().map(Row::cells));
    let begun = Instant::now();
    load.await?;
    tx.commit().await?;
    Ok(begun.elapsed())
}
