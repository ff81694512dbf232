//! Parts of statements that are made while they run.

use service::auth::Scope;
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

/// Adds ` WHERE division IN (…)` and, unless the scope has every field, ` AND field IN (…)`: what the caller may see.
pub(super) fn push_scope<DB: Database>(sql: &mut QueryBuilder<DB>, scope: &Scope)
where
    String: for<'q> Encode<'q, DB> + Type<DB>,
{
    sql.push(" WHERE division IN");
    push_list(sql, &scope.division_codes());
    if let Some(fields) = scope.field_codes() {
        sql.push(" AND field IN");
        push_list(sql, &fields);
    }
}
