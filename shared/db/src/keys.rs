//! Looking up many keys by one statement, whose text does not depend on how many they are.

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, FromRow};

use crate::{Engine, Tx};

/// A row that both engines can read.
pub trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<R> Row for R where R: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// How keys are compared with a column: the list of them on SQLite, of which each is `value`, and on PostgreSQL, where all are `$1`.
type Lists = (&'static str, &'static str);

const TEXTS: Lists = ("SELECT value FROM json_each($1)", "$1");
const BYTES: Lists = (
    "SELECT unhex(value) FROM json_each($1)",
    "ARRAY(SELECT decode(digits, 'hex') FROM UNNEST($1) AS digits)",
);

/// The rows of `select`, which ends before its list (`… WHERE uscc IN`), for all of `keys`, in no order.
///
/// The keys travel as one value: an array on PostgreSQL, a JSON text on SQLite. One prepared statement serves every number of
/// them, while a list of placeholders is another text, parsed and planned anew, for each. The caller bounds the keys
/// (thousands, not millions).
pub async fn rows_of<R: Row>(tx: &mut Tx, select: &str, keys: &[&str]) -> Result<Vec<R>, sqlx::Error> {
    rows_by(tx, select, keys, TEXTS).await
}

/// Like [`rows_of`], for a column of bytes: `keys` are their hexadecimal digits.
pub async fn rows_of_bytes<R: Row>(tx: &mut Tx, select: &str, keys: &[&str]) -> Result<Vec<R>, sqlx::Error> {
    rows_by(tx, select, keys, BYTES).await
}

async fn rows_by<R: Row>(
    tx: &mut Tx,
    select: &str,
    keys: &[&str],
    (on_sqlite, on_postgres): Lists,
) -> Result<Vec<R>, sqlx::Error> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    match tx.engine() {
        Engine::Sqlite(connection) => {
            let sql = AssertSqlSafe(format!("{select} ({on_sqlite})"));
            let keys = serde_json::to_string(keys).map_err(|error| sqlx::Error::Encode(error.into()))?;
            sqlx::query_as(sql).bind(keys).fetch_all(connection).await
        }
        Engine::Postgres(connection) => {
            // Not `IN (SELECT UNNEST($1))`: an array is looked up in the order of the index, by one scan.
            let select = select.strip_suffix(" IN").unwrap_or(select);
            let sql = AssertSqlSafe(format!("{select} = ANY({on_postgres})"));
            sqlx::query_as(sql).bind(keys).fetch_all(connection).await
        }
    }
}
