//! A registry that runs until the test ends, and clients of it.

use std::path::PathBuf;

use contract::client::{Timeouts, channel};
use contract::registry::v1 as pb;
use contract::registry::v1::commitment_breaches_client::CommitmentBreachesClient;
use contract::registry::v1::commitment_templates_client::CommitmentTemplatesClient;
use contract::registry::v1::commitments_client::CommitmentsClient;
use contract::registry::v1::divisions_client::DivisionsClient;
use contract::registry::v1::dossiers_client::DossiersClient;
use contract::registry::v1::enterprises_client::EnterprisesClient;
use contract::registry::v1::licences_client::LicencesClient;
use contract::registry::v1::marks_client::MarksClient;
use contract::registry::v1::parties_client::PartiesClient;
use contract::registry::v1::reviews_client::ReviewsClient;
use db::{DatabaseUrl, Db};
use registry::Config;
use service::access_log::{LoggedRead, reads_of};
use service::auth::TokenSource;
use service::peer::Peer;
use service::testing::{listener, token, until, write_jwks};
use service::{Shutdown, config::parse_from};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tonic::Status;
use tonic::transport::Channel;

pub(crate) const A: &str = "91370102MA3C00011F";
pub(crate) const B: &str = "91370114MA3T7K2P9A";
pub(crate) const ORDINARY: &str = "SC10137010200018";

pub(crate) struct Registry {
    folder: TempDir,
    /// One connection for all of its clients.
    line: Channel,
    shutdown: Shutdown,
    serving: JoinHandle<anyhow::Result<()>>,
}

impl Registry {
    /// A registry with a drop folder of the publicity system.
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The same, following the feed of collection at an address.
    pub(crate) async fn start_following(collection: impl std::fmt::Display) -> Self {
        Self::start_with(&[format!("--collection-url=http://{collection}")]).await
    }

    /// The same, with further arguments.
    pub(crate) async fn start_with(further: &[String]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        write_jwks(&folder.path().join("jwks.json"));
        std::fs::write(folder.path().join("token"), token("SYSTEM", &["370100"])).unwrap();
        let mut arguments = vec!["registry".to_owned(), format!("--database=sqlite:{}", path("registry.db"))];
        arguments.push(format!("--jwks={}", path("jwks.json")));
        arguments.push(format!("--token-file={}", path("token")));
        if !further.iter().any(|argument| argument.starts_with("--registry-publicity-url")) {
            arguments.push(format!("--registry-publicity-folder={}", path("publicity")));
        }
        arguments.extend_from_slice(further);
        let config: Config = parse_from(arguments).unwrap();
        let listener = listener().await;
        let line = channel(&listener.local_addr().unwrap().to_string(), Timeouts::default()).unwrap();
        let shutdown = Shutdown::new();
        let serving = tokio::spawn(registry::serve(listener, config, shutdown.clone()));
        Self { folder, line, shutdown, serving }
    }

    pub(crate) fn publicity(&self) -> PathBuf {
        self.folder.path().join("publicity")
    }

    fn peer(&self, office: &str, divisions: &[&str]) -> Peer {
        Peer::as_service(self.line.clone(), TokenSource::fixed(token(office, divisions)))
    }

    pub(crate) fn enterprises(&self, office: &str, divisions: &[&str]) -> EnterprisesClient<Peer> {
        EnterprisesClient::new(self.peer(office, divisions))
    }

    pub(crate) fn divisions(&self, office: &str, divisions: &[&str]) -> DivisionsClient<Peer> {
        DivisionsClient::new(self.peer(office, divisions))
    }

    pub(crate) fn dossiers(&self, office: &str, divisions: &[&str]) -> DossiersClient<Peer> {
        DossiersClient::new(self.peer(office, divisions))
    }

    pub(crate) fn licences(&self, office: &str, divisions: &[&str]) -> LicencesClient<Peer> {
        LicencesClient::new(self.peer(office, divisions))
    }

    pub(crate) fn marks(&self, office: &str, divisions: &[&str]) -> MarksClient<Peer> {
        MarksClient::new(self.peer(office, divisions))
    }

    pub(crate) fn parties(&self, office: &str, divisions: &[&str]) -> PartiesClient<Peer> {
        PartiesClient::new(self.peer(office, divisions))
    }

    pub(crate) fn templates(&self, office: &str, divisions: &[&str]) -> CommitmentTemplatesClient<Peer> {
        CommitmentTemplatesClient::new(self.peer(office, divisions))
    }

