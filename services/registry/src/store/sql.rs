//! Statements over many keys or rows at once, for both engines.

use db::MAX_BINDS;
use sqlx::{Database, Encode, QueryBuilder, Type};

/// Keys that one statement looks up: few statements for an import, and no plan that takes longer than its rows.
pub(super) const KEYS_PER_STATEMENT: usize = 5_000;

/// Rows of one statement that writes `columns` values a row: about four thousand values, which both engines take well.
pub(super) const fn rows_per_statement(columns: usize) -> usize {
    const VALUES: usize = 4_000;
    const { assert!(VALUES <= MAX_BINDS) };
    VALUES / columns
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
