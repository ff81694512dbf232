//! `rest` and `profile`: the gateway of a city in this process, beside what must be paid in any case.
//!
//! `rest` asks for one enterprise by REST and by gRPC, both through the gateway. `profile` asks for a profile by REST, which the gateway
//! puts together from five services; its baseline is one hop without any of it: a bare axum server that asks a bare tonic echo and
//! answers as many bytes. It is measured with nothing kept; with what the gateway keeps in its process for the same few hundred
//! enterprises; and, where there is a Redis server, with that kept there. Risk notes each reading of classes and flags all the same, and what
//! holds a party check is asked for again every ten seconds. Here the gateway asks the services past the socket, as it does wherever all
//! run in one process. All sides have the same connections and requests under way, over HTTP/2, by turns.

mod apart;
mod asks;
mod hop;
mod idle;
mod overload;
mod rpcs;

use std::net::SocketAddr;

use contract::registry::v1::{Enterprise, ImportEnterprisesRequest};
use domain::{MicrosUtc, Uscc};
use standalone::clients::Bearer;
use standalone::house::{House, Officer, Options};
use tokio_stream::StreamExt;

use crate::load::{self, Asks, Round};
use crate::report::{Better, Figure, Measure, median, not_measured};
use asks::{ByGrpc, ByRest};
use hop::Hop;
use rpcs::Answered;

pub(crate) use apart::lend_city;
pub(crate) use idle::idle;
pub(crate) use overload::overload;

/// Enterprises that are asked about, by turns.
const ENTERPRISES: usize = 500;
/// Office that registers and asks: it sees the parts of a profile.
const OFFICE: &str = "CREDIT";

const REST: Measure = Measure {
    bench: "rest",
    figure: "unary",
    unit: "requests/s",
    baseline_name: "the same call by gRPC through the gateway",
    target: Some(0.6),
    better: Better::Higher,
};
const UNCACHED: Measure = Measure {
    bench: "profile",
    figure: "uncached",
    unit: "requests/s",
    baseline_name: "bare axum in front of a bare tonic echo, same answer size and connections",
    target: Some(0.25),
    better: Better::Higher,
};
const CACHED: Measure = Measure { figure: "cached", target: Some(0.6), ..UNCACHED };
const CACHED_REDIS: Measure = Measure { figure: "cached_redis", target: None, ..UNCACHED };
const RPCS: Measure = Measure {
    figure: "rpcs",
    unit: "RPCs a profile",
    baseline_name: "one hop",
    target: None,
    better: Better::Lower,
    ..UNCACHED
};
const CACHED_RPCS: Measure = Measure { figure: "cached_rpcs", ..RPCS };
const P99: Measure =
    Measure { figure: "p99", unit: "ms", target: Some(3.0), better: Better::Lower, ..UNCACHED };

/// Measures a unary call.
pub(crate) async fn rest(rounds: u32) -> anyhow::Result<Vec<Figure>> {
    let city = City::start(Vec::new()).await?;
    let gateway = &city.house.addresses().gateway;
    let ours = ByRest::connect(gateway, &city.bearer, city.paths(""))?;
    let theirs = ByGrpc::connect(gateway, &city.bearer, &city.usccs)?;
    let (ours, theirs) = by_turns(rounds, &ours, &theirs).await?;
    city.house.stop().await;
    Ok(vec![REST.figure(middle(&ours, Round::per_second), middle(&theirs, Round::per_second))])
}

/// Measures profiles; those that are kept in Redis only where there is a server. `metrics`: where this process tells its metrics.
pub(crate) async fn profile(
    rounds: u32,
    redis_url: Option<&str>,
    metrics: SocketAddr,
) -> anyhow::Result<Vec<Figure>> {
    let profiles = |gateway| profiles(rounds, gateway, metrics);
    let (ours, theirs, rpcs) = profiles(vec!["--cache-seconds=0".to_owned()]).await?;
    let mut figures = vec![
        UNCACHED.figure(middle(&ours, Round::per_second), middle(&theirs, Round::per_second)),
        P99.figure(middle(&ours, Round::p99_ms), middle(&theirs, Round::p99_ms)),
        RPCS.figure(rpcs, 1.0),
    ];
    let (ours, theirs, rpcs) = profiles(Vec::new()).await?;
    figures.push(CACHED.figure(middle(&ours, Round::per_second), middle(&theirs, Round::per_second)));
    figures.push(CACHED_RPCS.figure(rpcs, 1.0));
    if let Some(url) = redis_url {
        let (ours, theirs, _) = profiles(vec![format!("--redis-url={url}")]).await?;
        figures
            .push(CACHED_REDIS.figure(middle(&ours, Round::per_second), middle(&theirs, Round::per_second)));
    } else {
        not_measured("profile cached_redis", "no Redis server: TEST_REDIS_URL");
    }
    Ok(figures)
}

