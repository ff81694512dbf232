//! Schemas of PostgreSQL whose tables are there already: those of cases that ended well, emptied, for the cases that come after them. To
//! make its tables anew costs the server more than what most cases are about.
//!
//! A case cannot tell: its schema has a name of its own, the rows that its migrations write and no others, files without a trace of what
//! was removed, and sequences at their start. What a case has changed in the tables themselves is seen, and no other case gets it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, Executor, PgConnection};

use super::since_epoch;
use crate::{Db, Migrations};

/// How long a kept schema may lie before another program drops it: longer than any program runs. None of its cases knows that it is
/// the last.
const LONGEST: Duration = Duration::from_secs(3600);

/// The tables and sequences of the schema of the connection, by their numbers. An index leads the server from a schema to what depends on
/// it, while `pg_class` would be read whole, with what every other case has there.
macro_rules! relations {
    () => {
        "SELECT objid FROM pg_depend
         WHERE refclassid = CAST('pg_namespace' AS regclass) AND classid = CAST('pg_class' AS regclass)
            AND refobjid = CAST(CAST(current_schema() AS TEXT) AS regnamespace)"
    };
}

/// A schema as its migrations leave it.
struct Schema {
    /// The steps that have made it: their names and texts, in the order in which they were asked for.
    steps: Vec<(&'static str, &'static str)>,
    /// See [`structure`]. It is that of this schema alone, whatever its name is.
    structure: String,
    /// Tables in which migrations have written, each with its rows as JSON.
    rows: Vec<(String, String)>,
}

/// Schemas of this program, by their names.
struct Stock {
    /// Those of running cases.
    lent: BTreeMap<String, Schema>,
    /// Those that wait for a case.
    kept: Vec<(String, Schema)>,
}

fn stock() -> MutexGuard<'static, Stock> {
    static STOCK: Mutex<Stock> = Mutex::new(Stock { lent: BTreeMap::new(), kept: Vec::new() });
    STOCK.lock().expect("nobody panics with the stock in hand")
}

fn steps_of(sets: &[&Migrations]) -> Vec<(&'static str, &'static str)> {
    sets.iter().flat_map(|set| set.steps()).map(|step| (step.name(), step.postgres)).collect()
}

/// Gives the schema of `db` the tables of `sets`.
pub(super) async fn migrate(db: &Db, pool: &PgPool, sets: &[&Migrations]) {
    let mut connection = pool.acquire().await.expect("an open database has a connection");
    let is_new = is_empty(&mut connection).await;
    if is_new && take(&mut connection, sets).await {
        return;
    }
    db.migrate(sets).await.expect("the migrations run");
    // What had tables already was upgraded, and is nobody's but this case's.
    if is_new {
        note(&mut connection, sets).await;
    }
}

/// Puts a kept schema of these migrations in the place of that of the connection, which is empty. Answers whether there was one.
async fn take(connection: &mut PgConnection, sets: &[&Migrations]) -> bool {
    let steps = steps_of(sets);
    let Some((kept, schema)) = with_steps(&steps) else { return false };
    let own = name(connection).await;
    // Both or neither: another program may have dropped what lay for long.
    let sql = AssertSqlSafe(format!("DROP SCHEMA {own}; ALTER SCHEMA {kept} RENAME TO {own}"));
    if sqlx::raw_sql(sql).execute(connection).await.is_err() {
        return false;
    }
    stock().lent.insert(own, schema);
    true
}

fn with_steps(steps: &[(&'static str, &'static str)]) -> Option<(String, Schema)> {
    let mut stock = stock();
    let at = stock.kept.iter().position(|(_, schema)| schema.steps == steps)?;
    Some(stock.kept.swap_remove(at))
}

/// Notes what migrations have just made of the schema of the connection, which was empty before.
async fn note(connection: &mut PgConnection, sets: &[&Migrations]) {
    const NUMBERED: &str = "
        SELECT EXISTS (
            SELECT 1 FROM pg_sequences WHERE schemaname = current_schema() AND last_value IS NOT NULL)";
    let numbered: bool =
        sqlx::query_scalar(NUMBERED).fetch_one(&mut *connection).await.expect("sequences are told");
    // They are set to their start later: what a migration has numbered would be numbered once more.
    if numbered {
        return;
    }
    let mut rows = Vec::new();
    for table in written(connection).await {
        let sql = AssertSqlSafe(format!("SELECT CAST(json_agg(of_table) AS TEXT) FROM {table} AS of_table"));
        let json: Option<String> =
            sqlx::query_scalar(sql).fetch_one(&mut *connection).await.expect("rows can be read as JSON");
        rows.extend(json.map(|json| (table, json)));
    }
    let schema = Schema { steps: steps_of(sets), structure: structure(connection).await, rows };
    let own = name(connection).await;
    stock().lent.insert(own, schema);
}

