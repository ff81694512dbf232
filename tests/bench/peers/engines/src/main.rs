//! The points of `bench classify`, found by the cel crate and by zen-engine, one call an enterprise.
//!
//!     bench-engines FOLDER ROUNDS
//!
//! FOLDER holds what the bench wrote: `spec.json` (indicators as data) and one file a column. The model is compiled and the records
//! of each enterprise are values of the engine before the clock starts; a call gives the points of all indicators. What each engine
//! found of the first enterprises is written as `ENGINE.points`, the seconds of each round are printed as JSON.

mod columns;
mod in_cel;
#[cfg(feature = "zen")]
mod in_zen;
mod spec;

use std::path::Path;
use std::time::Instant;

use anyhow::Context as _;
use serde_json::json;

use columns::Record;
use spec::Spec;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Enterprises that are scored; the bench compares so many rows.
const SAMPLE: usize = 2_000;

/// A model inside an engine, and the enterprises as its values.
trait Engine {
    /// The points of each indicator for one enterprise, in hundredths.
    fn points(&self, enterprise: usize) -> anyhow::Result<Vec<i32>>;
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<_> = std::env::args().collect();
    let [_, folder, rounds] = arguments.as_slice() else {
        anyhow::bail!("usage: bench-engines FOLDER ROUNDS")
    };
    let (folder, rounds) = (Path::new(folder), rounds.parse().context("ROUNDS is no number")?);
    let spec = Spec::read(folder)?;
    let sample = columns::read(folder, SAMPLE.min(spec.enterprises))?;
    let mut seconds = json!({});
    seconds["cel"] = measure(folder, "cel", &in_cel::Cel::new(&spec, &sample)?, &sample, rounds)?.into();
    #[cfg(feature = "zen")]
    {
        seconds["zen"] = measure(folder, "zen", &in_zen::Zen::new(&spec, &sample)?, &sample, rounds)?.into();
    }
    println!("{}", json!({"seconds": seconds, "versions": {"cel": "0.15", "zen": "2"}}));
    Ok(())
}

/// The seconds of each round over all enterprises; what the last one found is written.
fn measure(
    folder: &Path,
    name: &str,
    engine: &impl Engine,
    sample: &[Vec<Record>],
    rounds: usize,
) -> anyhow::Result<Vec<f64>> {
    let (mut seconds, mut found) = (Vec::new(), Vec::new());
    for round in 0..=rounds {
        let begun = Instant::now();
        found = (0..sample.len()).map(|enterprise| engine.points(enterprise)).collect::<Result<_, _>>()?;
        // The first round warms up.
        if round > 0 {
            seconds.push(begun.elapsed().as_secs_f64());
        }
    }
    let with_sum = found.iter().flat_map(|points| points.iter().copied().chain([points.iter().sum()]));
    std::fs::write(
        folder.join(format!("{name}.points")),
        with_sum.flat_map(i32::to_ne_bytes).collect::<Vec<_>>(),
    )?;
    Ok(seconds)
}
