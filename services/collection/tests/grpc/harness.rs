//! Collection served as its process serves it, on a free port, over a SQLite file in a folder of its own.

use std::path::Path;

use collection::Config;
use contract::client::{Timeouts, channel};
use contract::collection::v1 as pb;
use contract::collection::v1::catalogue_client::CatalogueClient;
use contract::collection::v1::decision_documents_client::DecisionDocumentsClient;
use contract::collection::v1::dossiers_client::DossiersClient;
use contract::collection::v1::imports_client::ImportsClient;
use contract::collection::v1::matches_client::MatchesClient;
use contract::collection::v1::objections_client::ObjectionsClient;
use contract::collection::v1::record::Content;
use contract::collection::v1::records_client::RecordsClient;
use contract::collection::v1::remedies_client::RemediesClient;
use contract::collection::v1::tickets_client::TicketsClient;
use contract::common::v1::reads_client::ReadsClient;
use contract::feed::v1::feed_client::FeedClient;
use contract::feed::v1::{Event, SubscribeRequest};
use service::Shutdown;
use service::auth::TokenSource;
use service::config::parse_from;
use service::error::reason_of;
use service::peer::Peer;
use service::testing::{listener, token, token_of, write_jwks};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tonic::{Code, Status};

/// A food producer of Lixia.
pub(crate) const FOOD: &str = "91370102MA3C00011F";
/// The whole city.
pub(crate) const CITY: &[&str] = &["370100"];

/// A running collection.
pub(crate) struct Served {
    address: String,
    shutdown: Shutdown,
    serving: JoinHandle<anyhow::Result<()>>,
    folder: TempDir,
}

impl Served {
    /// Starts it with further arguments.
    pub(crate) async fn start(arguments: &[&str]) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), arguments).await.unwrap()
    }

    /// Starts it over what is in `folder`; returns once it answers, or with what it ended with.
    async fn start_in(folder: TempDir, arguments: &[&str]) -> anyhow::Result<Self> {
        let config = config(folder.path(), arguments);
        let listener = listener().await;
        let address = listener.local_addr().unwrap().to_string();
        let shutdown = Shutdown::new();
        let mut serving = tokio::spawn(collection::serve(listener, config, shutdown.clone()));
        let peer = Peer::as_service(
            channel(&address, Timeouts::default()).unwrap(),
            TokenSource::fixed(token("CREDIT", CITY)),
        );
        let mut asked = TicketsClient::new(peer);
        tokio::select! {
            ended = &mut serving => {
                ended.unwrap()?;
                anyhow::bail!("it ended by itself")
            }
            answer = asked.list_tickets(pb::ListTicketsRequest::default()) => { answer.unwrap(); }
        }
        Ok(Self { address, shutdown, serving, folder })
    }

    fn peer(&self, office: &str, divisions: &[&str], timeouts: Timeouts) -> Peer {
        let token = TokenSource::fixed(token(office, divisions));
        Peer::as_service(channel(&self.address, timeouts).unwrap(), token)
    }

    /// A client of an officer.
    pub(crate) fn records(&self, office: &str, divisions: &[&str]) -> RecordsClient<Peer> {
        RecordsClient::new(self.peer(office, divisions, Timeouts::default()))
    }

    /// A client of an officer.
    pub(crate) fn dossiers(&self, office: &str, divisions: &[&str]) -> DossiersClient<Peer> {
        DossiersClient::new(self.peer(office, divisions, Timeouts::default()))
    }

    /// A client of an officer.
    pub(crate) fn decisions(&self, office: &str, divisions: &[&str]) -> DecisionDocumentsClient<Peer> {
        DecisionDocumentsClient::new(self.peer(office, divisions, Timeouts::default()))
    }

    /// A client of who supervises reads.
    pub(crate) fn reads(&self) -> ReadsClient<Peer> {
        ReadsClient::new(self.peer("LEGAL", CITY, Timeouts::default()))
    }

    /// A client of an officer with a name of his own.
    pub(crate) fn matches(&self, office: &str, person: &str) -> MatchesClient<Peer> {
        MatchesClient::new(self.peer_of(office, person))
    }

    /// A client of an officer with a name of his own.
    pub(crate) fn objections(&self, office: &str, person: &str) -> ObjectionsClient<Peer> {
        ObjectionsClient::new(self.peer_of(office, person))
    }

    /// A client of an officer with a name of his own.
    pub(crate) fn remedies(&self, office: &str, person: &str) -> RemediesClient<Peer> {
        RemediesClient::new(self.peer_of(office, person))
    }

    fn peer_of(&self, office: &str, person: &str) -> Peer {
        let token = TokenSource::fixed(token_of(person, office, CITY));
        Peer::as_service(channel(&self.address, Timeouts::default()).unwrap(), token)
    }

    /// A client of an officer.
    pub(crate) fn catalogue(&self, office: &str) -> CatalogueClient<Peer> {
        CatalogueClient::new(self.peer(office, CITY, Timeouts::default()))
    }

    /// A client of an officer.
    pub(crate) fn imports(&self, office: &str) -> ImportsClient<Peer> {
        ImportsClient::new(self.peer(office, CITY, Timeouts::default()))
    }

    /// Waits until the record of this number is attached.
    pub(crate) async fn attached(&self, document_no: &str) {
        let request = pb::ListRecordsRequest { state: "Attached".to_owned(), ..Default::default() };
        loop {
            let page = self.records("CREDIT", CITY).list_records(request.clone()).await.unwrap().into_inner();
            if page.records.iter().any(|record| record.document_no == document_no) {
                return;
            }
            tokio::task::yield_now().await;
        }
    }

    /// A client of an officer.
    pub(crate) fn tickets(&self, office: &str, divisions: &[&str]) -> TicketsClient<Peer> {
        TicketsClient::new(self.peer(office, divisions, Timeouts::default()))
    }

    /// Imports one message of records in the name of LEGAL.
    pub(crate) async fn import(&self, n: u32, records: Vec<pb::Record>) -> pb::ImportRecordsResponse {
        let message = pb::ImportRecordsRequest { records, request_id: request_id(n) };
        let answers =
            self.records("LEGAL", CITY).import_records(tokio_stream::iter([message])).await.unwrap();
        answers.into_inner().message().await.unwrap().unwrap()
    }

    /// The events of collection's feed until the first of `kind`; waits for it.
    pub(crate) async fn events_until(&self, kind: &str) -> Vec<Event> {
        let mut feed = FeedClient::new(self.peer("SYSTEM", CITY, Timeouts::streaming()));
        let mut stream = feed.subscribe(SubscribeRequest::default()).await.unwrap().into_inner();
        let mut events = Vec::new();
        loop {
            events.extend(stream.message().await.unwrap().unwrap().events);
            if let Some(at) = events.iter().position(|event| event.kind == kind) {
                events.truncate(at + 1);
                return events;
            }
        }
    }

    /// Starts it with the key for callers in a file of this content.
    pub(crate) async fn start_with_key(key: &str) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("caller.key");
        std::fs::write(&file, key).unwrap();
        Self::start_in(folder, &["--caller-key", file.to_str().unwrap()]).await
    }

    /// Stops it and starts it over the same database, with other arguments. What a service that does not start says.
    pub(crate) async fn restart(self, key: Option<&str>) -> anyhow::Result<Self> {
        let Self { shutdown, serving, folder, .. } = self;
        shutdown.begin();
        serving.await.unwrap().unwrap();
        let file = folder.path().join("caller.key");
        let Some(key) = key else { return Self::start_in(folder, &[]).await };
        std::fs::write(&file, key).unwrap();
        Self::start_in(folder, &["--caller-key", file.to_str().unwrap()]).await
    }

    /// The text of everything in its folder: database, journal and what else it wrote.
    pub(crate) fn files(&self) -> Vec<(String, Vec<u8>)> {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        files
            .map(|file| file.unwrap().path())
            .map(|path| (path.display().to_string(), std::fs::read(&path).unwrap()))
            .collect()
    }

    /// Stops it and waits until it has drained.
    pub(crate) async fn stop(self) {
        self.shutdown.begin();
        self.serving.await.unwrap().unwrap();
    }
}

