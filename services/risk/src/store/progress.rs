//! A run on its way: what the process that computes it writes, and what becomes of a run whose process is gone.

use db::{Engine, on};
use domain::MicrosUtc;
use service::machine::Actor;

use super::class_row::add_run_classes;
use super::run_row::{run_of, runs_in};
use super::{Act, Store, lock_evidence};
use crate::domain::class::Class;
use crate::domain::run::Run;
use crate::error::Error;
use crate::machines::run::{Event, State};

/// Without a sign of life for so long (microseconds), a run counts as abandoned by its process.
pub const ABANDONED_AFTER: i64 = 60 * 1_000_000;
/// Says why a run of a process that is gone has failed.
const INTERRUPTED: &str = "the process that computed it ended before it was done; start another run";

impl Store {
    /// The run that waits to be computed, if there is one.
    pub async fn scheduled_run(&self) -> Result<Option<Run>, Error> {
        let mut tx = self.db.begin_read().await?;
        Ok(runs_in(&mut tx, &[State::Scheduled]).await?.pop())
    }

    /// Settles what a run reads: evidence that arrives from now on is noted for it. Of several processes one succeeds; the
    /// others get [`service::Error::Contended`] or a refusal.
    pub async fn freeze_run(&self, id: &str, act: &Act) -> Result<Run, Error> {
        self.advance_run(id, Event::Freeze, act, |_| ()).await
    }

    /// Takes a step of a run that is being computed.
    pub async fn advance_run(
        &self,
        id: &str,
        event: Event,
        act: &Act,
        change: impl FnOnce(&mut Run),
    ) -> Result<Run, Error> {
        let mut tx = self.db.begin_write().await?;
        lock_evidence(&mut tx).await?;
        let mut run = run_of(&mut tx, id).await?;
        self.step_run(&mut tx, &mut run, event, &Actor::system(), act, change).await?;
        tx.commit().await?;
        Ok(run)
    }

    /// Keeps classes that a run found, and how many it has found in all. Answers `false` when the run is no longer being
    /// computed: then it was given up, and nothing is written.
    pub async fn add_run_classes(
        &self,
        id: &str,
        classes: &[Class],
        done: i64,
        now: MicrosUtc,
    ) -> Result<bool, Error> {
        const SQL: &str = "UPDATE run SET done = $2, heartbeat_at_us = $3 WHERE id = $1 AND running";
        let mut tx = self.db.begin_write().await?;
        let written = on!(tx, |conn| sqlx::query(SQL)
            .bind(id)
            .bind(done)
            .bind(now.micros())
            .execute(conn)
            .await
            .map(|done| done.rows_affected()))?;
        if written == 0 {
            return Ok(false);
        }
        add_run_classes(&mut tx, id, classes).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// How many of a run's classes differ from those in effect; ended ones are not counted.
    pub async fn changed_by_run(&self, id: &str) -> Result<i64, Error> {
        const SQL: &str = "
            SELECT COUNT(*)
            FROM run_class r LEFT JOIN class c ON c.uscc = r.uscc AND c.field = r.field
            WHERE r.run = $1 AND (c.uscc IS NULL OR c.code <> r.code OR c.general_code <> r.general_code
                OR c.professional_code <> r.professional_code)";
        Ok(on!(self.db, |pool| sqlx::query_scalar(SQL).bind(id).fetch_one(pool).await)?)
    }

    /// Marks a run as failed, with the reason, and drops what it found.
    pub async fn fail_run(&self, id: &str, problem: &str, act: &Act) -> Result<(), Error> {
        const DROP: [&str; 2] =
            ["DELETE FROM run_class WHERE run = $1", "DELETE FROM run_touched WHERE run = $1"];
        let mut tx = self.db.begin_write().await?;
        lock_evidence(&mut tx).await?;
        let mut run = run_of(&mut tx, id).await?;
        for sql in DROP {
            on!(tx, |conn| sqlx::query(sql).bind(id).execute(conn).await.map(drop))?;
        }
        let told = problem.to_owned();
        self.step_run(&mut tx, &mut run, Event::Fail, &Actor::system(), act, |run| run.problem = told)
            .await?;
        tx.commit().await?;
        tracing::warn!(run.id = id, problem, "run `{id}` failed: {problem}");
        Ok(())
    }

    /// Fails the runs whose process is gone: at the start of the only process of a SQLite file every run that was begun,
    /// otherwise those without a sign of life for [`ABANDONED_AFTER`]. A run that was not begun waits. Answers how many.
    pub async fn fail_abandoned_runs(&self, at_start: bool, act: &Act) -> Result<usize, Error> {
        const SQL: &str = "SELECT id FROM run WHERE running AND state <> $1 AND heartbeat_at_us < $2";
        let alone = at_start && matches!(self.db.engine(), Engine::Sqlite(_));
        let silent_since = if alone { i64::MAX } else { act.now.micros() - ABANDONED_AFTER };
        let waiting = State::Scheduled.as_str();
        let ids: Vec<String> = on!(self.db, |pool| sqlx::query_scalar(SQL)
            .bind(waiting)
            .bind(silent_since)
            .fetch_all(pool)
            .await)?;
        for id in &ids {
            self.fail_run(id, INTERRUPTED, act).await?;
        }
        Ok(ids.len())
    }
}
