//! Parts of statements that are made while they run.

use sqlx::{Database, Encode, QueryBuilder, Type};

/// Adds ` ($1, $2, …)`: what follows `IN`. An empty list holds nothing, on both engines.
pub(super) fn push_list<DB: Database>(sql: &mut QueryBuilder<DB>, values: &[String])
where
    String: for<'q> Encode<'q, DB> + Type<DB>,
{
    sql.push(" (");
    if values.is_empty() {
        sql.push("NULL");
    }
    let mut list = sql.separated(", ");
    for value in values {
        list.push_bind(value.clone());
    }
    sql.push(")");
}
