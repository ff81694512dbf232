//! Pieces of statements, for both engines: over many keys at once, and on the records of parties.

use sqlx::{Database, Encode, QueryBuilder, Type};

/// Keys that one statement looks up: few statements for an import, and no plan that takes longer than its rows.
pub(super) const KEYS_PER_STATEMENT: usize = 5_000;

/// Condition on a record `r` under a code, which is a parameter or a column. Its first part is in the words of SQLite's index
/// `record_by_party`, which holds the last six characters of codes alone (`tail`); PostgreSQL finds the record by the second.
///
/// The code is cast to what it is: what a column equals without that, SQLite puts in its place in all other conditions, and the first part
/// would be one on two constants, for which it reads the whole table.
macro_rules! under {
    ($code:literal) => {
        concat!("substr(r.uscc, 13, 6) = substr(", $code, ", 13, 6) AND r.uscc = CAST(", $code, " AS TEXT)")
    };
}
pub(super) use under;

/// Adds ` AND …`: a record `r` under this code, as `under!` has it.
pub(super) fn push_under<'t, DB: Database>(sql: &mut QueryBuilder<DB>, code: &'t str)
where
    &'t str: Encode<'t, DB> + Type<DB>,
{
    sql.push(" AND substr(r.uscc, 13, 6) = ").push_bind(tail(code));
    sql.push(" AND r.uscc = CAST(").push_bind(code).push(" AS TEXT)");
}

/// Adds ` AND …`: a record `r` under one of these codes.
pub(super) fn push_under_any<'t, DB: Database>(sql: &mut QueryBuilder<DB>, codes: &[&'t str])
where
    &'t str: Encode<'t, DB> + Type<DB>,
{
    // To SQLite a list of one is an equality, cast or not.
    if let &[one] = codes {
        return push_under(sql, one);
    }
    let tails: Vec<&str> = codes.iter().copied().map(tail).collect();
    sql.push(" AND substr(r.uscc, 13, 6) IN");
    push_list(sql, &tails);
    sql.push(" AND r.uscc IN");
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

#[cfg(test)]
mod tests {
    use db::{Db, Engine, testing};
    use sqlx::Sqlite;

    use super::*;
    use crate::store::MIGRATIONS;

    const CODES: [&str; 2] = ["91370102MA3C00011F", "91370114MA3T7K2P9A"];

    /// How SQLite goes about a condition on records.
    async fn plan(db: &Db, push: impl FnOnce(&mut QueryBuilder<Sqlite>)) -> String {
        let mut sql = QueryBuilder::new("EXPLAIN QUERY PLAN SELECT r.state FROM record r WHERE true");
        push(&mut sql);
        let Engine::Sqlite(pool) = db.engine() else { panic!("another engine was opened") };
        let steps: Vec<(i64, i64, i64, String)> = sql.build_query_as().fetch_all(pool).await.unwrap();
        steps.into_iter().map(|(.., step)| step).collect()
    }

    #[test]
    fn sqlite_looks_records_up_in_its_index_by_one_code_in_every_way_and_by_many() {
        testing::on_sqlite(1, |db| async move {
            let sets = [&outbox::MIGRATIONS, &service::MIGRATIONS, &exchange::MIGRATIONS, &MIGRATIONS];
            let db = testing::migrated(db, &sets).await;
            let by_text = |sql: &mut QueryBuilder<Sqlite>| {
                sql.push(concat!(" AND ", under!("'91370102MA3C00011F'")));
            };
            for plan in [
                plan(&db, by_text).await,
                plan(&db, |sql| push_under(sql, CODES[0])).await,
                plan(&db, |sql| push_under_any(sql, &CODES[..1])).await,
                plan(&db, |sql| push_under_any(sql, &CODES)).await,
            ] {
                assert!(plan.contains("record_by_party"), "{plan}");
            }
        });
    }
}
