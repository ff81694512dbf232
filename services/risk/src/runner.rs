//! Computes classification runs, one at a time, in the background.
//!
//! It reads everything once, works on packed arrays, and writes what it found beside the classes in effect; nothing of it
//! counts before the run is approved. It may be killed at any point: the run is then failed and another can be started.

use std::collections::BTreeMap;
use std::sync::Arc;

use service::Clock;
use tokio::task::{JoinError, spawn_blocking};

use crate::domain::class::Class;
use crate::domain::engine::{Engine, NotReady};
use crate::domain::run::Run;
use crate::domain::scoring::Score;
use crate::error::Error;
use crate::machines::run::Event;
use crate::store::{Act, Snapshot, Store};

/// Classes computed and written at once.
const CHUNK: usize = 5_000;

/// Why a run was not finished.
#[derive(Debug, thiserror::Error)]
enum Unfinished {
    /// Risk's own refusals and failures.
    #[error(transparent)]
    Risk(#[from] Error),
    /// The computation panicked or was ended.
    #[error("the computation was ended")]
    Ended(#[from] JoinError),
    /// Another process gave the run up.
    #[error("the run was given up meanwhile")]
    GivenUp,
}

impl From<NotReady> for Unfinished {
    fn from(problem: NotReady) -> Self {
        Self::Risk(problem.into())
    }
}

/// Computes the run that waits, if there is one; answers whether there was. A run that cannot be finished is marked so.
///
/// # Errors
/// When the database fails; the run is then looked at again.
pub async fn compute_waiting(store: &Store, clock: Clock) -> Result<bool, Error> {
    let Some(run) = store.scheduled_run().await? else { return Ok(false) };
    match compute(store, clock, &run).await {
        Ok(()) | Err(Unfinished::GivenUp) => Ok(true),
        // Another process was faster, or the database is busy: the run is either there to be taken or not ours.
        Err(Unfinished::Risk(Error::Common(service::Error::Contended | service::Error::Refused(_)))) => {
            Ok(false)
        }
        Err(problem) => {
            let act = act(store, clock, &run);
            let text = service::error::causes(&problem);
            store.fail_run(&run.id, &text, &act).await?;
            Ok(true)
        }
    }
}

async fn compute(store: &Store, clock: Clock, run: &Run) -> Result<(), Unfinished> {
    let started = std::time::Instant::now();
    let engine = Arc::new(store.models().at(run.as_of, store.book())?);
    store.freeze_run(&run.id, &act(store, clock, run)).await?;
    let snapshot = Arc::new(store.snapshot().await?);
    let total = as_i64(snapshot.total());

    let advance = async |event, change: Box<dyn FnOnce(&mut Run) + Send>| {
        store.advance_run(&run.id, event, &act(store, clock, run), change).await
    };
    let known_seq = snapshot.known_seq;
    advance(Event::ScoreGeneral, Box::new(move |run| (run.total, run.known_seq) = (total, known_seq)))
        .await?;
    let scores = general_scores(&engine, &snapshot).await?;
    advance(Event::ScoreProfessional, Box::new(|_| ())).await?;
    let counts = score_fields(store, clock, run, &engine, &snapshot, scores).await?;
    let changed = store.changed_by_run(&run.id).await?;
    let combined = move |run: &mut Run| (run.done, run.changed, run.counts) = (total, changed, counts);
    advance(Event::Combine, Box::new(combined)).await?;
    advance(Event::Review, Box::new(|_| ())).await?;

    let duration_ms = started.elapsed().as_millis();
    let enterprises = snapshot.subjects.len();
    tracing::info!(
        run.id = %run.id, total, changed, duration_ms,
        "run `{}` classed {enterprises} enterprises in {duration_ms} ms; {changed} of {total} classes would change",
        run.id,
    );
    Ok(())
}

/// The general model, once for each enterprise, in the order of the snapshot.
async fn general_scores(engine: &Arc<Engine>, snapshot: &Arc<Snapshot>) -> Result<Vec<Score>, Unfinished> {
    let (engine, snapshot) = (engine.clone(), snapshot.clone());
    let score = move || {
        let subjects = snapshot.subjects.iter();
        subjects.map(|subject| engine.score_general(snapshot.items(subject))).collect()
    };
    Ok(spawn_blocking(score).await?)
}

/// The models of the fields, and both together; written chunk by chunk. Answers how many enterprises are in each class.
async fn score_fields(
    store: &Store,
    clock: Clock,
    run: &Run,
    engine: &Arc<Engine>,
    snapshot: &Arc<Snapshot>,
    mut general: Vec<Score>,
) -> Result<Vec<(String, String, i64)>, Unfinished> {
    let mut counts: BTreeMap<(String, String), i64> = BTreeMap::new();
    let mut done = 0;
    for from in (0..snapshot.subjects.len()).step_by(CHUNK) {
        let scores = general.drain(..CHUNK.min(general.len())).collect();
        let (engine, snapshot) = (engine.clone(), snapshot.clone());
        let classes = spawn_blocking(move || classes(&engine, &snapshot, from, scores)).await?;
        done += as_i64(classes.len());
        for class in &classes {
            *counts.entry((class.field.clone(), class.code.clone())).or_default() += 1;
        }
        if !store.add_run_classes(&run.id, &classes, done, clock.now()).await? {
            return Err(Unfinished::GivenUp);
        }
    }
    Ok(counts.into_iter().map(|((field, code), count)| (field, code, count)).collect())
}

/// The classes of the subjects from `from` on, one for each general score.
fn classes(engine: &Engine, snapshot: &Snapshot, from: usize, general: Vec<Score>) -> Vec<Class> {
    let subjects = snapshot.subjects[from..].iter().zip(general);
    let of_subject = subjects.flat_map(|(subject, general)| {
        let items = snapshot.items(subject);
        subject.fields.iter().map(move |field| {
            let professional = engine.score_professional(field, items);
            let given = engine.combine(field, general.clone(), professional);
            Class::new(engine, &subject.uscc, field, &subject.division, &given)
        })
    });
    of_subject.collect()
}

fn act(store: &Store, clock: Clock, run: &Run) -> Act {
    Act::of_system(&run.name(), clock.now(), store.book())
}

fn as_i64(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
