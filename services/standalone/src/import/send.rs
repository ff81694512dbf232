//! Sends converted rows through the services' import streams, and accounts for the answers.

use std::collections::HashMap;
use std::path::Path;

use contract::collection::v1::{ImportRecordsRequest, ImportTicketsRequest, RejectedRow};
use contract::registry::v1::ImportEnterprisesRequest;
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};

use super::convert::Row;
use super::mapping::{Mapping, Output, Target};
use super::read::{Batch, read};
use super::report::{OutputReport, Report};
use super::source;
use crate::clients::Clients;

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
