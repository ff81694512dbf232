//! How far the readers of this service have come.

use contract::feed::v1::Reader;
use db::{Db, on};

#[derive(sqlx::FromRow)]
struct Row {
    consumer: String,
    feed: String,
    seq: i64,
    parked: i64,
    first_seq: Option<i64>,
    first_error: Option<String>,
}

/// Every reader with its position and what it has parked.
pub(super) async fn list(db: &Db) -> Result<Vec<Reader>, sqlx::Error> {
    const SQL: &str = "
        SELECT c.consumer, c.feed, c.seq, COUNT(p.seq) AS parked, MIN(p.seq) AS first_seq,
            (SELECT f.error FROM feed_parked f
             WHERE f.consumer = c.consumer AND f.feed = c.feed ORDER BY f.seq LIMIT 1) AS first_error
        FROM feed_cursor c
        LEFT JOIN feed_parked p ON p.consumer = c.consumer AND p.feed = c.feed
        GROUP BY c.consumer, c.feed, c.seq
        ORDER BY c.consumer, c.feed";
    let rows: Vec<Row> = on!(db, |pool| sqlx::query_as(SQL).fetch_all(pool).await)?;
    Ok(rows.into_iter().map(reader).collect())
}

fn reader(row: Row) -> Reader {
    let problem = |seq: i64| format!("event {seq}: {}", row.first_error.clone().unwrap_or_default());
    Reader {
        first_problem: row.first_seq.map(problem).unwrap_or_default(),
        name: row.consumer,
        feed: row.feed,
        seq: row.seq,
        parked: row.parked,
    }
}
