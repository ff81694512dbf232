//! A city that is killed at any moment of an import has lost nothing it acknowledged, and doubled nothing.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use contract::collection::v1::record::Content;
use contract::collection::v1::{ImportRecordsRequest, Inspection, ListRecordsRequest, Provenance, Record};
use domain::MicrosUtc;
use e2e::killed::KilledCity;
use e2e::xinjian_json;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use service::auth::Issuer;
use standalone::clients::Clients;
use standalone::house::Officer;
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;

/// Times that the city is killed.
const KILLS: usize = 50;
/// Rows of one message.
const ROWS: usize = 25;
/// Messages offered to one city before it is killed at the latest.
const MESSAGES: usize = 40;
/// Longest life of a city after its first acknowledgement, in microseconds.
const LONGEST_LIFE_US: u64 = 60_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_city_killed_fifty_times_during_an_import_keeps_every_acknowledged_record_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(50);
    let mut acknowledged = Vec::new();
    for round in 0..KILLS {
        let city = KilledCity::start(folder.path());
        let life = Duration::from_micros(random.random_range(0..LONGEST_LIFE_US));
        acknowledged.extend(import_until_killed(city, folder.path(), round, life).await);
    }
    assert!(acknowledged.len() > KILLS * ROWS, "only {} rows were acknowledged", acknowledged.len());
    let city = KilledCity::start(folder.path());
    let found = read_back(&clients(&city, folder.path(), "CREDIT")).await;
    city.kill();
    for number in &acknowledged {
        assert_eq!(found.get(number), Some(&1), "record {number} was acknowledged");
    }
    assert!(found.values().all(|count| *count == 1), "a record is double");
    let audit = xinjian_json(["audit", "verify", "--data", folder.path().to_str().unwrap()]);
    assert_eq!(audit["valid"], true, "{audit}");
}

fn clients(city: &KilledCity, folder: &Path, office: &str) -> Clients {
    let issuer = Issuer::load_or_generate(&folder.join("keys/issuer.pem")).unwrap();
    let bearer = Officer::of_city("importer", office).bearer(&issuer, MicrosUtc::now()).unwrap();
    Clients::new(city.addresses(), bearer).unwrap()
}

/// Offers messages until the city dies; answers the document numbers of the messages it acknowledged.
async fn import_until_killed(city: KilledCity, folder: &Path, round: usize, life: Duration) -> Vec<String> {
    let mut records = clients(&city, folder, "LEGAL").records();
    let (sender, receiver) = mpsc::channel(4);
    let mut answers = records.import_records(ReceiverStream::new(receiver)).await.unwrap().into_inner();
    let messages: Vec<_> = (0..MESSAGES).map(|message| request(round, message)).collect();
    let numbers: BTreeMap<_, Vec<_>> = messages
        .iter()
        .map(|request| {
            (request.request_id.clone(), request.records.iter().map(|r| r.document_no.clone()).collect())
        })
        .collect();
    tokio::spawn(async move {
        for message in messages {
            if sender.send(message).await.is_err() {
                return;
            }
        }
    });
    let mut acknowledged = Vec::new();
    let mut killing = None;
    let mut city = Some(city);
    while let Some(Ok(answer)) = answers.next().await {
        assert!(answer.rejected.is_empty(), "{:?}", answer.rejected);
        acknowledged.extend(numbers[&answer.request_id].clone());
        // The moment of death is counted from the first acknowledgement, so that it falls into the import.
        if let Some(city) = city.take() {
            killing = Some(tokio::task::spawn_blocking(move || {
                let began = std::time::Instant::now();
                while began.elapsed() < life {
                    std::thread::yield_now();
                }
                city.kill();
            }));
        }
    }
    killing.expect("the city acknowledged at least one message").await.unwrap();
    acknowledged
}

fn request(round: usize, message: usize) -> ImportRecordsRequest {
    let records = (0..ROWS).map(|row| record(&format!("R{round:02}-M{message:03}-{row:02}"))).collect();
    ImportRecordsRequest { records, request_id: uuid::Uuid::new_v4().to_string() }
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

/// How often each document number is there.
async fn read_back(clients: &Clients) -> BTreeMap<String, usize> {
    let (mut found, mut page_token) = (BTreeMap::new(), String::new());
    loop {
        let request = ListRecordsRequest { page_size: 1_000, page_token, ..ListRecordsRequest::default() };
        let page = clients.records().list_records(request).await.unwrap().into_inner();
        for record in page.records {
            *found.entry(record.document_no).or_default() += 1;
        }
        if page.next_page_token.is_empty() {
            return found;
        }
        page_token = page.next_page_token;
    }
}
