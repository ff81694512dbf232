//! `startup`: from the start of `xinjian standalone` until every service answers, and the memory that it then holds.
//!
//! Empty means a new folder: the databases are made within the time. The city is the demo's, 20,000 enterprises.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::Context;
use service::probe::probe;
use tokio::process::{Child, Command};

use crate::poll::until;
use crate::report::{Better, Figure, Measure, median};

/// Longest wait for a start or a stop.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long the memory is watched once it serves; the most counts.
const WATCH: Duration = Duration::from_secs(3);
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);
/// What is promised: the baselines.
const SERVING_MS: f64 = 1_000.0;
const MEMORY_MB: f64 = 150.0;

const TIME: Measure = Measure {
    bench: "startup",
    figure: "empty",
    unit: "ms",
    baseline_name: "the promise: 1 s",
    target: Some(1.0),
    better: Better::Lower,
};
const MEMORY: Measure =
    Measure { figure: "empty_rss", unit: "MB", baseline_name: "the promise: 150 MB empty", ..TIME };

/// Measures starts on new folders and on a demo city.
pub(crate) async fn run(rounds: u32, city: Option<&Path>) -> anyhow::Result<Vec<Figure>> {
    let program = program()?;
    let work = tempfile::tempdir()?;
    let mut empty = Starts::default();
    for round in 0..rounds {
        empty.add(start(&program, &work.path().join(format!("empty-{round}"))).await?);
    }
    let city = match city {
        Some(city) => city.to_owned(),
        None => demo(&program, &work.path().join("city"), &[]).await?,
    };
    let mut full = Starts::default();
    for _ in 0..rounds {
        full.add(start(&program, &city).await?);
    }
    Ok(vec![
        TIME.figure(median(empty.ms), SERVING_MS),
        MEMORY.figure(median(empty.mb), MEMORY_MB),
        Measure { figure: "city", ..TIME }.figure(median(full.ms), SERVING_MS),
        // Nothing was promised of the memory with a city; the same line is beside it for comparison.
        Measure { figure: "city_rss", target: None, ..MEMORY }.figure(median(full.mb), MEMORY_MB),
    ])
}

/// What the starts took.
#[derive(Default)]
struct Starts {
    ms: Vec<f64>,
    mb: Vec<f64>,
}

impl Starts {
    fn add(&mut self, (time, memory): (Duration, f64)) {
        self.ms.push(time.as_secs_f64() * 1_000.0);
        self.mb.push(memory);
    }
}

/// The program that was built beside this one.
pub(crate) fn program() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe()?.with_file_name("xinjian");
    anyhow::ensure!(
        program.exists(),
        "{} is not there: cargo build --release -p standalone",
        program.display()
    );
    Ok(program)
}

/// Makes a demo city in `folder`.
pub(crate) async fn demo(program: &Path, folder: &Path, more: &[&str]) -> anyhow::Result<PathBuf> {
    let made = Command::new(program)
        .args(["demo", "--json", "--data"])
        .arg(folder)
        .args(more)
        .stdout(Stdio::null())
        .status()
        .await?;
    anyhow::ensure!(made.success(), "the demo city could not be made");
    Ok(folder.to_owned())
}

/// Starts on `folder`, waits until all services answer, watches the memory, and stops. Answers the time and the megabytes
/// (of a million bytes).
async fn start(program: &Path, folder: &Path) -> anyhow::Result<(Duration, f64)> {
    let address = free_address().await?;
    let begun = Instant::now();
    let mut child = Command::new(program)
        .args(["standalone", "--listen", &address, "--public-listen", "127.0.0.1:0", "--data"])
        .arg(folder)
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    until_serving(&mut child, folder, &address).await?;
    let took = begun.elapsed();
    let memory = watch_memory(&child).await?;
    stop(child).await?;
    Ok((took, memory))
}

pub(crate) async fn free_address() -> anyhow::Result<String> {
    Ok(tokio::net::TcpListener::bind("127.0.0.1:0").await?.local_addr()?.to_string())
}

/// The gateway answers that it serves, and the program has written the addresses, which it does when all services answer.
async fn until_serving(child: &mut Child, folder: &Path, address: &str) -> anyhow::Result<()> {
    let addresses = folder.join("addresses.json");
    until("the program serves", PATIENCE, || {
        let (ended, addresses) = (child.try_wait(), &addresses);
        async move {
            if let Some(ended) = ended? {
                anyhow::bail!("the program ended at its start: {ended}");
            }
            Ok(probe(address, PATIENCE).await.ok().filter(|_| addresses.exists()))
        }
    })
    .await
}

async fn watch_memory(child: &Child) -> anyhow::Result<f64> {
    let mut look = tokio::time::interval(BETWEEN_LOOKS);
    let begun = look.tick().await;
    let mut most: f64 = 0.0;
    while look.tick().await - begun < WATCH {
        most = most.max(resident_mb(child.id().context("the program has ended")?)?);
    }
    Ok(most)
}

/// `VmRSS` of a process (Linux), in megabytes of a million bytes.
pub(crate) fn resident_mb(pid: u32) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib * 1024.0 / 1_000_000.0)
}

/// Stops as an operator does, so that the next start finds the files in order.
pub(crate) async fn stop(mut child: Child) -> anyhow::Result<()> {
    let pid = child.id().context("the program has ended")?;
    Command::new("kill").args(["-TERM", &pid.to_string()]).status().await?;
    let ended = tokio::time::timeout(PATIENCE, child.wait()).await.context("the program does not stop")??;
    anyhow::ensure!(ended.success(), "the program ended with {ended}");
    Ok(())
}
