//! From the commit of an event to the subscriber that has it.
//!
//! Commits come at their times whether earlier ones have been delivered or not, so that a stall is seen in every event that
//! waited for it. An event's clock starts when its commit has returned.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use uuid::Uuid;

use super::events::{context, event};
use super::serving::Serving;

/// Commits of one event each, a second.
const PER_SECOND: usize = 1_000;
/// Writers that share them.
const WRITERS: usize = 4;
/// How long events are committed.
const SECONDS: usize = 10;
/// Events at the beginning that do not count: caches fill, statements are prepared.
const WARM_UP: usize = 1_000;
/// Share of the agreed pace below which nothing was measured.
const SLOWEST: f64 = 0.98;
/// Longest wait for the last event.
const PATIENCE: Duration = Duration::from_secs(30);

/// Time that 99 of 100 events took at most, in milliseconds.
pub(super) async fn p99_ms(serving: &Serving) -> anyhow::Result<f64> {
    let subscription = receive(serving, WARM_UP + PER_SECOND * SECONDS);
    let (received, committed) = tokio::join!(subscription, commit(serving));
    let (received, committed) = (received?, committed?);
    let mut took_ms = Vec::with_capacity(committed.len());
    for (id, at) in &committed {
        let arrived = received.get(id).with_context(|| format!("event {id} did not arrive"))?;
        // The subscriber may have it before the writer has heard that it is durable.
        took_ms.push(arrived.saturating_duration_since(*at).as_secs_f64() * 1_000.0);
    }
    took_ms.sort_by(f64::total_cmp);
    Ok(took_ms[took_ms.len() * 99 / 100])
}

/// Commits at the agreed pace; the instant of each commit that counts.
async fn commit(serving: &Serving) -> anyhow::Result<Vec<(Uuid, Instant)>> {
    pace(serving, WARM_UP).await?;
    let begun = Instant::now();
    let committed = pace(serving, PER_SECOND * SECONDS).await?;
    let pace = committed.len() as f64 / begun.elapsed().as_secs_f64() / PER_SECOND as f64;
    anyhow::ensure!(
        pace >= SLOWEST,
        "only {pace:.2} of {PER_SECOND} commits a second: the database does not keep up"
    );
    Ok(committed)
}

async fn pace(serving: &Serving, events: usize) -> anyhow::Result<Vec<(Uuid, Instant)>> {
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let (db, outbox) = (serving.db.clone(), serving.outbox.clone());
        writers.spawn(async move {
            let context = context();
            let mut ticks =
                tokio::time::interval(Duration::from_micros((1_000_000 * WRITERS / PER_SECOND) as u64));
            ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
            let mut committed = Vec::with_capacity(events / WRITERS);
            for number in 0..events / WRITERS {
                ticks.tick().await;
                let mut tx = db.begin_write().await?;
                let id = outbox.append(&mut tx, &event(&context, number * WRITERS + writer)).await?;
                tx.commit().await?;
                committed.push((id, Instant::now()));
            }
            anyhow::Ok(committed)
        });
    }
    let mut all = Vec::with_capacity(events);
    while let Some(committed) = writers.join_next().await {
        all.extend(committed??);
    }
    Ok(all)
}

/// The instant at which each event arrived.
async fn receive(serving: &Serving, events: usize) -> anyhow::Result<HashMap<Uuid, Instant>> {
    let mut stream = serving.subscribe().await?;
    let mut arrived = HashMap::with_capacity(events);
    while arrived.len() < events {
        let batch =
            tokio::time::timeout(PATIENCE, stream.message()).await.context("the stream is silent")??;
        let batch = batch.context("the stream has ended")?;
        let now = Instant::now();
        for event in batch.events {
            arrived.insert(event.event_id.parse()?, now);
        }
    }
    Ok(arrived)
}