    pub(crate) fn commitments(&self, office: &str, divisions: &[&str]) -> CommitmentsClient<Peer> {
        CommitmentsClient::new(self.peer(office, divisions))
    }

    pub(crate) fn breaches(&self, office: &str, divisions: &[&str]) -> CommitmentBreachesClient<Peer> {
        CommitmentBreachesClient::new(self.peer(office, divisions))
    }

    pub(crate) fn reviews(&self, office: &str, divisions: &[&str]) -> ReviewsClient<Peer> {
        ReviewsClient::new(self.peer(office, divisions))
    }

    /// A channel without a token.
    pub(crate) fn stranger(&self) -> EnterprisesClient<Channel> {
        EnterprisesClient::new(self.line.clone())
    }

    /// Registers an enterprise and records a licence of it.
    pub(crate) async fn with_licence(&self, number: u128, code: &str, licence_no: &str) {
        let mut enterprises = self.enterprises("LEGAL", &["370100"]);
        enterprises.create_enterprise(create(number, enterprise(code, "济南甲食品有限公司"))).await.unwrap();
        let request = record(number + 1, licence(code, licence_no));
        self.licences("LEGAL", &["370100"]).record_licence(request).await.unwrap();
    }

    /// The log of reads of one subject, the latest first.
    pub(crate) async fn reads(&self, subject: &str) -> Vec<LoggedRead> {
        let db = Db::open(&DatabaseUrl::sqlite(self.folder.path().join("registry.db"))).await.unwrap();
        let reads = reads_of(&db, subject, 100).await.unwrap();
        db.close().await;
        reads
    }

    /// Waits until the mark is in `state`.
    pub(crate) async fn wait_for_mark(&self, code: &str, state: &str) -> pb::Mark {
        let mut marks = self.marks("LEGAL", &["370100"]);
        let name = format!("enterprises/{code}/marks/FOOD");
        until("the mark", async || {
            let mark = marks.get_mark(pb::GetMarkRequest { name: name.clone() }).await.ok()?.into_inner();
            (mark.state == state).then_some(mark)
        })
        .await
    }

    /// Waits until the licence of this number is as wanted.
    pub(crate) async fn wait_for_licence(
        &self,
        number: &str,
        wanted: impl Fn(&pb::Licence) -> bool,
    ) -> pb::Licence {
        let mut licences = self.licences("LEGAL", &["370100"]);
        let name = format!("licences/{number}");
        until("the licence", async || {
            let request = pb::GetLicenceRequest { name: name.clone() };
            let licence = licences.get_licence(request).await.ok()?.into_inner();
            wanted(&licence).then_some(licence)
        })
        .await
    }

    /// Stops it; it must end by itself.
    pub(crate) async fn stop(self) {
        self.shutdown.begin();
        self.serving.await.unwrap().unwrap();
    }
}

pub(crate) fn request_id(number: u128) -> String {
    uuid::Uuid::from_u128(number).to_string()
}

pub(crate) fn enterprise(code: &str, name: &str) -> pb::Enterprise {
    pb::Enterprise {
        uscc: code.into(),
        legal_name: name.into(),
        party_kind: "legal_or_unincorporated".into(),
        division: "370102".into(),
        ..pb::Enterprise::default()
    }
}

pub(crate) fn create(number: u128, enterprise: pb::Enterprise) -> pb::CreateEnterpriseRequest {
    pb::CreateEnterpriseRequest { enterprise: Some(enterprise), request_id: request_id(number) }
}

/// A food licence without end.
pub(crate) fn licence(code: &str, licence_no: &str) -> pb::Licence {
    pb::Licence {
        licence_no: licence_no.into(),
        uscc: code.into(),
        field: "FOOD".into(),
        valid_from: "2023-01-01".into(),
        valid_to: "2099-12-31".into(),
        state: "Valid".into(),
        ..pb::Licence::default()
    }
}

pub(crate) fn record(number: u128, licence: pb::Licence) -> pb::RecordLicenceRequest {
    pb::RecordLicenceRequest {
        licence: Some(licence),
        request_id: request_id(number),
        ..pb::RecordLicenceRequest::default()
    }
}

/// Reason of a refusal.
pub(crate) fn reason(status: &Status) -> String {
    service::error::reason_of(status).unwrap_or_default()
}
