//! How large the parts of a workbook really are. A header may lie, so the parts are unpacked and counted, and thrown away.

use std::io::{self, Cursor, Read as _};

use zip::ZipArchive;

use super::Unreadable;

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

/// Refuses a workbook that unpacks to more than may be read.
pub(super) fn check(bytes: &[u8]) -> Result<(), Unreadable> {
    let damaged = |problem: String| Unreadable::Damaged { problem };
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|problem| damaged(problem.to_string()))?;
    if archive.len() > MOST_PARTS {
        return Err(Unreadable::Bomb { part: format!("{} 个部件", archive.len()) });
    }
    let mut whole = 0;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|problem| damaged(problem.to_string()))?;
        let name = part.name().map_err(|problem| damaged(problem.to_string()))?.into_owned();
        let largest = largest(&name).min(LARGEST_WHOLE - whole);
        let mut part = part.take(largest + 1);
        let size =
            io::copy(&mut part, &mut io::sink()).map_err(|problem| damaged(format!("{name}: {problem}")))?;
        if size > largest {
            return Err(Unreadable::Bomb { part: name });
        }
        whole += size;
    }
    Ok(())
}

fn largest(name: &str) -> u64 {
    let name = name.to_ascii_lowercase();
    if name.contains("worksheets/") {
        LARGEST_SHEET
    } else if name.ends_with("sharedstrings.xml") {
        LARGEST_TEXTS
    } else {
        LARGEST_PART
    }
}
