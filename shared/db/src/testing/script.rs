//! What migrations make of a file of SQLite, as one text for the cases after the first: the tables as they have become, in one
//! transaction. Step after step, some of which make tables anew, takes ten times as long.

use std::sync::{Arc, Mutex, MutexGuard};

use sqlx::AssertSqlSafe;
use sqlx::sqlite::SqlitePool;

use crate::{Db, Migrations};

/// Names of steps with their texts, in the order in which they were asked for.
type Steps = Vec<(&'static str, &'static str)>;

/// What each series of steps that this program has run on an empty file has made of it.
fn scripts() -> MutexGuard<'static, Vec<(Steps, Arc<str>)>> {
    static SCRIPTS: Mutex<Vec<(Steps, Arc<str>)>> = Mutex::new(Vec::new());
    SCRIPTS.lock().expect("nobody panics with the scripts in hand")
}

fn script_of(steps: &Steps) -> Option<Arc<str>> {
    scripts().iter().find(|(known, _)| known == steps).map(|(_, script)| Arc::clone(script))
}

/// Gives the file of `db` the tables of `sets`.
pub(super) async fn migrate(db: &Db, writer: &SqlitePool, sets: &[&Migrations]) {
    const OBJECTS: &str = "SELECT COUNT(*) FROM sqlite_schema";
    let objects: i64 = sqlx::query_scalar(OBJECTS).fetch_one(writer).await.expect("a file tells its tables");
    let steps: Steps =
        sets.iter().flat_map(|set| set.steps()).map(|step| (step.name(), step.sqlite)).collect();
    // What has tables already is being upgraded.
    if objects > 0 {
        db.migrate(sets).await.expect("the migrations run");
    } else if let Some(script) = script_of(&steps) {
        let made = sqlx::raw_sql(AssertSqlSafe(script)).execute(writer).await;
        made.expect("what migrations have made can be made again");
    } else {
        db.migrate(sets).await.expect("the migrations run");
        let script = written(writer).await;
        scripts().push((steps, script.into()));
    }
}

/// The text that makes the tables, indexes and rows of a file.
async fn written(writer: &SqlitePool) -> String {
    const OBJECTS: &str = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid";
    const TABLES: &str = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid";
    const COLUMNS: &str = "SELECT name FROM pragma_table_info($1) ORDER BY cid";
    let mut script = vec!["BEGIN".to_owned(), "PRAGMA defer_foreign_keys = ON".to_owned()];
    let objects: Vec<String> =
        sqlx::query_scalar(OBJECTS).fetch_all(writer).await.expect("a file tells its tables");
    script.extend(objects);
    let tables: Vec<String> =
        sqlx::query_scalar(TABLES).fetch_all(writer).await.expect("a file tells its tables");
    for table in tables {
        let columns = sqlx::query_scalar(COLUMNS).bind(table.as_str()).fetch_all(writer).await;
        let columns: Vec<String> = columns.expect("a table tells its columns");
        let values: Vec<_> = columns.iter().map(|column| format!("quote(\"{column}\")")).collect();
        let values = values.join(" || ',' || ");
        let sql = format!("SELECT 'INSERT INTO \"{table}\" VALUES (' || {values} || ')' FROM \"{table}\"");
        let rows: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(writer).await.expect("rows can be quoted");
        script.extend(rows);
    }
    script.push("COMMIT".to_owned());
    // A text may end with a comment.
    script.join("\n;\n")
}
