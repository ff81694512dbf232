//! Rows of a `.csv` or `.csv.gz` file, one at a time: memory stays the same whatever the file's size.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

/// Longest row accepted, in bytes; a longer one is refused instead of being held in memory whole.
const MAX_ROW_BYTES: usize = 1 << 20;

/// An open file with its header read.
pub(super) struct Source {
    reader: csv::Reader<Box<dyn Read + Send>>,
    header: csv::StringRecord,
}

impl Source {
    /// Opens the file and reads its header. `.gz` is decompressed.
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        let file = File::open(path).map_err(|error| format!("cannot open `{shown}`: {error}"))?;
        let compressed = path.extension().is_some_and(|ending| ending == "gz");
        let input: Box<dyn Read + Send> = if compressed {
            Box::new(MultiGzDecoder::new(BufReader::new(file)))
        } else {
            Box::new(BufReader::new(file))
        };
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(input);
        let header = reader
            .headers()
            .map_err(|error| format!("cannot read the header of `{shown}`: {error}"))?
            .clone();
        if header.is_empty() {
            return Err(format!("`{shown}` is empty: its first line must name the columns"));
        }
        Ok(Self { reader, header })
    }

    /// Position of each column named, or which is missing.
    pub(super) fn position(&self, column: &str) -> Result<usize, String> {
        // Spreadsheets put a byte-order mark before the first name.
        let matches = |name: &str| name.trim_start_matches('\u{feff}').trim() == column;
        let found: Vec<usize> = self
            .header
            .iter()
            .enumerate()
            .filter(|(_, name)| matches(name))
            .map(|(index, _)| index)
            .collect();
        match found.as_slice() {
            [one] => Ok(*one),
            [] => Err(format!(
                "the file has no column `{column}`; it has {}",
                self.header.iter().collect::<Vec<_>>().join(", ")
            )),
            _ => Err(format!("the file has {} columns called `{column}`", found.len())),
        }
    }

    /// Reads the next row into `row`: `None` at the end, an error text for a row that cannot be read.
    pub(super) fn read(&mut self, row: &mut csv::StringRecord) -> Option<Result<(), String>> {
        match self.reader.read_record(row) {
            Ok(false) => None,
            Ok(true) if row.len() != self.header.len() => {
                Some(Err(format!("has {} values, the header has {}", row.len(), self.header.len())))
            }
            Ok(true) if row.as_slice().len() > MAX_ROW_BYTES => {
                Some(Err(format!("is longer than {MAX_ROW_BYTES} bytes")))
            }
            Ok(true) => Some(Ok(())),
            Err(error) if error.is_io_error() => Some(Err(format!("cannot be read: {error}"))),
            Err(error) => Some(Err(error.to_string())),
        }
    }
}
