//! Reading a CSV table row by row, each with its line.

use crate::error::{RowProblem, RulebookError};
use serde::de::DeserializeOwned;

/// A row and where it stands.
pub(crate) struct Line<R> {
    pub(crate) file: &'static str,
    pub(crate) number: u64,
    pub(crate) row: R,
}

impl<R> Line<R> {
    /// The error that this row cannot be taken.
    pub(crate) fn refuse(&self, problem: RowProblem) -> RulebookError {
        RulebookError::Row { file: self.file, line: self.number, problem }
    }
}

/// Reads all rows of a table. Columns go by their names; a missing or unknown column is refused.
pub(crate) fn read<R: DeserializeOwned>(
    file: &'static str,
    text: &str,
) -> Result<Vec<Line<R>>, RulebookError> {
    let refuse = |number, error: csv::Error| RulebookError::Row {
        file,
        line: number,
        problem: RowProblem::Csv(error.to_string()),
    };
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|error| refuse(1, error))?.clone();
    let mut lines = Vec::new();
    for record in reader.records() {
        let number = |position: Option<&csv::Position>| position.map_or(1, csv::Position::line);
        let record = record.map_err(|error| refuse(number(error.position()), error))?;
        let number = number(record.position());
        let row = record.deserialize(Some(&headers)).map_err(|error| refuse(number, error))?;
        lines.push(Line { file, number, row });
    }
    Ok(lines)
}

/// The parts of a cell that holds a list, separated by `|`; none for an empty cell.
pub(crate) fn list(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('|').map(str::trim).filter(|part| !part.is_empty())
}

/// A cell that must say something.
pub(crate) fn required(column: &'static str, cell: String) -> Result<String, RowProblem> {
    if cell.is_empty() { Err(RowProblem::Empty(column)) } else { Ok(cell) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Row {
        code: String,
        label: String,
    }

    fn refused(text: &str) -> String {
        read::<Row>("codes.csv", text).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn rows_carry_their_line_even_past_quoted_line_breaks() {
        let lines = read::<Row>("codes.csv", "code,label\n1,\"two\nlines\"\n2, x \n").unwrap();
        let found: Vec<_> =
            lines.iter().map(|line| (line.number, line.row.code.as_str(), line.row.label.as_str())).collect();
        assert_eq!(found, [(2, "1", "two\nlines"), (4, "2", "x")]);
    }

    #[test]
    fn a_row_with_a_missing_cell_and_an_unknown_column_are_refused_with_the_line() {
        assert!(refused("code,label\n1,a\n2\n").starts_with("codes.csv, line 3: "));
        assert!(refused("code,label,extra\n1,a,b\n").contains("unknown field `extra`"));
        assert!(refused("code\n1\n").contains("missing field `label`"));
    }

    #[test]
    fn a_list_cell_splits_at_bars() {
        assert_eq!(list("a| b |").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(list("").count(), 0);
    }
}
