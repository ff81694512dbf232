//! Bulk load into PostgreSQL: one prepared `INSERT … SELECT UNNEST(…), UNNEST(…) …`, an array a column. In the list of a
//! `SELECT` the arrays are read side by side, row by row; in its `FROM` all rows would be stored first.
//!
//! Not `COPY`: that needs two writes and an answer to each, and sqlx 0.9.0 leaves Nagle's algorithm on for TCP, so the
//! second write waits 40 ms for the server's delayed acknowledgement (transact-rs/sqlx#4335). Arrays travel in one.

use chrono::NaiveDate;
use sqlx::error::BoxDynError;
use sqlx::postgres::PgArguments;
use sqlx::{Arguments as _, AssertSqlSafe, PgConnection};

use super::{Cell, Text};

/// A load as PostgreSQL takes it.
pub(super) struct Arrays {
    sql: String,
    arguments: PgArguments,
}

/// How a column stands in the statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bound {
    /// Nothing was bound: all its values are null.
    Nothing,
    /// One value serves all rows.
    Once,
    /// An array, a value for each row.
    Each,
}

/// The values of one column, typed by the first that is not null.
enum Column<'r> {
    /// Only nulls so far, this many.
    Untyped(usize),
    Text(Vec<Option<&'r str>>),
    Int(Vec<Option<i64>>),
    Bool(Vec<Option<bool>>),
    Date(Vec<Option<NaiveDate>>),
    Bytes(Vec<Option<&'r [u8]>>),
}

impl Arrays {
    /// `None` if there are no rows.
    pub(super) fn encode<'r, const N: usize>(
        text: &Text<'_, N>,
        rows: impl IntoIterator<Item = [Cell<'r>; N]>,
    ) -> Result<Option<Self>, BoxDynError> {
        let mut values = [const { Column::Untyped(0) }; N];
        let mut count = 0;
        for row in rows {
            values.iter_mut().zip(row).try_for_each(|(column, cell)| column.push(cell))?;
            count += 1;
        }
        if count == 0 {
            return Ok(None);
        }
        let (mut arguments, mut selected) = (PgArguments::default(), Vec::new());
        // Without an array there would be one row.
        let mut has_array = false;
        for column in values {
            let bound = column.bind(&mut arguments, has_array)?;
            has_array |= bound == Bound::Each;
            selected.push(match bound {
                Bound::Nothing => "NULL".to_owned(),
                Bound::Once => format!("${}", arguments.len()),
                Bound::Each => format!("UNNEST(${})", arguments.len()),
            });
        }
        // Values that all rows share are bound when the load runs.
        selected.extend((1..=text.shared.len()).map(|place| format!("${}", arguments.len() + place)));
        let columns = text.columns.iter().chain(text.shared).copied().collect::<Vec<_>>().join(",");
        let (table, on_conflict) = (text.table, text.on_conflict);
        let sql = format!("INSERT INTO {table} ({columns}) SELECT {}{on_conflict}", selected.join(","));
        Ok(Some(Self { sql, arguments }))
    }

    pub(super) async fn run(
        self,
        connection: &mut PgConnection,
        shared: &[Cell<'_>],
    ) -> Result<u64, sqlx::Error> {
        let query = sqlx::query_with(AssertSqlSafe(self.sql), with_shared(self.arguments, shared)?);
        Ok(query.execute(connection).await?.rows_affected())
    }

    /// Answers the keys that the rows got in the column `key`, in their order: they ascend. They travel as runs without a gap, of which
    /// there is one unless others draw keys meanwhile.
    pub(super) async fn run_keyed(
        self,
        connection: &mut PgConnection,
        key: &str,
        shared: &[Cell<'_>],
    ) -> Result<Vec<i64>, sqlx::Error> {
        let sql = AssertSqlSafe(format!(
            "WITH written AS ({} RETURNING {key}),
                 numbered AS (SELECT {key}, {key} - ROW_NUMBER() OVER (ORDER BY {key}) AS run FROM written)
             SELECT MIN({key}), MAX({key}) FROM numbered GROUP BY run ORDER BY 1",
            self.sql
        ));
        let arguments = with_shared(self.arguments, shared)?;
        let runs: Vec<(i64, i64)> = sqlx::query_as_with(sql, arguments).fetch_all(connection).await?;
        Ok(runs.into_iter().flat_map(|(first, last)| first..=last).collect())
    }
}

fn with_shared(mut arguments: PgArguments, shared: &[Cell<'_>]) -> Result<PgArguments, sqlx::Error> {
    let mut bind = |cell: &Cell<'_>| match *cell {
        Cell::Text(text) => arguments.add(text),
        Cell::Int(number) => arguments.add(number),
        Cell::Bool(flag) => arguments.add(flag),
        Cell::Date(day) => arguments.add(day),
        Cell::Bytes(bytes) => arguments.add(bytes),
        Cell::Null => Err("a value that all rows share must have a type".into()),
    };
    shared.iter().try_for_each(&mut bind).map_err(sqlx::Error::Encode)?;
    Ok(arguments)
}

impl<'r> Column<'r> {
    fn push(&mut self, cell: Cell<'r>) -> Result<(), BoxDynError> {
        if let Self::Untyped(nulls) = *self {
            *self = Self::typed_like(cell, nulls);
        }
        match (self, cell) {
            (Self::Untyped(nulls), _) => *nulls += 1,
            (Self::Text(values), Cell::Text(text)) => values.push(Some(text)),
            (Self::Int(values), Cell::Int(number)) => values.push(Some(number)),
            (Self::Bool(values), Cell::Bool(flag)) => values.push(Some(flag)),
            (Self::Date(values), Cell::Date(day)) => values.push(Some(day)),
            (Self::Bytes(values), Cell::Bytes(bytes)) => values.push(Some(bytes)),
            (Self::Text(values), Cell::Null) => values.push(None),
            (Self::Int(values), Cell::Null) => values.push(None),
            (Self::Bool(values), Cell::Null) => values.push(None),
            (Self::Date(values), Cell::Null) => values.push(None),
            (Self::Bytes(values), Cell::Null) => values.push(None),
            (_, other) => return Err(format!("{other:?} in a column of another type").into()),
        }
        Ok(())
    }

    /// A column that takes `cell`, after `nulls` nulls.
    fn typed_like(cell: Cell<'r>, nulls: usize) -> Self {
        match cell {
            Cell::Text(_) => Self::Text(vec![None; nulls]),
            Cell::Int(_) => Self::Int(vec![None; nulls]),
            Cell::Bool(_) => Self::Bool(vec![None; nulls]),
            Cell::Date(_) => Self::Date(vec![None; nulls]),
            Cell::Bytes(_) => Self::Bytes(vec![None; nulls]),
            Cell::Null => Self::Untyped(nulls),
        }
    }

    /// Binds the column, unless it has no type. Where `may_be_one`, a value that all rows share is bound but once: what an import
    /// repeats in each row need not travel, nor be taken out of an array, for each.
    fn bind(self, arguments: &mut PgArguments, may_be_one: bool) -> Result<Bound, BoxDynError> {
        match self {
            Self::Untyped(_) => Ok(Bound::Nothing),
            Self::Text(values) => add(arguments, values, may_be_one),
            Self::Int(values) => add(arguments, values, may_be_one),
            Self::Bool(values) => add(arguments, values, may_be_one),
            Self::Date(values) => add(arguments, values, may_be_one),
            Self::Bytes(values) => add(arguments, values, may_be_one),
        }
    }
}

fn add<'r, T>(
    arguments: &mut PgArguments,
    values: Vec<Option<T>>,
    may_be_one: bool,
) -> Result<Bound, BoxDynError>
where
    T: Copy + PartialEq + 'r + sqlx::Type<sqlx::Postgres> + sqlx::postgres::PgHasArrayType,
    T: sqlx::Encode<'r, sqlx::Postgres>,
{
    let shared =
        values.first().copied().filter(|first| may_be_one && values.iter().all(|value| value == first));
    match shared {
        Some(value) => arguments.add(value).map(|()| Bound::Once),
        None => arguments.add(values).map(|()| Bound::Each),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sql(rows: &[[Cell<'_>; 2]]) -> String {
        Arrays::encode(&Text::plain("note", ["id", "day"]), rows.iter().copied()).unwrap().unwrap().sql
    }

    #[test]
    fn a_column_takes_its_type_from_the_first_value_in_it() {
        assert_eq!(
            sql(&[[Cell::Null, Cell::Int(1)], [Cell::Text("a"), Cell::Null]]),
            "INSERT INTO note (id,day) SELECT UNNEST($1),UNNEST($2)"
        );
    }

    #[test]
    fn a_value_that_all_rows_share_is_sent_once() {
        let one_day = [[Cell::Int(1), Cell::Text("a")], [Cell::Int(2), Cell::Text("a")]];
        assert_eq!(sql(&one_day), "INSERT INTO note (id,day) SELECT UNNEST($1),$2");
        let all_alike = [[Cell::Int(1), Cell::Text("a")], [Cell::Int(1), Cell::Text("a")]];
        assert_eq!(sql(&all_alike), "INSERT INTO note (id,day) SELECT UNNEST($1),$2");
    }

    #[test]
    fn a_column_of_nulls_needs_no_type() {
        assert_eq!(
            sql(&[[Cell::Null, Cell::Int(1)], [Cell::Null, Cell::Int(2)]]),
            "INSERT INTO note (id,day) SELECT NULL,UNNEST($1)"
        );
    }

    #[test]
    fn a_column_of_two_types_is_refused() {
        let mixed = [[Cell::Text("a")], [Cell::Int(1)]];
        let refused = Arrays::encode(&Text::plain("note", ["id"]), mixed).err().unwrap();
        assert_eq!(refused.to_string(), "Int(1) in a column of another type");
    }

    #[test]
    fn no_rows_are_no_statement() {
        assert!(Arrays::encode(&Text::plain("note", ["id"]), []).unwrap().is_none());
    }
}
