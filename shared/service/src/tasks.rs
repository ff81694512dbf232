//! Background loops: sealers, followers, due jobs. A loop that fails is started again, and its failure is logged once,
//! not once a second.

use std::{fmt::Display, future::Future, panic::AssertUnwindSafe, time::Duration};

use futures::FutureExt;

use tokio::{task::JoinSet, time::Instant};
use tracing::Instrument as _;

use crate::Shutdown;

/// Longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Pause after the first failure; doubled after each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The background loops of one service. Dropping it aborts them; [`drain`](Self::drain) lets them finish.
#[derive(Debug)]
pub struct Tasks {
    shutdown: Shutdown,
    running: JoinSet<()>,
}

impl Tasks {
    /// No loops yet; all end when `shutdown` begins.
    pub fn new(shutdown: Shutdown) -> Self {
        Self { shutdown, running: JoinSet::new() }
    }

    /// What ends the loops.
    pub fn shutdown(&self) -> &Shutdown {
        &self.shutdown
    }

    /// Keeps `run` going until the shutdown begins: when it returns an error, it is called again after a pause that
    /// grows to ten seconds; when it returns `Ok`, it is done. `run` gets the token and should return soon after it
    /// begins; what must not be cut in half belongs into a database transaction.
    pub fn keep<F, T, E>(&mut self, name: &'static str, run: F)
    where
        F: Fn(Shutdown) -> T + Send + 'static,
        T: Future<Output = Result<(), E>> + Send + 'static,
        E: Display + Send + 'static,
    {
        self.running.spawn(keep(name, self.shutdown.clone(), run));
    }

    /// Calls `run` at once and then every `interval` until the shutdown begins. A failed call is made again as in
    /// [`keep`](Self::keep).
    pub fn every<F, T, E>(&mut self, name: &'static str, interval: Duration, run: F)
    where
        F: Fn() -> T + Send + Sync + 'static,
        T: Future<Output = Result<(), E>> + Send + 'static,
        E: Display + Send + 'static,
    {
        let run = std::sync::Arc::new(run);
        self.keep(name, move |shutdown| {
            let run = run.clone();
            async move {
                loop {
                    run().await?;
                    tokio::select! {
                        () = shutdown.begun() => return Ok::<(), E>(()),
                        () = tokio::time::sleep(interval) => {}
                    }
                }
            }
        });
    }

    /// Runs a loop that sees to its own failures and ends by itself when the shutdown begins.
    pub fn run(&mut self, name: &'static str, run: impl Future<Output = ()> + Send + 'static) {
        self.running.spawn(run.instrument(tracing::info_span!("task", name)));
    }

    /// Waits until every loop has ended, at most `bound`; then those that still run are aborted. Returns whether all
    /// ended by themselves.
    pub async fn drain(mut self, bound: Duration) -> bool {
        let all = async { while self.running.join_next().await.is_some() {} };
        tokio::time::timeout(bound, all).await.is_ok()
    }
}

async fn keep<F, T, E>(name: &'static str, shutdown: Shutdown, run: F)
where
    F: Fn(Shutdown) -> T,
    T: Future<Output = Result<(), E>>,
    E: Display,
{
    let mut failures: u32 = 0;
    let mut last = String::new();
    while !shutdown.has_begun() {
        let began = Instant::now();
        let problem = match AssertUnwindSafe(run(shutdown.clone())).catch_unwind().await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error.to_string(),
            // The panic hook has printed where.
            Err(_) => "it panicked".to_owned(),
        };
        // The same failure again is no news; a new one is, and one after a good while.
        if problem != last || began.elapsed() > LONGEST_PAUSE {
            tracing::warn!(task = name, error = %problem, "task `{name}` failed and will be started again: {problem}");
            failures = 0;
        }
        last = problem;
        let pause = (FIRST_PAUSE * 2_u32.saturating_pow(failures.min(16))).min(LONGEST_PAUSE);
        failures += 1;
        tokio::select! {
            () = shutdown.begun() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    };

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_failing_loop_is_started_again_until_it_succeeds() {
        let calls = Arc::new(AtomicU32::new(0));
        let mut tasks = Tasks::new(Shutdown::new());
        let counted = calls.clone();
        tasks.keep("test", move |_| {
            let call = counted.fetch_add(1, Ordering::SeqCst);
            async move { if call < 3 { Err("not yet") } else { Ok(()) } }
        });
        assert!(tasks.drain(Duration::from_secs(60)).await);
        assert_eq!(calls.load(Ordering::SeqCst), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn a_panic_does_not_end_a_loop() {
        let calls = Arc::new(AtomicU32::new(0));
        let mut tasks = Tasks::new(Shutdown::new());
        let counted = calls.clone();
        tasks.keep("test", move |_| {
            let call = counted.fetch_add(1, Ordering::SeqCst);
            async move { if call == 0 { panic!("as the test asked") } else { Ok::<(), String>(()) } }
        });
        assert!(tasks.drain(Duration::from_secs(60)).await);
        assert_eq!(calls.load(Ordering::SeqCst), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_loop_by_interval_goes_on_until_the_shutdown() {
        let (calls, shutdown) = (Arc::new(AtomicU32::new(0)), Shutdown::new());
        let mut tasks = Tasks::new(shutdown.clone());
        let (counted, until) = (calls.clone(), shutdown.clone());
        tasks.every("test", Duration::from_secs(60), move || {
            if counted.fetch_add(1, Ordering::SeqCst) == 4 {
                until.begin();
            }
            async { Ok::<(), String>(()) }
        });
        assert!(tasks.drain(Duration::from_secs(3600)).await);
        assert_eq!(calls.load(Ordering::SeqCst), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn a_shutdown_ends_a_pause() {
        let shutdown = Shutdown::new();
        let mut tasks = Tasks::new(shutdown.clone());
        tasks.keep("test", |_| async { Err::<(), _>("always") });
        tokio::task::yield_now().await;
        shutdown.begin();
        assert!(tasks.drain(Duration::from_millis(50)).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_loop_that_will_not_end_is_aborted_at_the_bound() {
        let mut tasks = Tasks::new(Shutdown::new());
        tasks.keep("test", |_| std::future::pending::<Result<(), String>>());
        assert!(!tasks.drain(Duration::from_secs(1)).await);
    }
}
