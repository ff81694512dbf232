//! The write-ahead log of a SQLite file: who moves it into the file, and when.
//!
//! Moving is slow work of the disk: pages of an index lie all over the file. SQLite leaves it to whoever commits, so that an import, which
//! fills the log in seconds, waited for it within every second or third commit, and a small one never. What an import has committed is
//! therefore moved beside its next transaction, which goes on meanwhile. The log can begin anew only when all of it is moved, and a writer
//! that never rests has always written more: so from [`MOST_PAGES`] on the writer itself moves the rest, of which little is left by then.

use std::sync::Arc;

use sqlx::sqlite::SqlitePool;
use tokio::sync::Mutex;

/// Pages of the log from which on the writer moves what is left of it within its commit and then begins it anew. With SQLite's own 1,000
/// every transaction of an import would. 512 MiB of disk at most in rest; more while somebody reads on an old state of the database.
pub(crate) const MOST_PAGES: i64 = 128_000;
/// Rows that a transaction loads from which on its pages are moved beside the next one: those of two messages of an import, at least.
pub(crate) const MANY_ROWS: u64 = 20_000;

/// What moves the log of one file. Clones are one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log(Arc<Mutex<LeftToWriter>>);

/// Whether the writer is to move the rest within its next commit: SQLite lets one connection at a time move, and gives up where another does.
type LeftToWriter = bool;

impl Log {
    /// Moves what is committed into the file, in a task of its own and on a connection of `readers`, unless that is being done, or is the
    /// writer's turn. Nobody waits for it, and nothing is lost without it: what is not moved now is moved later.
    pub(crate) fn move_beside(&self, readers: &SqlitePool) {
        let (log, readers) = (self.clone(), readers.clone());
        tokio::spawn(async move {
            if let Err(error) = log.move_committed(&readers).await {
                let error = &error as &dyn std::error::Error;
                tracing::debug!(error, "the log was not moved beside the writer");
            }
        });
    }

    /// Moves what was committed when this begins, waiting for no reader and no writer.
    async fn move_committed(&self, readers: &SqlitePool) -> Result<(), sqlx::Error> {
        const SQL: &str = "PRAGMA wal_checkpoint(PASSIVE)";
        // The connection first: whoever empties the log waits for who is moving it, and for nobody who waits himself.
        let mut connection = readers.acquire().await?;
        let Ok(mut left_to_writer) = self.0.try_lock() else { return Ok(()) };
        if std::mem::take(&mut *left_to_writer) {
            return Ok(());
        }
        // Whether another process was moving; pages of the log, moved or not; pages of these that are moved.
        let (_, pages, _): (i64, i64, i64) = sqlx::query_as(SQL).fetch_one(&mut *connection).await?;
        *left_to_writer = pages >= MOST_PAGES;
        Ok(())
    }

    /// Moves all of the log into the file and empties it. Waits for who is moving it beside, before which SQLite would give up.
    pub(crate) async fn empty(&self, writer: &SqlitePool) {
        const SQL: &str = "PRAGMA wal_checkpoint(TRUNCATE)";
        let _alone = self.0.lock().await;
        match sqlx::query_scalar::<_, i64>(SQL).fetch_one(writer).await {
            Ok(0) => {}
            Ok(_) => tracing::warn!("a reader kept the log from being emptied after an erasure"),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "the log could not be emptied after an erasure");
            }
        }
    }
}
