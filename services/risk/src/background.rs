//! What risk does between requests, beside following: computing runs, starting those of a new period, scoring single
//! enterprises again, and looking at everybody once a day; scanning the complaints of the day before, ending the terms of flags.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use feed::Host;
use service::{Clock, Shutdown};
use tokio::sync::Notify;

use crate::error::Error;
use crate::follow::Stillness;
use crate::runner::compute_waiting;
use crate::store::{Act, Store};

/// Name of the job that looks at the calendar, as the cause in events.
const CALENDAR: &str = "calendar";
/// Longest wait for work that another process left, or whose wake-up was lost.
const POLL: Duration = Duration::from_secs(1);
/// Pause between two looks at the calendar: a new day or period is seen this long after midnight at the latest.
const CALENDAR_EVERY: Duration = Duration::from_secs(60);

/// Pause between two looks whether a day's complaints are to be scanned and terms have ended.
const ATTENTION_EVERY: Duration = Duration::from_secs(60);
/// The daily scan waits until its copy has not changed for so long …
const STILL: Duration = Duration::from_secs(60);
/// … or until the service has run for so long: then the copy is complete, though it never rests.
const CAUGHT_UP: Duration = Duration::from_secs(3600);

/// What rings when there is work.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bells {
    /// A run was asked for.
    pub(crate) runs_wait: Arc<Notify>,
    /// Evidence came.
    pub(crate) evidence_came: Arc<Notify>,
    /// Whether complaints have ceased to come.
    pub(crate) complaints_still: Arc<Stillness>,
}

/// What must be done before anything is read or served.
///
/// # Errors
/// When the database fails.
pub(crate) async fn prepare(store: &Store) -> anyhow::Result<()> {
    let read = store.keep_up_with_models().await.context("evidence cannot be made anew for the models")?;
    if read > 0 {
        tracing::info!(
            evidence = read,
            "the models are others than before: looked at {read} pieces of evidence again"
        );
    }
    store.release_runs().await.context("interrupted runs cannot be taken over")
}

/// Starts all loops.
pub(crate) fn start(host: &mut Host, store: &Store, bells: &Bells) {
    let clock = host.clock();
    let tasks = host.tasks();
    let (at, bell) = (store.clone(), bells.runs_wait.clone());
    tasks.keep("runs", move |shutdown| compute_runs(at.clone(), clock, bell.clone(), shutdown));
    let (at, bell) = (store.clone(), bells.evidence_came.clone());
    tasks.keep("re-scores", move |shutdown| rescore(at.clone(), clock, bell.clone(), shutdown));
    let (at, still) = (store.clone(), bells.complaints_still.clone());
    tasks.every("attention", ATTENTION_EVERY, move || attend(at.clone(), clock, still.clone()));
    let (at, bells) = (store.clone(), bells.clone());
    tasks.every("calendar", CALENDAR_EVERY, move || look_at_calendar(at.clone(), clock, bells.clone()));
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
    let mut rung = false;
    while !shutdown.has_begun() {
        // The bell rings a moment before its evidence is there: only the lock waits for it, a look would come too early.
        if rung || store.is_anybody_due().await? {
            let act = Act::of_system("", clock.now(), store.book());
            if store.rescore_due(&act).await? > 0 {
                continue;
            }
        }
        rung = rest(&shutdown, &bell).await;
    }
    Ok(())
}

/// What a new day brings: models, overrides and windows that ended, and perhaps the run of a new period.
async fn look_at_calendar(store: Store, clock: Clock, bells: Bells) -> Result<(), Error> {
    let act = Act::of_system(CALENDAR, clock.now(), store.book());
    store.end_models(&act).await?;
    store.expire_overrides(&act).await?;
    let noted = store.look_daily(&act).await?;
    if noted > 0 {
        tracing::info!(noted, "the day gives {noted} enterprises another result");
        bells.evidence_came.notify_one();
    }
    let id = uuid::Uuid::now_v7().to_string();
    if store.start_periodic_run(&act, &id).await?.is_some() {
        bells.runs_wait.notify_one();
    }
    Ok(())
}

/// Ends terms, and makes the scan of the day before once its copy is complete.
async fn attend(store: Store, clock: Clock, still: Arc<Stillness>) -> Result<(), Error> {
    let act = Act::of_system("attention", clock.now(), store.book());
    store.expire_flags(&act).await?;
    if still.lasts(STILL) || still.has_run_for(CAUGHT_UP) {
        store.daily_scan(&act).await?;
    }
    Ok(())
}

/// Waits until there may be work again; answers whether the bell rang.
async fn rest(shutdown: &Shutdown, bell: &Notify) -> bool {
    tokio::select! {
        () = shutdown.begun() => false,
        () = bell.notified() => true,
        () = tokio::time::sleep(POLL) => false,
    }
}
