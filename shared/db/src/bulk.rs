//! Bulk load, the one place where the engines differ in kind: `COPY` on PostgreSQL, prepared inserts of many rows on
//! SQLite. Both run inside a [`Tx`], so a load that fails half-way leaves nothing.

use chrono::NaiveDate;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments as _, AssertSqlSafe, PgConnection, SqliteConnection};

use crate::{Engine, Tx, on};

/// Cells one SQLite statement binds. More than this gains nothing: the time is in the rows by then.
const CELLS_PER_STATEMENT: usize = 4_000;
/// `COPY` data is sent in pieces of about this size.
const COPY_PIECE_BYTES: usize = 1 << 18;

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
/// A row that a constraint refuses fails the whole load: where rows may collide, [`stage`] them and move them on with
/// `INSERT … SELECT … WHERE true ON CONFLICT DO NOTHING`. Table and column names go into the text as they are.
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
        Engine::Sqlite(_) => Statements::encode(table, columns, rows).map(Engine::Sqlite),
        Engine::Postgres(_) => Ok(Engine::Postgres(Copy::encode(table, columns, rows))),
    };
    async move { run(tx, load?).await }.boxed()
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
            Statements::encode(table, names, rows).map(Engine::Sqlite),
            create_staging(table, columns, sqlite_type),
            format!("DELETE FROM temp.{table}"),
        ),
        // `TRUNCATE`, because deleted rows would stay in the file of a table that no vacuum visits.
        Engine::Postgres(_) => (
            Ok(Engine::Postgres(Copy::encode(table, names, rows))),
            create_staging(table, columns, postgres_type),
            format!("TRUNCATE pg_temp.{table}"),
        ),
    };
    async move {
        for sql in [create, empty] {
            on!(tx, |conn| sqlx::query(AssertSqlSafe(sql)).execute(conn).await.map(drop))?;
        }
        run(tx, load?).await
    }
    .boxed()
}

