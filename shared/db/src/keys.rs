//! Looking up many keys by one statement, whose text does not depend on how many they are.

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, FromRow};

use crate::{Engine, Tx};

/// A row that both engines can read.
pub trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<R> Row for R where R: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// The rows of `select`, which ends before its list (`… WHERE uscc IN`), for all of `keys`, in no order.
///
/// The keys travel as one value: an array on PostgreSQL, a JSON text on SQLite. One prepared statement serves every number of
/// them, while a list of placeholders is another text, parsed and planned anew, for each. The caller bounds the keys
/// (thousands, not millions).
pub async fn rows_of<R: Row>(tx: &mut Tx, select: &str, keys: &[&str]) -> Result<Vec<R>, sqlx::Error> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    match tx.engine() {
        Engine::Sqlite(connection) => {
            let sql = AssertSqlSafe(format!("{select} (SELECT value FROM json_each($1))"));
            let keys = serde_json::to_string(keys).map_err(|error| sqlx::Error::Encode(error.into()))?;
            sqlx::query_as(sql).bind(keys).fetch_all(connection).await
        }
        Engine::Postgres(connection) => {
            // Not `IN (SELECT UNNEST($1))`: an array is looked up in the order of the index, by one scan.
            let sql = AssertSqlSafe(format!("{} = ANY($1)", select.strip_suffix(" IN").unwrap_or(select)));
            sqlx::query_as(sql).bind(keys).fetch_all(connection).await
        }
    }
}
