//! Profiles that are kept for a moment, with what they are made of: they show what has changed, to whom it is shown, and a Redis server that is killed under
//! load costs nobody an answer.

use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::sync::{LazyLock, mpsc};
use std::time::Duration;

use bytes::Bytes;
use contract::client::{Timeouts, channel};
use contract::registry::v1::Enterprise;
use e2e::city::TestCity;
use e2e::job::promise;
use e2e::people::People;
use e2e::process::{free_port, loopback};
use e2e::producer::{self, DIVISION, permit, uscc};
use e2e::rest::{get, send};
use e2e::{job, wait};
use service::telemetry;
use standalone::clients::Addresses;
use standalone::house::SERVICES;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use crate::city::kept::reads;
use crate::city::second::gateway;

/// Requests that a caller may make in the test of the killed Redis; none come back within it.
const BURST: u32 = 200;
/// Profiles that are asked for at once.
const AT_ONCE: u32 = 4;
/// Of each of them, how many before, while and after Redis is away.
const IN_A_ROW: u32 = 12;
/// Longest wait for a state to be told.
const WITHIN: Duration = Duration::from_secs(120);
/// Longest wait for what a feed tells: less than the life of what is kept, which must not be what ends it.
const BEFORE_THE_LIFE_ENDS: Duration = Duration::from_secs(20);
/// Where the metrics of this process are told, on a runtime of their own: those of the tests end with them. Gateways that are started
/// before it is looked at count nothing.
static METRICS: LazyLock<SocketAddr> = LazyLock::new(|| {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let config = telemetry::Config {
        log: "off".to_owned(),
        metrics_listen: Some(address),
        ..telemetry::Config::default()
    };
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let _telemetry = telemetry::init("city", &config, None).unwrap();
            tell.send(()).unwrap();
            std::future::pending::<()>().await;
        });
    });
    told.recv().expect("telemetry starts");
    address
});

/// How often a profile was shown that had been kept, or the records in it.
async fn hits() -> u64 {
    let (status, text) = get(&format!("http://{}/metrics", *METRICS), None).await;
    assert_eq!(status, 200);
    let lines = text.lines().filter(|line| line.starts_with("gateway_cache_answers_total{"));
    let of = ["of=\"profile\"", "of=\"collection\""];
    let hits = lines.filter(|line| line.contains("outcome=\"hit\"") && of.iter().any(|of| line.contains(of)));
    let count = |line: &str| line.rsplit(' ').next().and_then(|number| number.parse::<u64>().ok());
    hits.map(|line| count(line).expect("a count is a number")).sum()
}

/// The producer as it stands in a division.
fn enterprise(division: &str) -> Enterprise {
    Enterprise { division: division.to_owned(), ..producer::enterprise(1) }
}

async fn registered(city: &TestCity) {
    let taken =
        job::enterprises(&city.people().officer("importer", "LEGAL"), vec![enterprise(DIVISION)]).await;
    assert_eq!(taken.new, 1, "{taken:?}");
    wait::quiet(city.people()).await;
}

