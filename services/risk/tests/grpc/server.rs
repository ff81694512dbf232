//! Risk that runs until the test ends, and clients of it.

use std::path::Path;

use contract::client::{Timeouts, channel};
use contract::risk::v1 as pb;
use contract::risk::v1::backtests_client::BacktestsClient;
use contract::risk::v1::classes_client::ClassesClient;
use contract::risk::v1::dossiers_client::DossiersClient;
use contract::risk::v1::flags_client::FlagsClient;
use contract::risk::v1::models_client::ModelsClient;
use contract::risk::v1::overrides_client::OverridesClient;
use contract::risk::v1::provincial_classes_client::ProvincialClassesClient;
use contract::risk::v1::runs_client::RunsClient;
use contract::risk::v1::signals_client::SignalsClient;
use db::{DatabaseUrl, Db};
use risk::Config;
use rulebook::Rulebook;
use service::Shutdown;
use service::access_log::{LoggedRead, reads_of};
use service::auth::TokenSource;
use service::config::parse_from;
use service::peer::Peer;
use service::testing::{listener, token, token_of, until, write_jwks};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tonic::Status;
use tonic::transport::Channel;

use crate::grpc::feeds::Feed;

pub(crate) const A: &str = "91370102MA3C00011F";
pub(crate) const B: &str = "91370114MA3T7K2P9A";
/// The city.
const CITY: &[&str] = &["370100"];

pub(crate) struct Risk {
    folder: TempDir,
    /// One connection for all of its clients.
    line: Channel,
    shutdown: Shutdown,
    serving: JoinHandle<anyhow::Result<()>>,
    pub(crate) registry: Feed,
    pub(crate) collection: Feed,
}

impl Risk {
    /// Risk that follows two feeds, in which nothing has happened yet.
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The same with more files of models (name and text) in the rulebook of the city.
    pub(crate) async fn start_with(models: &[(&str, &str)]) -> Self {
        let (registry, collection) = (Feed::start("registry").await, Feed::start("collection").await);
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        write_jwks(&folder.path().join("jwks.json"));
        std::fs::write(folder.path().join("token"), token("SYSTEM", CITY)).unwrap();
        let mut arguments = vec![
            "risk".to_owned(),
            format!("--database=sqlite:{}", path("risk.db")),
            format!("--jwks={}", path("jwks.json")),
            format!("--token-file={}", path("token")),
            format!("--registry-url=http://{}", registry.address()),
            format!("--collection-url=http://{}", collection.address()),
        ];
        if !models.is_empty() {
            write_rulebook(&folder.path().join("rulebook"), models);
            arguments.push(format!("--rulebook={}", path("rulebook")));
        }
        let config: Config = parse_from(arguments).unwrap();
        let listener = listener().await;
        let line = channel(&listener.local_addr().unwrap().to_string(), Timeouts::default()).unwrap();
        let shutdown = Shutdown::new();
        let serving = tokio::spawn(risk::serve(listener, config, shutdown.clone()));
        Self { folder, line, shutdown, serving, registry, collection }
    }

    /// Risk with two producers, A in 370102 and B in 370114, and a run in effect.
    pub(crate) async fn with_classes() -> Self {
        Self::with_classes_by(&[]).await
    }

    /// The same with more files of models in the rulebook of the city.
    pub(crate) async fn with_classes_by(models: &[(&str, &str)]) -> Self {
        let risk = Self::start_with(models).await;
        risk.registry.tell_producer(A, "370102").await;
        risk.registry.tell_producer(B, "370114").await;
        let mut number = 100;
        // What the feeds tell arrives by itself; a run over both shows that it has.
        loop {
            let run = risk.reviewed_run(number).await;
            if run.total == 2 {
                risk.agree(&run).await;
                risk.runs_as("li").approve_run(approval(&run.name, number + 1)).await.unwrap();
                return risk;
            }
            number += 2;
            assert!(number < 100_000, "the producers never arrive");
        }
    }

