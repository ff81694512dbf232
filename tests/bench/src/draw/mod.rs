//! `draw`: draw v1 of objects and inspectors and the check of its proof, beside what sorts tickets alone: Python with hashlib's SHA-256,
//! and PostgreSQL's `row_number()` over `md5`. Both peers draw objects only, by one hash each, and hold nothing against an announcement.
//!
//! 1,000,000 objects in four strata and 2,000 inspectors of twelve divisions, two for each drawn object. The first round of each side warms up. `linear` draws
//! ten times as many objects once the other figures are taken.

mod lottery;
mod postgres;

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use crypto::draw::{Drawn, FullProof, Proof, run as run_draw, verify};
use db::DatabaseUrl;
use serde::Deserialize;

use crate::ingest::most_mb;
use crate::report::{self, Better, Figure, Measure, median};
use lottery::Lottery;

const PYTHON_DRAW: Measure = Measure {
    bench: "draw",
    figure: "python_draw",
    unit: "objects/s",
    baseline_name: "plain ticket sort, Python with hashlib sha256",
    target: Some(10.0),
    better: Better::Higher,
};
const PYTHON_VERIFY: Measure = Measure { figure: "python_verify", ..PYTHON_DRAW };
const POSTGRES_DRAW: Measure = Measure {
    figure: "postgres_draw",
    baseline_name: "row_number() over (partition by stratum order by md5(seed || object)), PostgreSQL",
    ..PYTHON_DRAW
};
const POSTGRES_VERIFY: Measure = Measure { figure: "postgres_verify", ..POSTGRES_DRAW };
const MEMORY: Measure = Measure {
    bench: "draw",
    figure: "memory",
    unit: "MB",
    baseline_name: "the promise: 300 MB for 1,000,000 objects",
    target: Some(1.0),
    better: Better::Lower,
};
const MEMORY_MB: f64 = 300.0;
const LINEAR: Measure = Measure {
    bench: "draw",
    figure: "linear",
    unit: "ns/object",
    baseline_name: "a draw of a tenth of the objects",
    target: Some(1.15),
    better: Better::Lower,
};
const TIMES_MORE: u32 = 10;

/// Measures with a pool of `objects`.
pub(crate) async fn run(
    rounds: u32,
    objects: u32,
    server: Option<&DatabaseUrl>,
) -> anyhow::Result<Vec<Figure>> {
    let lottery = Lottery::of(objects)?;
    let (draw_s, drawn) = timed(rounds, || Ok(run_draw(&lottery.task())?))?;
    // Before anything else takes memory: what a draw needs with its pool.
    let mut figures = vec![MEMORY.figure(most_mb(std::process::id())?, MEMORY_MB)];
    let proof = Proof::Full(FullProof::of(&lottery.task(), &drawn));
    let (verify_s, _) = timed(rounds, || Ok(verify(&proof)?))?;
    drop(proof);
    let rate = |seconds: f64| f64::from(objects) / seconds;

    let folder = tempfile::tempdir()?;
    lottery.write(folder.path(), &drawn)?;
    match python(folder.path(), rounds, &drawn)? {
        Some(seconds) => figures.extend([
            PYTHON_DRAW.figure(rate(draw_s), rate(seconds)),
            PYTHON_VERIFY.figure(rate(verify_s), rate(seconds)),
        ]),
        None => report::not_measured("python_draw, python_verify", "install python3"),
    }
    match server {
        Some(server) => {
            let seconds = postgres::draw(server, &lottery, &drawn, rounds).await?;
            figures.extend([
                POSTGRES_DRAW.figure(rate(draw_s), rate(seconds)),
                POSTGRES_VERIFY.figure(rate(verify_s), rate(seconds)),
            ]);
        }
        None => report::not_measured("postgres_draw, postgres_verify", "name a server: --postgres URL"),
    }
    drop((lottery, drawn));
    figures.push(linear(objects, draw_s)?);
    Ok(figures)
}

/// Runs a side once to warm up and then `rounds` times; the median of the seconds, and the last result.
fn timed<T>(rounds: u32, side: impl Fn() -> anyhow::Result<T>) -> anyhow::Result<(f64, T)> {
    let mut result = side()?;
    let mut seconds = Vec::new();
    for _ in 0..rounds {
        let begun = Instant::now();
        result = side()?;
        seconds.push(begun.elapsed().as_secs_f64());
    }
    Ok((median(seconds), result))
}

/// The time for each object when there are ten times as many.
fn linear(objects: u32, draw_s: f64) -> anyhow::Result<Figure> {
    let larger = Lottery::of(objects * TIMES_MORE)?;
    let (larger_s, _) = timed(1, || Ok(run_draw(&larger.task())?))?;
    let ns = |seconds: f64, objects: u32| seconds * 1e9 / f64::from(objects);
    Ok(LINEAR.figure(ns(larger_s, objects * TIMES_MORE), ns(draw_s, objects)))
}

/// What Python's script prints.
#[derive(Debug, Deserialize)]
struct Told {
    seconds: Vec<f64>,
    drawn: usize,
}

/// The median of the seconds of Python's rounds, one more than `rounds` of which the first warms up; `None` without Python.
fn python(folder: &Path, rounds: u32, drawn: &Drawn) -> anyhow::Result<Option<f64>> {
    if !Command::new("python3").arg("--version").output().is_ok_and(|output| output.status.success()) {
        return Ok(None);
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/draw.py");
    let output = Command::new("python3").arg(script).arg(folder).arg((rounds + 1).to_string()).output()?;
    ensure!(output.status.success(), "the script failed: {}", String::from_utf8_lossy(&output.stderr));
    let told: Told = serde_json::from_slice(&output.stdout).context("the script prints something else")?;
    ensure!(told.drawn == drawn.objects.len(), "the script has drawn {}", told.drawn);
    Ok(Some(median(told.seconds[1..].to_vec())))
}
