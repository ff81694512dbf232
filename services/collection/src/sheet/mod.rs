//! Tables as officers keep them: workbooks (`.xlsx`) and delimited text (UTF-8, GB18030) in, workbooks out.
//!
//! Pure: bytes in, lines out, one after the other. What cannot be read is refused as a whole, in words that say what to do
//! ([`Unreadable`]); nothing is guessed. Memory is bounded whatever the bytes are: no file is larger than [`LARGEST_FILE`],
//! no workbook unpacks to more than its parts may have, and no table says more than [`LARGEST_TABLE`].

mod delimited;
mod detect;
mod encoding;
mod guard;
mod parts;
mod unreadable;
mod workbook;
pub mod write;

use std::ops::ControlFlow;

pub use detect::Kind;
pub use encoding::Encoding;
pub use unreadable::Unreadable;
pub(crate) use workbook::letters;

/// Largest file, in bytes: a full sheet of a workbook, or half a million lines of text.
pub const LARGEST_FILE: usize = 64 * 1024 * 1024;
/// Most lines of a table: as many as a sheet of a workbook has.
pub const MOST_LINES: u32 = 1_048_576;
/// Most columns that are read.
pub const MOST_COLUMNS: usize = 200;
/// Longest content of a cell, in characters: as a workbook allows.
pub const LONGEST_CELL: usize = 32_767;
/// Longest line, in bytes of text: a multiple of what all fields of a record may have together.
pub const LONGEST_LINE: usize = 128 * 1024;
/// Most text of a table, in bytes. A workbook keeps a text once and may show it a million times.
pub const LARGEST_TABLE: usize = 1024 * 1024 * 1024;

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Text, as written.
    Text(String),
    /// A number.
    Number(f64),
    /// A number of a workbook that counts its days from 1904: as a day it would be another one than it seems.
    NumberSince1904(f64),
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
    /// An error of the spreadsheet, such as `#REF!`, as it is shown.
    Broken(String),
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
    /// How a formula is shown.
    pub(crate) const FORMULA: &str = "(公式)";

    /// What an officer sees in the cell, as text; for giving it back.
    pub fn shown(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Number(number) | Self::NumberSince1904(number) => number_text(*number),
            Self::Date { year, month, day } => format!("{year:04}-{month:02}-{day:02}"),
            Self::Flag(true) => "TRUE".to_owned(),
            Self::Flag(false) => "FALSE".to_owned(),
            Self::Formula => Self::FORMULA.to_owned(),
            Self::Broken(error) => error.clone(),
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

impl Line {
    /// Bytes of its texts.
    pub fn size(&self) -> usize {
        let text = |cell: &Cell| match cell {
            Cell::Text(text) | Cell::Broken(text) => text.len(),
            _ => 0,
        };
        self.cells.iter().map(text).sum()
    }
}

/// A number as people write it: whole numbers without a point.
fn number_text(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e15 { format!("{number:.0}") } else { number.to_string() }
}

/// Reads the lines of a file one after the other, blank ones left out, until `take` breaks off.
///
/// # Errors
/// The file is refused as a whole; lines that were taken before must not be kept.
pub fn read(bytes: &[u8], mut take: impl FnMut(Line) -> ControlFlow<()>) -> Result<(), Unreadable> {
    let (mut whole, mut refused) = (0, None);
    let mut keep = |line: Line| {
        if line.cells.iter().all(Cell::is_blank) {
            return ControlFlow::Continue(());
        }
        let size = line.size();
        whole += size;
        if size > LONGEST_LINE {
            refused = Some(Unreadable::LineTooLong { line: line.number });
        } else if whole > LARGEST_TABLE {
            refused = Some(Unreadable::Bomb { part: format!("前 {} 行的文字", line.number) });
        }
        if refused.is_some() { ControlFlow::Break(()) } else { take(line) }
    };
    match detect::kind(bytes)? {
        Kind::Workbook => workbook::read(bytes, &mut keep)?,
        Kind::Delimited(encoding) => delimited::read(bytes, encoding, &mut keep)?,
    }
    refused.map_or(Ok(()), Err)
}

#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod tests;
