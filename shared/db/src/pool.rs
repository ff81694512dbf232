//! Opening the database of a service.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use tokio::sync::{Notify, broadcast};

use crate::log::{self, Log};
use crate::readers::Readers;
use crate::url::{Address, PostgresAddress};
use crate::{DatabaseUrl, DbError, Engine, bell, is_unique_violation};

/// Readers of one SQLite file: so many for single statements, and so many for transactions that only read. Each is a thread and a page
/// cache once it was needed, and a process may hold seven files.
const SQLITE_READERS: u32 = 4;
/// Page cache of the writer, in KiB (negative as SQLite counts them): an import touches a page of each index for nearly every row,
/// and with SQLite's 2 MiB reads and writes them again within one transaction. A page that did not fit and is changed again is worse than
/// that: the commit then reads the whole of what the transaction has logged once more. The indexes over a million records that
/// come in no order have 42 MiB, and three messages of an import add 18 MiB between two visits to a page of these. It is taken as it is used.
const SQLITE_WRITER_CACHE: &str = "-80000";
/// The writer overwrites with zeros what it removes: a name that is erased, or was corrected before, is then in no free part of the
/// file. Rows that are only added cost nothing.
const SQLITE_SECURE_DELETE: (&str, &str) = ("secure_delete", "ON");
/// What the writer keeps for a moment it keeps in memory: the rows that are staged, and the pages as they were before a statement of many
/// rows, which SQLite copies aside wherever a check of the table calls a function, as `length`. In a file that was four of five pages which
/// an import wrote. That is a megabyte or two in an import, and otherwise what one statement touches, sorts or collects: whatever removes
/// millions of rows by what another table says does it in parts. [`migrate`](Db::migrate) sorts in files.
const SQLITE_WRITER_TEMPORARY: (&str, &str) = ("temp_store", "MEMORY");
/// How long a SQLite statement waits for a lock of another process; writers of this process queue before the file.
const SQLITE_BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a caller waits for a connection before the answer is contention.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a connection to PostgreSQL may have lain idle to be used without asking whether it lives. sqlx asks each one as it comes
/// back; to ask again at once is another way to the server and back for every statement.
const TRUSTED_IDLE: Duration = Duration::from_secs(1);
/// Session settings of PostgreSQL: no statement waits for a lock, and no transaction idles, without end.
const POSTGRES_SESSION: [(&str, &str); 2] =
    [("lock_timeout", "10s"), ("idle_in_transaction_session_timeout", "60s")];

/// An open database of one service. Cheap to clone; all clones share the pools.
///
/// Read with [`on!`](crate::on) on the `Db` itself, or in one snapshot with [`begin_read`](Db::begin_read); write in a
/// [`Tx`](crate::Tx) from [`begin_write`](Db::begin_write).
#[derive(Clone, Debug)]
pub struct Db {
    pub(crate) pools: Engine<SqlitePools, PgPool>,
    announced: Arc<Notify>,
    /// Bells that rang in this process; only a SQLite file's are heard here.
    pub(crate) rung: broadcast::Sender<&'static str>,
}

/// The connections to one SQLite file. A single writer makes writers of this process queue in order of arrival instead
/// of colliding on the file; readers go on beside it (write-ahead log).
#[derive(Clone, Debug)]
pub struct SqlitePools {
    /// For single statements.
    pub(crate) single: Readers,
    /// For transactions that only read.
    pub(crate) readers: SqlitePool,
    pub(crate) writer: SqlitePool,
    /// Of the file.
    log: Log,
}

impl Db {
    /// Opens the database at `url`, creating the SQLite file and its folder, or the PostgreSQL schema, where missing.
    ///
    /// SQLite runs with a write-ahead log and `synchronous=FULL`: what was committed survives the loss of power.
    /// Tables come from [`migrate`](Db::migrate).
    pub async fn open(url: &DatabaseUrl) -> Result<Self, DbError> {
        let pools = match &url.0 {
            Address::Sqlite(path) => {
                create_folder_of(path)?;
                open_sqlite(path).await.map(Engine::Sqlite)
            }
            Address::Postgres(address) => {
                // The driver would not say which file it misses.
                if let Some(root) = &address.root {
                    std::fs::File::open(root)
                        .map_err(|source| DbError::Root { path: root.clone(), source })?;
                }
                open_postgres(address).await.map(Engine::Postgres)
            }
        };
        let pools = pools.map_err(|source| DbError::Open { url: url.to_string(), source })?;
        Ok(Self { pools, announced: Arc::default(), rung: bell::in_process() })
    }

    /// What runs a single statement on the open engine, for [`on!`](crate::on).
    pub fn executor(&self) -> Engine<&Readers, &PgPool> {
        match &self.pools {
            Engine::Sqlite(pools) => Engine::Sqlite(&pools.single),
            Engine::Postgres(pool) => Engine::Postgres(pool),
        }
    }

