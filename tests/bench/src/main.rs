//! `cargo run --release -p bench -- NAME`: how fast Xinjian is beside what the engine or the transport can do alone.
//!
//! Ours and the baseline run in one process run, by turns, so that a busy machine slows both; what is reported is the
//! median of the rounds. Everything goes through the real services over loopback, with authentication on and with the
//! telemetry that a deployment has; only the gateway asks the services of its own process past the socket.

mod check;
mod classify;
mod copied;
mod door;
mod draw;
mod echo;
mod feed;
mod host;
mod ingest;
mod load;
mod names;
mod places;
mod poll;
mod report;
mod rescore;
mod search;
mod startup;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, ValueEnum};
use db::DatabaseUrl;
use service::{config, telemetry};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures Xinjian against baselines.
#[derive(Debug, Parser)]
#[command(name = "bench", version)]
struct Config {
    /// What to measure.
    #[arg(value_enum)]
    name: Name,
    /// Print one JSON object a figure, a line each, instead of the table.
    #[arg(long)]
    json: bool,
    /// Rounds of each side; the median counts.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=99))]
    rounds: u32,
    /// PostgreSQL server for `ingest`, `feed`, `check`, `classify` and `draw`; its figures are left out without one.
    #[arg(long, env = "TEST_POSTGRES_URL", value_name = "URL", hide_env_values = true,
          value_parser = config::unshown::<DatabaseUrl>())]
    postgres: Option<DatabaseUrl>,
    /// Redis server for `profile`; its figure is left out without one.
    #[arg(long, env = "TEST_REDIS_URL", value_name = "URL", hide_env_values = true)]
    redis: Option<String>,
    /// Enterprises of the city whose records `ingest` imports, about four and a half records for each: 20,000 when left out; or
    /// that `classify` classes, ten records for each: 1,000,000 when left out, which takes 8 GB of memory; or that `draw` draws from:
    /// 1,000,000 when left out, and ten times as many in the end, which takes 3 GB.
    #[arg(long, value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    enterprises: Option<u32>,
    /// Parties that `check` draws its questions from.
    #[arg(long, default_value_t = 5_000_000, value_parser = clap::value_parser!(u32).range(20_000..=9_000_000))]
    parties: u32,
    /// Entries on the lists of `check`, each of another party.
    #[arg(long, default_value_t = 200_000, value_parser = clap::value_parser!(u32).range(1_000..=9_000_000))]
    entries: u32,
    /// Folder with a demo city (`xinjian demo --data FOLDER`) for `startup`, or of 2,000 enterprises for `rescore`; one is made
    /// when left out.
    #[arg(long, value_name = "FOLDER")]
    city: Option<PathBuf>,
    /// Folder with the shared data sets, for `names` and `search`.
    #[arg(long, env = "XINJIAN_SHARED_DATA", value_name = "FOLDER")]
    data: Option<PathBuf>,
}

/// The benchmarks.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Name {
    /// Records a second through the import stream, beside the engine's own bulk load of the same rows.
    Ingest,
    /// Party checks a second and their p99, beside a bare tonic echo of the same message sizes; in batches; with signed receipts; and how
    /// soon an entry is told after its decision.
    Check,
    /// Time to serving and resident memory of `xinjian standalone`, empty and with the demo city.
    Startup,
    /// From commit to delivered at a subscriber, p99 at 1,000 events a second; and how fast one that was away catches up.
    Feed,
    /// Enterprises by a part of their name: p99 among 150,000, beside the engine's `LIKE`.
    Search,
    /// From the accepted record to the visible class, p99, with every service in one process.
    Rescore,
    /// A full classification run in memory beside DuckDB and polars, single scores beside cel and zen-engine; reading evidence and
    /// writing classes.
    Classify,
    /// A draw of objects and inspectors and the check of its proof, beside Python's and PostgreSQL's sorting of tickets.
    Draw,
    /// Profiles by REST over all five services, beside a bare axum server in front of a bare tonic echo; and the RPCs behind each.
    Profile,
    /// A unary call by REST through the gateway, beside the same call by gRPC through it.
    Rest,
    /// The memory of a gateway process with 2,000 clients that follow a feed and hear nothing.
    Idle,
    /// Profiles by REST that are answered whole while three times the capacity is asked for, beside the capacity; the city on one core,
    /// whoever asks on another.
    Overload,
    /// Which party a written name means: F1 on labelled pairs, share found and p99 among 130,000 names.
    Names,
    /// Measures nothing: the city that `overload` asks, in a process of its own.
    #[value(hide = true)]
    City,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let config: Config = config::parse_or_exit();
    if cfg!(debug_assertions) {
        anyhow::bail!("figures of a debug build say nothing: cargo run --release -p bench -- …");
    }
    // As in a deployment: requests are measured, spans are made at level info.
    let metrics = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let telemetry = telemetry::Config { metrics_listen: Some(metrics), ..telemetry::Config::default() };
    let _telemetry = telemetry::init("bench", &telemetry, None)?;
    let figures = match config.name {
        Name::Ingest => {
            let enterprises = config.enterprises.unwrap_or(20_000);
            ingest::run(config.rounds, enterprises, config.postgres.as_ref()).await?
        }
        Name::Check => {
            let town = check::Town::of(config.parties, config.entries)?;
            check::run(config.rounds, town, config.postgres.as_ref()).await?
        }
        Name::Startup => startup::run(config.rounds, config.city.as_deref()).await?,
        Name::Feed => feed::run(config.rounds, config.postgres.as_ref()).await?,
        Name::Search => search::run(config.rounds, &shared_data(config.data)?).await?,
        Name::Rescore => rescore::run(config.rounds, config.city.as_deref()).await?,
        Name::Classify => {
            let enterprises = config.enterprises.unwrap_or(1_000_000);
            classify::run(config.rounds, enterprises, config.postgres.as_ref()).await?
        }
        Name::Draw => {
            draw::run(config.rounds, config.enterprises.unwrap_or(1_000_000), config.postgres.as_ref())
                .await?
        }
        Name::Profile => door::profile(config.rounds, config.redis.as_deref(), metrics).await?,
        Name::Rest => door::rest(config.rounds).await?,
        Name::Idle => door::idle().await?,
        Name::Overload => door::overload(config.rounds).await?,
        Name::Names => names::run(config.rounds, &shared_data(config.data)?)?,
        Name::City => {
            door::lend_city().await?;
            return Ok(ExitCode::SUCCESS);
        }
    };
    report::print(&figures, config.json);
    Ok(ExitCode::SUCCESS)
}

fn shared_data(folder: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    folder.context("this needs the shared data: --data FOLDER")
}
