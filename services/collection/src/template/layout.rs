//! Where the columns of a table stand in a file.

use domain::comparison_key;

use super::column::{Column, Table};
use super::value::given_back;
use super::zh::problem_zh;
use crate::sheet::write::REASON;
use crate::sheet::{Cell, Line, letters};

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
    /// A column stands twice, under one name or two.
    #[error("表头(第 {line} 行)重复: {columns}")]
    Twice {
        /// Line of the headers.
        line: u32,
        /// Each with where it stands.
        columns: String,
    },
    /// Columns are missing.
    #[error("表头(第 {line} 行)缺少必填列: {columns}{unknown}")]
    Missing {
        /// Line of the headers.
        line: u32,
        /// Which.
        columns: String,
        /// Headers that mean nothing here: one of them may be what is missing, mistyped.
        unknown: String,
    },
    /// A header that is no header.
    #[error("表头(第 {line} 行)的 {column} 列超过 {LONGEST_HEADER} 个字符")]
    TooLong {
        /// Line of the headers.
        line: u32,
        /// Letters of the column.
        column: String,
    },
    /// Headers, and nothing below them.
    #[error("表头(第 {line} 行)之下没有数据")]
    NothingBelow {
        /// Line of the headers.
        line: u32,
    },
}

/// Longest header, in characters.
const LONGEST_HEADER: usize = 200;
/// Unknown headers that are named.
const NAMED: usize = 10;

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
        if let Some(at) = headers.iter().position(|header| header.chars().count() > LONGEST_HEADER) {
            return Err(HeaderFault::TooLong { line: line.number, column: letters(at) });
        }
        let columns: Vec<Option<&Column>> = headers.iter().map(|header| column_of(table, header)).collect();
        let layout = Self { table, headers, columns };
        let twice: Vec<String> = table.columns().iter().filter_map(|column| layout.twice(column)).collect();
        if !twice.is_empty() {
            return Err(HeaderFault::Twice { line: line.number, columns: twice.join("；") });
        }
        let missing = |column: &&Column| column.required && layout.places(column).next().is_none();
        let missing: Vec<&str> = table.columns().iter().filter(missing).map(|column| column.header).collect();
        if !missing.is_empty() {
            let unknown: Vec<_> = layout.ignored().take(NAMED).map(|header| format!("“{header}”")).collect();
            let unknown = match unknown.as_slice() {
                [] => String::new(),
                named => format!("；不认识的表头: {}", named.join("、")),
            };
            return Err(HeaderFault::Missing { line: line.number, columns: missing.join("、"), unknown });
        }
        Ok(layout)
    }

    /// Where a column stands.
    fn places(&self, column: &Column) -> impl Iterator<Item = usize> {
        self.columns.iter().enumerate().filter(move |(_, found)| **found == Some(column)).map(|(at, _)| at)
    }

    /// Where a column stands that stands more than once: `处罚类别(J 列“处罚类别”、T 列“处罚种类”)`.
    fn twice(&self, column: &Column) -> Option<String> {
        let places: Vec<usize> = self.places(column).collect();
        let shown: Vec<_> =
            places.iter().map(|at| format!("{} 列“{}”", letters(*at), self.headers[*at])).collect();
        (places.len() > 1).then(|| format!("{}({})", column.header, shown.join("、")))
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

    /// The cells of a refused line as they are given back. What a hotline writes beside its tickets, and nobody reads here, is not
    /// kept.
    pub fn given_back(&self, line: &Line) -> Vec<String> {
        let shown = |(at, cell): (usize, &Cell)| match self.columns.get(at) {
            Some(Some(column)) => given_back(column.form, cell),
            _ if self.table == Table::Ticket => String::new(),
            _ => cell.shown(),
        };
        line.cells.iter().enumerate().map(shown).collect()
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