/// Status of the answer, and how many records and licences it shows.
async fn profile(people: &People, token: &str) -> (u16, usize, usize) {
    let url = format!("{}/v1/enterprises/{}/profile", people.addresses().gateway, uscc(1));
    let answer = send("GET", &url, Some(token), &[], Bytes::new()).await;
    let profile = answer.json();
    let length = |part: &str| profile[part].as_array().map_or(0, Vec::len);
    if answer.status == 200 {
        assert_eq!(length("missing"), 0, "{profile}");
    }
    (answer.status, length("records"), length("licences"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_shows_what_its_reader_has_just_changed_and_soon_what_others_have() {
    let before = hits().await;
    let city = TestCity::start().await;
    registered(&city).await;
    let people = city.people();
    let (reader, writer) =
        (people.token("reader", "CREDIT", &["370100"]), people.token("importer", "CREDIT", &["370100"]));
    for _ in 0..3 {
        assert_eq!(profile(people, &reader).await, (200, 0, 0));
        assert_eq!(profile(people, &writer).await, (200, 0, 0));
    }
    assert!(hits().await > before, "six profiles in a row, and nothing was kept");
    // By the gateway, which knows so who has changed something.
    let at_the_gateway =
        Addresses { collection: people.addresses().gateway.clone(), ..people.addresses().clone() };
    let through = people.officer_at(&at_the_gateway, "importer", "LEGAL");
    let taken = job::records(&through, vec![permit(1)]).await;
    assert_eq!(taken.new, 1, "{taken:?}");
    assert_eq!(profile(people, &writer).await.1, 1, "who has written it sees it at once");
    wait::until("others see the record, and the licence that follows from it", async || {
        (profile(people, &reader).await == (200, 1, 1)).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_is_kept_in_a_profile_is_soon_shown_as_it_has_become() {
    let before = hits().await;
    let city = TestCity::start().await;
    registered(&city).await;
    let people = city.people();
    let taken = job::records(&people.officer("importer", "LEGAL"), vec![permit(1)]).await;
    assert_eq!(taken.new, 1, "{taken:?}");
    wait::quiet(people).await;
    let letter = promise::sign(people, &uscc(1)).await;
    let url = format!("{}/v1/enterprises/{}/profile", people.addresses().gateway, uscc(1));
    let token = people.token("reader", "CREDIT", &["370100"]);
    let shown_as = async |state: &str| {
        let answer = send("GET", &url, Some(&token), &[], Bytes::new()).await;
        assert_eq!(answer.status, 200);
        let profile = answer.json();
        let shown = &profile["commitments"][0];
        shown["name"] == letter.name.as_str() && shown["state"] == state
    };
    wait::until("the signed letter is shown, and kept", async || {
        (shown_as("Archived").await && hits().await > before).then_some(())
    })
    .await;
    promise::publish(people, &letter.name).await;
    let published =
        wait::until("the letter is published", async || shown_as("Published").await.then_some(()));
    tokio::time::timeout(BEFORE_THE_LIFE_ENDS, published).await.expect("an event tells of the letter");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enterprise_that_moves_is_soon_shown_with_its_records_to_its_new_division_and_to_no_other() {
    let before = hits().await;
    let city = TestCity::start().await;
    registered(&city).await;
    let people = city.people();
    let legal = people.officer("importer", "LEGAL");
    let taken = job::records(&legal, vec![permit(1)]).await;
    assert_eq!(taken.new, 1, "{taken:?}");
    wait::quiet(people).await;
    let old = people.token("old", "CREDIT", &[DIVISION]);
    let new = people.token("new", "CREDIT", &["370103"]);
    wait::until("the old division sees the record, and what is kept of it", async || {
        (profile(people, &old).await == (200, 1, 1) && hits().await > before).then_some(())
    })
    .await;
    assert_eq!(profile(people, &new).await.0, 403);
    let taken = job::enterprises(&legal, vec![enterprise("370103")]).await;
    assert_eq!(taken.updated, 1, "{taken:?}");
    // Both ask all the time: collection may follow later than the gateway hears, and what is told in between must not stay.
    let moved = wait::until("the new division sees the record, and the old one nothing", async || {
        let (old, new) = (profile(people, &old).await, profile(people, &new).await);
        (old.0 == 403 && new == (200, 1, 1)).then_some(())
    });
    tokio::time::timeout(BEFORE_THE_LIFE_ENDS, moved).await.expect("an event tells of the move");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_and_cannot_be_noted_is_asked_of_risk_which_logs_every_reading_itself() {
    let city = TestCity::start().await;
    registered(&city).await;
    let people = city.people();
    let metrics = loopback(free_port());
    // With the token of the services a gateway hears the feeds, and keeps what it is told; but it may note no reads.
    let further = ["--metrics-listen", metrics.as_str()];
    let (gateway, address) = gateway(&city, "service.token", &further).await;
    let metrics = format!("http://{metrics}/metrics");
    let told = async |what: &str| {
        let (_, text) = get(&metrics, None).await;
        text.lines().filter(|line| line.starts_with(what)).map(str::to_owned).collect::<Vec<_>>()
    };
    wait::until("all feeds are heard", async || {
        let heard = told("gateway_cache_heard{").await;
        (heard.iter().filter(|line| line.ends_with(" 1")).count() == SERVICES.len()).then_some(())
    })
    .await;
    let url = format!("{address}/v1/enterprises/{}/profile", uscc(1));
    let token = people.token("unnoted", "CREDIT", &["370100"]);
    for asked in 1..=3 {
        let answer = send("GET", &url, Some(&token), &[], Bytes::new()).await;
        assert_eq!((answer.status, &answer.json()["missing"]), (200, &serde_json::json!([])));
        let reads = reads(people, "unnoted").await;
        assert_eq!(reads.len(), 2 * asked, "classes and flags, each time: {reads:?}");
        assert!(reads.iter().all(|read| read.method == "/xinjian.risk.v1.Dossiers/GetDossier"), "{reads:?}");
    }
    let answers = told("gateway_cache_answers_total{").await;
    let kept = |outcome: &str| answers.iter().any(|line| line.contains(&format!("outcome=\"{outcome}\"")));
    assert!(kept("unnoted") && kept("hit"), "it was kept, and what is not logged was shown: {answers:?}");
    assert_eq!(gateway.stop().await.code(), Some(0));
}

/// A Redis server of the test's own. Dropped, it is killed.
struct Redis {
    port: u16,
    server: Child,
    folder: tempfile::TempDir,
}

impl Redis {
    fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        Self { port, server: Self::serve(port, &folder), folder }
    }

    fn serve(port: u16, folder: &tempfile::TempDir) -> Child {
        Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--port", &port.to_string(), "--dir"])
            .arg(folder.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is installed")
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Ends it at once, as a machine that fails.
    fn kill(&mut self) {
        self.server.kill().expect("a running server can be killed");
        self.server.wait().expect("it has ended");
    }

    fn start_again(&mut self) {
        self.server = Self::serve(self.port, &self.folder);
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// What the health service of the gateway tells of Redis, from now on.
struct Told(tonic::Streaming<HealthCheckResponse>);

impl Told {
    async fn of(people: &People) -> Self {
        let channel = channel(&people.addresses().gateway, Timeouts::streaming()).unwrap();
        let service = "xinjian.gateway.redis".to_owned();
        let told = HealthClient::new(channel).watch(HealthCheckRequest { service }).await;
        Self(told.expect("health is told to everyone").into_inner())
    }

    async fn becomes(&mut self, status: ServingStatus) {
        let heard =
            async { while self.0.message().await.unwrap().expect("the watch goes on").status() != status {} };
        tokio::time::timeout(WITHIN, heard).await.unwrap_or_else(|_| panic!("{status:?} is not told"));
    }
}

/// What the metrics say while Redis serves all replicas, and while it is away.
const SHARED: &str = "1";
const ALONE: &str = "0";

/// Waits until the metrics say so of what is kept and of what is counted.
async fn metrics_say(so: &str) {
    const NAMES: [&str; 2] = ["gateway_cache_shared", "gateway_rates_shared"];
    wait::until("the metrics say how Redis is", async || {
        let (_, text) = get(&format!("http://{}/metrics", *METRICS), None).await;
        let lines = text.lines().filter(|line| NAMES.iter().any(|name| line.starts_with(name)));
        let said: Vec<_> = lines.filter_map(|line| line.rsplit(' ').next()).collect();
        (said == [so; 2]).then_some(())
    })
    .await;
}

/// Asks for profiles, several at once; every one must be answered whole.
async fn load(people: &People) {
    let token = people.token("reader", "CREDIT", &["370100"]);
    let one_after_the_other = || async {
        for _ in 0..IN_A_ROW {
            assert_eq!(profile(people, &token).await, (200, 0, 0));
        }
    };
    futures::future::join_all((0..AT_ONCE).map(|_| one_after_the_other())).await;
}

/// How many requests an officer may make before one is refused.
async fn allowed(people: &People, person: &str) -> u32 {
    let token = people.token(person, "LEGAL", &["370100"]);
    let url = format!("{}/v1/enterprises/{}", people.addresses().gateway, uscc(1));
    for made in 0..=BURST {
        match send("GET", &url, Some(&token), &[], Bytes::new()).await.status {
            200 => {}
            429 => return made,
            other => panic!("request {made}: {other}"),
        }
    }
    BURST + 1
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs redis-server"]
async fn a_redis_that_is_killed_under_load_costs_nobody_an_answer_and_comes_back_by_itself() {
    LazyLock::force(&METRICS);
    let mut redis = Redis::start();
    let flags = vec![
        format!("--redis-url={}", redis.url()),
        "--rate-per-minute=1".to_owned(),
        format!("--rate-burst={BURST}"),
    ];
    let city = TestCity::with_gateway(flags).await;
    registered(&city).await;
    let people = city.people();
    let mut told = Told::of(people).await;
    told.becomes(ServingStatus::Serving).await;
    load(people).await;
    metrics_say(SHARED).await;

    let killed = async { redis.kill() };
    tokio::join!(load(people), killed);
    told.becomes(ServingStatus::NotServing).await;
    metrics_say(ALONE).await;
    // Each replica counts by itself now.
    assert_eq!(allowed(people, "while-away").await, BURST);

    redis.start_again();
    told.becomes(ServingStatus::Serving).await;
    metrics_say(SHARED).await;
    load(people).await;
    assert!(allowed(people, "afterwards").await >= BURST);
}
