//! Profiles that are kept for a moment, with what they are made of: they show what has changed, to whom it is shown, and a Redis server that is killed under
//! load costs nobody an answer.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
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
use standalone::clients::Addresses;
use standalone::house::SERVICES;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use crate::city::kept::{GET_PROFILE, reads};
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

/// How often a person was shown a profile of this city that had been kept: each reading of classes and flags stands in its risk's log, and of
/// what was kept the gateway has noted it. Metrics of the process count the cities of all tests.
async fn shown_as_kept(people: &People, reader: &str) -> usize {
    reads(people, reader).await.iter().filter(|read| read.method == GET_PROFILE).count()
}

/// Waits until somebody of CREDIT with these divisions is shown this profile, kept. Each time somebody else asks, by the same rights.
async fn until_kept(people: &People, divisions: &[&str], profile_of: (u16, usize, usize)) {
    let mut asked = 0_u32;
    wait::until("a profile is shown that was kept", async || {
        asked += 1;
        let person = format!("asks-{asked}");
        let shown = profile(people, &people.token(&person, "CREDIT", divisions)).await;
        (shown == profile_of && shown_as_kept(people, &person).await > 0).then_some(())
    })
    .await;
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

/// Status of the answer of the city's gateway, and how many records and licences it shows.
async fn profile(people: &People, token: &str) -> (u16, usize, usize) {
    profile_at(&people.addresses().gateway, token).await
}

/// The same at any gateway.
async fn profile_at(gateway: &str, token: &str) -> (u16, usize, usize) {
    let url = format!("{gateway}/v1/enterprises/{}/profile", uscc(1));
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
    let city = TestCity::start().await;
    registered(&city).await;
    let people = city.people();
    let (reader, writer) =
        (people.token("reader", "CREDIT", &["370100"]), people.token("importer", "CREDIT", &["370100"]));
    until_kept(people, &["370100"], (200, 0, 0)).await;
    for _ in 0..3 {
        assert_eq!(profile(people, &reader).await, (200, 0, 0));
        assert_eq!(profile(people, &writer).await, (200, 0, 0));
    }
    for person in ["reader", "importer"] {
        assert!(shown_as_kept(people, person).await > 0, "of three profiles `{person}` was shown none kept");
    }
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
    let city = TestCity::start().await;
    registered(&city).await;
    let people = city.people();
    let taken = job::records(&people.officer("importer", "LEGAL"), vec![permit(1)]).await;
    assert_eq!(taken.new, 1, "{taken:?}");
    wait::quiet(people).await;
    let letter = promise::sign(people, &uscc(1)).await;
    let url = format!("{}/v1/enterprises/{}/profile", people.addresses().gateway, uscc(1));
    let shown_as = async |person: &str, state: &str| {
        let token = people.token(person, "CREDIT", &["370100"]);
        let answer = send("GET", &url, Some(&token), &[], Bytes::new()).await;
        assert_eq!(answer.status, 200);
        let profile = answer.json();
        let shown = &profile["commitments"][0];
        shown["name"] == letter.name.as_str() && shown["state"] == state
    };
    let mut asked = 0_u32;
    wait::until("the signed letter is shown, and kept", async || {
        asked += 1;
        let person = format!("asks-{asked}");
        (shown_as(&person, "Archived").await && shown_as_kept(people, &person).await > 0).then_some(())
    })
    .await;
    promise::publish(people, &letter.name).await;
    let published =
        wait::until("the letter is published", async || shown_as("reader", "Published").await.then_some(()));
    tokio::time::timeout(BEFORE_THE_LIFE_ENDS, published).await.expect("an event tells of the letter");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enterprise_that_moves_is_soon_shown_with_its_records_to_its_new_division_and_to_no_other() {
    let city = TestCity::start().await;
    registered(&city).await;
    let people = city.people();
    let legal = people.officer("importer", "LEGAL");
    let taken = job::records(&legal, vec![permit(1)]).await;
    assert_eq!(taken.new, 1, "{taken:?}");
    wait::quiet(people).await;
    let old = people.token("old", "CREDIT", &[DIVISION]);
    let new = people.token("new", "CREDIT", &["370103"]);
    until_kept(people, &[DIVISION], (200, 1, 1)).await;
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
    async fn of(gateway: &str) -> Self {
        let channel = channel(gateway, Timeouts::streaming()).unwrap();
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

/// Waits until the metrics of a gateway say so of what is kept and of what is counted.
async fn metrics_say(metrics: &str, so: &str) {
    const NAMES: [&str; 2] = ["gateway_cache_shared", "gateway_rates_shared"];
    wait::until("the metrics say how Redis is", async || {
        let (_, text) = get(metrics, None).await;
        let lines = text.lines().filter(|line| NAMES.iter().any(|name| line.starts_with(name)));
        let said: Vec<_> = lines.filter_map(|line| line.rsplit(' ').next()).collect();
        (said == [so; 2]).then_some(())
    })
    .await;
}

/// Asks a gateway for profiles, several at once; every one must be answered whole.
async fn load(people: &People, gateway: &str) {
    let token = people.token("reader", "CREDIT", &["370100"]);
    let one_after_the_other = || async {
        for _ in 0..IN_A_ROW {
            assert_eq!(profile_at(gateway, &token).await, (200, 0, 0));
        }
    };
    futures::future::join_all((0..AT_ONCE).map(|_| one_after_the_other())).await;
}

/// How many requests an officer may make of a gateway before one is refused.
async fn allowed(people: &People, gateway: &str, person: &str) -> u32 {
    let token = people.token(person, "LEGAL", &["370100"]);
    let url = format!("{gateway}/v1/enterprises/{}", uscc(1));
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
    let mut redis = Redis::start();
    let city = TestCity::start().await;
    registered(&city).await;
    let people = city.people();
    // A process of its own, which has metrics of its own.
    let (url, burst, metrics) = (redis.url(), BURST.to_string(), loopback(free_port()));
    let further =
        ["--redis-url", &url, "--rate-per-minute", "1", "--rate-burst", &burst, "--metrics-listen", &metrics];
    let (gateway, address) = gateway(&city, "gateway.token", &further).await;
    let metrics = format!("http://{metrics}/metrics");
    let mut told = Told::of(&address).await;
    told.becomes(ServingStatus::Serving).await;
    load(people, &address).await;
    metrics_say(&metrics, SHARED).await;

    let killed = async { redis.kill() };
    tokio::join!(load(people, &address), killed);
    told.becomes(ServingStatus::NotServing).await;
    metrics_say(&metrics, ALONE).await;
    // Each replica counts by itself now.
    assert_eq!(allowed(people, &address, "while-away").await, BURST);

    redis.start_again();
    told.becomes(ServingStatus::Serving).await;
    metrics_say(&metrics, SHARED).await;
    load(people, &address).await;
    assert!(allowed(people, &address, "afterwards").await >= BURST);
    assert_eq!(gateway.stop().await.code(), Some(0));
}
