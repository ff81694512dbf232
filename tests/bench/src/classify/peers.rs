//! The peers, each a program of its own in `tests/bench/peers`: it is given the folder with the columns and the specification,
//! prints the seconds of its rounds and leaves its points, of which every row is compared with ours.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use serde::Deserialize;

/// The folder of the peers' programs.
const PEERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers");
/// What the script imports.
const IMPORTS: &str = "import duckdb, numpy, polars, pyarrow";
/// The program with the engines that are asked once an enterprise.
const ENGINES: &str = "bench-engines";

/// How to get what the script imports.
pub(super) const PYTHON_REMEDY: &str = "pip install duckdb polars numpy pyarrow";
/// How to get the engines.
pub(super) const ENGINES_REMEDY: &str =
    "cargo build --release --manifest-path tests/bench/peers/engines/Cargo.toml";

/// What a peer's program prints.
#[derive(Debug, Deserialize)]
pub(super) struct Told {
    /// Of each peer, the seconds of its rounds.
    pub(super) seconds: BTreeMap<String, Vec<f64>>,
    /// Of each peer, its version.
    pub(super) versions: BTreeMap<String, String>,
}

/// Runs the script of DuckDB and polars; `None` without Python or what it imports.
pub(super) fn frames(folder: &Path, rounds: u32) -> anyhow::Result<Option<Told>> {
    let importable = Command::new("python3").args(["-c", IMPORTS]).output();
    if !importable.is_ok_and(|output| output.status.success()) {
        return Ok(None);
    }
    let script = Path::new(PEERS).join("classify.py");
    run("python3", &[script.as_os_str()], folder, rounds).map(Some)
}

/// Runs the engines that are asked once an enterprise; `None` when they are not built.
pub(super) fn engines(folder: &Path, rounds: u32) -> anyhow::Result<Option<Told>> {
    engines_program()?.map(|program| run(program.as_os_str(), &[], folder, rounds)).transpose()
}

fn engines_program() -> anyhow::Result<Option<PathBuf>> {
    let beside = std::env::current_exe()?.with_file_name(ENGINES);
    let own = Path::new(PEERS).join("engines/target/release").join(ENGINES);
    Ok([own, beside].into_iter().find(|program| program.exists()))
}

fn run(program: impl AsRef<OsStr>, first: &[&OsStr], folder: &Path, rounds: u32) -> anyhow::Result<Told> {
    let output = Command::new(&program).args(first).arg(folder).arg(rounds.to_string()).output()?;
    let complaints = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{} failed: {complaints}", program.as_ref().display());
    serde_json::from_slice(&output.stdout).context("a peer prints something else than JSON")
}

/// Holds every row that `peer` left against ours; a row is the points of each indicator and their sum.
pub(super) fn compare(folder: &Path, peer: &str, ours: &[Vec<i32>]) -> anyhow::Result<()> {
    let bytes = std::fs::read(folder.join(format!("{peer}.points")))?;
    let (numbers, rest) = bytes.as_chunks::<4>();
    let width = ours.first().map_or(1, Vec::len);
    ensure!(rest.is_empty() && numbers.len() == ours.len() * width, "{peer} left another number of rows");
    for (enterprise, (theirs, ours)) in numbers.chunks(width).zip(ours).enumerate() {
        let same = theirs.iter().zip(ours).all(|(theirs, ours)| i32::from_ne_bytes(*theirs) == *ours);
        let theirs = || theirs.iter().map(|number| i32::from_ne_bytes(*number)).collect::<Vec<_>>();
        ensure!(same, "enterprise {enterprise}: {peer} finds {:?}, we find {ours:?}", theirs());
    }
    Ok(())
}