    /// The pool of the open engine, for what needs a connection of its own and for the rare statement whose text must differ.
    pub fn engine(&self) -> Engine<&SqlitePool, &PgPool> {
        match &self.pools {
            Engine::Sqlite(pools) => Engine::Sqlite(&pools.readers),
            Engine::Postgres(pool) => Engine::Postgres(pool),
        }
    }

    /// Wakes one waiter after each commit of a transaction that was [announced](crate::Tx::announce) through this `Db`
    /// or a clone of it. A wake-up shortens a wait and is never needed: other processes do not ring here.
    pub fn announced(&self) -> Arc<Notify> {
        Arc::clone(&self.announced)
    }

    /// Answers if the database can be reached now; for health checks.
    pub async fn ping(&self) -> Result<(), sqlx::Error> {
        let _one: i64 =
            crate::on!(self, |pool| sqlx::query_scalar("SELECT CAST(1 AS BIGINT)").fetch_one(pool).await)?;
        Ok(())
    }

    /// Moves the log of a SQLite file into the file and empties it. What was committed is durable whether or not that succeeds.
    pub(crate) async fn empty_log(&self) {
        if let Engine::Sqlite(pools) = &self.pools {
            pools.log.empty(&pools.writer).await;
        }
    }

    /// Has the log of a SQLite file moved into the file while others go on.
    pub(crate) fn move_log(&self) {
        if let Engine::Sqlite(pools) = &self.pools {
            pools.log.move_beside(&pools.readers);
        }
    }

    /// Waits for running statements, then closes every connection; a SQLite file then stands alone, without its log.
    pub async fn close(&self) {
        match &self.pools {
            Engine::Sqlite(pools) => {
                pools.single.close().await;
                pools.readers.close().await;
                pools.writer.close().await;
            }
            Engine::Postgres(pool) => pool.close().await,
        }
    }
}

fn create_folder_of(path: &Path) -> Result<(), DbError> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    std::fs::create_dir_all(folder).map_err(|source| DbError::Folder { path: folder.to_owned(), source })
}

async fn open_sqlite(path: &Path) -> Result<SqlitePools, sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(SQLITE_BUSY_TIMEOUT)
        .pragma("wal_autocheckpoint", log::MOST_PAGES.to_string());
    // A file does not go away as a server does: nobody asks whether a connection lives, another way to its thread and back each time.
    let pool = |connections| {
        SqlitePoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire(false)
    };
    // The writer comes first: it creates the file and switches it to the write-ahead log.
    let writing = options.clone().pragma("cache_size", SQLITE_WRITER_CACHE);
    let (overwrite, on) = SQLITE_SECURE_DELETE;
    let (temporary, in_memory) = SQLITE_WRITER_TEMPORARY;
    // SQLite itself takes back a transaction that finds the disk full. To take it back once more is an error, after which sqlx counts it
    // as open: no other would ever begin on that connection, and there is one.
    let writer = pool(1).before_acquire(|connection, _| {
        let is_free = !connection.is_in_transaction();
        Box::pin(async move { Ok(is_free) })
    });
    let writer = writer.connect_with(writing.pragma(overwrite, on).pragma(temporary, in_memory)).await?;
    let readers = pool(SQLITE_READERS).connect_with(options.clone()).await?;
    let single = Readers::new(options, SQLITE_READERS, ACQUIRE_TIMEOUT);
    Ok(SqlitePools { single, readers, writer, log: Log::default() })
}

async fn open_postgres(address: &PostgresAddress) -> Result<PgPool, sqlx::Error> {
    let mut options = address.options.clone();
    if let Some(schema) = &address.schema {
        create_schema(&options, schema).await?;
        options = options.options([("search_path", schema)]);
    } else {
        // A pool would try for long and then tell no more than that; one connection tells why not, at once.
        options.connect().await?.close().await?;
    }
    PgPoolOptions::new()
        .max_connections(address.pool)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .before_acquire(|connection, about| {
            Box::pin(async move {
                if about.idle_for > TRUSTED_IDLE {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_with(options.options(POSTGRES_SESSION))
        .await
}

/// `schema` was checked when the address was parsed: it needs no quoting.
async fn create_schema(options: &PgConnectOptions, schema: &str) -> Result<(), sqlx::Error> {
    let mut connection = options.connect().await?;
    let sql = AssertSqlSafe(format!("CREATE SCHEMA IF NOT EXISTS {schema}"));
    match sqlx::query(sql).execute(&mut connection).await {
        // `IF NOT EXISTS` does not see a schema that another process is creating; afterwards it is there all the same.
        Err(error) if !is_unique_violation(&error) => return Err(error),
        _ => {}
    }
    connection.close().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_missing_authority_is_named_before_anybody_is_asked() {
        let url: DatabaseUrl =
            "postgres://u@127.0.0.1:1/city?sslmode=verify-full&sslrootcert=/nonexistent/ca.pem"
                .parse()
                .unwrap();
        let said = Db::open(&url).await.unwrap_err();
        assert!(matches!(said, DbError::Root { .. }), "{said}");
        assert!(said.to_string().contains("`/nonexistent/ca.pem`"), "{said}");
    }
}
