//! Imports over the services' streams, with the counts of all answers.

use contract::collection::v1::{ImportRecordsRequest, ImportTicketsRequest, Record, Ticket};
use contract::registry::v1::{Enterprise, ImportEnterprisesRequest};
use futures::StreamExt;
use standalone::clients::Clients;
use tonic::{Response, Status, Streaming};

use crate::id;

/// Rows of one message.
const BATCH_ROWS: usize = 1_000;

/// What became of the rows of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Newly taken; records and tickets: under the name of an enterprise.
    pub new: i64,
    /// Newly taken, their enterprise not known.
    pub unmatched: i64,
    /// Brought up to date.
    pub updated: i64,
    /// There already.
    pub same: i64,
    /// Refused, with field and reason.
    pub refused: Vec<String>,
}

impl Taken {
    fn add(&mut self, other: Self) {
        self.new += other.new;
        self.unmatched += other.unmatched;
        self.updated += other.updated;
        self.same += other.same;
        self.refused.extend(other.refused);
    }
}

/// Registers enterprises.
pub async fn enterprises(clients: &Clients, rows: Vec<Enterprise>) -> Taken {
    let messages = rows
        .chunks(BATCH_ROWS)
        .map(|rows| ImportEnterprisesRequest { enterprises: rows.to_vec(), request_id: id() })
        .collect::<Vec<_>>();
    let mut client = clients.enterprises();
    let answers = client.import_enterprises(tokio_stream::iter(messages)).await;
    sum(answers, |answer| Taken {
        new: answer.created,
        updated: answer.updated,
        same: answer.unchanged,
        refused: answer.rejected.into_iter().map(|row| format!("{}: {}", row.field, row.problem)).collect(),
        ..Taken::default()
    })
    .await
}

/// Collects records.
pub async fn records(clients: &Clients, rows: Vec<Record>) -> Taken {
    let messages = rows
        .chunks(BATCH_ROWS)
        .map(|rows| ImportRecordsRequest { records: rows.to_vec(), request_id: id() })
        .collect::<Vec<_>>();
    let mut client = clients.records();
    let answers = client.import_records(tokio_stream::iter(messages)).await;
    sum(answers, |answer| Taken {
        new: answer.attached,
        unmatched: answer.unmatched,
        same: answer.duplicates,
        refused: answer.rejected.into_iter().map(|row| format!("{}: {}", row.field, row.problem)).collect(),
        ..Taken::default()
    })
    .await
}

/// Takes hotline tickets.
pub async fn tickets(clients: &Clients, rows: Vec<Ticket>) -> Taken {
    let messages = rows
        .chunks(BATCH_ROWS)
        .map(|rows| ImportTicketsRequest { tickets: rows.to_vec(), request_id: id() })
        .collect::<Vec<_>>();
    let mut client = clients.tickets();
    let answers = client.import_tickets(tokio_stream::iter(messages)).await;
    sum(answers, |answer| Taken {
        new: answer.attached,
        unmatched: answer.unmatched,
        same: answer.duplicates,
        refused: answer.rejected.into_iter().map(|row| format!("{}: {}", row.field, row.problem)).collect(),
        ..Taken::default()
    })
    .await
}

async fn sum<A>(answers: Result<Response<Streaming<A>>, Status>, count: impl Fn(A) -> Taken) -> Taken {
    let mut answers = answers.expect("the importer may import").into_inner();
    let mut sum = Taken::default();
    while let Some(answer) = answers.next().await {
        sum.add(count(answer.expect("a message of an import is answered")));
    }
    sum
}
