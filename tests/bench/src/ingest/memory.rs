//! The memory of a service process while it takes the records of a city, as a stream and as a file of officers.

use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use contract::client::{Timeouts, channel};
use contract::collection::v1::imports_client::ImportsClient;
use contract::collection::v1::records_client::RecordsClient;
use service::probe::probe;
use standalone::clients::Authorised;
use standalone::demo::city::City;
use tokio::process::{Child, Command};
use tonic::service::interceptor::InterceptedService;

use super::file::{self, Encoding};
use super::ours::{OFFICE, register, send};
use crate::host::{Keys, sqlite};
use crate::poll::until;
use crate::report::{self, Better, Figure, Measure};
use crate::startup::{free_address, stop};

const PATIENCE: Duration = Duration::from_secs(60);
const MEMORY_MB: f64 = 300.0;
const MEMORY: Measure = Measure {
    bench: "ingest",
    figure: "memory",
    unit: "MB",
    baseline_name: "the promise: 300 MB, whatever the size",
    target: Some(1.0),
    better: Better::Lower,
};

/// Measures on SQLite; nothing when the service's own program was not built.
pub(super) async fn measure(keys: &Keys, city: &City) -> anyhow::Result<Vec<Figure>> {
    let program = std::env::current_exe()?.with_file_name("collection");
    if !program.exists() {
        report::not_measured("ingest memory", "cargo build --release -p collection");
        return Ok(Vec::new());
    }
    let service = Service::start(keys, "memory.db", Some(city)).await?;
    let mut client = RecordsClient::new(service.connection(keys)?);
    send(&mut client, city, |answer| Ok(answer.attached)).await?;
    let mut figures = vec![MEMORY.figure(service.stop().await?, MEMORY_MB)];
    for (figure, encoding) in [("memory_utf8", Encoding::Utf8), ("memory_gb18030", Encoding::Gb18030)] {
        let service = Service::start(keys, &format!("{figure}.db"), None).await?;
        file::import(&mut ImportsClient::new(service.connection(keys)?), encoding).await?;
        let measure = Measure { figure, ..MEMORY };
        figures.push(measure.figure(service.stop().await?, MEMORY_MB));
    }
    Ok(figures)
}

/// A process of the service's own program.
struct Service {
    child: Child,
    address: String,
}

impl Service {
    /// Starts it on a new database in which the enterprises of `city` are registered.
    async fn start(keys: &Keys, database: &str, city: Option<&City>) -> anyhow::Result<Self> {
        let (setting, url) = sqlite(keys.folder(), database);
        if let Some(city) = city {
            register(&url, city).await?;
        }
        let address = free_address().await?;
        let mut child = Command::new(std::env::current_exe()?.with_file_name("collection"))
            .args(["--listen", &address, "--database", &setting, "--jwks"])
            .arg(keys.folder().join("jwks.json"))
            // As `deploy/Dockerfile` sets it.
            .env("MIMALLOC_PURGE_DELAY", "0")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        until("the service serves", PATIENCE, || {
            let (ended, address) = (child.try_wait(), &address);
            async move {
                if let Some(ended) = ended? {
                    anyhow::bail!("the service ended at its start: {ended}");
                }
                Ok(probe(address, PATIENCE).await.ok())
            }
        })
        .await?;
        Ok(Self { child, address })
    }

    fn connection(&self, keys: &Keys) -> anyhow::Result<Authorised> {
        Ok(InterceptedService::new(channel(&self.address, Timeouts::streaming())?, keys.officer(OFFICE)?))
    }

    /// Stops it; answers the most memory that it held, in megabytes.
    async fn stop(self) -> anyhow::Result<f64> {
        let most = most_mb(self.child.id().context("the service has ended")?)?;
        stop(self.child).await?;
        Ok(most)
    }
}

/// `VmHWM` of a process (Linux), in megabytes of a million bytes.
pub(crate) fn most_mb(pid: u32) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib * 1024.0 / 1_000_000.0)
}
