//! Statements over many keys at once, for both engines.

use sqlx::{Database, Encode, QueryBuilder, Type};

/// Keys that one statement looks up: few statements for an import, and no plan that takes longer than its rows.
pub(super) const KEYS_PER_STATEMENT: usize = 5_000;

/// Adds ` ($1, $2, …)`: what follows `IN`.
pub(super) fn push_list<'t, DB: Database>(sql: &mut QueryBuilder<DB>, values: &[&'t str])
where
    &'t str: Encode<'t, DB> + Type<DB>,
{
    sql.push(" (");
    let mut list = sql.separated(", ");
    for value in values {
        list.push_bind(*value);
    }
    sql.push(")");
}
