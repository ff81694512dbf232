//! Computes classification runs, one at a time, in the background.
//!
//! It reads everything once, works on packed arrays and on all cores, and writes what it found beside the classes in effect;
//! nothing of it counts before the run is approved. It may be killed at any point: whoever goes on begins behind what is written.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use crypto::Digest;
use rayon::prelude::*;
use service::Clock;
use tokio::task::{JoinError, spawn_blocking};

use crate::domain::class::Class;
use crate::domain::drift::{Part, Schemes, Way, count};
use crate::domain::engine::{Classification, Engine, Trial};
use crate::domain::general::General;
use crate::domain::run::Run;
use crate::domain::sample::{Candidate, Candidates, Place, lot};
use crate::error::Error;
use crate::machines::run::Event;
use crate::store::{Act, Change, Findings, ShadowClass, Snapshot, Store, StoredClass, Subject};

/// Enterprises classed and written at once.
pub const CHUNK: usize = 5_000;

/// Why a run was not finished.
#[derive(Debug, thiserror::Error)]
enum Unfinished {
    /// Risk's own refusals and failures.
    #[error(transparent)]
    Risk(#[from] Error),
    /// The computation panicked or was ended.
    #[error("the computation was ended")]
    Ended(#[from] JoinError),
    /// Somebody cancelled the run, or another process has taken it over.
    #[error("the run was given up meanwhile")]
    GivenUp,
    /// A process with other rules or models has begun it: what it wrote does not fit ours.
    #[error("the rules or models are others than those it began with; start another run")]
    OtherRules,
}

/// Computes the run that waits, or goes on with one whose process is gone; answers whether there was one. A run that cannot
/// be finished is marked so.
///
/// # Errors
/// When the database fails; the run is then looked at again.
pub async fn compute_waiting(store: &Store, clock: Clock) -> Result<bool, Error> {
    compute_in_chunks(store, clock, CHUNK).await
}

/// The same, writing after every `chunk` enterprises.
///
/// # Errors
/// As [`compute_waiting`].
pub async fn compute_in_chunks(store: &Store, clock: Clock, chunk: usize) -> Result<bool, Error> {
    let run = match store.scheduled_run().await? {
        Some(run) => run,
        None => match store.take_over_run(&Act::of_system("", clock.now(), store.book())).await? {
            Some(run) => run,
            None => return Ok(false),
        },
    };
    match compute(store, clock, &run, chunk).await {
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

/// A run that this process computes.
struct Computation<'a> {
    store: &'a Store,
    clock: Clock,
    chunk: usize,
    run: Run,
    engine: Arc<Engine>,
    trials: Arc<Vec<Trial>>,
    /// Results of a field that a line office will look at; 0 where the run never takes effect.
    sample_size: usize,
}

async fn compute(store: &Store, clock: Clock, run: &Run, chunk: usize) -> Result<(), Unfinished> {
    let started = Instant::now();
    let (engine, trials) = store.begun_with(run).await?.ok_or(Unfinished::OtherRules)?;
    let (engine, trials) = (Arc::new(engine), Arc::new(trials));
    let run = if run.state.awaits(Event::Freeze) {
        store.freeze_run(&run.id, &act(store, clock, run)).await?
    } else {
        tracing::info!(run.id = %run.id, "going on with run `{}` behind `{}`", run.id, run.written_to);
        run.clone()
    };
    let snapshot = Arc::new(store.snapshot(&run).await?);
    let total = run.done + as_i64(snapshot.total());
    let sample_size = if run.looks_back() { 0 } else { store.sample_size(clock.today())? };
    let of = Computation { store, clock, chunk, run, engine, trials, sample_size };
    of.keep().await?;
    of.advance(Event::ScoreGeneral, move |run| run.total = total).await?;
    let general = of.general_scores(&snapshot).await?;
    of.advance(Event::ScoreProfessional, |_| ()).await?;
    of.score_fields(&snapshot, general).await?;
    of.advance(Event::Combine, |_| ()).await?;
    let report = if of.run.looks_back() { Event::Report } else { Event::Review };
    of.advance(report, |_| ()).await?;

    let (duration_ms, id) = (started.elapsed().as_millis(), &of.run.id);
    tracing::info!(run.id = %id, total, duration_ms, "run `{id}` gave {total} classes in {duration_ms} ms");
    Ok(())
}

impl Computation<'_> {
    async fn advance(&self, event: Event, change: impl FnOnce(&mut Run)) -> Result<(), Unfinished> {
        let act = act(self.store, self.clock, &self.run);
        let ours = self.store.advance_run(&self.run, event, &act, change).await?;
        if ours { Ok(()) } else { Err(Unfinished::GivenUp) }
    }

    async fn keep(&self) -> Result<(), Unfinished> {
        let ours = self.store.keep_run(&self.run, self.clock.now()).await?;
        if ours { Ok(()) } else { Err(Unfinished::GivenUp) }
    }

    /// The general model, once for each enterprise, in the order of the snapshot.
    async fn general_scores(&self, snapshot: &Arc<Snapshot>) -> Result<Vec<General>, Unfinished> {
        let (engine, snapshot) = (self.engine.clone(), snapshot.clone());
        let score =
            move || engine.score_general_of_all(&snapshot.subjects, |subject| snapshot.items(subject));
        Ok(spawn_blocking(score).await?)
    }

    /// The models of the fields, and both together; held against the classes in effect and written chunk by chunk.
    async fn score_fields(
        &self,
        snapshot: &Arc<Snapshot>,
        mut general: Vec<General>,
    ) -> Result<(), Unfinished> {
        let count = snapshot.subjects.len();
        let mut written_to = self.run.written_to.clone();
        for from in (0..count).step_by(self.chunk) {
            let until = count.min(from + self.chunk);
            let scores = general.drain(..until - from).collect();
            let chunk = self.chunk(snapshot, from..until, scores).await?;
            let last = &snapshot.subjects[until - 1].uscc;
            // Behind the last one come only classes that end.
            let before = self.store.classes_between(&written_to, (until < count).then_some(last)).await?;
            let (engine, last, size) = (self.engine.clone(), last.clone(), self.sample_size);
            let found = spawn_blocking(move || findings(&engine, chunk, before, last, size)).await?;
            written_to.clone_from(&found.written_to);
            self.write(&found).await?;
        }
        if count == 0 {
            let before = self.store.classes_between(&written_to, None).await?;
            self.write(&findings(&self.engine, Vec::new(), before, written_to, 0)).await?;
        }
        Ok(())
    }

    async fn write(&self, found: &Findings) -> Result<(), Unfinished> {
        let ours = self.store.add_findings(&self.run, found, self.clock.now()).await?;
        if ours { Ok(()) } else { Err(Unfinished::GivenUp) }
    }

    async fn chunk(
        &self,
        snapshot: &Arc<Snapshot>,
        of: Range<usize>,
        general: Vec<General>,
    ) -> Result<Vec<Found>, Unfinished> {
        let (engine, trials, snapshot) = (self.engine.clone(), self.trials.clone(), snapshot.clone());
        let run = self.run.id.clone();
        let class = move || {
            let subjects = snapshot.subjects[of].par_iter().zip(general);
            subjects
                .flat_map_iter(|(subject, general)| {
                    classes(&run, (&engine, &trials), &snapshot, subject, &general)
                })
                .collect()
        };
        Ok(spawn_blocking(class).await?)
    }
}

/// A class, and what models on trial would say instead.
struct Found {
    class: Class,
    /// By `id@version`.
    trials: Vec<(String, Class)>,
    /// Its lot in the run.
    lot: Digest,
}

/// The classes of one enterprise, one for each field whose mark it carries.
fn classes(
    run: &str,
    (engine, trials): (&Engine, &[Trial]),
    snapshot: &Snapshot,
    subject: &Subject,
    general: &General,
) -> Vec<Found> {
    let items = snapshot.items(subject);
    let named = |engine: &Engine, field: &str, given: &Classification| {
        Class::new(engine, &subject.uscc, field, &subject.division, given)
    };
    let in_field = |field: &String| {
        let professional = engine.score_professional(field, items);
        let class = named(engine, field, &engine.combine(field, general.clone(), professional));
        let trials = trials.iter().filter(|trial| trial.version.concerns(field));
        let trials = trials
            .map(|Trial { version, engine }| {
                (version.key(), named(engine, field, &engine.classify(field, items)))
            })
            .collect();
        Found { class, trials, lot: lot(run, &subject.uscc, field) }
    };
    subject.fields.iter().map(in_field).collect()
}

/// Holds what was found against the classes in effect.
fn findings(
    engine: &Engine,
    chunk: Vec<Found>,
    mut before: BTreeMap<(String, String), StoredClass>,
    written_to: String,
    sample_size: usize,
) -> Findings {
    let candidates = Candidates::of_size(sample_size);
    // Behind the last enterprise stand classes that end: whoever goes on begins behind these too, or would tell their end again.
    let last_class = before.keys().next_back().map(|(uscc, _)| uscc.clone()).unwrap_or_default();
    let written_to = written_to.max(last_class);
    let mut found = Findings { done: as_i64(chunk.len()), written_to, candidates, ..Findings::default() };
    for Found { class, trials, lot } in chunk {
        let earlier = before.remove(&(class.uscc.clone(), class.field.clone())).map(|stored| stored.class);
        count(&mut found.matrix, &class.field, schemes(engine, &class.field), earlier.as_ref(), Some(&class));
        for (model, trial) in trials {
            note_trial(&mut found, model, &class, trial);
        }
        offer(&mut found.candidates, engine, &class, earlier.as_ref(), lot);
        if !earlier.as_ref().is_some_and(|earlier| earlier.says_the_same(&class)) {
            found.changes.push(change(class, earlier.as_ref()));
        }
    }
    for (_, ended) in before {
        let class = &ended.class;
        count(&mut found.matrix, &class.field, schemes(engine, &class.field), Some(class), None);
        let now = Class { as_of: engine.as_of(), ..ended.ended().class };
        found.changes.push(change(now, Some(class)));
    }
    found
}

/// Offers a result for the sample that the line office of its field will look at.
fn offer(candidates: &mut Candidates, engine: &Engine, class: &Class, earlier: Option<&Class>, lot: Digest) {
    let rank = engine.combiner().scheme.rank(&class.code).unwrap_or_default();
    let place = Place { rank, moved: moves(class, earlier), lot };
    let previous = earlier.map_or("", |earlier| &earlier.code);
    candidates.offer(&class.field, place, || Candidate::new(class, previous, place));
}

fn note_trial(found: &mut Findings, model: String, class: &Class, trial: Class) {
    let way = Way {
        part: Part::Shadow,
        model: model.clone(),
        field: class.field.clone(),
        scheme: class.scheme.clone(),
        from: class.code.clone(),
        to: trial.code.clone(),
    };
    *found.matrix.entry(way).or_default() += 1;
    if !trial.same_codes(class) {
        found.shadows.push(ShadowClass { model, class: trial, effective_code: class.code.clone() });
    }
}

fn change(now: Class, earlier: Option<&Class>) -> Change {
    let codes =
        |class: &Class| [class.code.clone(), class.general_code.clone(), class.professional_code.clone()];
    let moved = moves(&now, earlier);
    Change { previous: earlier.map(codes).unwrap_or_default(), now, moved }
}

/// Whether a code of a class differs from what is in effect.
fn moves(now: &Class, earlier: Option<&Class>) -> bool {
    !earlier.is_some_and(|earlier| earlier.same_codes(now))
}

fn schemes<'a>(engine: &'a Engine, field: &str) -> Schemes<'a> {
    Schemes {
        combined: &engine.combiner().scheme.id,
        general: &engine.general().model().scheme.id,
        professional: engine.professional(field).map_or("", |scorer| &scorer.model().scheme.id),
    }
}

fn act(store: &Store, clock: Clock, run: &Run) -> Act {
    Act::of_system(&run.name(), clock.now(), store.book())
}

fn as_i64(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
