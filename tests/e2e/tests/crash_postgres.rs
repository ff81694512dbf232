//! Collection as a process over PostgreSQL, killed at any moment of an import: it keeps what it acknowledged, and a client that
//! sends the rest again doubles nothing.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use contract::collection::v1::record::Content;
use contract::collection::v1::{ImportRecordsRequest, Inspection, ListRecordsRequest, Provenance, Record};
use domain::MicrosUtc;
use e2e::people::People;
use e2e::postgres::Schemas;
use e2e::process::{Program, free_port, loopback};
use futures::StreamExt;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use standalone::clients::Addresses;
use standalone::house::ServiceToken;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

/// Times that the process is killed.
const KILLS: usize = 20;
/// Rows of one message.
const ROWS: usize = 50;
/// New messages of each life.
const MESSAGES: usize = 20;
/// Longest life after the import has begun, in microseconds.
const LONGEST_LIFE_US: u64 = 400_000;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs TEST_POSTGRES_URL"]
async fn a_process_killed_twenty_times_during_an_import_keeps_every_acknowledged_record_once() {
    let folder = tempfile::tempdir().unwrap();
    let schemas = Schemas::new(&["collection"]);
    let mut random = ChaCha8Rng::seed_from_u64(20);
    let (mut pending, mut acknowledged) = (Vec::new(), BTreeSet::new());
    let mut cut_off = 0;
    for life in 0..KILLS {
        pending.extend((0..MESSAGES).map(|message| request(life, message)));
        let collection = Collection::start(folder.path(), &schemas).await;
        let dies_after = Duration::from_micros(random.random_range(0..LONGEST_LIFE_US));
        let taken = collection.import_until_killed(&pending, dies_after).await;
        settle(&mut pending, &mut acknowledged, &taken);
        cut_off += usize::from(!pending.is_empty());
    }
    assert!(cut_off > KILLS / 2, "only {cut_off} of {KILLS} imports were cut off by the kill");
    assert!(!acknowledged.is_empty(), "no message was acknowledged before a kill");

    let collection = Collection::start(folder.path(), &schemas).await;
    let before = collection.read_back().await;
    for number in &acknowledged {
        assert_eq!(before.get(number), Some(&1), "record {number} was acknowledged");
    }
    assert!(before.values().all(|times| *times == 1), "a record is double");
    let taken = collection.import(&pending).await;
    settle(&mut pending, &mut acknowledged, &taken);
    assert!(pending.is_empty(), "{} messages are not answered", pending.len());
    let expected = acknowledged.into_iter().map(|number| (number, 1)).collect::<BTreeMap<_, _>>();
    assert_eq!(expected.len(), KILLS * MESSAGES * ROWS);
    assert!(collection.read_back().await == expected, "sent again, the rows are not each there once");
    assert_eq!(collection.program.stop().await.code(), Some(0));

    let db = schemas.open("collection").await;
    let verified = outbox::verify(&db, 1, i64::MAX).await;
    db.close().await;
    assert!(verified.unwrap().to > 0, "the chain is empty");
}

/// Takes the answered messages out of `pending` and their document numbers into `acknowledged`.
fn settle(
    pending: &mut Vec<ImportRecordsRequest>,
    acknowledged: &mut BTreeSet<String>,
    taken: &BTreeSet<String>,
) {
    let (done, left) =
        std::mem::take(pending).into_iter().partition(|message| taken.contains(&message.request_id));
    *pending = left;
    let done: Vec<ImportRecordsRequest> = done;
    acknowledged
        .extend(done.into_iter().flat_map(|message| message.records).map(|record| record.document_no));
}

/// One life of the process.
struct Collection {
    program: Program,
    people: People,
}

impl Collection {
    async fn start(folder: &Path, schemas: &Schemas) -> Self {
        let (_, files) = ServiceToken::prepare(folder, MicrosUtc::now()).unwrap();
        let listen = loopback(free_port());
        let flags = ["--listen", &listen, "--database", &schemas.url("collection"), "--log", "error"];
        let flags: Vec<String> = flags.into_iter().map(str::to_owned).collect();
        let keys = ["--jwks".to_owned(), files.jwks.display().to_string()];
        let mut program = Program::start("collection", &[&flags[..], &keys[..]].concat());
        let address = format!("http://{listen}");
        program.until_serving(&address).await;
        Self { program, people: People::of(alone(&address), folder) }
    }

    /// Sends messages until the process dies; answers the ids of those that it acknowledged.
    async fn import_until_killed(
        self,
        messages: &[ImportRecordsRequest],
        dies_after: Duration,
    ) -> BTreeSet<String> {
        let Self { program, people } = self;
        let death = async move {
            tokio::time::sleep(dies_after).await;
            program.kill();
        };
        let (taken, ()) = tokio::join!(import(&people, messages), death);
        taken
    }

    /// Sends messages and waits for the answers.
    async fn import(&self, messages: &[ImportRecordsRequest]) -> BTreeSet<String> {
        import(&self.people, messages).await
    }

    /// How often each document number is there.
    async fn read_back(&self) -> BTreeMap<String, usize> {
        let mut client = self.people.officer("reader", "CREDIT").records();
        let (mut found, mut page_token) = (BTreeMap::new(), String::new());
        loop {
            let request =
                ListRecordsRequest { page_size: 1_000, page_token, ..ListRecordsRequest::default() };
            let page = client.list_records(request).await.unwrap().into_inner();
            for record in page.records {
                *found.entry(record.document_no).or_default() += 1;
            }
            if page.next_page_token.is_empty() {
                return found;
            }
            page_token = page.next_page_token;
        }
    }
}

/// One service at `address` and nothing else.
fn alone(address: &str) -> Addresses {
    let address = || address.to_owned();
    Addresses {
        registry: address(),
        collection: address(),
        risk: address(),
        inspection: address(),
        punishment: address(),
        gateway: address(),
        public: address(),
    }
}

/// Sends messages as fast as they are taken; answers the ids of those acknowledged before the stream ended.
async fn import(people: &People, messages: &[ImportRecordsRequest]) -> BTreeSet<String> {
    let (sender, receiver) = mpsc::channel(4);
    let sent = messages.to_vec();
    let sending = tokio::spawn(async move {
        for message in sent {
            if sender.send(message).await.is_err() {
                return;
            }
        }
    });
    let mut taken = BTreeSet::new();
    // A process that is dead already answers with a failure: nothing was acknowledged then.
    if let Ok(answers) =
        people.officer("importer", "LEGAL").records().import_records(ReceiverStream::new(receiver)).await
    {
        let mut answers = answers.into_inner();
        while let Some(Ok(answer)) = answers.next().await {
            assert!(answer.rejected.is_empty(), "{:?}", answer.rejected);
            taken.insert(answer.request_id);
        }
    }
    sending.await.unwrap();
    taken
}

fn request(life: usize, message: usize) -> ImportRecordsRequest {
    let records = (0..ROWS).map(|row| record(&format!("L{life:02}-M{message:03}-{row:02}"))).collect();
    ImportRecordsRequest { records, request_id: e2e::id() }
}

fn record(number: &str) -> Record {
    let unit = "济南市市场监督管理局".to_owned();
    Record {
        uscc: "91370102MA3C00011F".to_owned(),
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
