//! Rows of a `.csv` or `.csv.gz` file, one at a time: memory stays the same whatever the file's size.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use flate2::read::MultiGzDecoder;

use super::columns;
use super::mapping::Join;

/// Longest row accepted, in bytes; a longer one is refused instead of being held in memory whole.
const MAX_ROW_BYTES: usize = 1 << 20;

/// Whether the file can be read from the first byte to the last, before a row of it is sent anywhere: a compressed file that was cut
/// off, or damaged on the way, shows only at its end, and so does a quote that nobody closed.
pub(super) fn check(path: &Path) -> Result<(), String> {
    let mut source = Source::open(path)?;
    let mut row = csv::StringRecord::new();
    let mut rows = 0_u64;
    while let Some(outcome) = source.read(&mut row) {
        rows += 1;
        if let Err(Unread::Rest(problem)) = outcome {
            let shown = path.display();
            return Err(format!("`{shown}`: row {rows} {problem}; nothing of it was imported"));
        }
    }
    Ok(())
}

/// A file that ends with an error when it gives more for one row than a row may have.
struct Metered {
    file: Box<dyn Read + Send>,
    since_row: Arc<AtomicUsize>,
}

impl Read for Metered {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        // What a buffer holds of the rows before counts as well: a row may be a little longer than that.
        if self.since_row.fetch_add(count, Ordering::Relaxed) > MAX_ROW_BYTES {
            return Err(io::Error::other(format!("it is longer than {MAX_ROW_BYTES} bytes")));
        }
        Ok(count)
    }
}

fn is_compressed(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "gz")
}

fn open(path: &Path) -> Result<Box<dyn Read + Send>, String> {
    let file = File::open(path).map_err(|error| format!("cannot open `{}`: {error}", path.display()))?;
    let file = BufReader::new(file);
    Ok(if is_compressed(path) { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) })
}

/// An open file with its header read.
pub(super) struct Source {
    reader: csv::Reader<Metered>,
    since_row: Arc<AtomicUsize>,
    /// Columns of the file, then those of the joined tables.
    header: csv::StringRecord,
    /// How many columns the file has.
    own: usize,
    joined: Vec<Joined>,
}

/// Columns of another table, by the value of the column that both have.
struct Joined {
    /// Position of that column in this file.
    on: usize,
    columns: usize,
    rows: HashMap<String, Vec<String>>,
}

impl Source {
    /// Opens the file and reads its header. `.gz` is decompressed.
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        let since_row = Arc::new(AtomicUsize::new(0));
        let metered = Metered { file: open(path)?, since_row: since_row.clone() };
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(metered);
        let header = reader
            .headers()
            .map_err(|error| format!("cannot read the header of `{shown}`: it {}", told(&error)))?
            .clone();
        if header.is_empty() {
            return Err(format!("`{shown}` is empty: its first line must name the columns"));
        }
        let own = header.len();
        Ok(Self { reader, since_row, header, own, joined: Vec::new() })
    }

    /// The same with the columns of other tables, which lie beside `path`, behind its own.
    pub(super) fn joined(mut self, joins: &[Join], path: &Path) -> Result<Self, String> {
        for join in joins {
            let on = self.position(&join.on)?;
            let file = path.parent().unwrap_or_else(|| Path::new("")).join(&join.file);
            let rows =
                rows_by_key(&file, join).map_err(|problem| format!("`{}`: {problem}", file.display()))?;
            self.joined.push(Joined { on, columns: join.columns.len(), rows });
            join.columns.iter().for_each(|column| self.header.push_field(column));
        }
        Ok(self)
    }

    /// Position of each column named, or which is missing.
    pub(super) fn position(&self, column: &str) -> Result<usize, String> {
        columns::position(&self.header.iter().collect::<Vec<_>>(), column)
    }

    /// Reads the next row into `row`: `None` at the end, [`Unread::Row`] for a row that cannot be taken, [`Unread::Rest`] when
    /// neither it nor what follows can be read.
    pub(super) fn read(&mut self, row: &mut csv::StringRecord) -> Option<Result<(), Unread>> {
        let begins = self.reader.position().line();
        self.since_row.store(0, Ordering::Relaxed);
        match self.reader.read_record(row) {
            Ok(false) => None,
            Ok(true) if row.len() != self.own => {
                let counts = format!("has {} values, the header has {}", row.len(), self.own);
                Some(Err(Unread::Row(format!("{counts}{}", self.lines_since(begins)))))
            }
            Ok(true) if row.as_slice().len() > MAX_ROW_BYTES => Some(Err(Unread::Row(format!(
                "is longer than {MAX_ROW_BYTES} bytes{}",
                self.lines_since(begins)
            )))),
            Ok(true) => {
                self.joined.iter().for_each(|joined| joined.extend(row));
                Some(Ok(()))
            }
            Err(error) if error.is_io_error() => {
                let of_row = if self.since_row.load(Ordering::Relaxed) > MAX_ROW_BYTES {
                    format!("; it begins in line {begins} of the file: is a quote left open?")
                } else {
                    String::new()
                };
                Some(Err(Unread::Rest(format!("{}{of_row}", told(&error)))))
            }
            Err(error) => Some(Err(Unread::Row(told(&error)))),
        }
    }

    /// A quote that nobody closed joins lines into one row: which.
    fn lines_since(&self, begins: u64) -> String {
        let ends = self.reader.position().line().saturating_sub(1);
        if ends > begins {
            format!("; lines {begins} to {ends} of the file are one row: is a quote left open?")
        } else {
            String::new()
        }
    }
}

