//! Connections to a SQLite file, each of which runs one statement for one caller and is free again at once.
//!
//! A pool of sqlx asks each connection that comes back whether it lives, in a task of its own: another way to the thread of the
//! connection and back, which costs as much as a small statement does. A file does not go away as a server does. So a connection that
//! has run its statement to the end is free as it is; only one whose caller went away in the middle, or that failed, is asked.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use futures::{StreamExt as _, TryFutureExt as _};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteQueryResult, SqliteRow, SqliteStatement, SqliteTypeInfo,
};
use sqlx::{ConnectOptions as _, Connection as _, Describe, Either, Execute, Executor, SqlStr, Sqlite};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The connections. Cheap to clone; all clones share them. An executor of sqlx.
#[derive(Clone, Debug)]
pub struct Readers(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    options: SqliteConnectOptions,
    most: u32,
    /// Longest wait for a connection.
    patience: Duration,
    /// Connections that rest; the last one that did has its pages and statements at hand and goes first.
    resting: Mutex<Vec<SqliteConnection>>,
    places: Arc<Semaphore>,
}

impl Readers {
    /// `most` connections at most, each opened when it is needed first.
    pub(crate) fn new(options: SqliteConnectOptions, most: u32, patience: Duration) -> Self {
        let places = Arc::new(Semaphore::new(most as usize));
        Self(Arc::new(Shared { options, most, patience, resting: Mutex::default(), places }))
    }

    async fn take(&self) -> Result<Reader, sqlx::Error> {
        let place = match self.0.places.clone().try_acquire_owned() {
            Ok(place) => place,
            Err(_) => self.wait().await?,
        };
        let rested = self.0.resting().pop();
        let connection = match rested {
            Some(connection) => connection,
            None => self.0.options.connect().await?,
        };
        Ok(Reader { held: Some((connection, place)), shared: self.0.clone(), is_done: false })
    }

    async fn wait(&self) -> Result<OwnedSemaphorePermit, sqlx::Error> {
        let place = tokio::time::timeout(self.0.patience, self.0.places.clone().acquire_owned()).await;
        place.map_err(|_| sqlx::Error::PoolTimedOut)?.map_err(|_| sqlx::Error::PoolClosed)
    }

    /// Waits for running statements, then closes every connection; whoever comes later is refused.
    pub(crate) async fn close(&self) {
        // An error says that somebody else has closed them.
        let all = self.0.places.acquire_many(self.0.most).await;
        self.0.places.close();
        drop(all);
        let resting = std::mem::take(&mut *self.0.resting());
        for connection in resting {
            if let Err(error) = connection.close().await {
                let error = &error as &dyn std::error::Error;
                tracing::debug!(error, "a connection could not be closed in order");
            }
        }
    }
}

impl Shared {
    fn resting(&self) -> MutexGuard<'_, Vec<SqliteConnection>> {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection in use.
struct Reader {
    held: Option<(SqliteConnection, OwnedSemaphorePermit)>,
    shared: Arc<Shared>,
    /// Its statement has come to its end.
    is_done: bool,
}

impl Reader {
    fn connection(&mut self) -> Result<&mut SqliteConnection, sqlx::Error> {
        self.held.as_mut().map(|(connection, _)| connection).ok_or(sqlx::Error::PoolClosed)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let Some((mut connection, place)) = self.held.take() else { return };
        if self.is_done {
            self.shared.resting().push(connection);
            return;
        }
        // Its thread may be at work still, or be gone: it is free when it answers. Without a runtime nobody can ask.
        let Ok(runtime) = Handle::try_current() else { return };
        let shared = self.shared.clone();
        runtime.spawn(async move {
            if connection.ping().await.is_ok() {
                shared.resting().push(connection);
            }
            drop(place);
        });
    }
}

/// Asks a connection of `$readers` one thing, which it is free after.
macro_rules! once {
    ($readers:expr, |$connection:ident| $asked:expr) => {{
        let readers = $readers.clone();
        Box::pin(async move {
            let mut reader = readers.take().await?;
            let $connection = reader.connection()?;
            let answer = $asked.await?;
            reader.is_done = true;
            Ok(answer)
        })
    }};
}

impl<'p> Executor<'p> for &'_ Readers {
    type Database = Sqlite;