async fn run(tx: &mut Tx, load: Engine<Statements, Copy>) -> Result<u64, sqlx::Error> {
    match (tx.engine(), load) {
        (Engine::Sqlite(connection), Engine::Sqlite(statements)) => statements.run(connection).await,
        (Engine::Postgres(connection), Engine::Postgres(copy)) => copy.run(connection).await,
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

/// A load as SQLite takes it: statements of many rows, the same text but for the last.
struct Statements {
    full: String,
    last: String,
    full_arguments: Vec<SqliteArguments>,
    last_arguments: SqliteArguments,
    rows: u64,
}

impl Statements {
    fn encode<'r, const N: usize>(
        table: &str,
        columns: [&str; N],
        rows: impl IntoIterator<Item = [Cell<'r>; N]>,
    ) -> Result<Self, sqlx::Error> {
        let rows_per_statement = (CELLS_PER_STATEMENT / N.max(1)).max(1);
        let (mut full_arguments, mut last_arguments) = (Vec::new(), SqliteArguments::default());
        let mut in_last = 0;
        for row in rows {
            row.into_iter()
                .try_for_each(|cell| bind(&mut last_arguments, cell))
                .map_err(sqlx::Error::Encode)?;
            in_last += 1;
            if in_last == rows_per_statement {
                full_arguments.push(std::mem::take(&mut last_arguments));
                in_last = 0;
            }
        }
        let rows = (full_arguments.len() * rows_per_statement + in_last) as u64;
        let full = insert_text(table, columns, rows_per_statement);
        Ok(Self { full, last: insert_text(table, columns, in_last), full_arguments, last_arguments, rows })
    }

    async fn run(self, connection: &mut SqliteConnection) -> Result<u64, sqlx::Error> {
        for arguments in self.full_arguments {
            let sql = AssertSqlSafe(self.full.as_str());
            sqlx::query_with(sql, arguments).execute(&mut *connection).await?;
        }
        if self.last_arguments.len() > 0 {
            // Of no use to the next load: kept, it would push another statement out of the cache.
            let query = sqlx::query_with(AssertSqlSafe(self.last), self.last_arguments);
            query.persistent(false).execute(connection).await?;
        }
        Ok(self.rows)
    }
}

fn insert_text<const N: usize>(table: &str, columns: [&str; N], rows: usize) -> String {
    let row = format!("({})", vec!["?"; N].join(","));
    format!("INSERT INTO {table} ({}) VALUES {}", columns.join(","), vec![row; rows].join(","))
}

fn bind(arguments: &mut SqliteArguments, cell: Cell<'_>) -> Result<(), sqlx::error::BoxDynError> {
    match cell {
        Cell::Text(text) => arguments.add(text),
        Cell::Int(number) => arguments.add(number),
        Cell::Bool(flag) => arguments.add(flag),
        Cell::Date(day) => arguments.add(day),
        Cell::Bytes(bytes) => arguments.add(bytes),
        Cell::Null => arguments.add(None::<i64>),
    }
}

/// A load as PostgreSQL takes it: `COPY` and its data, cut between rows.
struct Copy {
    sql: String,
    pieces: Vec<Vec<u8>>,
}

impl Copy {
    fn encode<'r, const N: usize>(
        table: &str,
        columns: [&str; N],
        rows: impl IntoIterator<Item = [Cell<'r>; N]>,
    ) -> Self {
        let (mut pieces, mut piece) = (Vec::new(), Vec::new());
        for row in rows {
            for (index, cell) in row.into_iter().enumerate() {
                if index > 0 {
                    piece.push(b'\t');
                }
                write_cell(&mut piece, cell);
            }
            piece.push(b'\n');
            if piece.len() >= COPY_PIECE_BYTES {
                pieces.push(std::mem::take(&mut piece));
            }
        }
        pieces.push(piece);
        Self { sql: format!("COPY {table} ({}) FROM STDIN", columns.join(",")), pieces }
    }

    async fn run(self, connection: &mut PgConnection) -> Result<u64, sqlx::Error> {
        let mut sink = connection.copy_in_raw(&self.sql).await?;
        for piece in self.pieces {
            sink.send(piece).await?;
        }
        sink.finish().await
    }
}

/// Writes one cell in the text format of `COPY`.
fn write_cell(piece: &mut Vec<u8>, cell: Cell<'_>) {
    match cell {
        Cell::Text(text) => write_escaped(piece, text),
        Cell::Int(number) => piece.extend_from_slice(number.to_string().as_bytes()),
        Cell::Bool(flag) => piece.push(if flag { b't' } else { b'f' }),
        Cell::Date(day) => piece.extend_from_slice(day.to_string().as_bytes()),
        Cell::Bytes(bytes) => write_hex(piece, bytes),
        Cell::Null => piece.extend_from_slice(b"\\N"),
    }
}

fn write_escaped(piece: &mut Vec<u8>, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'\\' => piece.extend_from_slice(b"\\\\"),
            b'\t' => piece.extend_from_slice(b"\\t"),
            b'\n' => piece.extend_from_slice(b"\\n"),
            b'\r' => piece.extend_from_slice(b"\\r"),
            plain => piece.push(plain),
        }
    }
}

fn write_hex(piece: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    piece.extend_from_slice(b"\\\\x");
    for byte in bytes {
        piece.push(DIGITS[usize::from(byte >> 4)]);
        piece.push(DIGITS[usize::from(byte & 15)]);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn written(cell: Cell<'_>) -> String {
        let mut piece = Vec::new();
        write_cell(&mut piece, cell);
        String::from_utf8(piece).unwrap()
    }

    #[test]
    fn copy_text_escapes_what_would_end_a_cell_or_a_row() {
        assert_eq!(written(Cell::Text("a\tb\nc\\d\re 济南")), "a\\tb\\nc\\\\d\\re 济南");
        assert_eq!(written(Cell::Text("\\N")), "\\\\N", "the text \\N is not null");
        assert_eq!(written(Cell::Null), "\\N");
        assert_eq!(written(Cell::Bytes(&[0, 0xfe])), "\\\\x00fe");
        assert_eq!(written(Cell::Int(i64::MIN)), "-9223372036854775808");
    }
}