impl Joined {
    /// Puts the columns of the other table behind those of `row`: empty ones where it has no such row.
    fn extend(&self, row: &mut csv::StringRecord) {
        match self.rows.get(row.get(self.on).unwrap_or_default().trim()) {
            Some(values) => values.iter().for_each(|value| row.push_field(value)),
            None => (0..self.columns).for_each(|_| row.push_field("")),
        }
    }
}

/// The wanted columns of another table, by its key. Of several rows with one key the first counts.
fn rows_by_key(file: &Path, join: &Join) -> Result<HashMap<String, Vec<String>>, String> {
    check(file)?;
    let mut source = Source::open(file)?;
    let key = source.position(&join.on)?;
    let columns: Vec<usize> =
        join.columns.iter().map(|column| source.position(column)).collect::<Result<_, _>>()?;
    let (mut rows, mut row, mut number) = (HashMap::new(), csv::StringRecord::new(), 0_u64);
    while let Some(read) = source.read(&mut row) {
        number += 1;
        read.map_err(|unread| format!("row {number} {unread}"))?;
        let text = |at: usize| row.get(at).unwrap_or_default().trim().to_owned();
        rows.entry(text(key)).or_insert_with(|| columns.iter().map(|at| text(*at)).collect());
    }
    Ok(rows)
}

/// Why a row could not be read; the text goes on from "the row …".
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// This row only.
    Row(String),
    /// The file itself: nothing more comes.
    Rest(String),
}

impl std::fmt::Display for Unread {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Self::Row(problem) | Self::Rest(problem)) = self;
        formatter.write_str(problem)
    }
}