    /// A run that has been computed, and waits for approval.
    pub(crate) async fn reviewed_run(&self, number: u128) -> pb::Run {
        let mut runs = self.runs_as("wang");
        let request = pb::CreateRunRequest { as_of: String::new(), request_id: request_id(number) };
        let run = runs.create_run(request).await.unwrap().into_inner();
        until("the run", async || {
            let now = runs.get_run(pb::GetRunRequest { name: run.name.clone() }).await.unwrap().into_inner();
            assert_ne!(now.state, "Failed", "{}", now.problem);
            (now.state == "Reviewed").then_some(now)
        })
        .await
    }

    /// Every line office agrees with its sample of a run.
    pub(crate) async fn agree(&self, run: &pb::Run) {
        for check in &run.samples {
            let mut runs = self.runs_of("sun", &check.office);
            let results = runs.get_run_sample(sample(&check.name)).await.unwrap().into_inner().results;
            let findings = results.into_iter().map(|one| agreed(one.name)).collect();
            runs.record_sample_check(check_of(&check.name, findings)).await.unwrap();
        }
    }

    /// Waits until a class has `code`.
    pub(crate) async fn wait_for_class(&self, uscc: &str, code: &str) -> pb::RiskClass {
        let mut classes = self.classes("CREDIT", CITY);
        until("the class", async || {
            let class = classes.get_class(get(uscc, "FOOD", "test")).await.ok()?.into_inner();
            (class.code == code).then_some(class)
        })
        .await
    }

    /// Waits until the class of an enterprise is another than this.
    pub(crate) async fn wait_for_another_class(&self, uscc: &str, code: &str) -> pb::RiskClass {
        let mut classes = self.classes("CREDIT", CITY);
        until("another class", async || {
            let class = classes.get_class(get(uscc, "FOOD", "test")).await.ok()?.into_inner();
            (class.code != code).then_some(class)
        })
        .await
    }

    /// Waits until an enterprise has no class.
    pub(crate) async fn wait_for_no_class(&self, uscc: &str) {
        let mut classes = self.classes("CREDIT", CITY);
        until("the end of the class", async || match classes.get_class(get(uscc, "FOOD", "test")).await {
            Err(status) if status.code() == tonic::Code::NotFound => Some(()),
            Err(status) => panic!("{status}"),
            Ok(_) => None,
        })
        .await;
    }

    fn peer(&self, token: String) -> Peer {
        Peer::as_service(self.line.clone(), TokenSource::fixed(token))
    }

    /// A channel in the name of an officer of `office`.
    pub(crate) fn peer_of(&self, office: &str) -> Peer {
        self.peer(token(office, CITY))
    }

    pub(crate) fn classes(&self, office: &str, divisions: &[&str]) -> ClassesClient<Peer> {
        ClassesClient::new(self.peer(token(office, divisions)))
    }

    pub(crate) fn dossiers(&self, office: &str, divisions: &[&str]) -> DossiersClient<Peer> {
        DossiersClient::new(self.peer(token(office, divisions)))
    }

    pub(crate) fn models(&self, office: &str) -> ModelsClient<Peer> {
        ModelsClient::new(self.peer(token(office, CITY)))
    }

    pub(crate) fn provincial(&self, office: &str, divisions: &[&str]) -> ProvincialClassesClient<Peer> {
        ProvincialClassesClient::new(self.peer(token(office, divisions)))
    }

    pub(crate) fn backtests(&self, office: &str) -> BacktestsClient<Peer> {
        BacktestsClient::new(self.peer(token(office, CITY)))
    }

    pub(crate) fn runs(&self, office: &str) -> RunsClient<Peer> {
        RunsClient::new(self.peer(token(office, CITY)))
    }

    pub(crate) fn signals(&self, office: &str, divisions: &[&str]) -> SignalsClient<Peer> {
        SignalsClient::new(self.peer(token(office, divisions)))
    }

    pub(crate) fn flags(&self, office: &str) -> FlagsClient<Peer> {
        FlagsClient::new(self.peer(token(office, CITY)))
    }

    /// A named officer, asking about models.
    pub(crate) fn models_as(&self, person: &str, office: &str) -> ModelsClient<Peer> {
        ModelsClient::new(self.peer(token_of(person, office, CITY)))
    }

    /// Overrides, in the name of a person of an office.
    pub(crate) fn overrides(&self, person: &str, office: &str) -> OverridesClient<Peer> {
        OverridesClient::new(self.peer(token_of(person, office, CITY)))
    }

