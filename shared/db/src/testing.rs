//! The conformance harness: one list of cases, each on a fresh SQLite file and on a fresh PostgreSQL schema.
//!
//! For tests only. A case is a plain `async fn` that takes a store (or a [`Db`]) and panics when it fails:
//! ```ignore
//! async fn open_store(db: Db) -> Store { Store::new(db::testing::migrated(db, &[&MIGRATIONS]).await) }
//! async fn an_unknown_enterprise_is_not_found(store: Store) { … }
//! db::conformance! { open = open_store; cases = [an_unknown_enterprise_is_not_found] }
//! db::races! { open = open_store; cases = [of_two_updates_to_one_revision_exactly_one_wins] }
//! ```
//! The PostgreSQL half is ignored unless asked for (`--run-ignored all`, `-- --include-ignored`) and then needs
//! `TEST_POSTGRES_URL`; each case has its own schema there. Where its tables are [`migrated`], they may come from a case before it that
//! ended well, emptied; such schemas stay on the server when the program ends, and the next one drops them when they are an hour old. All
//! others are dropped with their case, whether it passed or not.

mod desk;
mod script;
mod stock;

use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures::FutureExt;
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgConnectOptions;

use crate::url::Address;
use crate::{DatabaseUrl, Db, Engine, Migrations};

/// How often a race runs on PostgreSQL, where transactions do overlap.
pub const RACES_ON_POSTGRES: u32 = 50;
/// How often a race runs on SQLite, where writers queue.
pub const RACES_ON_SQLITE: u32 = 5;

/// How the engine goes about a statement, a line a step.
pub async fn plan(db: &Db, sql: &str) -> String {
    let mut tx = db.begin_read().await.expect("the database can be read");
    let steps: Result<Vec<String>, sqlx::Error> = match tx.engine() {
        Engine::Sqlite(connection) => {
            let sql = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
            let steps = sqlx::query_as::<_, (i64, i64, i64, String)>(sql).fetch_all(connection).await;
            steps.map(|steps| steps.into_iter().map(|(.., step)| step).collect())
        }
        Engine::Postgres(connection) => {
            sqlx::query_scalar(AssertSqlSafe(format!("EXPLAIN {sql}"))).fetch_all(connection).await
        }
    };
    steps.expect("the statement can be planned").join("\n")
}

/// Runs `case` `times` times, each time on a database in a new temporary folder.
pub fn on_sqlite<F: Future<Output = ()>>(times: u32, case: impl Fn(Db) -> F) {
    runtime().block_on(async {
        for _ in 0..times {
            let folder = tempfile::tempdir().expect("a temporary folder can be made");
            let url = DatabaseUrl::sqlite(folder.path().join("case.db"));
            let db = Db::open(&url).await.expect("the SQLite file opens");
            case(db.clone()).await;
            db.close().await;
        }
    });
}

/// Runs `case` `times` times, each time in a new schema of the database at `TEST_POSTGRES_URL`.
pub fn on_postgres<F: Future<Output = ()>>(times: u32, case: impl Fn(Db) -> F) {
    #[allow(clippy::disallowed_methods, reason = "a test has no Config; its one variable is read here")]
    let server = std::env::var("TEST_POSTGRES_URL").expect("TEST_POSTGRES_URL names a PostgreSQL database");
    let server: DatabaseUrl = server.parse().expect("TEST_POSTGRES_URL is a database address");
    runtime().block_on(async {
        let Address::Postgres(address) = &server.0 else {
            panic!("TEST_POSTGRES_URL names another database")
        };
        for _ in 0..times {
            in_new_schema(&server, &address.options, &case).await;
        }
    });
}

/// Makes the schema, runs the case, and puts the schema away.
async fn in_new_schema<F: Future<Output = ()>>(
    server: &DatabaseUrl,
    options: &PgConnectOptions,
    case: impl Fn(Db) -> F,
) {
    let schema = new_schema_name();
    let url = server.clone().with_schema(&schema).expect("the name of a test schema is plain");
    let db = Db::open(&url).await.expect("the PostgreSQL schema opens");
    let outcome = AssertUnwindSafe(case(db.clone())).catch_unwind().await;
    db.close().await;
    desk::put_away(options.clone(), schema, outcome.is_ok()).await;
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}

/// Unique among the processes, runs and cases that share a server.
fn new_schema_name() -> String {
    static CASES: AtomicU32 = AtomicU32::new(0);
    let case = CASES.fetch_add(1, Ordering::Relaxed);
    format!("test_{}_{}_{case}", std::process::id(), since_epoch().as_micros())
}

fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970")
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .expect("a runtime can be built")
}

/// Where a database keeps a text: `table.column` of each that holds its bytes in some row. It asks the database which tables there are,
/// so that none is forgotten.
pub async fn places_of(db: &Db, text: &str) -> Vec<String> {
    const SQLITE: &str = "
        SELECT t.name, c.name, c.type FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table'
        ORDER BY t.name, c.cid";
    const POSTGRES: &str = "
        SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT), CAST(data_type AS TEXT)
        FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position";
    let columns: Vec<(String, String, String)> = match db.engine() {
        Engine::Sqlite(pool) => sqlx::query_as(SQLITE).fetch_all(pool).await,
        Engine::Postgres(pool) => sqlx::query_as(POSTGRES).fetch_all(pool).await,
    }
    .expect("a database tells its columns");
    let mut places = Vec::new();
    for (table, column, kind) in columns {
        if rows_with(db, (&table, &column, &kind), text).await > 0 {
            places.push(format!("{table}.{column}"));
        }
    }
    places
}

