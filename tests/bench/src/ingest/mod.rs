//! `ingest`: the import stream of a real collection service beside the engine's own bulk load of the same rows.
//!
//! The rows are the records of the demo city: permits, penalties, inspections and sampling results of 20,000 registered
//! enterprises. Ours checks every field against the rulebook, finds duplicates, attaches each record to its enterprise,
//! opens duties, writes an event a record and seals it, and answers each message when it is durable. The baseline puts the
//! rows that ours has made into an empty table with the same columns and indexes, in one transaction.

mod baseline;
mod ours;

use std::time::Duration;

use db::{DatabaseUrl, Db, on};
use domain::{MicrosUtc, shanghai_date};
use standalone::demo::city::City;

use crate::host::Keys;
use crate::places::Places;
use crate::report::{self, Better, Figure, Measure, median};

/// Enterprises of the city; it has about seven records for each.
const ENTERPRISES: usize = 20_000;
const SEED: u64 = 177;
const SQLITE: Measure = Measure {
    bench: "ingest",
    figure: "sqlite",
    unit: "records/s",
    baseline_name: "prepared inserts of many rows, one transaction, same table",
    target: Some(0.3),
    better: Better::Higher,
};
const POSTGRES: Measure =
    Measure { figure: "postgres", baseline_name: "COPY of the engine's own text, same table", ..SQLITE };

/// Measures on SQLite, and on PostgreSQL when a server is named.
pub(crate) async fn run(rounds: u32, postgres: Option<&DatabaseUrl>) -> anyhow::Result<Vec<Figure>> {
    let keys = Keys::new()?;
    let city = City::generate(SEED, ENTERPRISES, shanghai_date(MicrosUtc::now()));
    let sqlite = Places::Sqlite(keys.folder().to_owned());
    let mut figures = vec![compare(SQLITE, rounds, &keys, &city, &sqlite).await?];
    match postgres {
        Some(server) => {
            figures.push(compare(POSTGRES, rounds, &keys, &city, &Places::Postgres(server.clone())).await?);
        }
        None => report::not_measured("ingest postgres", "name a server with --postgres or TEST_POSTGRES_URL"),
    }
    Ok(figures)
}

async fn compare(
    measure: Measure,
    rounds: u32,
    keys: &Keys,
    city: &City,
    places: &Places,
) -> anyhow::Result<Figure> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let rows = city.records.len();
    let per_second = |took: Duration| rows as f64 / took.as_secs_f64();
    for round in 0..rounds {
        let place = places.fresh(&format!("ours_{round}")).await?;
        ours.push(per_second(ours::import(keys, &place, city).await?));
        let other = places.fresh(&format!("baseline_{round}")).await?;
        theirs.push(per_second(baseline::load(&place, &other, rows).await?));
        place.remove().await?;
        other.remove().await?;
    }
    Ok(measure.figure(median(ours), median(theirs)))
}

/// Rows in the table `record`.
async fn count_records(db: &Db) -> anyhow::Result<usize> {
    const SQL: &str = "SELECT COUNT(*) FROM record";
    let count: i64 = on!(db, |pool| sqlx::query_scalar(SQL).fetch_one(pool).await)?;
    Ok(usize::try_from(count)?)
}
