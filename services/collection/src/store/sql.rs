//! Pieces of statements, for both engines: over many keys at once, and on the records of parties.

use sqlx::{Database, Encode, QueryBuilder, Type};

/// Keys that one statement looks up: few statements for an import, and no plan that takes longer than its rows.
pub(super) const KEYS_PER_STATEMENT: usize = 5_000;

/// Condition on a record `r` under a code, which is a parameter or a column. Its first part is in the words of SQLite's index
/// `record_by_party`, which holds the last six characters of codes alone (`tail`); PostgreSQL finds the record by the second.
macro_rules! under {
    ($code:literal) => {
        concat!("substr(r.uscc, 13, 6) = substr(", $code, ", 13, 6) AND r.uscc = ", $code)
    };
}
pub(super) use under;

/// Adds ` AND …`: a record `r` under this code, as `under!` has it.
pub(super) fn push_under<'t, DB: Database>(sql: &mut QueryBuilder<DB>, code: &'t str)
where
    &'t str: Encode<'t, DB> + Type<DB>,
{
    sql.push(" AND substr(r.uscc, 13, 6) = ").push_bind(tail(code));
    sql.push(" AND r.uscc = ").push_bind(code);
}

/// Adds ` AND …`: records, under no other name than that of their table, under one of these codes.
pub(super) fn push_under_any<'t, DB: Database>(sql: &mut QueryBuilder<DB>, codes: &[&'t str])
where
    &'t str: Encode<'t, DB> + Type<DB>,
{
    let tails: Vec<&str> = codes.iter().copied().map(tail).collect();
    sql.push(" AND substr(uscc, 13, 6) IN");
    push_list(sql, &tails);
    sql.push(" AND uscc IN");
    push_list(sql, codes);
}

/// What the index over parties holds of a code.
fn tail(code: &str) -> &str {
    code.get(12..).unwrap_or(code)
}

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
