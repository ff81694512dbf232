//! Delimited text: commas, semicolons or tabs, quoted as spreadsheets do.

use std::ops::ControlFlow;

use csv::{ReaderBuilder, StringRecord};

use super::encoding::{Encoding, decode};
use super::{Cell, LONGEST_CELL, Line, MOST_COLUMNS, MOST_LINES, Unreadable};

pub(super) fn read(
    bytes: &[u8],
    encoding: Encoding,
    take: &mut dyn FnMut(Line) -> ControlFlow<()>,
) -> Result<(), Unreadable> {
    let text = decode(bytes, encoding)?;
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(&text))
        .from_reader(text.as_bytes());
    let mut record = StringRecord::new();
    loop {
        let number = u32::try_from(reader.position().line()).unwrap_or(u32::MAX);
        match reader.read_record(&mut record) {
            Ok(false) => return Ok(()),
            Ok(true) => {}
            // The text is whole and lines may have any length: nothing is left that could go wrong.
            Err(_) => return Err(Unreadable::UnknownKind),
        }
        let number =
            record.position().map_or(number, |position| u32::try_from(position.line()).unwrap_or(u32::MAX));
        if number > MOST_LINES {
            return Err(Unreadable::TooManyLines);
        }
        if take(line(number, &record)?).is_break() {
            return Ok(());
        }
    }
}

/// What stands most often in the first line outside quotation marks.
fn delimiter(text: &str) -> u8 {
    let mut counts = [(b',', 0_u32), (b'\t', 0), (b';', 0)];
    let mut quoted = false;
    for byte in text.lines().next().unwrap_or_default().bytes() {
        quoted ^= byte == b'"';
        if let Some((_, count)) = counts.iter_mut().find(|(delimiter, _)| !quoted && *delimiter == byte) {
            *count += 1;
        }
    }
    // The first of equals: a single column has none, and commas then do no harm.
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(delimiter, _)| delimiter)
}

fn line(number: u32, record: &StringRecord) -> Result<Line, Unreadable> {
    let last = (0..record.len()).rfind(|at| !record[*at].trim().is_empty()).map_or(0, |last| last + 1);
    if last > MOST_COLUMNS {
        return Err(Unreadable::TooManyColumns { line: number });
    }
    let cells = record.iter().take(last).map(|field| cell(number, field)).collect::<Result<_, _>>()?;
    Ok(Line { number, cells })
}

fn cell(line: u32, field: &str) -> Result<Cell, Unreadable> {
    if field.len() > LONGEST_CELL && field.chars().count() > LONGEST_CELL {
        return Err(Unreadable::CellTooLong { line });
    }
    if field.trim().is_empty() {
        return Ok(Cell::Empty);
    }
    // A program that opens the text would compute this.
    Ok(if field.starts_with('=') { Cell::Formula } else { Cell::Text(field.to_owned()) })
}
