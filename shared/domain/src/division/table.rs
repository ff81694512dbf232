//! Jinan's divisions, embedded from `data/divisions.csv`.

use super::DivisionKind;
use std::sync::LazyLock;

const FILE: &str = include_str!("../../data/divisions.csv");

/// One row of the table; columns as in the file.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) code: &'static str,
    pub(super) name_zh: &'static str,
    pub(super) kind: DivisionKind,
    pub(super) parent: Option<&'static str>,
    pub(super) successor: Option<&'static str>,
    pub(super) first_year: Option<i32>,
    pub(super) last_year: Option<i32>,
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let rows: Option<Vec<Row>> = FILE.lines().skip(1).map(row).collect();
    rows.expect("the embedded table of divisions is well formed; a test reads it")
});

/// All rows, in the order of the file.
pub(super) fn rows() -> &'static [Row] {
    &ROWS
}

/// The row of a code.
pub(super) fn find(code: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.code == code)
}

/// The file has no quoted cells, so that a split by commas reads it.
fn row(line: &'static str) -> Option<Row> {
    let mut cells = line.splitn(8, ',');
    let (code, name_zh, kind) = (cells.next()?, cells.next()?, cells.next()?);
    let mut optional = || cells.next().map(|cell| Some(cell).filter(|cell| !cell.is_empty()));
    let (parent, successor, first_year, last_year) = (optional()?, optional()?, optional()?, optional()?);
    let kind = match kind {
        "province" => DivisionKind::Province,
        "city" => DivisionKind::City,
        "district" => DivisionKind::District,
        "county" => DivisionKind::County,
        "abolished" => DivisionKind::Abolished,
        "zone" => DivisionKind::Zone,
        "statistical" => DivisionKind::Statistical,
        _ => return None,
    };
    let year = |cell: Option<&str>| cell.map(str::parse).transpose().ok();
    let (first_year, last_year) = (year(first_year)?, year(last_year)?);
    Some(Row { code, name_zh, kind, parent, successor, first_year, last_year })
}
