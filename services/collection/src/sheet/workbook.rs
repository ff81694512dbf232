//! Workbooks: the one sheet with content that an officer sees, read as a stream.

use std::io::Cursor;
use std::ops::ControlFlow;

use calamine::{DataRef, Reader as _, SheetType, SheetVisible, Xlsx};

use super::parts::{Parts, Sheet};
use super::{Cell, LONGEST_CELL, Line, MOST_COLUMNS, MOST_LINES, Unreadable, guard};

pub(super) fn read(bytes: &[u8], take: &mut dyn FnMut(Line) -> ControlFlow<()>) -> Result<(), Unreadable> {
    let parts = guard::check(bytes)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes))
        .map_err(|_| Unreadable::Damaged { place: "工作簿的目录、样式或文字".to_owned() })?;
    let Some(name) = chosen(&book, &parts)? else { return Ok(()) };
    let since_1904 = book.has_1904_epoch();
    let damaged =
        |line: u32| Unreadable::Damaged { place: format!("工作表“{name}”第 {} 行起", line.max(1)) };
    let mut cells = book.worksheet_cells_reader(&name).map_err(|_| damaged(1))?;
    let mut line = Line { number: 0, cells: Vec::new() };
    // Formulas are told by their presence: their text is neither kept nor worked out.
    while let Some(found) = cells.next_cell_with_formula_metadata().map_err(|_| damaged(line.number))? {
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
        let cell =
            if found.formula.is_some() { Cell::Formula } else { cell(number, found.value, since_1904)? };
        put(&mut line, found.pos.1, cell)?;
    }
    if line.number > 0 {
        // The last line: whether it breaks off says nothing any more.
        let _ = take(line);
    }
    Ok(())
}

/// The one sheet that has content and is seen; none when all are empty.
fn chosen(book: &Xlsx<Cursor<&[u8]>>, parts: &Parts) -> Result<Option<String>, Unreadable> {
    let seen = book
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible);
    let mut sheets: Vec<(&str, &Sheet)> = Vec::new();
    for sheet in seen {
        let missing = || Unreadable::Damaged { place: format!("工作表“{}”缺失", sheet.name) };
        sheets.push((&sheet.name, parts.sheet(&sheet.name).ok_or_else(missing)?));
    }
    if sheets.is_empty() {
        return Err(Unreadable::NoSheet);
    }
    sheets.retain(|(_, sheet)| sheet.filled);
    match sheets.as_slice() {
        [] => Ok(None),
        [(name, sheet)] => refuse_unseen(name, sheet).map(|()| Some((*name).to_owned())),
        several => {
            let names: Vec<_> = several.iter().map(|(name, _)| format!("“{name}”")).collect();
            Err(Unreadable::SeveralSheets { names: names.join("、") })
        }
    }
}

/// What an officer does not see as it is may not be what he means.
fn refuse_unseen(name: &str, sheet: &Sheet) -> Result<(), Unreadable> {
    if !sheet.merged.is_empty() {
        return Err(Unreadable::Merged { sheet: name.to_owned(), places: sheet.merged.join("、") });
    }
    if !sheet.hidden.is_empty() {
        let lines: Vec<_> = sheet.hidden.iter().map(u32::to_string).collect();
        return Err(Unreadable::Hidden { sheet: name.to_owned(), lines: lines.join("、") });
    }
    if !sheet.hidden_columns.is_empty() {
        let columns: Vec<_> = sheet.hidden_columns.iter().map(|column| letters(*column)).collect();
        return Err(Unreadable::HiddenColumns { sheet: name.to_owned(), columns: columns.join("、") });
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

fn cell(line: u32, value: DataRef<'_>, since_1904: bool) -> Result<Cell, Unreadable> {
    let text = |text: &str| {
        if text.len() > LONGEST_CELL && text.chars().count() > LONGEST_CELL {
            return Err(Unreadable::CellTooLong { line });
        }
        Ok(Cell::Text(text.to_owned()))
    };
    let number = |number: f64| if since_1904 { Cell::NumberSince1904(number) } else { Cell::Number(number) };
    Ok(match value {
        DataRef::Empty => Cell::Empty,
        DataRef::String(found) | DataRef::DateTimeIso(found) | DataRef::DurationIso(found) => text(&found)?,
        DataRef::SharedString(found) => text(found)?,
        DataRef::Int(found) => number(found as f64),
        DataRef::Float(found) => number(found),
        DataRef::Bool(flag) => Cell::Flag(flag),
        DataRef::DateTime(date) if date.is_datetime() => {
            let (year, month, day, ..) = date.to_ymd_hms_milli();
            Cell::Date { year, month, day }
        }
        DataRef::DateTime(duration) => Cell::Number(duration.as_f64()),
        DataRef::Error(error) => Cell::Broken(error.to_string()),
    })
}

/// The letters of a column, from `A`.
pub(crate) fn letters(column: usize) -> String {
    let letter = |digit: usize| char::from(b'A' + u8::try_from(digit % 26).unwrap_or_default());
    let mut letters = vec![letter(column)];
    let mut rest = column / 26;
    while rest > 0 {
        letters.push(letter(rest - 1));
        rest = (rest - 1) / 26;
    }
    letters.into_iter().rev().collect()
}
