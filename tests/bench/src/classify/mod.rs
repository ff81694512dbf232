//! `classify`: a full run in memory beside DuckDB and polars, and single scores beside cel and zen-engine; all find the same points
//! in every row.
//!
//! A million enterprises with ten million records; a model of forty indicators in our own YAML, checked and loaded as any other. Ours
//! works as the service does: conditions are asked once, when a record arrives (`project` says how fast), and a run is arithmetic over
//! what is kept, which gives every contribution of every enterprise. The peers get the same records as columns of numbers in memory.
//!
//! `duckdb`, `polars`: a full run on all cores. `cel`, `zen`: one call an enterprise, on one core, over a sample. `scan`: bytes of
//! evidence a second in the run, beside adding up the same bytes. `growth`: an enterprise in a run over ten times as many, beside
//! one in a run over a tenth; `growth_whole`: one in the run itself. `load_…`, `write_…`: from and into the database.

mod columns;
mod database;
mod peers;
mod spec;
mod town;

use std::hint::black_box;
use std::time::Instant;

use chrono::NaiveDate;
use db::DatabaseUrl;
use risk::domain::engine::Engine;
use risk::domain::scoring::{Score, Scorer};

use crate::host::Keys;
use crate::places::Places;
use crate::report::{self, Better, Figure, Measure, median};
use columns::Columns;
use peers::Told;
use spec::Spec;
use town::{Rules, Town, points};

const SEED: u64 = 177;
/// Enterprises that the engines are asked about, one call each.
const SAMPLE: usize = 2_000;
/// Records whose projection is timed.
const PROJECTED: usize = 200_000;
/// Enterprises whose scores are kept at once where only the time counts.
const BLOCK: usize = 100_000;

const DUCKDB: Measure = Measure {
    bench: "classify",
    figure: "duckdb",
    unit: "enterprises/s",
    baseline_name: "DuckDB, the same points from the same records as columns",
    target: Some(10.0),
    better: Better::Higher,
};
const POLARS: Measure = Measure {
    figure: "polars",
    baseline_name: "polars, the same points from the same records as columns",
    ..DUCKDB
};
const CEL: Measure = Measure {
    figure: "cel",
    baseline_name: "the cel crate, one call an enterprise, on one core as ours",
    target: Some(50.0),
    ..DUCKDB
};
const ZEN: Measure = Measure {
    figure: "zen",
    baseline_name: "zen-engine, one call an enterprise, on one core as ours",
    ..CEL
};
const SCAN: Measure = Measure {
    figure: "scan",
    unit: "GB/s",
    baseline_name: "adding up the same items, on all cores",
    target: None,
    ..DUCKDB
};
const PROJECT: Measure = Measure {
    figure: "project",
    unit: "records/s",
    baseline_name: "decoding the same messages, on one core as ours",
    target: None,
    ..DUCKDB
};
const GROWTH: Measure = Measure {
    figure: "growth",
    unit: "ns/enterprise",
    baseline_name: "a run over a hundredth of the enterprises",
    target: Some(1.1),
    better: Better::Lower,
    ..DUCKDB
};

/// Measures with so many enterprises, and ten times as many for `growth`.
pub(crate) async fn run(
    rounds: u32,
    enterprises: u32,
    postgres: Option<&DatabaseUrl>,
) -> anyhow::Result<Vec<Figure>> {
    let as_of = NaiveDate::from_ymd_opt(2026, 3, 31).unwrap_or_default();
    let rules = Rules::load()?;
    let engine = rules.engine(as_of)?;
    let columns = Columns::generate(enterprises as usize, as_of, SEED);
    let town = Town::of(&columns, &rules)?;
    let bench = Bench { rounds, as_of, rules, engine, columns, town };
    let mut figures = bench.beside_peers()?;
    figures.push(bench.project()?);
    figures.extend(bench.in_databases(postgres).await?);
    figures.extend(bench.growth());
    Ok(figures)
}

struct Bench {
    rounds: u32,
    as_of: NaiveDate,
    rules: Rules,
    engine: Engine,
    columns: Columns,
    town: Town,
}

impl Bench {
    fn scorer(&self) -> &Scorer {
        self.engine.general()
    }

    fn beside_peers(&self) -> anyhow::Result<Vec<Figure>> {
        let keys = tempfile::tempdir()?;
        let folder = keys.path();
        self.columns.write(folder)?;
        Spec::of(self.scorer().model(), self.as_of, self.town.subjects.len())?.write(folder)?;
        let (mut runs, mut scans) = (Vec::new(), Vec::new());
        // Before the peers and after them, so that whoever is slowed by others is so for both.
        let mut ours = || {
            let scores = self.run_timed(&mut runs);
            self.scan_timed(&mut scans);
            scores
        };
        let scores = ours();
        let rows: Vec<_> = scores.iter().map(|score| points(self.scorer(), score)).collect();
        drop(scores);
        let frames = peers::frames(folder, self.rounds)?;
        drop(ours());
        let count = rows.len() as f64;
        let mut figures = beside(frames, [DUCKDB, POLARS], peers::PYTHON_REMEDY, |peer, seconds| {
            peers::compare(folder, peer, &rows)?;
            Ok((count / median(runs.clone()), count / seconds))
        })?;
        let sample = SAMPLE.min(rows.len());
        let calls = self.calls(sample);
        let engines = peers::engines(folder, self.rounds)?;
        figures.extend(beside(engines, [CEL, ZEN], peers::ENGINES_REMEDY, |peer, seconds| {
            peers::compare(folder, peer, &rows[..sample])?;
            Ok((sample as f64 / calls, sample as f64 / seconds))
        })?);
        let gigabytes = self.town.bytes() as f64 / 1e9;
        figures.push(SCAN.figure(gigabytes / median(runs), gigabytes / median(scans)));
        Ok(figures)
    }

