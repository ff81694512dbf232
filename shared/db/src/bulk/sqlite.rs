//! Bulk load into SQLite: prepared inserts of many rows.

use std::sync::Arc;

use sqlx::error::BoxDynError;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments as _, AssertSqlSafe, SqliteConnection};

use super::{Cell, Text};

/// Cells one statement binds. More than this gains nothing: the time is in the rows by then.
const CELLS_PER_STATEMENT: usize = 4_000;
/// Rows of a statement. Long loads come from messages of 5,000 rows: of these no rest is left, whose text would be parsed and planned for
/// itself alone.
const ROWS_PER_STATEMENT: [usize; 8] = [1_250, 1_000, 625, 500, 250, 125, 50, 10];

/// A load as SQLite takes it: statements of many rows, the same text but for the last.
pub(super) struct Statements {
    /// Empty where there are none.
    full: String,
    last: String,
    full_arguments: Vec<SqliteArguments>,
    last_arguments: SqliteArguments,
    rows: u64,
}

impl Statements {
    pub(super) fn encode<'r, const N: usize>(
        text: &Text<'_, N>,
        rows: impl IntoIterator<Item = [Cell<'r>; N]>,
    ) -> Result<Self, BoxDynError> {
        let fits = |rows: &usize| rows * N <= CELLS_PER_STATEMENT;
        let rows_per_statement = ROWS_PER_STATEMENT.into_iter().find(fits).unwrap_or(1);
        let (mut full_arguments, mut last_arguments) = (Vec::new(), SqliteArguments::default());
        let (mut rows, mut in_last) = (rows.into_iter(), 0);
        let mut before = [const { None }; N];
        while let Some(row) = rows.next() {
            if in_last == 0 {
                let expected = rows.size_hint().0.saturating_add(1).min(rows_per_statement);
                last_arguments.reserve(expected * N + text.shared.len(), 0);
            }
            row.into_iter()
                .zip(&mut before)
                .try_for_each(|(cell, before)| bind_after(&mut last_arguments, cell, before))
                .map_err(sqlx::Error::Encode)?;
            in_last += 1;
            if in_last == rows_per_statement {
                full_arguments.push(std::mem::take(&mut last_arguments));
                in_last = 0;
            }
        }
        let rows = (full_arguments.len() * rows_per_statement + in_last) as u64;
        // Most loads are a few rows: the text of a full statement would cost more than they do.
        let written = |needed: bool, rows| if needed { insert_text(text, rows) } else { String::new() };
        let full = written(!full_arguments.is_empty(), rows_per_statement);
        let last = written(in_last > 0, in_last);
        Ok(Self { full, last, full_arguments, last_arguments, rows })
    }

    /// Whether they are a single one.
    pub(super) fn are_one(&self) -> bool {
        self.full_arguments.is_empty() && self.last_arguments.len() > 0
    }

    pub(super) async fn run(
        self,
        connection: &mut SqliteConnection,
        shared: &[Cell<'_>],
    ) -> Result<u64, sqlx::Error> {
        let with_shared = |mut arguments: SqliteArguments| {
            let bound = shared.iter().try_for_each(|cell| bind(&mut arguments, *cell));
            bound.map(|()| arguments).map_err(sqlx::Error::Encode)
        };
        for arguments in self.full_arguments {
            let sql = AssertSqlSafe(self.full.as_str());
            sqlx::query_with(sql, with_shared(arguments)?).execute(&mut *connection).await?;
        }
        if self.last_arguments.len() > 0 {
            // Of no use to the next load: kept, it would push another statement out of the cache.
            let query = sqlx::query_with(AssertSqlSafe(self.last), with_shared(self.last_arguments)?);
            query.persistent(false).execute(connection).await?;
        }
        Ok(self.rows)
    }
}

/// For at least one row. Values that all rows share are bound after those of the rows, when the load runs; each row names their places.
fn insert_text<const N: usize>(text: &Text<'_, N>, rows: usize) -> String {
    let Text { table, columns, shared, on_conflict } = text;
    // sqlx reads `$7` as the seventh value, and gives a bare `?` the next of the others. Not `?7`: SQLite would count on from there.
    let places = (1..=shared.len()).map(|place| format!("${}", rows * N + place));
    let row = ["?"; N].map(str::to_owned).into_iter().chain(places).collect::<Vec<_>>().join(",");
    let mut values = format!("({row}),").repeat(rows);
    // The last comma.
    values.pop();
    let columns = columns.iter().chain(*shared).copied().collect::<Vec<_>>().join(",");
    format!("INSERT INTO {table} ({columns}) VALUES {values}{on_conflict}")
}

/// Binds a cell of a column in which `before` was the last text: what an import repeats from row to row is kept in memory once.
fn bind_after(
    arguments: &mut SqliteArguments,
    cell: Cell<'_>,
    before: &mut Option<Arc<str>>,
) -> Result<(), BoxDynError> {
    let Cell::Text(text) = cell else { return bind(arguments, cell) };
    let kept = match before.as_ref().filter(|before| ***before == *text) {
        Some(before) => Arc::clone(before),
        None => Arc::from(text),
    };
    *before = Some(Arc::clone(&kept));
    arguments.add(kept)
}

fn bind(arguments: &mut SqliteArguments, cell: Cell<'_>) -> Result<(), BoxDynError> {
    match cell {
        Cell::Text(text) => arguments.add(Arc::<str>::from(text)),
        Cell::Int(number) => arguments.add(number),
        Cell::Bool(flag) => arguments.add(flag),
        // As sqlx writes a day, but without reading a pattern for each.
        Cell::Date(day) => arguments.add(Arc::<str>::from(day.to_string())),
        Cell::Bytes(bytes) => arguments.add(bytes),
        Cell::Null => arguments.add(None::<i64>),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_names_the_place_of_a_value_that_all_share() {
        let text = Text { shared: &["act"], ..Text::plain("note", ["id", "day"]) };
        assert_eq!(insert_text(&text, 2), "INSERT INTO note (id,day,act) VALUES (?,?,$5),(?,?,$5)");
        let plain = Text { on_conflict: " ON CONFLICT (id) DO NOTHING", ..Text::plain("note", ["id"]) };
        assert_eq!(
            insert_text(&plain, 2),
            "INSERT INTO note (id) VALUES (?),(?) ON CONFLICT (id) DO NOTHING"
        );
    }
}
