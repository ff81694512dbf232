//! Where duties lie while parties move between divisions.
//!
//! A duty lies where its party does. Whoever opens one reads that first; without more, PostgreSQL would let the party move, with the duties
//! that are seen then, before the new one is committed, which then stays behind. SQLite has one writer and needs nothing.

use db::{Engine, Tx};
use sqlx::AssertSqlSafe;

/// Keeps the parties of a table in their divisions until the transaction ends. For whoever opens duties, as the first statement: before it
/// reads a division, and before it locks anything that those who move parties change.
///
/// Those who keep parties wait for nobody but who moves one, which is rare.
///
/// # Errors
/// When the database refuses.
pub async fn stay(tx: &mut Tx, parties: &'static str) -> Result<(), sqlx::Error> {
    lock(tx, parties, "ROW SHARE").await
}

/// Waits until nobody keeps parties where they are, see [`stay`], and has everybody who would wait for the transaction. For whoever moves
/// one, before anything is written in which another would wait for it.
///
/// # Errors
/// When the database refuses.
pub async fn move_alone(tx: &mut Tx, parties: &'static str) -> Result<(), sqlx::Error> {
    lock(tx, parties, "EXCLUSIVE").await
}

async fn lock(tx: &mut Tx, table: &'static str, mode: &'static str) -> Result<(), sqlx::Error> {
    match tx.engine() {
        Engine::Sqlite(_) => Ok(()),
        Engine::Postgres(conn) => {
            let sql = AssertSqlSafe(format!("LOCK TABLE {table} IN {mode} MODE"));
            sqlx::query(sql).execute(conn).await.map(drop)
        }
    }
}
