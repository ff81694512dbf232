//! Delimited text: commas, semicolons or tabs, quoted as spreadsheets do.
//!
//! Lines end with LF, CR LF or CR, and are counted as an editor counts them: a line break within quotation marks is one, too, and
//! is kept as LF. Quotation marks are read strictly: one that is never closed, or closed within a text, would swallow the lines
//! that follow.

use std::ops::ControlFlow;

use super::encoding::{Decoded, Encoding};
use super::{Cell, LONGEST_CELL, Line, MOST_COLUMNS, MOST_LINES, Unreadable};

/// Lines from which the delimiter is told: a title may stand above the headers.
const SAMPLE: usize = 12;

pub(super) fn read(
    bytes: &[u8],
    encoding: Encoding,
    take: &mut dyn FnMut(Line) -> ControlFlow<()>,
) -> Result<(), Unreadable> {
    let mut decoded = Decoded::new(bytes, encoding);
    let mut text = String::new();
    decoded.next(&mut text)?;
    let mut parser = Parser::new(delimiter(&text));
    loop {
        for found in text.chars() {
            if let Some(line) = parser.push(found)?
                && take(line).is_break()
            {
                return Ok(());
            }
        }
        if !decoded.next(&mut text)? {
            break;
        }
    }
    if let Some(line) = parser.finish()? {
        // The last line: whether it breaks off says nothing any more.
        let _ = take(line);
    }
    Ok(())
}

/// What cuts the most lines at the top into the most cells, all into as many. The first of equals: a single column has none, and
/// commas then do no harm.
fn delimiter(text: &str) -> char {
    let cells = |delimiter: char| {
        let counts = counts(text, delimiter);
        let alike = |count: usize| counts.iter().filter(|other| **other == count).count();
        counts.iter().map(|count| count * alike(*count)).max().unwrap_or(0)
    };
    let mut best = (',', cells(','));
    for other in ['\t', ';'] {
        let found = cells(other);
        if found > best.1 {
            best = (other, found);
        }
    }
    best.0
}

/// How often `delimiter` stands in each of the first lines, outside quotation marks.
fn counts(text: &str, delimiter: char) -> Vec<usize> {
    let (mut counts, mut quoted) = (vec![0], false);
    for found in text.chars() {
        quoted ^= found == '"';
        match found {
            '\n' | '\r' if !quoted && counts.len() == SAMPLE => break,
            '\n' | '\r' if !quoted => counts.push(0),
            found if found == delimiter && !quoted => {
                *counts.last_mut().expect("it holds a count from the beginning") += 1;
            }
            _ => {}
        }
    }
    counts
}

/// Where the reading of a cell is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// Nothing of it has come.
    Beginning,
    /// In a cell without quotation marks; one within it is a character like others.
    Plain,
    /// Behind a quotation mark, in the line of this number.
    Quoted(u32),
    /// Behind a second one: the cell has ended, or the mark stands for itself.
    Closed,
    /// In blanks behind the end of a quoted cell.
    Ended,
}

/// Makes lines of characters.
struct Parser {
    delimiter: char,
    at: At,
    /// Number of the present line, from 1.
    number: u32,
    /// Number of the line in which the present row began.
    first: u32,
    /// Whether the last character was a CR.
    returned: bool,
    /// Column of the present cell, from 0.
    column: usize,
    cell: String,
    /// Characters of the cell.
    length: usize,
    cells: Vec<Cell>,
}

impl Parser {
    fn new(delimiter: char) -> Self {
        Self {
            delimiter,
            at: At::Beginning,
            number: 1,
            first: 1,
            returned: false,
            column: 0,
            cell: String::new(),
            length: 0,
            cells: Vec::new(),
        }
    }

    /// Takes the next character; answers the row that it ends.
    fn push(&mut self, found: char) -> Result<Option<Line>, Unreadable> {
        let returned = std::mem::replace(&mut self.returned, found == '\r');
        match found {
            // The second half of one end of a line.
            '\n' if returned => Ok(None),
            '\r' => self.take('\n'),
            other => self.take(other),
        }
    }

    fn take(&mut self, found: char) -> Result<Option<Line>, Unreadable> {
        match (self.at, found) {
            (At::Quoted(_), '"') => self.at = At::Closed,
            (At::Quoted(_), '\n') => {
                self.number += 1;
                self.keep('\n')?;
            }
            (At::Quoted(_), other) => self.keep(other)?,
            (_, '\n') => {
                self.end_cell()?;
                return self.end_row().map(Some);
            }
            (_, found) if found == self.delimiter => self.end_cell()?,
            (At::Beginning, '"') => self.at = At::Quoted(self.number),
            (At::Beginning | At::Plain, other) => {
                self.at = At::Plain;
                self.keep(other)?;
            }
            (At::Closed, '"') => {
                self.at = At::Quoted(self.number);
                self.keep('"')?;
            }
            (At::Closed | At::Ended, blank) if blank.is_whitespace() => self.at = At::Ended,
            (At::Closed | At::Ended, _) => return Err(Unreadable::AfterQuote { line: self.number }),
        }
        Ok(None)
    }

    /// The last row, when it has no end of its own.
    fn finish(mut self) -> Result<Option<Line>, Unreadable> {
        match self.at {
            At::Quoted(line) => Err(Unreadable::OpenQuote { line }),
            At::Beginning if self.column == 0 => Ok(None),
            _ => {
                self.end_cell()?;
                self.end_row().map(Some)
            }
        }
    }

    fn keep(&mut self, found: char) -> Result<(), Unreadable> {
        self.length += 1;
        if self.length > LONGEST_CELL {
            return Err(Unreadable::CellTooLong { line: self.first });
        }
        self.cell.push(found);
        Ok(())
    }

    fn end_cell(&mut self) -> Result<(), Unreadable> {
        if !self.cell.trim().is_empty() {
            if self.column >= MOST_COLUMNS {
                return Err(Unreadable::TooManyColumns { line: self.first });
            }
            self.cells.resize(self.column, Cell::Empty);
            // A program that opens the text would compute this.
            let is_formula = self.cell.starts_with('=');
            self.cells.push(if is_formula { Cell::Formula } else { Cell::Text(self.cell.clone()) });
        }
        self.cell.clear();
        self.length = 0;
        self.column += 1;
        self.at = At::Beginning;
        Ok(())
    }

    fn end_row(&mut self) -> Result<Line, Unreadable> {
        if self.first > MOST_LINES {
            return Err(Unreadable::TooManyLines);
        }
        let line = Line { number: self.first, cells: std::mem::take(&mut self.cells) };
        self.number += 1;
        self.first = self.number;
        self.column = 0;
        Ok(line)
    }
}
