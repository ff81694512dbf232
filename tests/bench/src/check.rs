//! `CheckParty` over loopback, authentication on, against a bare tonic server that answers with the same message.
//!
//! Both servers stand in this process, on the same runtime, and are called by the same clients in turns; the middle of the rounds
//! counts. A third of the questions is about listed parties.

use std::sync::Arc;
use std::time::{Duration, Instant};

use contract::punishment::v1::parties_client::PartiesClient;
use contract::punishment::v1::parties_server::{Parties, PartiesServer};
use contract::punishment::v1::{
    BatchCheckPartiesRequest, BatchCheckPartiesResponse, CheckPartyRequest, PartyCheck,
};
use db::bulk::{self, Cell};
use db::{Db, on};
use domain::Uscc;
use service::Shutdown;
use standalone::clients::{Authorised, Bearer};
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

use crate::figure::{Better, Figure, Figures};
use crate::rig::{Rig, connect, listen};

/// Entries that stand.
const ENTRIES: usize = 200_000;
/// Connections, and requests under way on each.
const CONNECTIONS: usize = 4;
const UNDER_WAY: usize = 16;
/// Rounds for each server, and how long each lasts.
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_secs(2);

pub(crate) async fn run(figures: &mut Figures) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let rig = Rig::new(folder.path())?;
    let database = format!("sqlite:{}", folder.path().join("punishment.db").display());
    let shutdown = Shutdown::new();
    let (ours, stop) = start_ours(&rig, &database, &shutdown).await?;
    let bearer = rig.bearer("LEGAL")?;
    let sample = ask(&mut client(&ours, &bearer).await?, 0).await?;
    let echo = start_echo(sample).await?;

    let mut rounds = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        rounds.0.push(round(&ours, &bearer).await?);
        rounds.1.push(round(&echo, &bearer).await?);
    }
    shutdown.begin();
    stop.await??;
    let (ours, echo) = (middle(rounds.0), middle(rounds.1));
    let figure = |figure, unit, ours, baseline, target, better| Figure {
        bench: "check",
        figure,
        unit,
        ours,
        baseline,
        baseline_name: "bare tonic echo",
        target,
        better,
    };
    figures.add(figure("throughput", "requests/s", ours.0, echo.0, 0.7, Better::Higher));
    figures.add(figure("p99", "µs", ours.1, echo.1, 2.0, Better::Lower));
    Ok(())
}

type Running = tokio::task::JoinHandle<anyhow::Result<()>>;

/// The real service, with a full list.
async fn start_ours(rig: &Rig, database: &str, shutdown: &Shutdown) -> anyhow::Result<(String, Running)> {
    let db = Db::open(&database.parse()?).await?;
    db.migrate(&[&punishment::MIGRATIONS]).await?;
    fill(&db).await?;
    db.close().await;
    let (listener, address) = listen().await?;
    let config: punishment::Config = rig.config("punishment", database)?;
    let running = tokio::spawn(punishment::serve(listener, config, shutdown.clone()));
    connect(&address).await?;
    Ok((address, running))
}

/// The code of a party; every third is listed.
fn code(index: usize) -> String {
    let body: String = format!("MA{:06}", index % 1_000_000);
    Uscc::compose("91370102", &body).expect("digits are of the alphabet").to_string()
}

async fn fill(db: &Db) -> anyhow::Result<()> {
    let names: Vec<_> =
        (0..ENTRIES).map(|index| (format!("seriousCases/{index}"), code(index * 3))).collect();
    let mut tx = db.begin_write().await?;
    let columns = ["name", "list", "uscc", "ground", "listed_on", "decision_no", "void", "change_no"];
    let rows = names.iter().zip(1_i64..).map(|((name, uscc), change)| {
        [
            Cell::Text(name),
            Cell::Text("SERIOUS"),
            Cell::Text(uscc),
            Cell::Text("F1"),
            Cell::Text("2026-01-05"),
            Cell::Text("济市监列〔2026〕1号"),
            Cell::Int(0),
            Cell::Int(change),
        ]
    });
    bulk::insert(&mut tx, "standing", columns, rows).await?;
    const VERSION: &str = "UPDATE standing_version SET change_no = $1 WHERE id = 1";
    let last = i64::try_from(ENTRIES)?;
    on!(tx, |conn| sqlx::query(VERSION).bind(last).execute(conn).await.map(drop))?;
    Ok(tx.commit().await?)
}

/// Answers every question with one message.
struct Echo(Arc<PartyCheck>);

#[tonic::async_trait]
impl Parties for Echo {
    async fn check_party(&self, _: Request<CheckPartyRequest>) -> Result<Response<PartyCheck>, Status> {
        Ok(Response::new(PartyCheck::clone(&self.0)))
    }

    async fn batch_check_parties(
        &self,
        _: Request<BatchCheckPartiesRequest>,
    ) -> Result<Response<BatchCheckPartiesResponse>, Status> {
        Err(Status::unimplemented("the echo knows single questions only"))
    }
}

async fn start_echo(sample: PartyCheck) -> anyhow::Result<String> {
    let (listener, address) = listen().await?;
    let service = PartiesServer::new(Echo(Arc::new(sample)));
    // As our own servers do: without it the baseline would wait for the network's delayed acknowledgements.
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    tokio::spawn(
        tonic::transport::Server::builder()
            .tcp_nodelay(true)
            .add_service(service)
            .serve_with_incoming(incoming),
    );
    Ok(address)
}

async fn client(address: &str, bearer: &Bearer) -> anyhow::Result<PartiesClient<Authorised>> {
    let channel = contract::client::channel(address, contract::client::Timeouts::streaming())?;
    Ok(PartiesClient::with_interceptor(channel, bearer.clone()))
}

async fn ask(client: &mut PartiesClient<Authorised>, index: usize) -> anyhow::Result<PartyCheck> {
    let request = CheckPartyRequest { uscc: code(index), purpose: "PERMIT".to_owned(), as_of: String::new() };
    Ok(client
        .check_party(request)
        .await
        .map_err(|status| anyhow::anyhow!("{}", status.message()))?
        .into_inner())
}

/// Requests a second, and the 99th percentile in microseconds.
async fn round(address: &str, bearer: &Bearer) -> anyhow::Result<(f64, f64)> {
    let mut callers = Vec::new();
    let until = Instant::now() + ROUND;
    for connection in 0..CONNECTIONS {
        let client = client(address, bearer).await?;
        for lane in 0..UNDER_WAY {
            let mut client = client.clone();
            callers.push(tokio::spawn(async move {
                let (mut index, mut latencies) =
                    (connection * 7_919 + lane * 104_729, Vec::with_capacity(8_192));
                while Instant::now() < until {
                    let asked = Instant::now();
                    ask(&mut client, index % (ENTRIES * 3)).await?;
                    latencies.push(asked.elapsed().as_secs_f64() * 1e6);
                    index += 1;
                }
                anyhow::Ok(latencies)
            }));
        }
    }
    let mut all = Vec::new();
    for caller in callers {
        all.extend(caller.await??);
    }
    all.sort_by(f64::total_cmp);
    let p99 = all.get(all.len() * 99 / 100).copied().unwrap_or(f64::NAN);
    Ok((all.len() as f64 / ROUND.as_secs_f64(), p99))
}

/// The middle of each figure.
fn middle(rounds: Vec<(f64, f64)>) -> (f64, f64) {
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    (
        median(rounds.iter().map(|round| round.0).collect()),
        median(rounds.iter().map(|round| round.1).collect()),
    )
}
