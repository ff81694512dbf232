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
use crate::{Db, Engine, Tx, on};

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

/// What a load inserts into: the texts of its statement.
struct Text<'t, const N: usize> {
    table: &'t str,
    /// Columns of which each row has its own value.
    columns: [&'t str; N],
    /// Columns of which all rows have one value, known when the load runs.
    shared: &'t [&'t str],
    on_conflict: &'t str,
}

impl<'t, const N: usize> Text<'t, N> {
    fn plain(table: &'t str, columns: [&'t str; N]) -> Self {
        Self { table, columns, shared: &[], on_conflict: "" }
    }
}

/// Rows on their way into one table, encoded for the engine that is open: what can be done before the transaction begins. It
/// holds the locks of others only while the engine works.
///
/// The caller bounds the batch (thousands, not millions). Table and column names go into the text as they are.
#[must_use = "rows that are encoded are not yet written"]
pub struct Load(Result<Engine<Statements, Option<Arrays>>, BoxDynError>);

impl Load {
    /// Encodes `rows` for [`run`](Self::run) in a transaction of `db`; see [`insert`].
    pub fn encode<'r, const N: usize>(
        db: &Db,
        table: &'static str,
        columns: [&'static str; N],
        rows: impl IntoIterator<Item = [Cell<'r>; N]>,
    ) -> Self {
        Self::of(db.engine(), &Text::plain(table, columns), rows)
    }

    /// Like [`encode`](Self::encode), for rows of which all have the same values in the columns `shared`; these are given when
    /// the load runs.
    pub fn encode_sharing<'r, const N: usize>(
        db: &Db,
        table: &'static str,
        columns: [&'static str; N],
        shared: &'static [&'static str],
        rows: impl IntoIterator<Item = [Cell<'r>; N]>,
    ) -> Self {
        Self::of(db.engine(), &Text { shared, ..Text::plain(table, columns) }, rows)
    }

    /// Encodes those of `rows` to append that nothing refuses by `conflict`; see [`insert_missing`].
    pub fn encode_missing<'r, const N: usize>(
        db: &Db,
        table: &'static str,
        columns: [&'static str; N],
        conflict: &'static str,
        rows: impl IntoIterator<Item = [Cell<'r>; N]>,
    ) -> Self {
        Self::missing(db.engine(), table, columns, conflict, rows)
    }

    fn missing<'r, S, P, const N: usize>(
        engine: Engine<S, P>,
        table: &str,
        columns: [&str; N],
        conflict: &str,
        rows: impl IntoIterator<Item = [Cell<'r>; N]>,
    ) -> Self {
        let on_conflict = &format!(" ON CONFLICT {conflict} DO NOTHING");
        Self::of(engine, &Text { on_conflict, ..Text::plain(table, columns) }, rows)
    }

    fn of<'r, S, P, const N: usize>(
        engine: Engine<S, P>,
        text: &Text<'_, N>,
        rows: impl IntoIterator<Item = [Cell<'r>; N]>,
    ) -> Self {
        Self(match engine {
            Engine::Sqlite(_) => Statements::encode(text, rows).map(Engine::Sqlite),
            Engine::Postgres(_) => Arrays::encode(text, rows).map(Engine::Postgres),
        })
    }

    /// Writes the rows and answers how many there were; `shared` are the values of the shared columns, in their order.
    pub async fn run(self, tx: &mut Tx, shared: &[Cell<'_>]) -> Result<u64, sqlx::Error> {
        let rows = match (tx.engine(), self.0.map_err(sqlx::Error::Encode)?) {
            (Engine::Sqlite(connection), Engine::Sqlite(statements)) => {
                statements.run(connection, shared).await?
            }
            (Engine::Postgres(connection), Engine::Postgres(Some(arrays))) => {
                arrays.run(connection, shared).await?
            }
            (Engine::Postgres(_), Engine::Postgres(None)) => 0,
            _ => return Err(other_engine()),
        };
        tx.count_loaded(rows);
        Ok(rows)
    }

    /// Writes the rows and answers the keys that they got from the engine, in their order. `key` is the ascending integer key of
    /// the table, which the rows leave out.
    pub async fn run_keyed(
        self,
        tx: &mut Tx,
        key: &'static str,
        shared: &[Cell<'_>],
    ) -> Result<Vec<i64>, sqlx::Error> {
        let keys: Vec<i64> = match (tx.engine(), self.0.map_err(sqlx::Error::Encode)?) {
            (Engine::Sqlite(connection), Engine::Sqlite(statements)) => {
                let rows = statements.run(&mut *connection, shared).await?;
                // One writer, and each key is one more than the largest.
                let last: i64 =
                    sqlx::query_scalar("SELECT last_insert_rowid()").fetch_one(connection).await?;
                (last - i64::try_from(rows).unwrap_or(0) + 1..=last).collect()
            }
            (Engine::Postgres(connection), Engine::Postgres(Some(arrays))) => {
                arrays.run_keyed(connection, key, shared).await?
            }
            (Engine::Postgres(_), Engine::Postgres(None)) => Vec::new(),
            _ => return Err(other_engine()),
        };
        tx.count_loaded(keys.len() as u64);
        Ok(keys)
    }
}

impl std::fmt::Debug for Load {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Load")
    }
}

fn other_engine() -> sqlx::Error {
    sqlx::Error::Protocol("rows were encoded for the other engine".into())
}

/// Appends `rows` to `table` and answers how many there were.
///
/// A row that a constraint refuses fails the whole load, and with it the transaction, which can only be rolled back. Where rows may
/// collide, see [`insert_missing`], or [`stage`] them and move them on with `INSERT … SELECT … WHERE true ON CONFLICT …`. Table and
/// column names go into the text as they are.
///
/// The rows are encoded before this returns, so the caller bounds the batch (thousands, not millions), and the future
/// borrows nothing but the transaction.
pub fn insert<'t, 'r, const N: usize>(
    tx: &'t mut Tx,
    table: &'static str,
    columns: [&'static str; N],
    rows: impl IntoIterator<Item = [Cell<'r>; N]>,
) -> BoxFuture<'t, Result<u64, sqlx::Error>> {
    let load = Load::of(tx.engine(), &Text::plain(table, columns), rows);
    load.run(tx, &[]).boxed()
}

/// Appends `rows` to `table` in a transaction of their own, all or none. Where one statement holds them, which it does up to some hundred,
/// the engine begins and commits it with the statement: one way to SQLite's thread, or to the server, instead of three.
pub fn insert_alone<'d, 'r, const N: usize>(
    db: &'d Db,
    table: &'static str,
    columns: [&'static str; N],
    rows: impl IntoIterator<Item = [Cell<'r>; N]>,
) -> BoxFuture<'d, Result<u64, sqlx::Error>> {
    let load = Load::of(db.engine(), &Text::plain(table, columns), rows);
    async move {
        match (&db.pools, load.0.map_err(sqlx::Error::Encode)?) {
            (Engine::Sqlite(pools), Engine::Sqlite(statements)) if statements.are_one() => {
                statements.run(&mut *pools.writer.acquire().await?, &[]).await
            }
            (Engine::Postgres(pool), Engine::Postgres(Some(arrays))) => {
                arrays.run(&mut *pool.acquire().await?, &[]).await
            }
            (_, encoded) => {
                let mut tx = db.begin_write().await?;
                let rows = Load(Ok(encoded)).run(&mut tx, &[]).await?;
                tx.commit().await?;
                Ok(rows)
            }
        }
    }
    .boxed()
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
    let load = Load::missing(tx.engine(), table, columns, conflict, rows);
    async move { load.run(tx, &[]).await.map(drop) }.boxed()
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
    let (create, empty) = match tx.engine() {
        Engine::Sqlite(_) => {
            (create_staging(table, columns, sqlite_type), format!("DELETE FROM temp.{table}"))
        }
        // `TRUNCATE`, because deleted rows would stay in the file of a table that no vacuum visits.
        Engine::Postgres(_) => {
            (create_staging(table, columns, postgres_type), format!("TRUNCATE pg_temp.{table}"))
        }
    };
    let load = Load::of(tx.engine(), &Text::plain(table, names), rows);
    async move {
        for sql in [create, empty] {
            on!(tx, |conn| sqlx::query(AssertSqlSafe(sql)).execute(conn).await.map(drop))?;
        }
        load.run(tx, &[]).await
    }
    .boxed()
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
