//! A client that imports records into a service that may die at any moment. It keeps every message until it is acknowledged, sends it
//! again with the same request id, and remembers what was acknowledged: that must be there, once, whatever happens.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use contract::collection::v1::record::Content;
use contract::collection::v1::{ImportRecordsRequest, Inspection, ListRecordsRequest, Provenance, Record};
use futures::StreamExt;
use rand::Rng;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;

use crate::id;
use crate::people::People;

/// Party of all records.
pub const PARTY: &str = "91370102MA3C00011F";
/// Messages under way at once.
const UNDER_WAY: usize = 4;

/// How far an import has come. What happens to the service happens at such a moment, not after a time: a fast machine and a slow one
/// try the same.
#[derive(Clone, Copy, Debug)]
pub enum Moment {
    /// So many messages were handed over: the last ones are being written.
    Sent(usize),
    /// So many messages were acknowledged; others are under way.
    Acknowledged(usize),
}

impl Moment {
    /// A moment within the first messages of an import.
    pub fn random(random: &mut impl Rng) -> Self {
        match random.random_range(0..2) {
            0 => Self::Sent(random.random_range(1..=2 * UNDER_WAY)),
            _ => Self::Acknowledged(random.random_range(1..=2 * UNDER_WAY)),
        }
    }

    fn has_come(self, progress: &Progress) -> bool {
        match self {
            Self::Sent(messages) => progress.sent >= messages,
            Self::Acknowledged(messages) => progress.acknowledged >= messages,
        }
    }
}

/// Messages of one import so far.
#[derive(Debug, Default)]
struct Progress {
    sent: usize,
    acknowledged: usize,
}

/// What a client knows of its messages.
#[derive(Debug, Default)]
pub struct Ledger {
    pending: Vec<ImportRecordsRequest>,
    acknowledged: BTreeSet<String>,
    offered: usize,
}

impl Ledger {
    /// Records that were written down so far, acknowledged or not.
    pub fn offered(&self) -> usize {
        self.offered
    }

    /// Messages that nobody has acknowledged yet.
    pub fn pending(&self) -> usize {
        self.pending.len()
    }

    /// Records that were acknowledged.
    pub fn acknowledged(&self) -> usize {
        self.acknowledged.len()
    }

    /// Sends everything that is not acknowledged, as fast as it is taken, and books the answers until the stream ends. A service that dies
    /// on the way, or is dead already, ends it.
    ///
    /// # Panics
    /// When a record is refused.
    pub async fn import(&mut self, people: &People) {
        let (sender, receiver) = tokio::sync::mpsc::channel(UNDER_WAY);
        let messages = self.pending.clone();
        let sending = tokio::spawn(async move {
            for message in messages {
                if sender.send(message).await.is_err() {
                    return;
                }
            }
        });
        let mut records = people.officer("importer", "LEGAL").records();
        if let Ok(answers) = records.import_records(ReceiverStream::new(receiver)).await {
            let mut answers = answers.into_inner();
            while let Some(Ok(answer)) = answers.next().await {
                assert!(answer.rejected.is_empty(), "{:?}", answer.rejected);
                self.book(&answer.request_id);
            }
        }
        sending.await.expect("messages are sent without a panic");
    }

    /// Sends what is not acknowledged, and then new messages of `rows` records without end, a few under way at any time, until `moment`
    /// has come; then calls `kill` and books what still comes. Whatever the machine's speed, the import is cut off.
    ///
    /// # Panics
    /// When a record is refused, or the import ends before the moment has come.
    pub async fn import_until(
        &mut self,
        people: &People,
        rows: usize,
        moment: Moment,
        kill: impl FnOnce() + Send + 'static,
    ) {
        let (sender, receiver) = mpsc::channel(1);
        let (progress, mut watched) = watch::channel(Progress::default());
        let window = Arc::new(Semaphore::new(UNDER_WAY));
        let sending = tokio::spawn(send_without_end(
            (self.pending.clone(), self.offered, rows),
            sender,
            (window.clone(), progress.clone()),
        ));
        let dying = tokio::spawn(async move {
            let come = watched.wait_for(|progress| moment.has_come(progress)).await.map(drop);
            come.expect("the import has ended before the service was killed");
            kill();
        });
        let mut acknowledged = Vec::new();
        let mut records = people.officer("importer", "LEGAL").records();
        if let Ok(answers) = records.import_records(ReceiverStream::new(receiver)).await {
            let mut answers = answers.into_inner();
            while let Some(Ok(answer)) = answers.next().await {
                assert!(answer.rejected.is_empty(), "{:?}", answer.rejected);
                acknowledged.push(answer.request_id);
                window.add_permits(1);
                progress.send_modify(|progress| progress.acknowledged += 1);
            }
        }
        window.close();
        drop(progress);
        let new = sending.await.expect("messages are sent without a panic");
        dying.await.expect("the service is killed at its moment");
        self.offered += new.iter().map(|message| message.records.len()).sum::<usize>();
        self.pending.extend(new);
        acknowledged.iter().for_each(|request_id| self.book(request_id));
    }

