//! A run on its way: what the process that computes it writes, and how another process goes on when that one is gone.

use db::{Engine, on};
use domain::MicrosUtc;
use service::machine::Actor;

use super::findings::drop_findings;
use super::history::{known_now, known_on};
use super::run_row::{run_of, runs_in};
use super::{Act, Store, lock_evidence};
use crate::domain::run::Run;
use crate::error::Error;
use crate::machines::run::{Event, State};

/// Without a sign of life for so long (microseconds), a run counts as abandoned by its process.
pub const ABANDONED_AFTER: i64 = 60 * 1_000_000;
/// A run that ends its process this often is given up.
const MOST_RESUMED: i64 = 5;
/// Says why a run of a process that is gone has failed.
const INTERRUPTED: &str = "every process that computed it ended before it was done; start another run";

impl Store {
    /// The run that waits to be computed, if there is one.
    pub async fn scheduled_run(&self) -> Result<Option<Run>, Error> {
        let mut tx = self.db.begin_read().await?;
        Ok(runs_in(&mut tx, &[State::Scheduled]).await?.pop())
    }

    /// Settles what a run reads: evidence that arrives from now on is noted for it. One that looks back reads what was known
    /// at the end of its day, and everything told since is noted. Of several processes one succeeds; the others get
    /// [`service::Error::Contended`] or a refusal.
    pub async fn freeze_run(&self, id: &str, act: &Act) -> Result<Run, Error> {
        const READ: &str = "DELETE FROM run_touched WHERE run = $1";
        let mut tx = self.db.begin_write().await?;
        lock_evidence(&mut tx).await?;
        let mut run = run_of(&mut tx, id).await?;
        let known =
            if run.looks_back() { known_on(&mut tx, run.as_of).await? } else { known_now(&mut tx).await? };
        self.step_run(&mut tx, &mut run, Event::Freeze, &Actor::system(), act, |run| run.known = known)
            .await?;
        // What came before is read by it.
        on!(tx, |conn| sqlx::query(READ).bind(id).execute(conn).await.map(drop))?;
        if run.looks_back() {
            super::findings::note_told_since(&mut tx, id, known).await?;
        }
        tx.commit().await?;
        Ok(run)
    }

    /// Takes a step of a run that this process computes; nothing when an earlier process has taken it already. Answers
    /// `false` when another process has taken the run over.
    pub async fn advance_run(
        &self,
        ours: &Run,
        event: Event,
        act: &Act,
        change: impl FnOnce(&mut Run),
    ) -> Result<bool, Error> {
        let mut tx = self.db.begin_write().await?;
        lock_evidence(&mut tx).await?;
        let mut run = run_of(&mut tx, &ours.id).await?;
        if run.resumed != ours.resumed {
            return Ok(false);
        }
        if run.resumed == 0 || run.state.awaits(event) {
            self.step_run(&mut tx, &mut run, event, &Actor::system(), act, change).await?;
            if event == Event::Review {
                self.draw_samples(&mut tx, &run, act).await?;
            }
            tx.commit().await?;
        }
        Ok(true)
    }

    /// Marks a run as failed, with the reason, and drops what it found.
    pub async fn fail_run(&self, id: &str, problem: &str, act: &Act) -> Result<(), Error> {
        let mut tx = self.db.begin_write().await?;
        lock_evidence(&mut tx).await?;
        let mut run = run_of(&mut tx, id).await?;
        drop_findings(&mut tx, id).await?;
        let told = problem.to_owned();
        self.step_run(&mut tx, &mut run, Event::Fail, &Actor::system(), act, |run| run.problem = told)
            .await?;
        tx.commit().await?;
        tracing::warn!(run.id = id, problem, "run `{id}` failed: {problem}");
        Ok(())
    }

    /// Takes over the run whose process is gone: it gave no sign of life for [`ABANDONED_AFTER`]. Of several processes one
    /// gets it. A run that has ended its process too often fails instead.
    pub async fn take_over_run(&self, act: &Act) -> Result<Option<Run>, Error> {
        const SILENT: &str = "
            SELECT id, heartbeat_at_us, resumed FROM run
            WHERE running AND state <> $1 AND heartbeat_at_us < $2";
        const TAKE: &str = "
            UPDATE run SET heartbeat_at_us = $3, resumed = resumed + 1
            WHERE id = $1 AND heartbeat_at_us = $2 AND running";
        let waiting = State::Scheduled.as_str();
        let silent: Option<(String, i64, i64)> = on!(self.db, |pool| sqlx::query_as(SILENT)
            .bind(waiting)
            .bind(act.now.micros() - ABANDONED_AFTER)
            .fetch_optional(pool)
            .await)?;
        let Some((id, heartbeat, resumed)) = silent else { return Ok(None) };
        if resumed >= MOST_RESUMED {
            self.fail_run(&id, INTERRUPTED, act).await?;
            return Ok(None);
        }
        let mut tx = self.db.begin_write().await?;
        let taken = on!(tx, |conn| sqlx::query(TAKE)
            .bind(&id)
            .bind(heartbeat)
            .bind(act.now.micros())
            .execute(conn)
            .await
            .map(|done| done.rows_affected()))?;
        let run = run_of(&mut tx, &id).await?;
        tx.commit().await?;
        Ok((taken == 1).then_some(run))
    }

    /// At the start of the only process of a SQLite file: whoever computed a run is gone, and nobody need wait for its
    /// silence. On PostgreSQL another process may be at it.
    pub async fn release_runs(&self) -> Result<(), Error> {
        const SQL: &str = "UPDATE run SET heartbeat_at_us = 0 WHERE running";
        if !matches!(self.db.engine(), Engine::Sqlite(_)) {
            return Ok(());
        }
        let mut tx = self.db.begin_write().await?;
        on!(tx, |conn| sqlx::query(SQL).execute(conn).await.map(drop))?;
        Ok(tx.commit().await?)
    }

    /// A sign of life of the process that computes a run. Answers `false` when it was given up or taken over meanwhile.
    pub async fn keep_run(&self, run: &Run, now: MicrosUtc) -> Result<bool, Error> {
        const SQL: &str = "UPDATE run SET heartbeat_at_us = $3 WHERE id = $1 AND resumed = $2 AND running";
        let mut tx = self.db.begin_write().await?;
        let kept = on!(tx, |conn| sqlx::query(SQL)
            .bind(&run.id)
            .bind(run.resumed)
            .bind(now.micros())
            .execute(conn)
            .await
            .map(|done| done.rows_affected()))?;
        tx.commit().await?;
        Ok(kept == 1)
    }
}
