//! `ingest`: the import stream of a real collection service beside the engine's own bulk load of the same rows.
//!
//! The rows are the records of the demo city: permits, penalties, inspections and sampling results of 20,000 registered
//! enterprises. Ours checks every field against the rulebook, finds duplicates, attaches each record to its enterprise,
//! opens duties, writes an event a record and seals it, and answers each message when it is durable. The baseline puts the
//! rows that ours has made into an empty table with the same columns and indexes, in one transaction, in the order in which ours has
//! written them: what ours gains for the indexes by sorting them, the baseline gains too.
//!
//! `…_again` imports the same records a second time, which writes nothing; `…_growth` compares the time of a record with that in a
//! city of a tenth; `memory` is the most that a service process of its own held while it took them all, `memory_utf8` and
//! `memory_gb18030` the most that one held while it received and took a file of 60 MB.

mod baseline;
mod file;
mod memory;
mod ours;

use std::time::Duration;

use db::{DatabaseUrl, Db, on};
use domain::{MicrosUtc, shanghai_date};
use standalone::demo::city::City;

use crate::host::Keys;
use crate::places::Places;
use crate::report::{self, Better, Figure, Measure, median};

pub(crate) use memory::most_mb;

const SEED: u64 = 177;
const SQLITE: Measure = Measure {
    bench: "ingest",
    figure: "sqlite",
    unit: "records/s",
    baseline_name: "prepared inserts of many rows, one transaction, same table",
    target: Some(0.5),
    better: Better::Higher,
};
const POSTGRES: Measure =
    Measure { figure: "postgres", baseline_name: "COPY of the engine's own text, same table", ..SQLITE };

const AGAIN: Measure = Measure {
    figure: "sqlite_again",
    baseline_name: "the first import of the same rows",
    target: Some(1.0),
    ..SQLITE
};
const GROWTH: Measure = Measure {
    figure: "sqlite_growth",
    unit: "us/record",
    baseline_name: "a city of a tenth",
    target: Some(1.1),
    better: Better::Lower,
    ..SQLITE
};

/// Measures on SQLite, and on PostgreSQL when a server is named.
pub(crate) async fn run(
    rounds: u32,
    enterprises: u32,
    postgres: Option<&DatabaseUrl>,
) -> anyhow::Result<Vec<Figure>> {
    let keys = Keys::new()?;
    let city = |size: u32| City::generate(SEED, size as usize, shanghai_date(MicrosUtc::now()));
    let cities = Cities { whole: city(enterprises), tenth: city(enterprises / 10) };
    let sqlite = Places::Sqlite(keys.folder().to_owned());
    let mut figures = compare([SQLITE, AGAIN, GROWTH], rounds, &keys, &cities, &sqlite).await?;
    figures.extend(memory::measure(&keys, &cities.whole).await?);
    match postgres {
        Some(server) => {
            let measures = [
                POSTGRES,
                Measure { figure: "postgres_again", ..AGAIN },
                Measure { figure: "postgres_growth", ..GROWTH },
            ];
            let place = Places::Postgres(server.clone());
            figures.extend(compare(measures, rounds, &keys, &cities, &place).await?);
        }
        None => report::not_measured("ingest postgres", "name a server with --postgres or TEST_POSTGRES_URL"),
    }
    Ok(figures)
}

/// What is imported.
struct Cities {
    whole: City,
    /// A city of a tenth of the enterprises.
    tenth: City,
}

/// What the rounds came to, all in records a second.
#[derive(Default)]
struct Rounds {
    first: Vec<f64>,
    again: Vec<f64>,
    baseline: Vec<f64>,
    tenth: Vec<f64>,
}

async fn compare(
    [first, again, growth]: [Measure; 3],
    rounds: u32,
    keys: &Keys,
    cities: &Cities,
    places: &Places,
) -> anyhow::Result<Vec<Figure>> {
    let per_second = |city: &City, took: Duration| city.records.len() as f64 / took.as_secs_f64();
    let mut all = Rounds::default();
    for round in 0..rounds {
        let small = places.fresh(&format!("tenth_{round}")).await?;
        all.tenth.push(per_second(&cities.tenth, ours::import(keys, &small, &cities.tenth).await?.first));
        small.remove().await?;
        let place = places.fresh(&format!("ours_{round}")).await?;
        let took = ours::import(keys, &place, &cities.whole).await?;
        all.first.push(per_second(&cities.whole, took.first));
        all.again.push(per_second(&cities.whole, took.again));
        let other = places.fresh(&format!("baseline_{round}")).await?;
        let rows = cities.whole.records.len();
        all.baseline.push(per_second(&cities.whole, baseline::load(&place, &other, rows).await?));
        place.remove().await?;
        other.remove().await?;
    }
    let (ours, tenth) = (median(all.first), median(all.tenth));
    let micros = |per_second: f64| 1e6 / per_second;
    Ok(vec![
        first.figure(ours, median(all.baseline)),
        again.figure(median(all.again), ours),
        growth.figure(micros(ours), micros(tenth)),
    ])
}

/// Rows in the table `record`.
async fn count_records(db: &Db) -> anyhow::Result<usize> {
    const SQL: &str = "SELECT COUNT(*) FROM record";
    let count: i64 = on!(db, |pool| sqlx::query_scalar(SQL).fetch_one(pool).await)?;
    Ok(usize::try_from(count)?)
}
