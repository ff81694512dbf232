//! Transactions.

use sqlx::{PgConnection, Postgres, Sqlite, SqliteConnection, Transaction};

use crate::beginning::begin;
use crate::log::MANY_ROWS;
use crate::{Db, Engine, bell};

/// An open transaction on either engine. Dropped without [`commit`](Tx::commit), it leaves nothing behind.
///
/// Statements run through [`on!`](crate::on), which accepts `tx` whether it is a `Tx` or a `&mut Tx`.
#[derive(Debug)]
pub struct Tx {
    inner: Engine<Transaction<'static, Sqlite>, Transaction<'static, Postgres>>,
    db: Db,
    announce: bool,
    erases: bool,
    /// Rows that were loaded in bulk.
    loaded: u64,
    rings: Vec<&'static str>,
}

impl Db {
    /// Begins a transaction that writes: `BEGIN IMMEDIATE` on SQLite, so that it never fails half-way for a lock it
    /// might have asked for at once; `BEGIN` on PostgreSQL (read committed: each statement sees what is committed).
    ///
    /// SQLite has one writer: whoever asks for a second transaction while holding the first waits for itself, and is
    /// told of contention in the end.
    pub async fn begin_write(&self) -> Result<Tx, sqlx::Error> {
        let inner = match &self.pools {
            Engine::Sqlite(pools) => Engine::Sqlite(pools.writer.begin_with("BEGIN IMMEDIATE").await?),
            Engine::Postgres(pool) => Engine::Postgres(begin(pool, "BEGIN").await?),
        };
        Ok(Tx { inner, db: self.clone(), announce: false, erases: false, loaded: 0, rings: Vec::new() })
    }

    /// Begins a transaction that only reads: every statement in it sees the same state of the database.
    pub async fn begin_read(&self) -> Result<Tx, sqlx::Error> {
        const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";
        let inner = match &self.pools {
            Engine::Sqlite(pools) => Engine::Sqlite(pools.readers.begin().await?),
            Engine::Postgres(pool) => Engine::Postgres(begin(pool, SNAPSHOT).await?),
        };
        Ok(Tx { inner, db: self.clone(), announce: false, erases: false, loaded: 0, rings: Vec::new() })
    }
}

impl Tx {
    /// What runs a statement in this transaction, for [`on!`](crate::on).
    pub fn executor(&mut self) -> Engine<&mut SqliteConnection, &mut PgConnection> {
        self.engine()
    }

    /// The connection of this transaction, for the rare statement whose text must differ.
    pub fn engine(&mut self) -> Engine<&mut SqliteConnection, &mut PgConnection> {
        match &mut self.inner {
            Engine::Sqlite(transaction) => Engine::Sqlite(&mut *transaction),
            Engine::Postgres(transaction) => Engine::Postgres(&mut *transaction),
        }
    }

    /// Has [`Db::announced`] ring when this transaction is committed, not before and not if it is rolled back.
    pub fn announce(&mut self) {
        self.announce = true;
    }

    /// Rings a bell when this transaction is committed, for whoever [hears](Db::hear) it in any process on the database. The name has at most
    /// 63 bytes. PostgreSQL lets transactions that ring commit one after the other: not for what happens thousands of times a second.
    pub fn ring(&mut self, bell: &'static str) {
        if !self.rings.contains(&bell) {
            self.rings.push(bell);
        }
    }

    /// Has what this transaction removes leave the files of the database with its commit, and not at some later time: for personal data
    /// that is erased.
    ///
    /// On SQLite the writer overwrites what it removes; the commit then moves the log into the file and empties it. While a reader
    /// keeps the log from being emptied for longer than a statement waits, the next such commit does, or the reuse of the log. On
    /// PostgreSQL old versions of rows go with the next `VACUUM`, which is the server's business, as are its own log and backups.
    pub fn erases(&mut self) {
        self.erases = true;
    }

    /// Counts rows that were loaded in bulk.
    pub(crate) fn count_loaded(&mut self, rows: u64) {
        self.loaded += rows;
    }

    /// Makes the transaction durable. After `Ok`, it survives the loss of the process and of power.
    pub async fn commit(mut self) -> Result<(), sqlx::Error> {
        if let Engine::Postgres(transaction) = &mut self.inner {
            for bell in &self.rings {
                bell::notify(transaction, bell).await?;
            }
        }
        match self.inner {
            Engine::Sqlite(transaction) => {
                transaction.commit().await?;
                for bell in &self.rings {
                    // An error: nobody hears it.
                    let _ = self.db.rung.send(*bell);
                }
            }
            Engine::Postgres(transaction) => transaction.commit().await?,
        }
        if self.announce {
            self.db.announced().notify_one();
        }
        if self.erases {
            self.db.empty_log().await;
        } else if self.loaded >= MANY_ROWS {
            self.db.move_log();
        }
        Ok(())
    }

    /// Gives the transaction up at once; dropping it does the same, a little later.
    pub async fn rollback(self) -> Result<(), sqlx::Error> {
        match self.inner {
            Engine::Sqlite(transaction) => transaction.rollback().await,
            Engine::Postgres(transaction) => transaction.rollback().await,
        }
    }
}