    fn run_timed(&self, seconds: &mut Vec<f64>) -> Vec<Score> {
        let mut kept = Vec::new();
        for round in 0..=self.rounds {
            drop(kept);
            let begun = Instant::now();
            kept = self.town.run(self.scorer());
            // The first round warms up.
            if round > 0 {
                seconds.push(begun.elapsed().as_secs_f64());
            }
        }
        kept
    }

    fn scan_timed(&self, seconds: &mut Vec<f64>) {
        for _ in 0..self.rounds {
            let begun = Instant::now();
            black_box(self.town.scan());
            seconds.push(begun.elapsed().as_secs_f64());
        }
    }

    /// Seconds for one call each over the sample, on one core.
    fn calls(&self, sample: usize) -> f64 {
        let round = |_| {
            let begun = Instant::now();
            for subject in &self.town.subjects[..sample] {
                black_box(self.scorer().score(self.town.of_one(subject)));
            }
            begun.elapsed().as_secs_f64()
        };
        median((0..=self.rounds).map(round).skip(1).collect())
    }

    /// What the arrival of a record costs: its conditions are asked, and what is kept of it is made.
    fn project(&self) -> anyhow::Result<Figure> {
        use contract::collection::v1::{Record, Ticket};
        use prost::Message as _;
        let count = PROJECTED.min(self.columns.day.len());
        let messages: Vec<_> = (0..count).map(|at| self.columns.message(at)).collect();
        let (mut ours, mut decoding) = (Vec::new(), Vec::new());
        for _ in 0..self.rounds {
            let begun = Instant::now();
            for (source, message) in &messages {
                black_box(self.rules.models.project(source, message)?);
            }
            ours.push(begun.elapsed().as_secs_f64());
            let begun = Instant::now();
            for (source, message) in &messages {
                match *source {
                    "ticket" => drop(black_box(Ticket::decode(message.as_slice())?)),
                    _ => drop(black_box(Record::decode(message.as_slice())?)),
                }
            }
            decoding.push(begun.elapsed().as_secs_f64());
        }
        Ok(PROJECT.figure(count as f64 / median(ours), count as f64 / median(decoding)))
    }

    async fn in_databases(&self, postgres: Option<&DatabaseUrl>) -> anyhow::Result<Vec<Figure>> {
        let keys = Keys::new()?;
        let mut figures = database::measure(
            self,
            &Places::Sqlite(keys.folder().to_owned()),
            ["load_sqlite", "write_sqlite"],
        )
        .await?;
        match postgres {
            Some(server) => {
                let place = Places::Postgres(server.clone());
                figures.extend(database::measure(self, &place, ["load_postgres", "write_postgres"]).await?);
            }
            None => report::not_measured(
                "classify load_postgres, write_postgres",
                "name a server with --postgres or TEST_POSTGRES_URL",
            ),
        }
        Ok(figures)
    }

    /// Consumes everything but the evidence: ten times as much of it is made.
    fn growth(self) -> [Figure; 2] {
        let Self { rounds, engine, columns, town, .. } = self;
        drop(columns);
        let count = town.subjects.len();
        let towns = [count / 10, count, count * 10].map(|size| town.of_size(size));
        drop(town);
        let mut nanos: [Vec<f64>; 3] = Default::default();
        for round in 0..=rounds {
            for (town, nanos) in towns.iter().zip(&mut nanos) {
                let each = in_blocks(engine.general(), town);
                if round > 0 {
                    nanos.push(each);
                }
            }
        }
        let [tenth, whole, ten] = nanos.map(median);
        [
            Measure {
                figure: "growth_whole",
                baseline_name: "a run over a tenth of the enterprises",
                ..GROWTH
            }
            .figure(whole, tenth),
            GROWTH.figure(ten, tenth),
        ]
    }
}

/// Nanoseconds an enterprise of a run whose scores are not kept: those of ten times as many would need the memory of a large machine.
fn in_blocks(scorer: &Scorer, town: &Town) -> f64 {
    let begun = Instant::now();
    for block in town.subjects.chunks(BLOCK) {
        black_box(scorer.score_all(block, |subject| town.of_one(subject)));
    }
    begun.elapsed().as_secs_f64() * 1e9 / town.subjects.len() as f64
}

/// The figures of the peers that are there; `measured` compares what a peer left, and turns its seconds into both sides of the figure.
fn beside(
    told: Option<Told>,
    measures: [Measure; 2],
    remedy: &str,
    measured: impl Fn(&str, f64) -> anyhow::Result<(f64, f64)>,
) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for measure in measures {
        let peer = measure.figure;
        let Some(seconds) = told.as_ref().and_then(|told| told.seconds.get(peer)) else {
            report::not_measured(&format!("classify {peer}"), remedy);
            continue;
        };
        let (ours, theirs) = measured(peer, median(seconds.clone()))?;
        let version = told.as_ref().and_then(|told| told.versions.get(peer));
        tracing::info!(peer, version, "compared every row with {peer}");
        figures.push(measure.figure(ours, theirs));
    }
    Ok(figures)
}
