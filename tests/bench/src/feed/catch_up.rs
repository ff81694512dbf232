//! A subscriber that was away, and reads what it has missed.

use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::events::{context, event};
use super::serving::Serving;

/// Events that it has missed: what the demo city tells in its first hour, twice.
const EVENTS: usize = 200_000;
/// Events of one transaction, as imports write them.
const BATCH: usize = 5_000;
/// Pause between two looks whether all are sealed.
const PAUSE: Duration = Duration::from_millis(20);
/// Longest wait until all are.
const PATIENCE: Duration = Duration::from_secs(120);

/// Events a second, from the request to the last event, each with its payload in the subscriber's hands.
pub(super) async fn per_second(serving: &Serving) -> anyhow::Result<f64> {
    miss(serving).await?;
    let begun = Instant::now();
    let mut stream = serving.subscribe().await?;
    let mut seen = 0;
    while seen < EVENTS {
        let batch = stream.message().await?.context("the stream has ended")?;
        for event in &batch.events {
            seen += 1;
            anyhow::ensure!(event.seq == seen as i64, "event {} came in the place of {seen}", event.seq);
            anyhow::ensure!(event.payload.is_some(), "event {seen} has no payload");
        }
    }
    Ok(EVENTS as f64 / begun.elapsed().as_secs_f64())
}

async fn miss(serving: &Serving) -> anyhow::Result<()> {
    let context = context();
    for batch in 0..EVENTS / BATCH {
        let events: Vec<_> = (0..BATCH).map(|number| event(&context, batch * BATCH + number)).collect();
        let mut tx = serving.db.begin_write().await?;
        serving.outbox.append_all(&mut tx, &events).await?;
        tx.commit().await?;
    }
    let sealed = async {
        let mut look = tokio::time::interval(PAUSE);
        while outbox::head(&serving.db).await?.seq < EVENTS as i64 {
            look.tick().await;
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(PATIENCE, sealed).await.context("the events are not sealed")?
}