/// Profiles of a city whose gateway has these settings, and the hop; and how many RPCs of the services there were for each profile.
async fn profiles(
    rounds: u32,
    gateway: Vec<String>,
    metrics: SocketAddr,
) -> anyhow::Result<(Vec<Round>, Vec<Round>, f64)> {
    let city = City::start(gateway).await?;
    let ours = ByRest::connect(&city.house.addresses().gateway, &city.bearer, city.paths("/profile"))?;
    let answer = ours.first_answer().await?;
    let missing = serde_json::from_slice::<serde_json::Value>(&answer)?["missing"].take();
    anyhow::ensure!(missing.as_array().is_some_and(Vec::is_empty), "a profile lacks parts: {missing}");
    let hop = Hop::start(answer.len()).await?;
    let theirs = ByRest::connect(hop.address(), &city.bearer, vec!["/".to_owned()])?;
    let before = Answered::now(metrics).await?;
    let (ours, theirs) = by_turns(rounds, &ours, &theirs).await?;
    let rpcs = Answered::now(metrics).await?.a_profile_since(before);
    city.house.stop().await;
    Ok((ours, theirs, rpcs))
}

/// Rounds of both sides by turns; the first of each warms it up.
async fn by_turns<A: Asks, B: Asks>(
    rounds: u32,
    ours: &A,
    theirs: &B,
) -> anyhow::Result<(Vec<Round>, Vec<Round>)> {
    let mut taken = (Vec::new(), Vec::new());
    for round in 0..=rounds {
        let (our, their) = (load::round(ours).await?, load::round(theirs).await?);
        if round > 0 {
            taken.0.push(our);
            taken.1.push(their);
        }
    }
    Ok(taken)
}

fn middle(rounds: &[Round], of: fn(&Round) -> f64) -> f64 {
    median(rounds.iter().map(of).collect())
}

/// A running city with a few enterprises.
struct City {
    house: House,
    bearer: Bearer,
    usccs: Vec<String>,
    _folder: tempfile::TempDir,
}

impl City {
    async fn start(gateway: Vec<String>) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let options = Options { gateway, ..Options::on_free_ports(folder.path().to_owned()) };
        let house = House::start(&options).await?;
        let officer = Officer::of_city("bench", OFFICE);
        let bearer = officer.bearer(house.issuer(), MicrosUtc::now())?;
        let uscc = |number| Uscc::compose("91370102", &format!("{number:08}"));
        let usccs: Vec<String> =
            (0..ENTERPRISES).map(|number| Ok(uscc(number)?.to_string())).collect::<anyhow::Result<_>>()?;
        let enterprise = |uscc: &String| Enterprise {
            uscc: uscc.clone(),
            legal_name: format!("济南{}食品有限公司", &uscc[9..17]),
            party_kind: "legal_or_unincorporated".to_owned(),
            division: "370102".to_owned(),
            ..Enterprise::default()
        };
        let enterprises = usccs.iter().map(enterprise).collect();
        let request_id = uuid::Uuid::new_v4().to_string();
        let message = ImportEnterprisesRequest { enterprises, request_id };
        let mut client = house.clients(&officer)?.enterprises();
        let mut answers = client.import_enterprises(tokio_stream::once(message)).await?.into_inner();
        let created = answers.next().await.transpose()?.map_or(0, |answer| answer.created);
        anyhow::ensure!(created == i64::try_from(ENTERPRISES)?, "only {created} enterprises were registered");
        Ok(Self { house, bearer, usccs, _folder: folder })
    }

    /// Paths below each enterprise.
    fn paths(&self, below: &str) -> Vec<String> {
        self.usccs.iter().map(|uscc| format!("/v1/enterprises/{uscc}{below}")).collect()
    }
}
