//! Schema changes: plain SQL files, forward only, one folder per engine, embedded in the binary.
//!
//! One database takes the migrations of several crates in one run and records them in one table, so their versions
//! must not meet: outbox began at 0001, service at 0020, feed at 0040, exchange at 0060, a service's own tables at 0100. Later steps of any
//! of them take the next number that none has.

use std::collections::BTreeMap;

use sqlx::migrate::{MigrationType, Migrator};
use sqlx::{Connection, SqlStr};

use crate::{Db, DbError, Engine};

/// The migrations of one crate, in both dialects. Made by [`migrations!`](crate::migrations!).
#[derive(Clone, Copy, Debug)]
pub struct Migrations(&'static [Migration]);

/// One step of a schema: a number, a name, and its text for each engine.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    version: i64,
    name: &'static str,
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
}

/// The migrations of the crate that calls it, listed by file name without `.sql`.
///
/// Each name must exist in `migrations/sqlite/` and in `migrations/postgres/`, so the engines cannot drift apart in
/// number or name; listing them here also makes the compiler look again when one is added or changed. A name is four
/// digits, `_` and a word.
///
/// ```ignore
/// /// Tables of the registry.
/// pub static MIGRATIONS: db::Migrations = db::migrations!["0100_enterprise", "0101_licence"];
/// ```
#[macro_export]
macro_rules! migrations {
    ($($name:literal),+ $(,)?) => {
        $crate::Migrations::new(const { &[$(
            $crate::Migration::new(
                $name,
                include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/sqlite/", $name, ".sql")),
                include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/postgres/", $name, ".sql")),
            ),
        )+] })
    };
}

impl Migration {
    /// A step called `name` (`0100_enterprise`), with its text for SQLite and for PostgreSQL.
    pub const fn new(name: &'static str, sqlite: &'static str, postgres: &'static str) -> Self {
        Self { version: version_of(name), name, sqlite, postgres }
    }

    /// The file name of the step without its ending.
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

/// The four digits a migration's name starts with.
const fn version_of(name: &str) -> i64 {
    let bytes = name.as_bytes();
    assert!(bytes.len() > 5 && bytes[4] == b'_', "a migration is called NNNN_name");
    let mut version = 0;
    let mut at = 0;
    while at < 4 {
        assert!(bytes[at].is_ascii_digit(), "a migration is called NNNN_name");
        version = version * 10 + (bytes[at] - b'0') as i64;
        at += 1;
    }
    version
}

impl Migrations {
    /// A set of steps. Use [`migrations!`](crate::migrations!), which reads the files.
    pub const fn new(steps: &'static [Migration]) -> Self {
        Self(steps)
    }

    /// The steps, in the order they are listed.
    pub fn steps(&self) -> &'static [Migration] {
        self.0
    }
}

/// One process at a time migrates a schema. sqlx's own lock is one for the whole database: services that share it, each in a schema of
/// its own, would wait for each other.
const LOCK_SCHEMA: &str = "
    SELECT pg_advisory_lock(hashtextextended('migrations of ' || CAST(COALESCE(current_schema(), '') AS TEXT), 0))";

impl Db {
    /// Brings the database up to date with all `sets`, in order of version, each step in its own transaction.
    ///
    /// Several processes may call it at once; one migrates the file or the schema, the others wait. A released step that was edited since,
    /// and a database that is newer than this program, are refused.
    pub async fn migrate(&self, sets: &[&Migrations]) -> Result<(), DbError> {
        let steps = merged(sets)?;
        match &self.pools {
            Engine::Sqlite(pools) => {
                let migrator = migrator(&steps, |step| step.sqlite);
                let mut writer = pools.writer.acquire().await?;
                // A new index is sorted first, and the writer keeps in memory what it keeps for a moment: of a large table that is too much.
                sqlx::query("PRAGMA temp_store = FILE").execute(&mut *writer).await?;
                migrator.run_direct(None, &mut *writer, false).await.map_err(DbError::Migrate)?;
                sqlx::query("PRAGMA temp_store = MEMORY").execute(&mut *writer).await?;
                Ok(())
            }
            Engine::Postgres(pool) => {
                let mut migrator = migrator(&steps, |step| step.postgres);
                migrator.set_locking(false);
                // Its own connection: waiting for another process to migrate may take longer than a request may. The lock goes with it.
                let mut connection = pool.acquire().await?.detach();
                sqlx::query("SET lock_timeout = 0").execute(&mut connection).await?;
                sqlx::query(LOCK_SCHEMA).execute(&mut connection).await?;
                migrator.run_direct(None, &mut connection, false).await.map_err(DbError::Migrate)?;
                Ok(connection.close().await?)
            }
        }
    }
}

fn merged(sets: &[&Migrations]) -> Result<Vec<Migration>, DbError> {
    let mut steps = BTreeMap::<i64, Migration>::new();
    for step in sets.iter().flat_map(|set| set.0) {
        if let Some(first) = steps.insert(step.version, *step) {
            return Err(DbError::OverlappingMigrations {
                version: step.version,
                first: first.name,
                second: step.name,
            });
        }
    }
    Ok(steps.into_values().collect())
}

fn migrator(steps: &[Migration], text: impl Fn(&Migration) -> &'static str) -> Migrator {
    let step = |step: &Migration| {
        let sql = SqlStr::from_static(text(step));
        sqlx::migrate::Migration::new(step.version, step.name.into(), MigrationType::Simple, sql, false)
    };
    Migrator::with_migrations(steps.iter().map(step).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Migrations = Migrations::new(&[Migration::new("0001_event", "", "")]);
    const ANOTHER: Migrations = Migrations::new(&[Migration::new("0001_other", "", "")]);
    const LATER: Migrations = Migrations::new(&[Migration::new("0100_enterprise", "", "")]);

    #[test]
    fn sets_merge_in_order_of_version() {
        let names: Vec<_> = merged(&[&LATER, &ONE]).unwrap().iter().map(Migration::name).collect();
        assert_eq!(names, ["0001_event", "0100_enterprise"]);
    }

    #[test]
    fn two_sets_with_one_version_are_refused_by_name() {
        let refused = merged(&[&ONE, &ANOTHER]).unwrap_err().to_string();
        assert_eq!(refused, "migrations `0001_event` and `0001_other` have the same version 1");
    }
}
