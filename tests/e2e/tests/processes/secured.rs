//! Services as processes that speak TLS and nothing else, with the certificates of a deployment: they follow each other's feeds and
//! answer through the gateway.

use std::path::Path;

use contract::client::{Timeouts, channel, channel_over};
use contract::common::v1::{ListWorkRequest, work_client::WorkClient};
use contract::feed::v1::{GetReadersRequest, ReaderState, feed_client::FeedClient};
use domain::MicrosUtc;
use e2e::process::{Program, free_port, loopback};
use e2e::{wait, xinjian, xinjian_json};
use serde_json::json;
use service::auth::{Issuer, TokenSource};
use service::peer::Peer;
use service::probe::probe_over;
use service::testing::Certificates;
use standalone::house::{Officer, ServiceToken};
use tls::{Connector, Trust};

const ACCOUNTS: &str = include_str!("../../../../deploy/accounts/service-accounts.json");
const NAMES: [&str; 4] = ["registry", "collection", "gateway", "approval-platform"];

/// What the flags of the processes are made of.
struct Place<'a> {
    folder: &'a Path,
    files: &'a ServiceToken,
    certificates: &'a Certificates,
}

impl Place<'_> {
    fn start(&self, name: &str, listen: &str, own: &[(&str, String)]) -> Program {
        let file = |file: &str| self.certificates.file(name, file).display().to_string();
        let token = if name == "gateway" { &self.files.gateway } else { &self.files.token };
        let common = [
            ("--listen", listen.to_owned()),
            ("--jwks", self.files.jwks.display().to_string()),
            ("--token-file", token.display().to_string()),
            ("--tls-certificate", file("certificate.pem")),
            ("--tls-key", file("key.pem")),
            ("--tls-ca", file("ca.pem")),
            ("--service-accounts", self.certificates.accounts().display().to_string()),
            ("--log", "warn".to_owned()),
        ];
        let flags = common.iter().chain(own).flat_map(|(flag, value)| [(*flag).to_owned(), value.clone()]);
        Program::start(name, &flags.collect::<Vec<_>>())
    }

    /// The registry and collection, which follow each other, and the gateway in front of them: at three of the addresses, the public
    /// listener at the last.
    fn start_all(&self, [registry, collection, gateway, public]: &[String; 4]) -> [Program; 3] {
        let told_by_collection = ("--collection-url", url(collection));
        let told_by_registry = ("--registry-url", url(registry));
        let publicity = self.folder.join("publicity").display().to_string();
        let publicity = ("--registry-publicity-folder", publicity);
        let nowhere = |flag| (flag, url(&loopback(free_port())));
        let of_registry = [self.database("registry"), told_by_collection.clone(), publicity];
        let of_collection = [self.database("collection"), told_by_registry.clone()];
        let of_gateway = [
            ("--public-listen", public.clone()),
            told_by_registry,
            told_by_collection,
            nowhere("--risk-url"),
            nowhere("--inspection-url"),
            nowhere("--punishment-url"),
        ];
        [
            self.start("registry", registry, &of_registry),
            self.start("collection", collection, &of_collection),
            self.start("gateway", gateway, &of_gateway),
        ]
    }

    fn database(&self, name: &str) -> (&'static str, String) {
        ("--database", format!("sqlite:{}", self.folder.join(name).with_extension("db").display()))
    }
}

fn url(address: &str) -> String {
    format!("https://{address}")
}

#[tokio::test]
#[ignore = "needs openssl in the PATH"]
async fn services_and_the_gateway_speak_to_each_other_over_tls_only() {
    let folder = tempfile::tempdir().unwrap();
    let (issuer, files) = ServiceToken::prepare(folder.path(), MicrosUtc::now()).unwrap();
    let certificates = Certificates::new(&NAMES, ACCOUNTS);
    let place = Place { folder: folder.path(), files: &files, certificates: &certificates };
    let addresses = [(); 4].map(|()| loopback(free_port()));
    let mut programs = place.start_all(&addresses);
    let [registry, collection, gateway, _] = &addresses;
    let trust: Connector = Trust::open(certificates.file("registry", "ca.pem")).unwrap().into();
    for address in [registry, collection, gateway] {
        wait::until("a service says over TLS that it serves", async || {
            programs.iter_mut().for_each(Program::assert_running);
            probe_over(Some(&trust), &url(address), Timeouts::default().connect).await.ok()
        })
        .await;
    }

    let open = |address: &str| channel_over(Some(&trust), &url(address), Timeouts::default()).unwrap();
    let token = |office: &str| {
        let token = Officer::of_city("wang", office).token(&issuer, MicrosUtc::now(), 600).unwrap();
        TokenSource::fixed(token)
    };
    let mut feed = FeedClient::new(Peer::as_service(open(collection), token("IT")));
    wait::until("collection follows the registry's feed over TLS", async || {
        let readers = feed.get_readers(GetReadersRequest {}).await.ok()?.into_inner().readers;
        let follows = |state| state == ReaderState::Following as i32;
        readers.iter().any(|reader| reader.feed == "registry" && follows(reader.state)).then_some(())
    })
    .await;

    let mut asked = tonic::Request::new(ListWorkRequest::default());
    asked.metadata_mut().insert("xinjian-service", "registry".parse().unwrap());
    let mut work = WorkClient::new(Peer::as_service(open(gateway), token("CREDIT")));
    work.list_work(asked).await.expect("the gateway asks the registry over TLS");

    let plain =
        WorkClient::new(Peer::as_service(channel(registry, Timeouts::default()).unwrap(), token("CREDIT")))
            .list_work(ListWorkRequest::default())
            .await;
    assert!(plain.is_err(), "the registry answers in plain text");
    the_command_line_asks_through_the_gateway(&certificates, &url(gateway), &issuer, folder.path());
    for program in programs {
        assert_eq!(program.stop().await.code(), Some(0));
    }
}

/// An officer by a token, and a system by its certificate alone.
fn the_command_line_asks_through_the_gateway(
    certificates: &Certificates,
    gateway: &str,
    issuer: &Issuer,
    folder: &Path,
) {
    let token_file = folder.join("officer.token");
    let token = Officer::of_city("wang", "CREDIT").token(issuer, MicrosUtc::now(), 600).unwrap();
    std::fs::write(&token_file, format!("{token}\n")).unwrap();
    let file = |name: &str, file: &str| certificates.file(name, file).display().to_string();
    let ca = file("gateway", "ca.pem");
    let ask = ["imports", "list", "--gateway", gateway, "--ca", &ca];
    let listed = xinjian_json(ask.into_iter().chain(["--token-file", &token_file.display().to_string()]));
    assert_eq!(listed["imports"], json!([]));

    let (certificate, key) =
        (file("approval-platform", "certificate.pem"), file("approval-platform", "key.pem"));
    let refused = xinjian(ask.into_iter().chain(["--certificate", &certificate, "--key", &key]));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(
        said.to_uppercase().contains("APPROVAL"),
        "the gateway knows who asks, and that this is not his: {said}"
    );
}
