//! Tables as officers keep them: workbooks (`.xlsx`) and delimited text (UTF-8, GB18030) in, workbooks out.
//!
//! Pure: bytes in, lines out, one after the other. What cannot be read is refused as a whole, in words that say what to do
//! ([`Unreadable`]); nothing is guessed. Memory is bounded whatever the bytes are: no file is larger than [`LARGEST_FILE`],
//! no workbook unpacks to more than its parts may have.

mod delimited;
mod detect;
mod guard;
mod workbook;
pub mod write;

use std::ops::ControlFlow;

pub use detect::{Encoding, Kind};

/// Largest file, in bytes: a full sheet of a workbook, or half a million lines of text.
pub const LARGEST_FILE: usize = 64 * 1024 * 1024;
/// Most lines of a table: as many as a sheet of a workbook has.
pub const MOST_LINES: u32 = 1_048_576;
/// Most columns that are read.
pub const MOST_COLUMNS: usize = 200;
/// Longest content of a cell, in characters: as a workbook allows.
pub const LONGEST_CELL: usize = 32_767;

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Text, as written.
    Text(String),
    /// A number.
    Number(f64),
    /// A date, whatever time of day it has.
    Date {
        /// Year.
        year: u16,
        /// Month, from 1.
        month: u8,
        /// Day, from 1.
        day: u8,
    },
    /// True or false.
    Flag(bool),
    /// A formula; its result may be stale, so that it is not used.
    Formula,
    /// An error of the spreadsheet, such as `#REF!`.
    Broken,
}

/// A line of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its number as the program of the officer shows it, from 1.
    pub number: u32,
    /// Its cells, from the first column.
    pub cells: Vec<Cell>,
}

impl Cell {
    /// What an officer sees in the cell, as text; for giving it back.
    pub fn shown(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Number(number) => number_text(*number),
            Self::Date { year, month, day } => format!("{year:04}-{month:02}-{day:02}"),
            Self::Flag(true) => "TRUE".to_owned(),
            Self::Flag(false) => "FALSE".to_owned(),
            Self::Formula => "(公式)".to_owned(),
            Self::Broken => "(错误值)".to_owned(),
        }
    }

    /// Whether it holds nothing but blanks.
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(text) => text.trim().is_empty(),
            _ => false,
        }
    }
}

/// A number as people write it: whole numbers without a point.
fn number_text(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e15 { format!("{number:.0}") } else { number.to_string() }
}

/// Why a file is refused as a whole. The words are for officers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// No bytes.
    #[error("文件是空的")]
    Empty,
    /// Too many bytes.
    #[error("文件超过 {} MB，请拆分后再导入", LARGEST_FILE / 1024 / 1024)]
    TooLarge,
    /// An old or an encrypted workbook.
    #[error("这是旧版 .xls 或加密的工作簿，请去掉密码并另存为 .xlsx 后再导入")]
    OldWorkbook,
    /// A kind of file that holds no table.
    #[error("无法识别的文件格式，请使用 .xlsx 或 .csv")]
    UnknownKind,
    /// The bytes are text in no encoding that is read.
    #[error("第 {position} 个字节处的字符既不是 UTF-8 也不是 GB18030 编码，请另存为 UTF-8 的 .csv")]
    Encoding {
        /// Position of the first byte that is not UTF-8, from 1.
        position: usize,
    },
    /// A workbook that unpacks to far more than it may.
    #[error("工作簿解压后过大({part})，可能是压缩炸弹，已拒绝")]
    Bomb {
        /// The part of the workbook.
        part: String,
    },
    /// A workbook that is damaged.
    #[error("工作簿已损坏，无法读取: {problem}")]
    Damaged {
        /// What the reader says.
        problem: String,
    },
    /// A workbook without a sheet.
    #[error("工作簿中没有工作表")]
    NoSheet,
    /// Merged cells in the table.
    #[error("工作表中有合并单元格({places})，请取消合并并补全每一行后再导入")]
    Merged {
        /// Where, at most five places.
        places: String,
    },
    /// More lines than are read.
    #[error("超过 {MOST_LINES} 行，请拆分后再导入")]
    TooManyLines,
    /// More columns than are read.
    #[error("第 {line} 行超过 {MOST_COLUMNS} 列")]
    TooManyColumns {
        /// The line.
        line: u32,
    },
    /// A quotation mark that is never closed, or a cell that is too long.
    #[error("第 {line} 行有超过 {LONGEST_CELL} 个字符的单元格，可能缺少右引号")]
    CellTooLong {
        /// The line.
        line: u32,
    },
}

/// Reads the lines of a file one after the other, blank ones left out, until `take` breaks off.
///
/// # Errors
/// The file is refused as a whole; lines that were taken before must not be kept.
pub fn read(bytes: &[u8], mut take: impl FnMut(Line) -> ControlFlow<()>) -> Result<(), Unreadable> {
    let mut keep = |line: Line| {
        if line.cells.iter().all(Cell::is_blank) { ControlFlow::Continue(()) } else { take(line) }
    };
    match detect::kind(bytes)? {
        Kind::Workbook => workbook::read(bytes, &mut keep),
        Kind::Delimited(encoding) => delimited::read(bytes, encoding, &mut keep),
    }
}

#[cfg(test)]
mod tests;
