//! What the parts of a workbook hold: its sheets, which of them have content, and what in them an officer does not see as it is.

use std::collections::HashMap;
use std::io::{self, BufReader, Read};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::guard::{Meter, Metered};
use super::{MOST_COLUMNS, MOST_LINES};

/// Lines at the top that may hold a title over merged cells.
const TITLE_LINES: u32 = 5;
/// Places that are named.
const PLACES: usize = 5;
/// Most texts that a workbook keeps for its cells.
const MOST_TEXTS: u64 = 2_000_000;
/// Longest text of a cell with all that marks it up, in bytes.
const LONGEST_TEXT: usize = 1024 * 1024;

/// What a part is, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// The list of sheets.
    Book,
    /// Which part each sheet is.
    Targets,
    /// A sheet.
    Sheet,
    /// Texts that cells refer to.
    Texts,
    /// Anything else.
    Other,
}

impl Sort {
    /// The sort of the part `name`, in lower case.
    pub(super) fn of(name: &str) -> Self {
        let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
        let is_book = file.starts_with("workbook");
        match folder {
            _ if folder.ends_with("worksheets") => Self::Sheet,
            _ if file == "sharedstrings.xml" => Self::Texts,
            "xl" if is_book && file.ends_with(".xml") => Self::Book,
            "xl/_rels" if is_book && file.ends_with(".rels") => Self::Targets,
            _ => Self::Other,
        }
    }
}

/// Why a part is refused.
#[derive(Debug)]
pub(super) enum Fault {
    /// It holds more than it may.
    Bomb,
    /// It is damaged; in which line, where it has lines.
    Damaged(Option<u32>),
}

impl From<quick_xml::Error> for Fault {
    fn from(_: quick_xml::Error) -> Self {
        Self::Damaged(None)
    }
}

impl From<io::Error> for Fault {
    fn from(_: io::Error) -> Self {
        Self::Damaged(None)
    }
}

/// What a look at a sheet found.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    /// Whether any cell has content.
    pub(super) filled: bool,
    /// Lines with content that are hidden, at most [`PLACES`].
    pub(super) hidden: Vec<u32>,
    /// Columns with content that are hidden, at most [`PLACES`], from 0.
    pub(super) hidden_columns: Vec<usize>,
    /// Merged cells in the table, at most [`PLACES`].
    pub(super) merged: Vec<String>,
}

/// What a look at all parts found.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// Sheets by the name of their part.
    sheets: HashMap<String, Sheet>,
    /// Names of sheets, in their order, with the id of their part.
    names: Vec<(String, String)>,
    /// Parts by id.
    targets: HashMap<String, String>,
}

impl Parts {
    /// The sheet called `name`.
    pub(super) fn sheet(&self, name: &str) -> Option<&Sheet> {
        let (_, id) = self.names.iter().find(|(known, _)| known == name)?;
        self.sheets.get(self.targets.get(id)?)
    }

    /// Reads a part from end to end.
    pub(super) fn look<R: Read>(
        &mut self,
        sort: Sort,
        name: &str,
        mut part: Metered<R>,
        meter: &Meter,
    ) -> Result<(), Fault> {
        match sort {
            Sort::Sheet => {
                let sheet = look_at_sheet(part, meter)?;
                self.sheets.insert(name.to_owned(), sheet);
                Ok(())
            }
            Sort::Texts => look_at_texts(part, meter),
            Sort::Book => each(part, meter, |event| {
                self.book(event);
                Ok(())
            }),
            Sort::Targets => each(part, meter, |event| {
                self.target(event);
                Ok(())
            }),
            Sort::Other => {
                let mut buffer = [0; 8 * 1024];
                while part.read(&mut buffer)? > 0 {
                    meter.event_ended();
                }
                Ok(())
            }
        }
    }

