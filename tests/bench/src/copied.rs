//! What PostgreSQL can do with rows that nobody looks at: it gets its own text back by `COPY`, so nothing but the engine works.

use std::time::{Duration, Instant};

use futures::TryStreamExt;
use sqlx::PgPool;
use sqlx::postgres::PgPoolCopyExt;

/// Loads the rows of `table` in `source` into the same table in `target`, in one transaction, and answers how long that took.
pub(crate) async fn copy(source: &PgPool, target: &PgPool, table: &str) -> anyhow::Result<Duration> {
    let pieces: Vec<_> = source.copy_out_raw(&format!("COPY {table} TO STDOUT")).await?.try_collect().await?;
    let text = pieces.concat();
    let begun = Instant::now();
    let mut sink = target.copy_in_raw(&format!("COPY {table} FROM STDIN")).await?;
    for piece in text.chunks(1 << 18) {
        sink.send(piece).await?;
    }
    sink.finish().await?;
    Ok(begun.elapsed())
}