/// Empties the schema `own` of a case that ended well, and keeps it. Answers whether it did: what was not noted, and what the case has
/// changed, is of no use to others.
pub(super) async fn keep(connection: &mut PgConnection, own: &str) -> bool {
    let Some(schema) = stock().lent.remove(own) else { return false };
    let enter = AssertSqlSafe(format!("SET search_path = {own}"));
    Executor::execute(&mut *connection, enter).await.expect("the schema of a case is there");
    if structure(connection).await != schema.structure {
        return false;
    }
    empty(connection, &schema.rows).await;
    let kept = own.replacen("test", "kept", 1);
    let rename = AssertSqlSafe(format!("ALTER SCHEMA {own} RENAME TO {kept}"));
    Executor::execute(&mut *connection, rename).await.expect("a schema without users can be renamed");
    stock().kept.push((kept, schema));
    true
}

/// Gives the schema of the connection the rows that its migrations have written, and no others.
async fn empty(connection: &mut PgConnection, rows: &[(String, String)]) {
    const BEGIN_ANEW: &str = concat!(
        "SELECT setval(CAST(seqrelid AS regclass), seqstart, false) FROM pg_sequence
         WHERE seqrelid = ANY (ARRAY(",
        relations!(),
        "))"
    );
    let written = written(connection).await.join(", ");
    if !written.is_empty() {
        let sql = AssertSqlSafe(format!("TRUNCATE {written} CASCADE"));
        Executor::execute(&mut *connection, sql).await.expect("tables without users can be emptied");
    }
    for (table, rows) in rows {
        let sql = format!(
            "INSERT INTO {table} OVERRIDING SYSTEM VALUE
             SELECT * FROM json_populate_recordset(CAST(NULL AS {table}), CAST($1 AS json))"
        );
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(rows.as_str()).execute(&mut *connection).await;
        rows.expect("rows of migrations can be written again");
    }
    sqlx::query(BEGIN_ANEW).execute(connection).await.expect("sequences can begin anew");
}

/// The tables in which something was written since they were made or emptied, be it removed again.
async fn written(connection: &mut PgConnection) -> Vec<String> {
    const SQL: &str = concat!(
        "SELECT quote_ident(relname) FROM pg_class
         WHERE oid = ANY (ARRAY(",
        relations!(),
        ")) AND relkind = 'r' AND relname <> '_sqlx_migrations' AND pg_relation_size(oid) > 0"
    );
    sqlx::query_scalar(SQL).fetch_all(connection).await.expect("a database tells its tables")
}

/// One text for all columns of tables and indexes, constraints and triggers of the schema of the connection: which there are, and which
/// transaction has last written what the server knows about each. Whoever changes one writes it anew; rows of the tables change none.
/// To have the server write out their definitions takes many times as long.
async fn structure(connection: &mut PgConnection) -> String {
    const SQL: &str = concat!(
        "WITH tables AS MATERIALIZED (",
        relations!(),
        "), relations AS MATERIALIZED (
            SELECT objid FROM tables
            UNION ALL SELECT indexrelid FROM pg_index WHERE indrelid = ANY (ARRAY(SELECT objid FROM tables))
        )
        SELECT COALESCE(md5(string_agg(line, ';' ORDER BY line)), '') FROM (
            SELECT concat_ws(' ', 'column', attrelid, attnum, xmin) AS line FROM pg_attribute
            WHERE attrelid = ANY (ARRAY(SELECT objid FROM relations)) AND attnum > 0
            UNION ALL
            SELECT concat_ws(' ', 'constraint', oid, xmin) FROM pg_constraint
            WHERE conrelid = ANY (ARRAY(SELECT objid FROM tables))
            UNION ALL
            SELECT concat_ws(' ', 'trigger', oid, xmin) FROM pg_trigger
            WHERE tgrelid = ANY (ARRAY(SELECT objid FROM tables))
        ) AS parts"
    );
    sqlx::query_scalar(SQL).fetch_one(connection).await.expect("a database tells its structure")
}

/// Whether nothing was made in the schema of the connection yet.
async fn is_empty(connection: &mut PgConnection) -> bool {
    const SQL: &str = concat!("SELECT NOT EXISTS (", relations!(), ")");
    sqlx::query_scalar(SQL).fetch_one(connection).await.expect("a database tells its tables")
}

async fn name(connection: &mut PgConnection) -> String {
    const SQL: &str = "SELECT CAST(current_schema() AS TEXT)";
    sqlx::query_scalar(SQL).fetch_one(connection).await.expect("a case has a schema")
}

/// Drops what programs that have ended long ago have kept.
pub(super) async fn drop_old(connection: &mut PgConnection) {
    const SQL: &str =
        "SELECT quote_ident(nspname) FROM pg_namespace WHERE starts_with(CAST(nspname AS TEXT), 'kept_')";
    let kept: Vec<String> =
        sqlx::query_scalar(SQL).fetch_all(&mut *connection).await.expect("a database tells its schemas");
    for schema in kept {
        let made = schema.split('_').nth(2).and_then(|micros| micros.parse::<u128>().ok());
        if made.is_some_and(|made| made + LONGEST.as_micros() < since_epoch().as_micros()) {
            let sql = AssertSqlSafe(format!("DROP SCHEMA IF EXISTS {schema} CASCADE"));
            // Where another program has just begun to do so, that is as good.
            let _ = Executor::execute(&mut *connection, sql).await;
        }
    }
}
