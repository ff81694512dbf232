//! Workbooks: the first sheet that is not empty, read as a stream.

use std::io::Cursor;
use std::ops::ControlFlow;

use calamine::{DataRef, Dimensions, Reader as _, Xlsx, XlsxError};

use super::{Cell, LONGEST_CELL, Line, MOST_COLUMNS, MOST_LINES, Unreadable, guard};

/// Lines at the top that may hold a title over merged cells.
const TITLE_LINES: u32 = 5;
/// Merged places that are named.
const PLACES: usize = 5;

impl From<XlsxError> for Unreadable {
    fn from(problem: XlsxError) -> Self {
        Self::Damaged { problem: problem.to_string() }
    }
}

pub(super) fn read(bytes: &[u8], take: &mut dyn FnMut(Line) -> ControlFlow<()>) -> Result<(), Unreadable> {
    guard::check(bytes)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes))?;
    let name = book.sheet_names().first().cloned().ok_or(Unreadable::NoSheet)?;
    refuse_merged(&book.merge_cells_by_sheet_name(&name)?)?;
    let mut cells = book.worksheet_cells_reader(&name)?;
    let mut line = Line { number: 0, cells: Vec::new() };
    while let Some(found) = cells.next_cell_with_formula()? {
        let number = found.pos.0.saturating_add(1);
        if number != line.number {
            if number > MOST_LINES {
                return Err(Unreadable::TooManyLines);
            }
            let done = std::mem::replace(&mut line, Line { number, cells: Vec::new() });
            if done.number > 0 && take(done).is_break() {
                return Ok(());
            }
        }
        let cell = if found.formula.is_some() { Cell::Formula } else { cell(number, found.value)? };
        put(&mut line, found.pos.1, cell)?;
    }
    if line.number > 0 {
        // The last line: whether it breaks off says nothing any more.
        let _ = take(line);
    }
    Ok(())
}

fn put(line: &mut Line, column: u32, cell: Cell) -> Result<(), Unreadable> {
    if cell.is_blank() {
        return Ok(());
    }
    let column = usize::try_from(column).unwrap_or(usize::MAX);
    if column >= MOST_COLUMNS {
        return Err(Unreadable::TooManyColumns { line: line.number });
    }
    if line.cells.len() <= column {
        line.cells.resize(column + 1, Cell::Empty);
    }
    line.cells[column] = cell;
    Ok(())
}

fn cell(line: u32, value: DataRef<'_>) -> Result<Cell, Unreadable> {
    let text = |text: &str| {
        if text.len() > LONGEST_CELL && text.chars().count() > LONGEST_CELL {
            return Err(Unreadable::CellTooLong { line });
        }
        Ok(Cell::Text(text.to_owned()))
    };
    Ok(match value {
        DataRef::Empty => Cell::Empty,
        DataRef::String(found) | DataRef::DateTimeIso(found) | DataRef::DurationIso(found) => text(&found)?,
        DataRef::SharedString(found) => text(found)?,
        DataRef::Int(number) => Cell::Number(number as f64),
        DataRef::Float(number) => Cell::Number(number),
        DataRef::Bool(flag) => Cell::Flag(flag),
        DataRef::DateTime(date) if date.is_datetime() => {
            let (year, month, day, ..) = date.to_ymd_hms_milli();
            Cell::Date { year, month, day }
        }
        DataRef::DateTime(duration) => Cell::Number(duration.as_f64()),
        DataRef::Error(_) => Cell::Broken,
    })
}

/// Merged cells hide which line a value belongs to. A title over the table may be merged.
fn refuse_merged(regions: &[Dimensions]) -> Result<(), Unreadable> {
    let in_table = |region: &&Dimensions| region.end.0 >= TITLE_LINES || region.start.0 != region.end.0;
    let places: Vec<String> = regions.iter().filter(in_table).take(PLACES).map(place).collect();
    if places.is_empty() { Ok(()) } else { Err(Unreadable::Merged { places: places.join("、") }) }
}

/// `B3:C7`.
fn place(region: &Dimensions) -> String {
    let corner = |(row, column): (u32, u32)| format!("{}{}", letters(column), row.saturating_add(1));
    format!("{}:{}", corner(region.start), corner(region.end))
}

/// The letters of a column, from `A`.
pub(super) fn letters(column: u32) -> String {
    let letter = |digit: u32| char::from(b'A' + u8::try_from(digit % 26).unwrap_or_default());
    let mut letters = vec![letter(column)];
    let mut rest = column / 26;
    while rest > 0 {
        letters.push(letter(rest - 1));
        rest = (rest - 1) / 26;
    }
    letters.into_iter().rev().collect()
}
