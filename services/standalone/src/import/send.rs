//! Sends converted rows through the services' import streams, and accounts for the answers.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use contract::client::MAX_MESSAGE_BYTES;
use contract::collection::v1::{ImportRecordsRequest, ImportTicketsRequest, RejectedRow};
use contract::registry::v1::ImportEnterprisesRequest;
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};
use uuid::Uuid;

use super::convert::{Converter, Row};
use super::mapping::{Join, Mapping, Output, Target};
use super::report::{OutputReport, Report};
use super::source::{self, Source, Unread};
use crate::clients::Clients;

/// Most rows of one message, which is one transaction of the service: the contract's bound. Each commit writes the pages of an
/// index that its rows touch, so few large transactions write far less than many small ones.
const BATCH_ROWS: usize = 5_000;
/// A message with this many bytes takes no further row: one more would still fit.
const BATCH_BYTES: usize = MAX_MESSAGE_BYTES * 3 / 4;
/// Messages under way: enough to keep the service busy, few enough to bound memory.
const MESSAGES_UNDER_WAY: usize = 4;

/// Why an import stopped. What was acknowledged before stays; the same import can be run again.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// File and mapping do not fit.
    #[error("{0}")]
    Source(String),
    /// No officer could be named.
    #[error("{0:#}")]
    Caller(anyhow::Error),
    /// The service refused the stream or went away.
    #[error("the service ended the import: {}", .0.message())]
    Service(#[from] Status),
    /// The reading task failed.
    #[error("reading the file failed: {0}")]
    Reader(#[from] tokio::task::JoinError),
    /// The service answered a message that was never sent.
    #[error("the service answered an unknown message `{0}`")]
    UnknownAnswer(String),
}

/// Told after every acknowledged message: rows accounted for so far in the present output.
pub trait Progress: Send + Sync {
    /// An output begins.
    fn begin(&self, target: &str);
    /// `rows` rows of it are accounted for.
    fn advance(&self, rows: u64);
}

/// Runs all outputs of `mapping` over `file`; `clients` gives for each kind of resource those of an officer who may import it.
pub async fn run(
    clients: &(dyn Fn(Target) -> anyhow::Result<Clients> + Sync),
    mapping: &Mapping,
    file: &Path,
    progress: &dyn Progress,
) -> Result<Report, ImportError> {
    let checked = file.to_owned();
    tokio::task::spawn_blocking(move || source::check(&checked)).await?.map_err(ImportError::Source)?;
    let mut report =
        Report { mapping: mapping.name.clone(), file: file.display().to_string(), outputs: Vec::new() };
    for output in &mapping.outputs {
        progress.begin(label(output.target));
        let clients = clients(output.target).map_err(ImportError::Caller)?;
        report.outputs.push(run_output(&clients, mapping, output, file, progress).await?);
    }
    Ok(report)
}

fn label(target: Target) -> &'static str {
    match target {
        Target::Enterprise => "enterprise",
        Target::Record => "record",
        Target::Ticket => "ticket",
    }
}

/// One message under way: its identity and the rows in it.
struct Batch {
    request_id: String,
    row_numbers: Vec<u64>,
    rows: Vec<Row>,
    bytes: usize,
}