    /// A named officer of CREDIT.
    pub(crate) fn runs_as(&self, person: &str) -> RunsClient<Peer> {
        RunsClient::new(self.peer(token_of(person, "CREDIT", CITY)))
    }

    /// Runs, in the name of a person of an office.
    pub(crate) fn runs_of(&self, person: &str, office: &str) -> RunsClient<Peer> {
        RunsClient::new(self.peer(token_of(person, office, CITY)))
    }

    /// A channel without a token.
    pub(crate) fn stranger(&self) -> ClassesClient<Channel> {
        ClassesClient::new(self.line.clone())
    }

    /// The log of reads of one subject, the latest first.
    pub(crate) async fn reads(&self, subject: &str) -> Vec<LoggedRead> {
        let db = Db::open(&DatabaseUrl::sqlite(self.folder.path().join("risk.db"))).await.unwrap();
        let reads = reads_of(&db, subject, 100).await.unwrap();
        db.close().await;
        reads
    }

    /// Moves the last day of every override in force to yesterday, as if a day had passed.
    pub(crate) async fn let_overrides_end(&self) {
        const STATEMENTS: [&str; 2] = [
            "UPDATE class_override SET ends_on = $1 WHERE state = 'InForce'",
            "UPDATE class SET override_until = $1 WHERE override_id <> ''",
        ];
        let yesterday = (today() - chrono::Days::new(1)).to_string();
        let db = Db::open(&DatabaseUrl::sqlite(self.folder.path().join("risk.db"))).await.unwrap();
        for sql in STATEMENTS {
            db::on!(&db, |pool| sqlx::query(sql).bind(&yesterday).execute(pool).await.map(drop)).unwrap();
        }
        db.close().await;
    }

    /// Stops it; it must end by itself.
    pub(crate) async fn stop(self) {
        self.registry.stop();
        self.collection.stop();
        self.shutdown.begin();
        self.serving.await.unwrap().unwrap();
    }
}

/// The built-in rulebook with more files of models.
fn write_rulebook(folder: &Path, models: &[(&str, &str)]) {
    let builtin = Rulebook::builtin().archive();
    let added = models.iter().map(|(name, text)| (format!("models/{name}.yaml"), text.as_bytes().to_vec()));
    for (name, bytes) in builtin.into_iter().chain(added) {
        let file = folder.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, bytes).unwrap();
    }
}

/// Today in Shanghai.
pub(crate) fn today() -> chrono::NaiveDate {
    domain::shanghai_date(domain::MicrosUtc::now())
}

pub(crate) fn request_id(number: u128) -> String {
    uuid::Uuid::from_u128(number).to_string()
}

/// The approval of a run.
pub(crate) fn approval(run: &str, number: u128) -> pb::ApproveRunRequest {
    pb::ApproveRunRequest { name: run.into(), request_id: request_id(number), reason: String::new() }
}

/// Asks for a sample.
pub(crate) fn sample(name: &str) -> pb::GetRunSampleRequest {
    pb::GetRunSampleRequest { name: name.into(), purpose: "抽样核对".into() }
}

/// What an office says of a sample.
pub(crate) fn check_of(name: &str, findings: Vec<pb::SampleFinding>) -> pb::RecordSampleCheckRequest {
    let request_id = uuid::Uuid::new_v4().to_string();
    pb::RecordSampleCheckRequest { name: name.into(), findings, request_id }
}

/// An office agrees with a result.
pub(crate) fn agreed(name: String) -> pb::SampleFinding {
    pb::SampleFinding { name, verdict: pb::SampleVerdict::Agrees.into(), reason: String::new() }
}

pub(crate) fn class_name(uscc: &str, field: &str) -> String {
    format!("enterprises/{uscc}/classes/{field}")
}

pub(crate) fn get(uscc: &str, field: &str, purpose: &str) -> pb::GetClassRequest {
    pb::GetClassRequest { name: class_name(uscc, field), purpose: purpose.into() }
}

/// Reason of a refusal.
pub(crate) fn reason(status: &Status) -> String {
    service::error::reason_of(status).unwrap_or_default()
}