    /// Moves an acknowledged message out of the pending ones.
    fn book(&mut self, request_id: &str) {
        let at = self.pending.iter().position(|message| message.request_id == request_id);
        let message = self.pending.remove(at.expect("what is answered was sent and not answered before"));
        self.acknowledged.extend(message.records.into_iter().map(|record| record.document_no));
    }

    /// Reads all records back: each acknowledged one is there, none is there twice, and none was never sent.
    ///
    /// # Panics
    /// When one is missing, double or unknown.
    pub async fn check(&self, people: &People) {
        let found = read_back(people).await;
        let missing: Vec<_> =
            self.acknowledged.iter().filter(|number| !found.contains_key(*number)).collect();
        assert!(missing.is_empty(), "acknowledged and lost: {missing:?}");
        let double: Vec<_> = found.iter().filter(|(_, times)| **times != 1).collect();
        assert!(double.is_empty(), "there more than once: {double:?}");
        let sent = self.pending.iter().flat_map(|message| &message.records).map(|record| &record.document_no);
        let known: BTreeSet<_> = sent.chain(&self.acknowledged).collect();
        assert!(found.keys().all(|number| known.contains(number)), "a record is there that nobody sent");
    }
}

/// Sends `pending`, then new messages of `rows` records, numbered from `offered`, until the window is closed or nobody takes one.
/// Returns the new ones: each of them may have arrived.
async fn send_without_end(
    (pending, mut offered, rows): (Vec<ImportRecordsRequest>, usize, usize),
    sender: mpsc::Sender<ImportRecordsRequest>,
    (window, progress): (Arc<Semaphore>, watch::Sender<Progress>),
) -> Vec<ImportRecordsRequest> {
    let mut pending = pending.into_iter();
    let mut new = Vec::new();
    while let Ok(permit) = window.acquire().await {
        permit.forget();
        let next = pending.next().unwrap_or_else(|| {
            new.push(message(offered, rows));
            offered += rows;
            new[new.len() - 1].clone()
        });
        if sender.send(next).await.is_err() {
            break;
        }
        progress.send_modify(|progress| progress.sent += 1);
    }
    new
}

/// A message of `rows` records, numbered from `first`.
fn message(first: usize, rows: usize) -> ImportRecordsRequest {
    let records = (first..first + rows).map(|number| record(&format!("R{number:06}"))).collect();
    ImportRecordsRequest { records, request_id: id() }
}

/// How often each document number is there.
async fn read_back(people: &People) -> BTreeMap<String, usize> {
    let mut client = people.officer("reader", "CREDIT").records();
    let (mut found, mut page_token) = (BTreeMap::new(), String::new());
    loop {
        let request = ListRecordsRequest { page_size: 1_000, page_token, ..ListRecordsRequest::default() };
        let page = client.list_records(request).await.expect("CREDIT reads records").into_inner();
        for record in page.records {
            *found.entry(record.document_no).or_default() += 1;
        }
        if page.next_page_token.is_empty() {
            return found;
        }
        page_token = page.next_page_token;
    }
}

fn record(number: &str) -> Record {
    let unit = "济南市市场监督管理局".to_owned();
    Record {
        uscc: PARTY.to_owned(),
        party_name: "济南泉福食品有限公司".to_owned(),
        field: "FOOD".to_owned(),
        provenance: Some(Provenance { producer: unit.clone(), provider: unit.clone(), responsible: unit }),
        document_no: number.to_owned(),
        decided_on: "2026-01-15".to_owned(),
        content: Some(Content::Inspection(Inspection { result: "1".to_owned(), ..Inspection::default() })),
        division: "370102".to_owned(),
        ..Record::default()
    }
}
