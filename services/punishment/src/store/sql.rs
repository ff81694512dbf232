//! Parts of statements that are made while they run, so that each question finds its index.

use sqlx::{Database, Encode, QueryBuilder, Type};

/// Adds ` AND column = value`, unless the value is empty.
pub(super) fn push_equal<'t, DB: Database>(sql: &mut QueryBuilder<DB>, column: &str, value: &'t str)
where
    &'t str: Encode<'t, DB> + Type<DB>,
{
    if !value.is_empty() {
        sql.push(" AND ").push(column).push(" = ").push_bind(value);
    }
}

/// Adds ` AND column IN (…)`; nothing matches an empty list, on either engine.
pub(super) fn push_among<'t, DB: Database>(sql: &mut QueryBuilder<DB>, column: &str, values: &'t [String])
where
    &'t str: Encode<'t, DB> + Type<DB>,
{
    sql.push(" AND ").push(column).push(" IN (");
    if values.is_empty() {
        sql.push("NULL");
    }
    let mut list = sql.separated(", ");
    for value in values {
        list.push_bind(value.as_str());
    }
    sql.push(")");
}
