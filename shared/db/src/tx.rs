//! Transactions.

use std::sync::Arc;

use sqlx::{PgConnection, Postgres, Sqlite, SqliteConnection, Transaction};
use tokio::sync::Notify;

use crate::{Db, Engine};

/// An open transaction on either engine. Dropped without [`commit`](Tx::commit), it leaves nothing behind.
///
/// Statements run through [`on!`](crate::on), which accepts `tx` whether it is a `Tx` or a `&mut Tx`.
#[derive(Debug)]
pub struct Tx {
    inner: Engine<Transaction<'static, Sqlite>, Transaction<'static, Postgres>>,
    announced: Arc<Notify>,
    announce: bool,
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
            Engine::Postgres(pool) => Engine::Postgres(pool.begin().await?),
        };
        Ok(Tx { inner, announced: self.announced(), announce: false })
    }

    /// Begins a transaction that only reads: every statement in it sees the same state of the database.
    pub async fn begin_read(&self) -> Result<Tx, sqlx::Error> {
        const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";
        let inner = match &self.pools {
            Engine::Sqlite(pools) => Engine::Sqlite(pools.readers.begin().await?),
            Engine::Postgres(pool) => Engine::Postgres(pool.begin_with(SNAPSHOT).await?),
        };
        Ok(Tx { inner, announced: self.announced(), announce: false })
    }
}

impl Tx {
    /// The connection of this transaction, for [`on!`](crate::on) and for the rare statement whose text must differ.
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

    /// Makes the transaction durable. After `Ok`, it survives the loss of the process and of power.
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        match self.inner {
            Engine::Sqlite(transaction) => transaction.commit().await?,
            Engine::Postgres(transaction) => transaction.commit().await?,
        }
        if self.announce {
            self.announced.notify_one();
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
