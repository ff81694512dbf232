//! Bulk load, the one place where the engines differ in kind: arrays on PostgreSQL, prepared inserts of many rows on
//! SQLite. Both run inside a [`Tx`], so a load that fails half-way leaves nothing.

mod postgres;
mod sqlite;

use chrono::NaiveDate;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use sqlx::AssertSqlSafe;
use sqlx::error::BoxDynError;

use self::postgres::Arrays;
use self::sqlite::Statements;
use crate::{Engine, Tx, on};

/// One value of one row, borrowed from the caller.
#[derive(Clone, Copy, Debug)]
pub enum Cell<'a> {
    /// `TEXT`. PostgreSQL refuses the character U+0000.
    Text(&'a str),
    /// `BIGINT`.
    Int(i64),
    /// `BOOLEAN`; 0 or 1 on SQLite.
    Bool(bool),
    /// `DATE`; `YYYY-MM-DD` on SQLite.
    Date(NaiveDate),
    /// `BYTEA`, `BLOB`.
    Bytes(&'a [u8]),
    /// No value.
    Null,
}

/// The type of a column of a staging table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// Text, ordered by bytes.
    Text,
    /// A 64-bit integer.
    Int,
    /// True or false.
    Bool,
    /// A day.
    Date,
    /// Bytes.
    Bytes,
}

/// Appends `rows` to `table` and answers how many there were.
///
/// A row that a constraint refuses fails the whole load: where rows may collide, see [`insert_missing`], or [`stage`] them
/// and move them on with `INSERT … SELECT … WHERE true ON CONFLICT …`. Table and column names go into the text as they are.
///
/// The rows are encoded before this returns, so the caller bounds the batch (thousands, not millions), and the future
/// borrows nothing but the transaction.
pub fn insert<'t, 'r, const N: usize>(
    tx: &'t mut Tx,
    table: &'static str,
    columns: [&'static str; N],
    rows: impl IntoIterator<Item = [Cell<'r>; N]>,
) -> BoxFuture<'t, Result<u64, sqlx::Error>> {
    let load = match tx.engine() {
        Engine::Sqlite(_) => Statements::encode(table, columns, "", rows).map(Engine::Sqlite),
        Engine::Postgres(_) => Arrays::encode(table, columns, "", rows).map(Engine::Postgres),
    };
    async move { run(tx, load).await }.boxed()
}

/// Appends those of `rows` that nothing refuses by `conflict`, such as `(subject, kind) WHERE done_on IS NULL`: the columns and
/// the condition of a unique index. Otherwise like [`insert`].
pub fn insert_missing<'t, 'r, const N: usize>(
    tx: &'t mut Tx,
    table: &'static str,
    columns: [&'static str; N],
    conflict: &'static str,
    rows: impl IntoIterator<Item = [Cell<'r>; N]>,
) -> BoxFuture<'t, Result<(), sqlx::Error>> {
    let skip = format!(" ON CONFLICT {conflict} DO NOTHING");
    let load = match tx.engine() {
        Engine::Sqlite(_) => Statements::encode(table, columns, &skip, rows).map(Engine::Sqlite),
        Engine::Postgres(_) => Arrays::encode(table, columns, &skip, rows).map(Engine::Postgres),
    };
    async move { run(tx, load).await.map(drop) }.boxed()
}

/// Fills the temporary table `table` with `rows`, and with nothing else, and answers how many there were.
///
/// The table is made on first use and belongs to the connection; what it holds counts only within `tx`. Its columns
/// may be null and have no index. Otherwise like [`insert`].
pub fn stage<'t, 'r, const N: usize>(
    tx: &'t mut Tx,
    table: &'static str,
    columns: [(&'static str, ColumnType); N],
    rows: impl IntoIterator<Item = [Cell<'r>; N]>,
) -> BoxFuture<'t, Result<u64, sqlx::Error>> {
    let names = columns.map(|(name, _)| name);
    let (load, create, empty) = match tx.engine() {
        Engine::Sqlite(_) => (
            Statements::encode(table, names, "", rows).map(Engine::Sqlite),
            create_staging(table, columns, sqlite_type),
            format!("DELETE FROM temp.{table}"),
        ),
        // `TRUNCATE`, because deleted rows would stay in the file of a table that no vacuum visits.
        Engine::Postgres(_) => (
            Arrays::encode(table, names, "", rows).map(Engine::Postgres),
            create_staging(table, columns, postgres_type),
            format!("TRUNCATE pg_temp.{table}"),
        ),
    };
    async move {
        for sql in [create, empty] {
            on!(tx, |conn| sqlx::query(AssertSqlSafe(sql)).execute(conn).await.map(drop))?;
        }
        run(tx, load).await
    }
    .boxed()
}

async fn run(
    tx: &mut Tx,
    load: Result<Engine<Statements, Option<Arrays>>, BoxDynError>,
) -> Result<u64, sqlx::Error> {
    match (tx.engine(), load.map_err(sqlx::Error::Encode)?) {
        (Engine::Sqlite(connection), Engine::Sqlite(statements)) => statements.run(connection).await,
        (Engine::Postgres(connection), Engine::Postgres(Some(arrays))) => arrays.run(connection).await,
        (Engine::Postgres(_), Engine::Postgres(None)) => Ok(0),
        _ => Err(sqlx::Error::Protocol("rows were encoded for the other engine".into())),
    }
}

fn create_staging<const N: usize>(
    table: &str,
    columns: [(&str, ColumnType); N],
    type_name: impl Fn(ColumnType) -> &'static str,
) -> String {
    let columns = columns.map(|(name, column)| format!("{name} {}", type_name(column))).join(", ");
    format!("CREATE TEMPORARY TABLE IF NOT EXISTS {table} ({columns})")
}

const fn sqlite_type(column: ColumnType) -> &'static str {
    match column {
        ColumnType::Text | ColumnType::Date => "TEXT",
        ColumnType::Int | ColumnType::Bool => "INTEGER",
        ColumnType::Bytes => "BLOB",
    }
}

const fn postgres_type(column: ColumnType) -> &'static str {
    match column {
        ColumnType::Text => "TEXT COLLATE \"C\"",
        ColumnType::Int => "BIGINT",
        ColumnType::Bool => "BOOLEAN",
        ColumnType::Date => "DATE",
        ColumnType::Bytes => "BYTEA",
    }
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Cell<'_> {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Cell<'_> {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl From<NaiveDate> for Cell<'_> {
    fn from(day: NaiveDate) -> Self {
        Self::Date(day)
    }
}

impl<'a> From<&'a [u8]> for Cell<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'a, T: Into<Cell<'a>>> From<Option<T>> for Cell<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
