//! Profiles while one service after the other is slow, cut off or stopped. The services and the gateway are processes; the gateway
//! reaches each service by a line of the test.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use contract::registry::v1::Enterprise;
use domain::{MicrosUtc, Uscc};
use e2e::people::People;
use e2e::process::{Program, free_port, loopback};
use e2e::rest::send;
use e2e::{job, wait};
use futures::future::join_all;
use standalone::clients::Addresses;
use standalone::house::{SERVICES, ServiceToken};
use tempfile::TempDir;

use crate::line::{Line, State};

/// Profiles asked for at once.
const AT_ONCE: usize = 8;
/// Enterprises that are asked about in turn, so many that what is known of one is never of a moment ago.
const ENTERPRISES: usize = 2_000;
/// How long the gateway waits for a part.
const PART_TIMEOUT_MS: &str = "500";
/// No request takes longer; the gateway ends each by itself long before.
const GUARD: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_lacks_what_the_service_in_trouble_knows_and_is_whole_again_by_itself() {
    let mut town = Town::start().await;
    for at in 0..SERVICES.len() {
        town.until_whole(at).await;
        for state in [State::Slow, State::Dead] {
            town.members[at].line.set(state);
            town.until_lacking(at).await;
            town.members[at].line.set(State::Good);
            town.until_whole(at).await;
        }
        town.members[at].stop().await;
        town.until_lacking(at).await;
        town.members[at].start().await;
        town.until_whole(at).await;
    }
    for member in &mut town.members {
        member.stop().await;
    }
    assert_eq!(town.gateway.stop().await.code(), Some(0));
}

/// One of the services, and the line that the gateway has to it.
struct Member {
    name: &'static str,
    address: String,
    flags: Vec<String>,
    program: Option<Program>,
    line: Line,
}

impl Member {
    async fn start(&mut self) {
        let mut program = Program::start(self.name, &self.flags);
        program.until_serving(&self.address).await;
        self.program = Some(program);
    }

    async fn stop(&mut self) {
        let program = self.program.take().expect("it runs");
        assert_eq!(program.stop().await.code(), Some(0), "{} was asked to end", self.name);
    }
}

/// The services, each on a database of its own and following nobody, and a gateway.
struct Town {
    members: Vec<Member>,
    gateway: Program,
    /// Address of the gateway, and a token to ask it with.
    desk: (String, String),
    asked: AtomicUsize,
    _folder: TempDir,
}

impl Town {
    async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let (_, files) = ServiceToken::prepare(folder.path(), MicrosUtc::now()).expect("keys can be made");
        let common =
            ["--jwks".to_owned(), files.jwks.display().to_string(), "--log".to_owned(), "error".to_owned()];
        let mut members = Vec::new();
        for name in SERVICES {
            let listen = loopback(free_port());
            let database = format!("sqlite:{}", folder.path().join(format!("{name}.db")).display());
            let own = ["--listen".to_owned(), listen.clone(), "--database".to_owned(), database];
            let flags = own.into_iter().chain(common.clone()).collect();
            let line = Line::to(listen.clone()).await;
            let mut member = Member { name, address: format!("http://{listen}"), flags, program: None, line };
            member.start().await;
            members.push(member);
        }
        let people = People::of(addresses(&members), folder.path());
        let taken = job::enterprises(
            &people.officer("importer", "LEGAL"),
            (0..ENTERPRISES).map(enterprise).collect(),
        )
        .await;
        assert_eq!(usize::try_from(taken.new), Ok(ENTERPRISES), "all are registered");

        let listen = loopback(free_port());
        let own =
            ["--listen", &listen, "--public-listen", "127.0.0.1:0", "--part-timeout-ms", PART_TIMEOUT_MS];
        let own = own.map(str::to_owned).into_iter();
        let own = own.chain(["--token-file".to_owned(), files.gateway.display().to_string()]);
        let peers = members.iter().flat_map(|member| {
            [format!("--{}-url", member.name), format!("http://{}", member.line.address())]
        });
        let flags: Vec<String> = own.chain(peers).chain(common.clone()).collect();
        let mut gateway = Program::start("gateway", &flags);
        gateway.until_serving(&format!("http://{listen}")).await;
        let desk = (format!("http://{listen}"), people.token("desk", "CREDIT", &["370100"]));
        Self { members, gateway, desk, asked: AtomicUsize::new(0), _folder: folder }
    }

    /// Asks until all profiles that are asked for at once lack something of this service, and then once more.
    async fn until_lacking(&self, at: usize) {
        let service = self.members[at].name;
        let lacking =
            |profiles: Vec<Vec<String>>| profiles.iter().all(|lacks| lacks.iter().any(|it| it == service));
        wait::until(&format!("profiles lack what {service} knows"), async || {
            lacking(self.profiles(service).await).then_some(())
        })
        .await;
        assert!(lacking(self.profiles(service).await), "the trouble of {service} goes on");
    }

    /// Asks until all profiles that are asked for at once are whole.
    async fn until_whole(&self, at: usize) {
        let service = self.members[at].name;
        wait::until(&format!("profiles are whole when {service} is well"), async || {
            self.profiles(service).await.iter().all(Vec::is_empty).then_some(())
        })
        .await;
    }

    /// Profiles asked for at once: of each, the services of the parts that it lacks.
    async fn profiles(&self, in_trouble: &str) -> Vec<Vec<String>> {
        join_all((0..AT_ONCE).map(|_| self.profile(in_trouble))).await
    }

    /// Whatever happens, the answer is a profile. On a busy machine a part of another service may be late, and nothing worse.
    async fn profile(&self, in_trouble: &str) -> Vec<String> {
        let (gateway, token) = &self.desk;
        let uscc = uscc(self.asked.fetch_add(1, Ordering::Relaxed) % ENTERPRISES);
        let url = format!("{gateway}/v1/enterprises/{uscc}/profile");
        let asked = send("GET", &url, Some(token), &[], Bytes::new());
        let answer = tokio::time::timeout(GUARD, asked).await.expect("no request hangs");
        assert_eq!(answer.status, 200, "{answer:?}");
        let profile = answer.json();
        let missing = profile["missing"].as_array().expect("a profile says what it lacks");
        let service = |part: &serde_json::Value| part["service"].as_str().unwrap_or_default().to_owned();
        for part in missing.iter().filter(|part| service(part) != in_trouble) {
            assert_eq!(part["code"], "DEADLINE_EXCEEDED", "{part}");
        }
        missing.iter().map(service).collect()
    }
}

fn addresses(members: &[Member]) -> Addresses {
    let of = |name: &str| {
        let found = members.iter().find(|member| member.name == name);
        found.map(|member| member.address.clone()).expect("a service has an address")
    };
    Addresses {
        registry: of("registry"),
        collection: of("collection"),
        risk: of("risk"),
        inspection: of("inspection"),
        punishment: of("punishment"),
        // Nobody asks them by these.
        gateway: of("registry"),
        public: of("registry"),
    }
}

fn uscc(number: usize) -> String {
    Uscc::compose("91370102", &format!("{number:08}")).expect("digits are of the alphabet").to_string()
}

fn enterprise(number: usize) -> Enterprise {
    Enterprise {
        uscc: uscc(number),
        legal_name: format!("济南{number}号食品有限公司"),
        party_kind: "legal_or_unincorporated".to_owned(),
        division: "370102".to_owned(),
        ..Enterprise::default()
    }
}
