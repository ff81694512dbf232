//! `feed`: how soon an event that was committed is with a subscriber, and how fast one that was away catches up.
//!
//! A service with nothing but a feed runs as any other does: its own database, sealer, wake-ups, authentication, a stream over
//! loopback. What it is held to are the bounds of issue 3, so the baseline of each figure is the bound itself.

mod catch_up;
mod events;
mod latency;
mod serving;

use db::DatabaseUrl;

use crate::host::Keys;
use crate::places::Places;
use crate::report::{self, Better, Figure, Measure, median};
use serving::Serving;

/// Longest time from the commit to the subscriber that 99 of 100 events may take, in milliseconds.
const BOUND_MS: f64 = 50.0;
/// Events a second that a subscriber gets at least until it has caught up.
const BOUND_PER_SECOND: f64 = 50_000.0;

const LATENCY: Measure = Measure {
    bench: "feed",
    figure: "latency_sqlite",
    unit: "ms p99",
    baseline_name: "the bound: 50 ms from commit to delivered, at 1,000 commits of one event a second",
    target: Some(1.0),
    better: Better::Lower,
};
const CATCH_UP: Measure = Measure {
    bench: "feed",
    figure: "catchup_sqlite",
    unit: "events/s",
    baseline_name: "the bound: 50,000 events a second",
    target: Some(1.0),
    better: Better::Higher,
};
const LATENCY_POSTGRES: Measure = Measure { figure: "latency_postgres", ..LATENCY };
const CATCH_UP_POSTGRES: Measure = Measure { figure: "catchup_postgres", ..CATCH_UP };

/// Measures on SQLite, and on PostgreSQL when a server is named.
pub(crate) async fn run(rounds: u32, postgres: Option<&DatabaseUrl>) -> anyhow::Result<Vec<Figure>> {
    let keys = Keys::new()?;
    let sqlite = Places::Sqlite(keys.folder().to_owned());
    let mut figures = measure(rounds, &keys, &sqlite, [LATENCY, CATCH_UP]).await?;
    match postgres {
        Some(server) => {
            let places = Places::Postgres(server.clone());
            figures.extend(measure(rounds, &keys, &places, [LATENCY_POSTGRES, CATCH_UP_POSTGRES]).await?);
        }
        None => {
            report::not_measured("feed on PostgreSQL", "name a server with --postgres or TEST_POSTGRES_URL")
        }
    }
    Ok(figures)
}

async fn measure(
    rounds: u32,
    keys: &Keys,
    places: &Places,
    [latency, catch_up]: [Measure; 2],
) -> anyhow::Result<Vec<Figure>> {
    let (mut p99_ms, mut per_second) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        let place = places.fresh(&format!("latency_{round}")).await?;
        let serving = Serving::start(keys, &place).await?;
        p99_ms.push(latency::p99_ms(&serving).await?);
        serving.stop().await?;
        place.remove().await?;

        let place = places.fresh(&format!("catchup_{round}")).await?;
        let serving = Serving::start(keys, &place).await?;
        per_second.push(catch_up::per_second(&serving).await?);
        serving.stop().await?;
        place.remove().await?;
    }
    Ok(vec![latency.figure(median(p99_ms), BOUND_MS), catch_up.figure(median(per_second), BOUND_PER_SECOND)])
}