    fn book(&mut self, event: &Event<'_>) {
        if let Event::Start(tag) = event
            && tag.local_name().as_ref() == "sheet"
        {
            let id = tag.attributes().with_checks(false).flatten().find(|one| {
                let key = one.key.as_ref();
                key == "id" || key.ends_with(":id")
            });
            let name = attribute(tag, "name").unwrap_or_default();
            self.names.push((name, id.map(|id| id.value.into_owned()).unwrap_or_default()));
        }
    }

    fn target(&mut self, event: &Event<'_>) {
        if let Event::Start(tag) = event
            && let (Some(id), Some(target)) = (attribute(tag, "Id"), attribute(tag, "Target"))
        {
            let target = target.replace('\\', "/").to_lowercase();
            let part = target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_owned);
            self.targets.insert(id, part);
        }
    }
}

/// The value of an attribute as it is meant.
fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let value = tag.try_get_attribute(name).ok()??.value;
    Some(quick_xml::escape::unescape(&value).map_or_else(|_| value.to_string(), |text| text.into_owned()))
}

/// Hands out every tag and text of a part; an empty tag as its beginning and end.
fn each<R: Read>(
    part: Metered<R>,
    meter: &Meter,
    mut take: impl FnMut(&Event<'_>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut reader = Reader::from_reader(BufReader::new(part));
    let config = reader.config_mut();
    config.check_end_names = false;
    config.expand_empty_elements = true;
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let event = reader.read_event_into(&mut buffer)?;
        meter.event_ended();
        if matches!(event, Event::Eof) {
            return Ok(());
        }
        take(&event)?;
    }
}

fn look_at_texts<R: Read>(part: Metered<R>, meter: &Meter) -> Result<(), Fault> {
    let mut texts = 0;
    each(part, meter, |event| {
        let Event::Start(tag) = event else { return Ok(()) };
        let known = match tag.local_name().as_ref() {
            // The reader makes room for as many at once, before the first one is there.
            "sst" => attribute(tag, "uniqueCount").map_or(0, |count| count.parse().unwrap_or(u64::MAX)),
            "si" => {
                texts += 1;
                texts
            }
            _ => 0,
        };
        if known > MOST_TEXTS { Err(Fault::Bomb) } else { Ok(()) }
    })
}

/// Where the reading of a sheet is.
#[derive(Default)]
struct At {
    sheet: Sheet,
    /// Number of the line, from 1; 0 before the first.
    line: u32,
    hidden: bool,
    /// Columns that are hidden: the first and the last of each stretch, from 1.
    unseen: Vec<(u32, u32)>,
    /// Column of the last cell, from 1.
    column: u32,
    /// Bytes of the cell's text so far; none outside of cells.
    text: Option<usize>,
}

fn look_at_sheet<R: Read>(part: Metered<R>, meter: &Meter) -> Result<Sheet, Fault> {
    let mut at = At::default();
    each(part, meter, |event| match event {
        Event::Start(tag) => match tag.local_name().as_ref() {
            "col" => at.columns(tag),
            "row" => at.row(tag),
            "c" => at.cell(tag),
            "mergeCell" => at.merged(tag),
            "dimension" | "f" => at.range(tag).map(drop),
            _ => Ok(()),
        },
        Event::Text(text) => at.text(text),
        Event::CData(text) => at.text(text),
        Event::GeneralRef(name) => at.text(name),
        Event::End(tag) if tag.local_name().as_ref() == "c" => {
            at.text = None;
            Ok(())
        }
        _ => Ok(()),
    })?;
    Ok(at.sheet)
}

impl At {
    fn damaged(&self) -> Fault {
        Fault::Damaged(Some(self.line).filter(|line| *line > 0))
    }

    /// What is said of a stretch of columns stands before the lines.
    fn columns(&mut self, tag: &BytesStart<'_>) -> Result<(), Fault> {
        let number = |name: &str| attribute(tag, name).and_then(|number| number.parse::<u32>().ok());
        let (Some(first), Some(last)) = (number("min"), number("max")) else { return Err(self.damaged()) };
        if is_hidden(tag) && self.unseen.len() < MOST_COLUMNS {
            self.unseen.push((first, last));
        }
        Ok(())
    }