fn config(folder: &Path, arguments: &[&str]) -> Config {
    let (jwks, own_token) = (folder.join("jwks.json"), folder.join("token"));
    write_jwks(&jwks);
    std::fs::write(&own_token, token("SYSTEM", CITY)).unwrap();
    let database = format!("sqlite:{}", folder.join("collection.db").display());
    let fixed = [
        "collection",
        "--database",
        &database,
        "--jwks",
        jwks.to_str().unwrap(),
        "--token-file",
        own_token.to_str().unwrap(),
    ];
    parse_from(fixed.iter().chain(arguments)).unwrap()
}

/// The `n`th request id.
pub(crate) fn request_id(n: u32) -> String {
    format!("6f1c0a52-0f0e-4b7e-9d57-{n:012x}")
}

/// An inspection record of the food producer.
pub(crate) fn inspection(document_no: &str) -> pb::Record {
    let unit = "济南市市场监督管理局".to_owned();
    pb::Record {
        uscc: FOOD.to_owned(),
        party_name: "济南某某食品有限公司".to_owned(),
        field: "FOOD".to_owned(),
        provenance: Some(pb::Provenance {
            producer: unit.clone(),
            provider: unit.clone(),
            responsible: unit,
        }),
        document_no: document_no.to_owned(),
        decided_on: "2026-02-25".to_owned(),
        content: Some(Content::Inspection(pb::Inspection {
            result: "1".to_owned(),
            ..pb::Inspection::default()
        })),
        ..pb::Record::default()
    }
}

/// Code and reason of a refusal.
pub(crate) fn refusal<T: std::fmt::Debug>(answer: Result<T, Status>) -> (Code, Option<String>) {
    let status = answer.unwrap_err();
    (status.code(), reason_of(&status))
}
