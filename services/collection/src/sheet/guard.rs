//! How large the parts of a workbook really are. A header may lie, so the parts are unpacked and counted.
//!
//! It stands before the library that reads workbooks, which trusts what a workbook says of itself: numbers of texts that it makes
//! room for at once, places of cells, texts of any length. What is let through is bounded in each of these.

use std::cell::Cell;
use std::io::{self, Cursor, Read};
use std::rc::Rc;

use memchr::memmem;
use zip::ZipArchive;

use super::Unreadable;
use super::parts::{Fault, Parts, Sort};

/// Most parts.
const MOST_PARTS: usize = 5_000;
/// Largest part that a reader keeps in memory, unpacked: the texts of the cells.
const LARGEST_TEXTS: u64 = 64 * 1024 * 1024;
/// Largest sheet, unpacked; it is read as a stream.
const LARGEST_SHEET: u64 = 1024 * 1024 * 1024;
/// Largest other part, unpacked.
const LARGEST_PART: u64 = 16 * 1024 * 1024;
/// All parts together, unpacked.
const LARGEST_WHOLE: u64 = 1536 * 1024 * 1024;
/// Longest single tag or text of a part, in bytes: the longest cell with every character escaped.
const LONGEST_EVENT: u64 = 1024 * 1024;
/// First bytes of each entry of an archive's directory.
const ENTRY: &[u8] = b"PK\x01\x02";

/// Looks at every part of a workbook and refuses it when it unpacks to more than may be read, or is no workbook.
pub(super) fn check(bytes: &[u8]) -> Result<Parts, Unreadable> {
    // Before the directory is read: each of its entries takes some hundred bytes of memory.
    let entries = memmem::find_iter(bytes, ENTRY).take(MOST_PARTS + 1).count();
    if entries > MOST_PARTS {
        return Err(Unreadable::Bomb { part: format!("超过 {MOST_PARTS} 个部件") });
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| damaged("压缩包不完整"))?;
    refuse_others(&archive)?;
    let mut parts = Parts::default();
    let mut whole = 0;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|_| damaged(&format!("第 {} 个部件", index + 1)))?;
        let name = plain(&part.name().map_err(|_| damaged("部件名称"))?);
        let sort = Sort::of(&name);
        let most = largest(sort).min(LARGEST_WHOLE - whole);
        let meter = Rc::new(Meter { most, whole: Cell::new(0), event: Cell::new(0) });
        let metered = Metered { part, meter: meter.clone() };
        parts.look(sort, &name, metered, &meter).map_err(|fault| match fault {
            _ if meter.is_over() => Unreadable::Bomb { part: name.clone() },
            Fault::Bomb => Unreadable::Bomb { part: name.clone() },
            Fault::Damaged(line) => {
                damaged(&line.map_or(name.clone(), |line| format!("{name} 第 {line} 行")))
            }
        })?;
        whole += meter.whole.get();
    }
    Ok(parts)
}

fn damaged(place: &str) -> Unreadable {
    Unreadable::Damaged { place: place.to_owned() }
}

/// The name of a part as it is looked up: programs differ in case and slashes.
fn plain(name: &str) -> String {
    name.replace('\\', "/").to_lowercase()
}

/// An archive may be a document of another kind.
fn refuse_others(archive: &ZipArchive<Cursor<&[u8]>>) -> Result<(), Unreadable> {
    let names: Vec<String> = archive.file_names().flatten().map(|name| plain(&name)).collect();
    if names.iter().any(|name| name == "xl/workbook.bin") {
        Err(Unreadable::BinaryWorkbook)
    } else if names.iter().any(|name| Sort::of(name) == Sort::Book) {
        Ok(())
    } else {
        Err(Unreadable::OtherArchive)
    }
}

fn largest(sort: Sort) -> u64 {
    match sort {
        Sort::Sheet => LARGEST_SHEET,
        Sort::Texts => LARGEST_TEXTS,
        Sort::Book | Sort::Targets | Sort::Other => LARGEST_PART,
    }
}

/// Counts what is unpacked of a part.
#[derive(Debug)]
pub(super) struct Meter {
    most: u64,
    whole: Cell<u64>,
    /// Bytes since the last tag or text ended.
    event: Cell<u64>,
}

impl Meter {
    /// A tag or a text has ended.
    pub(super) fn event_ended(&self) {
        self.event.set(0);
    }

    fn is_over(&self) -> bool {
        self.whole.get() > self.most || self.event.get() > LONGEST_EVENT
    }
}

/// A part that ends with an error as soon as it is too large.
pub(super) struct Metered<R> {
    part: R,
    meter: Rc<Meter>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.part.read(buffer)?;
        let meter = &self.meter;
        meter.whole.set(meter.whole.get() + count as u64);
        meter.event.set(meter.event.get() + count as u64);
        if meter.is_over() { Err(io::Error::other("too large")) } else { Ok(count) }
    }
}
