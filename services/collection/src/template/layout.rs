//! Where the columns of a table stand in a file.

use domain::comparison_key;

use super::column::{Column, Table};
use super::zh::problem_zh;
use crate::sheet::write::REASON;
use crate::sheet::{Cell, Line};

/// What is wrong with the headers of a file. The words are for officers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderFault {
    /// No line looks like the headers of the table.
    #[error("没有找到表头，请使用{table}模板，表头须在前 {lines} 行内")]
    NotFound {
        /// The table, as officers call it.
        table: &'static str,
        /// Lines that were looked at.
        lines: usize,
    },
    /// A column stands twice.
    #[error("表头重复: {0}")]
    Twice(String),
    /// Columns are missing.
    #[error("缺少必填列: {0}")]
    Missing(String),
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The column in the file, from 0; none for what concerns the whole line.
    pub column: Option<usize>,
    /// Field of the contract.
    pub path: String,
    /// What is wrong, for officers.
    pub problem: String,
}

/// The columns of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The table.
    pub table: Table,
    /// Headers as they stand in the file.
    pub headers: Vec<String>,
    /// What stands in each column of the file; `None`: nothing that is read.
    columns: Vec<Option<&'static Column>>,
}

impl Layout {
    /// Lines that may stand before the headers, such as a title.
    pub const MOST_LINES_BEFORE: usize = 10;

    /// Whether a line looks like the headers of a table: it names most of the columns that must be there.
    pub fn is_header(table: Table, line: &Line) -> bool {
        let found: Vec<&Column> =
            line.cells.iter().filter_map(|cell| column_of(table, &cell.shown())).collect();
        let needed = table.columns().iter().filter(|column| column.required);
        let there = needed.clone().filter(|column| found.contains(column)).count();
        there * 2 > needed.count()
    }

    /// Reads the headers of a table.
    ///
    /// # Errors
    /// A column stands twice, or one that must be there does not.
    pub fn of(table: Table, line: &Line) -> Result<Self, HeaderFault> {
        let headers: Vec<String> = line.cells.iter().map(|cell| cell.shown().trim().to_owned()).collect();
        let columns: Vec<Option<&Column>> = headers.iter().map(|header| column_of(table, header)).collect();
        let count = |column: &Column| columns.iter().filter(|found| **found == Some(column)).count();
        let of = |is: &dyn Fn(&Column) -> bool| {
            let named: Vec<_> =
                table.columns().iter().filter(|column| is(column)).map(|column| column.header).collect();
            named.join("、")
        };
        let twice = of(&|column| count(column) > 1);
        if !twice.is_empty() {
            return Err(HeaderFault::Twice(twice));
        }
        let missing = of(&|column| column.required && count(column) == 0);
        if !missing.is_empty() {
            return Err(HeaderFault::Missing(missing));
        }
        Ok(Self { table, headers, columns })
    }

    /// Headers that are not read, other than the reasons of an earlier refusal.
    pub fn ignored(&self) -> impl Iterator<Item = &str> {
        let unread = self.headers.iter().zip(&self.columns).filter(|(_, column)| column.is_none());
        unread
            .map(|(header, _)| header.as_str())
            .filter(|header| !header.is_empty() && !header.ends_with(REASON))
    }

    /// The columns that are read and what a line holds there.
    pub(super) fn cells<'l>(
        &self,
        line: &'l Line,
    ) -> impl Iterator<Item = (usize, &'static Column, &'l Cell)> {
        let cells = self.columns.iter().enumerate();
        cells.filter_map(move |(at, column)| {
            Some((at, (*column)?, line.cells.get(at).unwrap_or(&Cell::Empty)))
        })
    }

    /// The fault of a field of the contract, under the column that it came from.
    pub fn fault(&self, path: &str, problem: &str) -> Fault {
        // `penalty.penalty_kinds[1]` comes from the column of `penalty.penalty_kinds`.
        let field = path.split('[').next().unwrap_or(path);
        let column = self.columns.iter().position(|column| column.is_some_and(|column| column.path == field));
        Fault { column, path: path.to_owned(), problem: problem_zh(problem) }
    }
}

fn column_of(table: Table, header: &str) -> Option<&'static Column> {
    let key = key(header);
    let is = |name: &&str| key == self::key(name);
    table.columns().iter().find(|column| is(&column.header) || column.aliases.iter().any(is))
}

/// Headers are the same whatever their width, blanks, brackets and the star of what must be filled in.
fn key(header: &str) -> String {
    comparison_key(header)
        .chars()
        .filter(|found| !matches!(found, '*' | '＊' | '(' | ')' | '_' | ':'))
        .collect()
}
