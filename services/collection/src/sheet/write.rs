//! Workbooks for officers: templates to fill in, and refused lines with the reason beside each cell.

use rust_xlsxwriter::{Color, Format, Note, Workbook, XlsxError};

/// Behind the header of a cell that is refused stands a column with this at the end of its header. When the workbook comes
/// back, such columns are passed over.
pub const REASON: &str = "·问题";

/// Longest text that a cell of a workbook holds, in units of UTF-16.
const LONGEST: usize = 32_767;
/// Width of a column, in characters.
const WIDTH: f64 = 22.0;
/// Ground of cells that must be filled in, and of those that are refused.
const NEEDED: Color = Color::RGB(0x00FF_F2CC);
const REFUSED: Color = Color::RGB(0x00F8_CBAD);

/// A column of a template.
#[derive(Clone, Debug)]
pub struct Heading {
    /// Its header.
    pub header: String,
    /// How to fill it in.
    pub hint: String,
    /// Whether it must be filled in.
    pub required: bool,
}

/// A line that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedLine {
    /// Its number in the file that was sent.
    pub number: u32,
    /// Its cells, as they were shown.
    pub cells: Vec<String>,
    /// Column and reason of each fault; no column for what concerns the line as a whole.
    pub faults: Vec<(Option<usize>, String)>,
}

/// A template: headers with hints, and nothing else.
///
/// # Errors
/// The workbook could not be written.
pub fn template(headings: &[Heading]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let needed = Format::new().set_bold().set_text_wrap().set_background_color(NEEDED);
    let plain = Format::new().set_bold().set_text_wrap();
    // As text, so that no program makes a number of a code or a date of its own of a date.
    let text = Format::new().set_num_format("@");
    for (column, heading) in (0..).zip(headings) {
        let format = if heading.required { &needed } else { &plain };
        sheet.write_string_with_format(0, column, &heading.header, format)?;
        sheet.insert_note(0, column, &Note::new(&heading.hint))?;
        sheet.set_column_width(column, WIDTH)?;
        sheet.set_column_format(column, &text)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    book.save_to_buffer()
}

/// The refused lines under their headers, the reason beside each cell. It can be put right and sent again. That `left_out` more were
/// refused stands in the last header, which is passed over when it comes back.
///
/// # Errors
/// The workbook could not be written.
pub fn refused(headers: &[String], lines: &[RefusedLine], left_out: i64) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let (bold, marked) =
        (Format::new().set_bold(), Format::new().set_background_color(REFUSED).set_text_wrap());
    let columns = Columns::of(headers.len(), lines);
    for (at, header) in headers.iter().enumerate() {
        sheet.write_string_with_format(0, columns.cell(at), header, &bold)?;
        if let Some(reason) = columns.reason(at) {
            sheet.write_string_with_format(0, reason, format!("{header}{REASON}"), &bold)?;
        }
    }
    sheet.write_string_with_format(0, columns.line(), format!("原行号{REASON}"), &bold)?;
    let more = match left_out {
        0 => String::new(),
        _ => format!("（另有 {left_out} 行被拒绝，未列于此）"),
    };
    sheet.write_string_with_format(0, columns.line() + 1, format!("整行{more}{REASON}"), &bold)?;
    for (row, line) in (1..).zip(lines) {
        for (at, cell) in line.cells.iter().enumerate().take(headers.len()) {
            if line.faults.iter().any(|(column, _)| *column == Some(at)) {
                sheet.write_string_with_format(row, columns.cell(at), held(cell), &marked)?;
            } else if !cell.is_empty() {
                sheet.write_string(row, columns.cell(at), held(cell))?;
            }
        }
        for (at, reasons) in columns.reasons_of(line) {
            sheet.write_string_with_format(row, at, held(&reasons), &marked)?;
        }
        sheet.write_string(row, columns.line(), line.number.to_string())?;
    }
    sheet.set_freeze_panes(1, 0)?;
    book.save_to_buffer()
}

/// As much of a text as a cell holds. A delimited file may have longer ones: they count characters, of which some are two units. No field
/// takes nearly as much, so that what was cut is refused again.
fn held(text: &str) -> &str {
    if text.len() <= LONGEST {
        return text;
    }
    let mut units = 0;
    let over = text.char_indices().find(|(_, character)| {
        units += character.len_utf16();
        units > LONGEST
    });
    over.map_or(text, |(end, _)| &text[..end])
}

/// Where cells and reasons stand: a column of reasons behind each column that has any.
struct Columns {
    /// Place of each cell, and whether a column of reasons follows.
    places: Vec<(u16, bool)>,
    next: u16,
}

impl Columns {
    fn of(headers: usize, lines: &[RefusedLine]) -> Self {
        let mut faulty = vec![false; headers];
        for column in lines.iter().flat_map(|line| &line.faults).filter_map(|(column, _)| *column) {
            if let Some(faulty) = faulty.get_mut(column) {
                *faulty = true;
            }
        }
        let mut next = 0;
        let places = faulty
            .into_iter()
            .map(|faulty| {
                let place = (next, faulty);
                next += 1 + u16::from(faulty);
                place
            })
            .collect();
        Self { places, next }
    }

    fn cell(&self, at: usize) -> u16 {
        self.places[at].0
    }

    fn reason(&self, at: usize) -> Option<u16> {
        self.places.get(at).filter(|(_, faulty)| *faulty).map(|(place, _)| place + 1)
    }

    fn line(&self) -> u16 {
        self.next
    }

    /// Place and text of the reasons of a line; several of one cell are one text.
    fn reasons_of(&self, line: &RefusedLine) -> Vec<(u16, String)> {
        let mut told: Vec<(u16, String)> = Vec::new();
        for (column, reason) in &line.faults {
            let place = column.and_then(|at| self.reason(at)).unwrap_or(self.next + 1);
            match told.iter_mut().find(|(known, _)| *known == place) {
                Some((_, text)) => {
                    text.push('；');
                    text.push_str(reason);
                }
                None => told.push((place, reason.clone())),
            }
        }
        told
    }
}
