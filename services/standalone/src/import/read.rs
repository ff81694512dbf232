//! Reads a file row by row, converts what it says and collects it into messages to send.

use std::collections::HashSet;
use std::path::Path;

use contract::client::MAX_MESSAGE_BYTES;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::convert::{Converter, Row};
use super::mapping::{Join, Output};
use super::report::OutputReport;
use super::source::{Source, Unread};

/// Most rows of one message, which is one transaction of the service: the contract's bound. Each commit writes the pages of an
/// index that its rows touch, so few large transactions write far less than many small ones.
const BATCH_ROWS: usize = 5_000;
/// A message with this many bytes takes no further row: one more would still fit.
const BATCH_BYTES: usize = MAX_MESSAGE_BYTES * 3 / 4;

/// One message under way: its identity and the rows in it.
pub(super) struct Batch {
    pub(super) request_id: String,
    pub(super) row_numbers: Vec<u64>,
    pub(super) rows: Vec<Row>,
    bytes: usize,
}

/// What the reader found by itself.
#[derive(Default)]
pub(super) struct ReadCounts {
    pub(super) rows: u64,
    pub(super) repeated: u64,
    pub(super) left_out: u64,
    pub(super) refused: u64,
    /// The first of them, at most [`OutputReport::MAX_REFUSALS`], each with its reasons.
    pub(super) told: Vec<(u64, Vec<(String, String)>)>,
}

impl ReadCounts {
    /// Counts the present row as refused.
    fn refuse(&mut self, reasons: impl FnOnce() -> Vec<(String, String)>) {
        self.refused += 1;
        if self.told.len() < OutputReport::MAX_REFUSALS {
            self.told.push((self.rows, reasons()));
        }
    }
}

/// Values that have come before, known by the first half of their digest, so that a file of any size fits into memory.
#[derive(Default)]
struct Seen(HashSet<[u8; 16]>);

impl Seen {
    /// Most different values of the `distinct` column.
    const MOST: usize = 5_000_000;

    /// Whether a value comes for the first time.
    fn is_first(&mut self, value: &str) -> Result<bool, String> {
        let digest = crypto::sm3::digest(value.as_bytes());
        let mut half = [0; 16];
        half.copy_from_slice(&digest.as_bytes()[..16]);
        let first = self.0.insert(half);
        if self.0.len() > Self::MOST {
            return Err(format!("the `distinct` column has more than {} values: split the file", Self::MOST));
        }
        Ok(first)
    }
}

/// Reads and converts on a thread of its own; stops when nobody takes the batches any more.
pub(super) fn read(
    joins: &[Join],
    output: &Output,
    file: &Path,
    batches: &mpsc::Sender<Batch>,
) -> Result<ReadCounts, String> {
    let mut source = Source::open(file)?.joined(joins, file)?;
    let only = output.only.as_ref().map(|only| source.position(&only.column).map(|at| (at, &only.values)));
    let only = only.transpose()?;
    let converter = Converter::new(output, &source)?;
    let distinct = output.distinct.as_deref().map(|column| source.position(column)).transpose()?;
    let mut seen = Seen::default();
    let mut counts = ReadCounts::default();
    let mut batch = Batch::new();
    let mut row = csv::StringRecord::new();
    while let Some(outcome) = source.read(&mut row) {
        counts.rows += 1;
        match outcome {
            Ok(()) => {}
            Err(Unread::Row(problem)) => {
                counts.refuse(|| vec![(String::new(), problem)]);
                continue;
            }
            Err(Unread::Rest(problem)) => {
                return Err(format!(
                    "`{}`: row {} and all after it: the file {problem}",
                    file.display(),
                    counts.rows
                ));
            }
        }
        if only.is_some_and(|(at, wanted)| !wanted.contains(row.get(at).unwrap_or_default().trim())) {
            counts.left_out += 1;
            continue;
        }
        let first =
            distinct.map(|position| seen.is_first(row.get(position).unwrap_or_default())).transpose()?;
        if first == Some(false) {
            counts.repeated += 1;
            continue;
        }
        match converter.convert(&row) {
            Ok(converted) => batch.push(counts.rows, converted),
            Err(reasons) => counts
                .refuse(|| reasons.into_iter().map(|refused| (refused.field, refused.problem)).collect()),
        }
        if batch.is_full() && batches.blocking_send(std::mem::replace(&mut batch, Batch::new())).is_err() {
            return Ok(counts);
        }
    }
    if !batch.rows.is_empty() {
        // A closed channel means that the service ended the stream; its own error is reported.
        let _ = batches.blocking_send(batch);
    }
    Ok(counts)
}

/// Reads and converts a file and throws the messages away; rows that would be sent, and those refused.
#[cfg(test)]
pub(super) fn read_only(output: &Output, file: &Path) -> (u64, u64) {
    let (batches, mut received) = mpsc::channel(1);
    std::thread::scope(|scope| {
        let reader = scope.spawn(move || read(&[], output, file, &batches).unwrap());
        let mut sent = 0;
        while let Some(batch) = received.blocking_recv() {
            sent += batch.rows.len() as u64;
        }
        (sent, reader.join().unwrap().refused)
    })
}

impl Batch {
    fn new() -> Self {
        Self { request_id: Uuid::new_v4().to_string(), row_numbers: Vec::new(), rows: Vec::new(), bytes: 0 }
    }

    fn push(&mut self, number: u64, row: Row) {
        self.bytes += row.encoded_len();
        self.row_numbers.push(number);
        self.rows.push(row);
    }

    fn is_full(&self) -> bool {
        self.rows.len() == BATCH_ROWS || self.bytes >= BATCH_BYTES
    }
}
