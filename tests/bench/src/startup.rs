//! `xinjian standalone`: time from start to serving, and resident memory, empty and with the demo city.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::figure::{Better, Figure, Figures};

/// What a start may take, in milliseconds.
const MOST_MS: f64 = 1_000.0;
/// What an empty city may hold in memory, in MiB.
const MOST_MIB: f64 = 150.0;
/// Starts that are measured; the middle one counts.
const ROUNDS: usize = 5;
/// Longest wait for a start.
const LONGEST: Duration = Duration::from_secs(60);

pub(crate) async fn run(figures: &mut Figures) -> anyhow::Result<()> {
    let program = program()?;
    let empty = tempfile::tempdir()?;
    measure(figures, &program, empty.path(), "empty", "empty_rss")?;
    let city = tempfile::tempdir()?;
    let folder = city.path().join("city");
    let demo = Command::new(&program)
        .args(["--json", "demo", "--data"])
        .arg(&folder)
        .stdout(Stdio::null())
        .status()?;
    anyhow::ensure!(demo.success(), "the demo city could not be made");
    measure(figures, &program, &folder, "city", "city_rss")
}

/// The program beside this one.
fn program() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe()?.with_file_name("xinjian");
    anyhow::ensure!(
        program.exists(),
        "`{}` is missing: run `cargo build --release` first",
        program.display()
    );
    Ok(program)
}

fn measure(
    figures: &mut Figures,
    program: &Path,
    folder: &Path,
    time: &'static str,
    memory: &'static str,
) -> anyhow::Result<()> {
    let mut starts = Vec::new();
    for _ in 0..ROUNDS {
        starts.push(start(program, folder)?);
    }
    starts.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (millis, _) = starts[ROUNDS / 2];
    let most = starts.iter().map(|(_, mib)| *mib).fold(0.0, f64::max);
    let figure = |figure, unit, ours, baseline| Figure {
        bench: "startup",
        figure,
        unit,
        ours,
        baseline,
        baseline_name: "the bound itself",
        target: 1.0,
        better: Better::Lower,
    };
    figures.add(figure(time, "ms to serving", millis, MOST_MS));
    figures.add(figure(memory, "MiB resident", most, MOST_MIB));
    Ok(())
}

/// Milliseconds until it has said where it serves, and MiB that it then holds.
fn start(program: &Path, folder: &Path) -> anyhow::Result<(f64, f64)> {
    let said = folder.join("addresses.json");
    // Left over when a city was killed.
    let _ = std::fs::remove_file(&said);
    let began = Instant::now();
    let city = Command::new(program)
        .args(["standalone", "--listen", "127.0.0.1:0", "--public-listen", "127.0.0.1:0", "--data"])
        .arg(folder)
        .stdout(Stdio::null())
        .spawn()?;
    let mut city = Killed(city);
    while !said.exists() {
        anyhow::ensure!(began.elapsed() < LONGEST, "the city did not start within {LONGEST:?}");
        anyhow::ensure!(city.0.try_wait()?.is_none(), "the city ended before it served");
        std::thread::yield_now();
    }
    let millis = began.elapsed().as_secs_f64() * 1_000.0;
    Ok((millis, resident_mib(city.0.id())?))
}

/// A process that ends with its owner.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn resident_mib(process: u32) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib: f64 = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(f64::NAN);
    anyhow::ensure!(kib.is_finite(), "the resident memory of {process} cannot be read");
    Ok(kib / 1024.0)
}