    /// Lines come in their order, each once.
    fn row(&mut self, tag: &BytesStart<'_>) -> Result<(), Fault> {
        let next = match attribute(tag, "r") {
            Some(number) => number.parse().map_err(|_| self.damaged())?,
            None => self.line + 1,
        };
        // What lies beyond the last line a sheet has is told by the reader.
        if next <= self.line || next > 10 * MOST_LINES {
            return Err(self.damaged());
        }
        self.line = next;
        self.column = 0;
        self.hidden = is_hidden(tag);
        Ok(())
    }

    /// Cells of a line come in the order of their columns, each once, and belong to the line that they stand in.
    fn cell(&mut self, tag: &BytesStart<'_>) -> Result<(), Fault> {
        let column = match attribute(tag, "r") {
            Some(place) => {
                let (row, column) = corner(&place).ok_or_else(|| self.damaged())?;
                if row != self.line {
                    return Err(self.damaged());
                }
                column
            }
            None => self.column + 1,
        };
        if column <= self.column {
            return Err(self.damaged());
        }
        self.column = column;
        self.text = Some(0);
        Ok(())
    }

    fn text(&mut self, found: &str) -> Result<(), Fault> {
        let Some(size) = &mut self.text else { return Ok(()) };
        *size += found.len();
        if *size > LONGEST_TEXT {
            return Err(Fault::Bomb);
        }
        if !found.trim().is_empty() {
            self.sheet.filled = true;
            let hidden = &mut self.sheet.hidden;
            if self.hidden && hidden.len() < PLACES && hidden.last() != Some(&self.line) {
                hidden.push(self.line);
            }
            let unseen = self.unseen.iter().any(|(first, last)| (*first..=*last).contains(&self.column));
            let (columns, place) = (&mut self.sheet.hidden_columns, self.column as usize - 1);
            if unseen && columns.len() < PLACES && !columns.contains(&place) {
                columns.push(place);
            }
        }
        Ok(())
    }

    /// Merged cells hide which line a value belongs to. A title over the table may be merged.
    fn merged(&mut self, tag: &BytesStart<'_>) -> Result<(), Fault> {
        let Some((place, first, last)) = self.range(tag)? else { return Err(self.damaged()) };
        let in_table = last > TITLE_LINES || first != last;
        if in_table && self.sheet.merged.len() < PLACES {
            self.sheet.merged.push(place);
        }
        Ok(())
    }

    /// Where something reaches from and to: the text, the first and the last line.
    fn range(&self, tag: &BytesStart<'_>) -> Result<Option<(String, u32, u32)>, Fault> {
        let Some(place) = attribute(tag, "ref") else { return Ok(None) };
        let (from, to) = place.split_once(':').unwrap_or((&place, &place));
        match (corner(from), corner(to)) {
            (Some((first, left)), Some((last, right))) if first <= last && left <= right => {
                Ok(Some((place, first, last)))
            }
            _ => Err(self.damaged()),
        }
    }
}

fn is_hidden(tag: &BytesStart<'_>) -> bool {
    attribute(tag, "hidden").is_some_and(|hidden| hidden == "1" || hidden == "true")
}

/// Line and column of `B3`, both from 1.
fn corner(place: &str) -> Option<(u32, u32)> {
    let digits = place.find(|found: char| found.is_ascii_digit())?;
    let (letters, line) = place.split_at(digits);
    if !(1..=3).contains(&letters.len()) || line.len() > 8 {
        return None;
    }
    let column = letters.bytes().try_fold(0, |column, letter| match letter.to_ascii_uppercase() {
        letter @ b'A'..=b'Z' => Some(column * 26 + u32::from(letter - b'A') + 1),
        _ => None,
    })?;
    Some((line.parse().ok()?, column))
}