/// What the reader found by itself.
#[derive(Default)]
struct ReadCounts {
    rows: u64,
    repeated: u64,
    left_out: u64,
    refused: u64,
    /// The first of them, at most [`OutputReport::MAX_REFUSALS`], each with its reasons.
    told: Vec<(u64, Vec<(String, String)>)>,
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

async fn run_output(
    clients: &Clients,
    mapping: &Mapping,
    output: &Output,
    file: &Path,
    progress: &dyn Progress,
) -> Result<OutputReport, ImportError> {
    let (batches, received) = mpsc::channel(1);
    let reader = tokio::task::spawn_blocking({
        let (joins, output, file) = (mapping.joins.clone(), output.clone(), file.to_owned());
        move || read(&joins, &output, &file, &batches)
    });
    let mut report = OutputReport { target: label(output.target).to_owned(), ..OutputReport::default() };
    let sent = match output.target {
        Target::Enterprise => enterprises(clients, received, &mut report, progress).await,
        Target::Record => records(clients, received, &mut report, progress).await,
        Target::Ticket => tickets(clients, received, &mut report, progress).await,
    };
    let counts = reader.await?.map_err(ImportError::Source)?;
    sent?;
    report.rows = counts.rows;
    report.repeated = counts.repeated;
    report.left_out = counts.left_out;
    report.refused += counts.refused - counts.told.len() as u64;
    for (row, reasons) in counts.told {
        report.refuse(row, reasons);
    }
    report.refusals.sort_by_key(|refusal| refusal.row);
    Ok(report)
}

/// Reads and converts on a thread of its own; stops when nobody takes the batches any more.
fn read(
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

/// One acknowledged message, whatever the stream.
struct Answer {
    request_id: String,
    created: i64,
    unmatched: i64,
    updated: i64,
    unchanged: i64,
    rejected: Vec<(i32, String, String)>,
}

/// Keeps a bounded number of messages under way and books each answer.
async fn exchange<Req, Res>(
    mut batches: mpsc::Receiver<Batch>,
    requests: mpsc::Sender<Req>,
    mut answers: Streaming<Res>,
    report: &mut OutputReport,
    progress: &dyn Progress,
    request: impl Fn(String, Vec<Row>) -> Req,
    answer: impl Fn(Res) -> Answer,
) -> Result<(), ImportError> {
    let mut under_way: HashMap<String, Vec<u64>> = HashMap::new();
    let mut requests = Some(requests);
    loop {
        let room = under_way.len() < MESSAGES_UNDER_WAY && requests.is_some();
        tokio::select! {
            batch = batches.recv(), if room => match (batch, &requests) {
                (Some(batch), Some(sender)) => {
                    under_way.insert(batch.request_id.clone(), batch.row_numbers);
                    // A closed stream shows as an error among the answers.
                    let _ = sender.send(request(batch.request_id, batch.rows)).await;
                }
                _ => requests = None,
            },
            message = answers.next() => match message {
                Some(message) => {
                    let answer = answer(message?);
                    let rows = under_way
                        .remove(&answer.request_id)
                        .ok_or_else(|| ImportError::UnknownAnswer(answer.request_id.clone()))?;
                    progress.advance(rows.len() as u64);
                    book(report, answer, &rows);
                }
                None if under_way.is_empty() && requests.is_none() => return Ok(()),
                None => return Err(Status::unavailable("the stream ended before every message was answered").into()),
            },
        }
    }
}

fn book(report: &mut OutputReport, answer: Answer, rows: &[u64]) {
    report.created += answer.created.unsigned_abs();
    report.unmatched += answer.unmatched.unsigned_abs();
    report.updated += answer.updated.unsigned_abs();
    report.unchanged += answer.unchanged.unsigned_abs();
    let mut by_row: std::collections::BTreeMap<i32, Vec<(String, String)>> =
        std::collections::BTreeMap::new();
    for (index, field, problem) in answer.rejected {
        by_row.entry(index).or_default().push((field, problem));
    }
    for (index, reasons) in by_row {
        let row = usize::try_from(index).ok().and_then(|index| rows.get(index)).copied().unwrap_or_default();
        report.refuse(row, reasons);
    }
}

async fn enterprises(
    clients: &Clients,
    batches: mpsc::Receiver<Batch>,
    report: &mut OutputReport,
    progress: &dyn Progress,
) -> Result<(), ImportError> {
    let (sender, requests) = mpsc::channel(MESSAGES_UNDER_WAY);
    let answers = clients.enterprises().import_enterprises(ReceiverStream::new(requests)).await?.into_inner();
    let request = |request_id, rows: Vec<Row>| ImportEnterprisesRequest {
        enterprises: rows.into_iter().filter_map(Row::enterprise).collect(),
        request_id,
    };
    exchange(batches, sender, answers, report, progress, request, |answer| Answer {
        request_id: answer.request_id,
        created: answer.created,
        unmatched: 0,
        updated: answer.updated,
        unchanged: answer.unchanged,
        rejected: answer.rejected.into_iter().map(|row| (row.index, row.field, row.problem)).collect(),
    })
    .await
}

async fn records(
    clients: &Clients,
    batches: mpsc::Receiver<Batch>,
    report: &mut OutputReport,
    progress: &dyn Progress,
) -> Result<(), ImportError> {
    let (sender, requests) = mpsc::channel(MESSAGES_UNDER_WAY);
    let answers = clients.records().import_records(ReceiverStream::new(requests)).await?.into_inner();
    let request = |request_id, rows: Vec<Row>| ImportRecordsRequest {
        records: rows.into_iter().filter_map(Row::record).collect(),
        request_id,
    };
    exchange(batches, sender, answers, report, progress, request, |answer| Answer {
        request_id: answer.request_id,
        created: answer.attached,
        unmatched: answer.unmatched,
        updated: 0,
        unchanged: answer.duplicates,
        rejected: rejected(answer.rejected),
    })
    .await
}

async fn tickets(
    clients: &Clients,
    batches: mpsc::Receiver<Batch>,
    report: &mut OutputReport,
    progress: &dyn Progress,
) -> Result<(), ImportError> {
    let (sender, requests) = mpsc::channel(MESSAGES_UNDER_WAY);
    let answers = clients.tickets().import_tickets(ReceiverStream::new(requests)).await?.into_inner();
    let request = |request_id, rows: Vec<Row>| ImportTicketsRequest {
        tickets: rows.into_iter().filter_map(Row::ticket).collect(),
        request_id,
    };
    exchange(batches, sender, answers, report, progress, request, |answer| Answer {
        request_id: answer.request_id,
        created: answer.attached,
        unmatched: answer.unmatched,
        updated: 0,
        unchanged: answer.duplicates,
        rejected: rejected(answer.rejected),
    })
    .await
}

fn rejected(rows: Vec<RejectedRow>) -> Vec<(i32, String, String)> {
    rows.into_iter().map(|row| (row.index, row.field, row.problem)).collect()
}

impl Row {
    fn enterprise(self) -> Option<contract::registry::v1::Enterprise> {
        match self {
            Self::Enterprise(enterprise) => Some(*enterprise),
            _ => None,
        }
    }

    fn record(self) -> Option<contract::collection::v1::Record> {
        match self {
            Self::Record(record) => Some(*record),
            _ => None,
        }
    }

    fn ticket(self) -> Option<contract::collection::v1::Ticket> {
        match self {
            Self::Ticket(ticket) => Some(*ticket),
            _ => None,
        }
    }
}
