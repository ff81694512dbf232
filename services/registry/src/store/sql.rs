//! Statements over many keys or rows at once, for both engines.

use db::{MAX_BINDS, Tx, on};
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Database, Encode, FromRow, QueryBuilder, Type};

/// Keys that one statement looks up: few statements for an import, and no plan that takes longer than its rows.
pub(super) const KEYS_PER_STATEMENT: usize = 5_000;

/// Rows of one statement that writes `columns` values a row: about four thousand values, which both engines take well.
pub(super) const fn rows_per_statement(columns: usize) -> usize {
    const VALUES: usize = 4_000;
    const { assert!(VALUES <= MAX_BINDS) };
    VALUES / columns
}

/// A row that both engines can read.
pub(super) trait Row:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}
impl<R> Row for R where R: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// The rows of `select`, which ends before its list: `… WHERE uscc IN`, for all of `keys`, in no order.
pub(super) async fn rows_of<R: Row>(tx: &mut Tx, select: &str, keys: &[&str]) -> Result<Vec<R>, sqlx::Error> {
    let mut rows = Vec::new();
    for keys in keys.chunks(KEYS_PER_STATEMENT) {
        rows.extend(on!(tx, |conn| {
            let mut sql = QueryBuilder::new(select);
            push_list(&mut sql, keys);
            // Every length is another text: keeping them would push the others out of the statement cache.
            sql.build_query_as::<R>().persistent(keys.len() == 1).fetch_all(conn).await?
        }));
    }
    Ok(rows)
}

/// Adds ` ($1, $2, …)`: what follows `IN`. Nothing is in the empty list.
pub(super) fn push_list<'t, DB: Database>(sql: &mut QueryBuilder<DB>, values: &[&'t str])
where
    &'t str: Encode<'t, DB> + Type<DB>,
{
    if values.is_empty() {
        // PostgreSQL has no empty list; nothing equals NULL.
        sql.push(" (NULL)");
        return;
    }
    sql.push(" (");
    let mut list = sql.separated(", ");
    for value in values {
        list.push_bind(*value);
    }
    sql.push(")");
}