/// What the reader of the table says, for people.
fn told(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { err, .. } => {
            format!(
                "is not UTF-8 text in column {}; `iconv -f GB18030 -t UTF-8` converts most Chinese files",
                err.field() + 1
            )
        }
        // What gzip says of bytes that are not as they were written.
        csv::ErrorKind::Io(cause)
            if matches!(
                cause.kind(),
                io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
            ) =>
        {
            format!("is damaged or cut off ({error})")
        }
        _ => format!("cannot be read: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn file(ending: &str, bytes: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::Builder::new().suffix(ending).tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    fn packed(text: &str) -> Vec<u8> {
        let mut packer = GzEncoder::new(Vec::new(), Compression::default());
        packer.write_all(text.as_bytes()).unwrap();
        packer.finish().unwrap()
    }

    fn rows(bytes: &[u8]) -> Vec<Result<(), Unread>> {
        let file = file(".csv", bytes);
        let mut source = Source::open(file.path()).unwrap();
        let mut row = csv::StringRecord::new();
        std::iter::from_fn(|| source.read(&mut row)).collect()
    }

    #[test]
    fn a_compressed_file_that_was_cut_off_or_damaged_is_refused_before_its_first_row() {
        let whole = packed("a,b\n1,2\n3,4\n");
        assert_eq!(check(file(".csv.gz", &whole).path()), Ok(()));
        for length in 0..whole.len() {
            assert!(check(file(".csv.gz", &whole[..length]).path()).is_err(), "the first {length} bytes");
        }
        let mut damaged = whole.clone();
        damaged[whole.len() - 6] ^= 1;
        assert!(check(file(".csv.gz", &damaged).path()).unwrap_err().contains("nothing of it was imported"));
    }

    #[test]
    fn a_row_without_end_is_told_before_anything_is_sent_and_never_held_in_memory() {
        let endless = format!("a,b\n1,2\n\"{}", "3,4\n".repeat(MAX_ROW_BYTES));
        let problem = check(file(".csv", endless.as_bytes()).path()).unwrap_err();
        assert!(problem.contains("row 2 cannot be read: it is longer than 1048576 bytes"), "{problem}");
        assert!(problem.contains("begins in line 3 of the file: is a quote left open?"), "{problem}");
        assert!(problem.ends_with("nothing of it was imported"), "{problem}");
    }

    #[test]
    fn a_column_that_is_not_there_is_told_with_those_that_are_like_it() {
        let file = file(".csv", b"License,DBA_Name\n1,2\n");
        let problem = Source::open(file.path()).unwrap().position("Licence").unwrap_err();
        let expected = "the file has no column `Licence` (did you mean `License`?); it has License, DBA_Name";
        assert_eq!(problem, expected);
    }

    #[test]
    fn a_row_takes_the_columns_of_the_first_row_of_another_table_with_its_key() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("visits.csv"), "id,day\n1,mon\n2,tue\n").unwrap();
        std::fs::write(folder.path().join("firms.csv"), "name,id,kind\nAda, 1 ,a\nBob,1,b\n").unwrap();
        let visits = folder.path().join("visits.csv");
        let join =
            |on: &str| Join { file: "firms.csv".into(), on: on.to_owned(), columns: vec!["name".to_owned()] };
        let mut source = Source::open(&visits).unwrap().joined(&[join("id")], &visits).unwrap();
        assert_eq!(source.position("name"), Ok(2));
        let mut row = csv::StringRecord::new();
        for expected in [["1", "mon", "Ada"], ["2", "tue", ""]] {
            assert_eq!(source.read(&mut row), Some(Ok(())));
            assert_eq!(row.iter().collect::<Vec<_>>(), expected);
        }
        let missing = Source::open(&visits).unwrap().joined(&[join("day")], &visits).err().unwrap();
        assert!(missing.contains("firms.csv") && missing.contains("no column `day`"), "{missing}");
    }

    #[test]
    fn an_open_quote_is_told_with_the_lines_that_it_swallows() {
        let rows = rows(b"a,b\n1,2\n\"3,4\n5,6\n7,8\n");
        assert_eq!(rows[0], Ok(()));
        let Err(Unread::Row(problem)) = &rows[1] else { panic!("{rows:?}") };
        assert!(problem.contains("has 1 values, the header has 2; lines 3 to 5"), "{problem}");
    }

    #[test]
    fn a_row_that_is_not_utf_8_is_told_with_its_column_and_the_next_one_is_read() {
        let rows = rows(b"a,b\n1,\xbc\xc3\xc4\xcf\n3,4\n");
        let Err(Unread::Row(problem)) = &rows[0] else { panic!("{rows:?}") };
        assert!(problem.contains("not UTF-8 text in column 2"), "{problem}");
        assert_eq!(rows[1..], [Ok(())]);
    }
}
