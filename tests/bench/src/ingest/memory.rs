//! The memory of a service process while it takes the records of a city.

use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use contract::client::{Timeouts, channel};
use contract::collection::v1::records_client::RecordsClient;
use service::probe::probe;
use standalone::demo::city::City;
use tokio::process::Command;
use tonic::service::interceptor::InterceptedService;

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
pub(super) async fn measure(keys: &Keys, city: &City) -> anyhow::Result<Option<Figure>> {
    let program = std::env::current_exe()?.with_file_name("collection");
    if !program.exists() {
        report::not_measured("ingest memory", "cargo build --release -p collection");
        return Ok(None);
    }
    let (setting, url) = sqlite(keys.folder(), "memory.db");
    register(&url, city).await?;
    let address = free_address().await?;
    let mut child = Command::new(program)
        .args(["--listen", &address, "--database", &setting, "--jwks"])
        .arg(keys.folder().join("jwks.json"))
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
    let bearer = keys.officer(OFFICE)?;
    let connection = InterceptedService::new(channel(&address, Timeouts::streaming())?, bearer);
    send(&mut RecordsClient::new(connection), city, |answer| Ok(answer.attached)).await?;
    let most = most_mb(child.id().context("the service has ended")?)?;
    stop(child).await?;
    Ok(Some(MEMORY.figure(most, MEMORY_MB)))
}

/// `VmHWM` of a process (Linux), in megabytes of a million bytes.
fn most_mb(pid: u32) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib * 1024.0 / 1_000_000.0)
}