/// How many rows hold the bytes of a text in one column.
async fn rows_with(db: &Db, (table, column, kind): (&str, &str, &str), text: &str) -> i64 {
    let bytes = match (db.engine(), kind) {
        (Engine::Sqlite(_), _) => format!("CAST(\"{column}\" AS BLOB)"),
        (Engine::Postgres(_), "bytea") => format!("\"{column}\""),
        (Engine::Postgres(_), _) => format!("convert_to(CAST(\"{column}\" AS TEXT), 'UTF8')"),
    };
    let counted = match db.engine() {
        Engine::Sqlite(pool) => {
            let sql = format!("SELECT COUNT(*) FROM \"{table}\" WHERE instr({bytes}, $1) > 0");
            sqlx::query_scalar(AssertSqlSafe(sql)).bind(text.as_bytes()).fetch_one(pool).await
        }
        Engine::Postgres(pool) => {
            let sql = format!("SELECT COUNT(*) FROM \"{table}\" WHERE position($1 in {bytes}) > 0");
            sqlx::query_scalar(AssertSqlSafe(sql)).bind(text.as_bytes()).fetch_one(pool).await
        }
    };
    counted.expect("every column can be searched")
}

/// `db` with the tables of `sets`: as cases before this one had them, where this program has had some.
pub async fn migrated(db: Db, sets: &[&Migrations]) -> Db {
    match &db.pools {
        Engine::Sqlite(pools) => script::migrate(&db, &pools.writer, sets).await,
        Engine::Postgres(pool) => stock::migrate(&db, pool, sets).await,
    }
    db
}

/// Fails if a file of `migrations/{sqlite,postgres}` in `crate_folder` is not one of `migrations`: a step that nobody
/// listed would never run. Call it with `env!("CARGO_MANIFEST_DIR")`.
pub fn assert_same_files(migrations: &Migrations, crate_folder: &str) {
    let listed: Vec<String> = migrations.steps().iter().map(|step| format!("{}.sql", step.name())).collect();
    for engine in ["sqlite", "postgres"] {
        let folder = Path::new(crate_folder).join("migrations").join(engine);
        let mut files: Vec<String> = std::fs::read_dir(&folder)
            .expect("the migrations folder can be read")
            .map(|entry| entry.expect("its entries too").file_name().to_string_lossy().into_owned())
            .collect();
        files.sort();
        assert_eq!(files, listed, "files in {} against the listed migrations", folder.display());
    }
}

/// Runs each case once on a fresh SQLite file and once on a fresh PostgreSQL schema (see [`testing`](crate::testing)).
///
/// Forms: `conformance! { open = f; cases = [a, b] }`, where `async fn f(db: Db) -> Store` makes what the cases take;
/// `conformance! { migrations = [&A, &B]; cases = […] }`, where the cases take a migrated `Db`; `conformance![a, b]`,
/// where they take an empty one.
#[macro_export]
macro_rules! conformance {
    (open = $open:expr; cases = [$($case:ident),+ $(,)?] $(;)?) => {
        $crate::__cases! { sqlite, 1, postgres, 1, $open, [$($case),+] }
    };
    (migrations = [$($set:expr),* $(,)?]; cases = [$($case:ident),+ $(,)?] $(;)?) => {
        $crate::conformance! {
            open = |db| async move { $crate::testing::migrated(db, &[$($set),*]).await };
            cases = [$($case),+]
        }
    };
    ($($case:ident),+ $(,)?) => {
        $crate::conformance! { open = ::std::future::ready; cases = [$($case),+] }
    };
}

/// Like [`conformance!`](crate::conformance), for cases whose outcome hangs on timing: each runs fifty times on
/// PostgreSQL and a few times on SQLite, every time on a fresh database.
#[macro_export]
macro_rules! races {
    (open = $open:expr; cases = [$($case:ident),+ $(,)?] $(;)?) => {
        $crate::__cases! {
            sqlite_races, $crate::testing::RACES_ON_SQLITE, postgres_races, $crate::testing::RACES_ON_POSTGRES,
            $open, [$($case),+]
        }
    };
    (migrations = [$($set:expr),* $(,)?]; cases = [$($case:ident),+ $(,)?] $(;)?) => {
        $crate::races! {
            open = |db| async move { $crate::testing::migrated(db, &[$($set),*]).await };
            cases = [$($case),+]
        }
    };
    ($($case:ident),+ $(,)?) => {
        $crate::races! { open = ::std::future::ready; cases = [$($case),+] }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __cases {
    ($sqlite:ident, $few:expr, $postgres:ident, $many:expr, $open:expr, [$($case:ident),+]) => {
        mod $sqlite {
            #[allow(unused_imports, reason = "an opener with a path of its own needs nothing from the tests")]
            use super::*;
            $(#[test]
            fn $case() {
                $crate::testing::on_sqlite($few, |db| async move { super::$case(($open)(db).await).await });
            })+
        }
        mod $postgres {
            #[allow(unused_imports, reason = "an opener with a path of its own needs nothing from the tests")]
            use super::*;
            $(#[test]
            #[ignore = "needs TEST_POSTGRES_URL"]
            fn $case() {
                $crate::testing::on_postgres($many, |db| async move { super::$case(($open)(db).await).await });
            })+
        }
    };
}
