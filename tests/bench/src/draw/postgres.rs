//! The peer in the engine: the tickets of a table, sorted by a window function.

use std::time::Instant;

use anyhow::{Context as _, ensure};
use crypto::draw::Drawn;
use db::bulk::{self, Cell};
use db::{DatabaseUrl, Engine};

use super::lottery::Lottery;
use crate::places::Places;
use crate::report::median;

const TABLES: &str = "
    CREATE TABLE bench_object (stratum TEXT COLLATE \"C\" NOT NULL, object TEXT COLLATE \"C\" NOT NULL);
    CREATE TABLE bench_quota (stratum TEXT COLLATE \"C\" NOT NULL, k BIGINT NOT NULL);";
const DRAW: &str = "
    SELECT COUNT(*) FROM (
        SELECT stratum, row_number() OVER (PARTITION BY stratum ORDER BY md5($1 || object)) AS place FROM bench_object
    ) drawn
    JOIN bench_quota USING (stratum)
    WHERE place <= k";
const SEED: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// The median of the seconds of a draw of the same pool; the first round warms up.
pub(super) async fn draw(
    server: &DatabaseUrl,
    lottery: &Lottery,
    drawn: &Drawn,
    rounds: u32,
) -> anyhow::Result<f64> {
    let place = Places::Postgres(server.clone()).fresh("draw").await?;
    let db = place.open().await?;
    let Engine::Postgres(pool) = db.engine() else { anyhow::bail!("this needs PostgreSQL") };
    sqlx::raw_sql(TABLES).execute(pool).await?;
    let mut tx = db.begin_write().await?;
    let objects = lottery.objects().map(|(stratum, object)| [Cell::Text(stratum), Cell::Text(object)]);
    bulk::insert(&mut tx, "bench_object", ["stratum", "object"], objects).await?;
    let quota = |stratum: &crypto::draw::DrawnStratum| i64::try_from(stratum.k).context("a quota");
    let quotas = drawn.strata.iter().map(quota).collect::<anyhow::Result<Vec<_>>>()?;
    let quotas =
        drawn.strata.iter().zip(&quotas).map(|(stratum, k)| [stratum.name.as_str().into(), Cell::Int(*k)]);
    bulk::insert(&mut tx, "bench_quota", ["stratum", "k"], quotas).await?;
    tx.commit().await?;
    sqlx::raw_sql("ANALYZE bench_object").execute(pool).await?;
    let mut seconds = Vec::new();
    for _ in 0..=rounds {
        let begun = Instant::now();
        let found: i64 = sqlx::query_scalar(DRAW).bind(SEED).fetch_one(pool).await?;
        seconds.push(begun.elapsed().as_secs_f64());
        ensure!(found == i64::try_from(drawn.objects.len())?, "the engine has drawn {found}");
    }
    db.close().await;
    place.remove().await?;
    Ok(median(seconds.split_off(1)))
}
