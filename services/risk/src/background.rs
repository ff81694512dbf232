//! What risk does between requests, beside following: computing runs, failing abandoned ones, scoring single enterprises again.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use feed::Host;
use service::{Clock, Shutdown};
use tokio::sync::Notify;

use crate::error::Error;
use crate::runner::compute_waiting;
use crate::store::{Act, Store};

/// Longest wait for work that another process left, or whose wake-up was lost.
const POLL: Duration = Duration::from_secs(1);
/// Pause between two looks for abandoned runs.
const ABANDONED_EVERY: Duration = Duration::from_secs(10);

/// What rings when there is work.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bells {
    /// A run was asked for.
    pub(crate) runs_wait: Arc<Notify>,
    /// Evidence came.
    pub(crate) evidence_came: Arc<Notify>,
}

/// What must be done before anything is read or served.
///
/// # Errors
/// When the database fails.
pub(crate) async fn prepare(store: &Store, clock: Clock) -> anyhow::Result<()> {
    let read = store.keep_up_with_models().await.context("evidence cannot be made anew for the models")?;
    if read > 0 {
        tracing::info!(
            evidence = read,
            "the models are others than before: looked at {read} pieces of evidence again"
        );
    }
    let act = Act::of_system("", clock.now(), store.book());
    store.fail_abandoned_runs(true, &act).await.context("interrupted runs cannot be marked")?;
    Ok(())
}

/// Starts all loops.
pub(crate) fn start(host: &mut Host, store: &Store, bells: &Bells) {
    let clock = host.clock();
    let tasks = host.tasks();
    let (at, bell) = (store.clone(), bells.runs_wait.clone());
    tasks.keep("runs", move |shutdown| compute_runs(at.clone(), clock, bell.clone(), shutdown));
    let (at, bell) = (store.clone(), bells.evidence_came.clone());
    tasks.keep("re-scores", move |shutdown| rescore(at.clone(), clock, bell.clone(), shutdown));
    let at = store.clone();
    tasks.every("abandoned runs", ABANDONED_EVERY, move || fail_abandoned(at.clone(), clock));
}

async fn compute_runs(
    store: Store,
    clock: Clock,
    bell: Arc<Notify>,
    shutdown: Shutdown,
) -> Result<(), Error> {
    while !shutdown.has_begun() {
        if !compute_waiting(&store, clock).await? {
            rest(&shutdown, &bell).await;
        }
    }
    Ok(())
}

async fn rescore(store: Store, clock: Clock, bell: Arc<Notify>, shutdown: Shutdown) -> Result<(), Error> {
    while !shutdown.has_begun() {
        let act = Act::of_system("", clock.now(), store.book());
        if store.rescore_due(&act).await? == 0 {
            rest(&shutdown, &bell).await;
        }
    }
    Ok(())
}

async fn fail_abandoned(store: Store, clock: Clock) -> Result<(), Error> {
    let act = Act::of_system("", clock.now(), store.book());
    store.fail_abandoned_runs(false, &act).await.map(drop)
}

/// Waits until there may be work again.
async fn rest(shutdown: &Shutdown, bell: &Notify) {
    tokio::select! {
        () = shutdown.begun() => {}
        () = bell.notified() => {}
        () = tokio::time::sleep(POLL) => {}
    }
}