    /// The first row is told when all are there: whoever reads by a single statement collects them, and what is too much for that is read in
    /// a transaction.
    fn fetch_many<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxStream<'e, Result<Either<SqliteQueryResult, SqliteRow>, sqlx::Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Sqlite>,
    {
        use futures::TryStreamExt as _;
        let all: BoxFuture<'e, Result<Vec<Either<SqliteQueryResult, SqliteRow>>, sqlx::Error>> =
            once!(self, |connection| connection.fetch_many(query).try_collect::<Vec<_>>());
        all.map_ok(|answers| stream::iter(answers.into_iter().map(Ok::<_, sqlx::Error>)))
            .try_flatten_stream()
            .boxed()
    }

    fn fetch_all<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Vec<SqliteRow>, sqlx::Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Sqlite>,
    {
        once!(self, |connection| connection.fetch_all(query))
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<SqliteRow>, sqlx::Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Sqlite>,
    {
        once!(self, |connection| connection.fetch_optional(query))
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [SqliteTypeInfo],
    ) -> BoxFuture<'e, Result<SqliteStatement, sqlx::Error>>
    where
        'p: 'e,
    {
        once!(self, |connection| connection.prepare_with(sql, parameters))
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Sqlite>, sqlx::Error>>
    where
        'p: 'e,
    {
        once!(self, |connection| connection.describe(sql))
    }
}

#[cfg(test)]
mod tests {
    use futures::TryStreamExt as _;

    use super::*;

    const MANY: &str = "
        WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 1000)
        SELECT n FROM number";

    /// One connection to a new file in this folder.
    fn one(folder: &tempfile::TempDir, patience: Duration) -> Readers {
        let options =
            SqliteConnectOptions::new().filename(folder.path().join("test.db")).create_if_missing(true);
        Readers::new(options, 1, patience)
    }

    async fn count(readers: &Readers) -> Result<i64, sqlx::Error> {
        sqlx::query_scalar("SELECT CAST($1 AS INTEGER)").bind(7_i64).fetch_one(readers).await
    }

    #[tokio::test]
    async fn one_connection_serves_one_statement_after_the_other_and_every_way_to_read() {
        let folder = tempfile::tempdir().unwrap();
        let readers = one(&folder, Duration::from_secs(60));
        for _ in 0..3 {
            assert_eq!(count(&readers).await.unwrap(), 7);
        }
        let all: Vec<i64> = sqlx::query_scalar(MANY).fetch_all(&readers).await.unwrap();
        assert_eq!((all.len(), all.last()), (1_000, Some(&1_000)));
        let raw = sqlx::query(MANY).fetch_all(&readers).await.unwrap();
        assert_eq!(raw.len(), 1_000);
        let streamed: Vec<i64> =
            sqlx::query_scalar::<sqlx::Sqlite, i64>(MANY).fetch(&readers).try_collect().await.unwrap();
        assert_eq!(streamed, all);
        assert_eq!(readers.0.resting().len(), 1);
    }

    #[tokio::test]
    async fn a_connection_whose_reader_went_away_in_the_middle_and_one_that_failed_serve_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let readers = one(&folder, Duration::from_secs(60));
        assert_eq!(count(&readers).await.unwrap(), 7);
        {
            let mut rows = Box::pin(sqlx::query(MANY).fetch_all(&readers));
            let _ = futures::poll!(rows.as_mut());
        }
        assert_eq!(count(&readers).await.unwrap(), 7);
        sqlx::query("SELECT nothing FROM nowhere").fetch_optional(&readers).await.unwrap_err();
        assert_eq!(count(&readers).await.unwrap(), 7);
    }

    #[tokio::test]
    async fn whoever_waits_too_long_is_told_of_contention_and_whoever_comes_after_the_end_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let readers = one(&folder, Duration::from_millis(1));
        let reader = readers.take().await.unwrap();
        assert!(matches!(count(&readers).await, Err(sqlx::Error::PoolTimedOut)));
        drop(reader);
        let readers = one(&folder, Duration::from_secs(60));
        assert_eq!(count(&readers).await.unwrap(), 7);
        readers.close().await;
        assert!(matches!(count(&readers).await, Err(sqlx::Error::PoolClosed)));
    }
}
