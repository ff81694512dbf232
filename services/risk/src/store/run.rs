//! Runs: starting and reading them.

use chrono::NaiveDate;
use contract::risk::v1 as pb;
use db::{Tx, on};
use outbox::NewEvent;
use service::auth::Caller;
use service::fitting::Page;
use service::idempotency::{Claim, Key, claim, store_answer};
use service::machine::{Actor, Step};
use service::obligation::{self, Matter};

use super::class::Cut;
use super::findings::drop_findings;
use super::run_row::{RunRow, insert_run, run_of, runs_in, update_run};
use super::{Act, Store, lock_evidence};
use crate::convert;
use crate::domain::known::Known;
use crate::domain::run::Run;
use crate::error::Error;
use crate::machines::run::{Event, RUN, State};

impl Store {
    /// Starts a run called `id` as of a day.
    ///
    /// # Errors
    /// [`Error::NotReady`] when nothing can be computed for the day, [`Error::RunInProgress`].
    pub async fn create_run(
        &self,
        key: &Key<'_>,
        body: &pb::CreateRunRequest,
        caller: &Caller,
        act: &Act,
        id: &str,
        as_of: NaiveDate,
    ) -> Result<pb::Run, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = claim(&mut tx, key, body, act.now).await? {
            return Ok(answer);
        }
        let step = RUN.step(None, Event::Create, &caller.actor())?;
        let created_by = caller.subject().to_owned();
        let run =
            Run { id: id.to_owned(), state: step.to, created_by, ..self.new_run(&mut tx, as_of, act).await? };
        if !self.begin_run(&mut tx, &step, &run, act).await? {
            return Err(self.in_progress(&mut tx).await?);
        }
        let answer = convert::run_to_pb(&run);
        store_answer(&mut tx, key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// A run of this day that nothing is known of yet.
    ///
    /// # Errors
    /// [`Error::NotReady`] when nothing can be computed for the day.
    pub(super) async fn new_run(&self, tx: &mut Tx, as_of: NaiveDate, act: &Act) -> Result<Run, Error> {
        let (engine, trials) = self.engine_and_trials(tx, as_of).await?;
        Ok(Run {
            id: String::new(),
            as_of,
            state: State::Scheduled,
            period: None,
            total: 0,
            done: 0,
            changed: 0,
            known: Known::default(),
            rulebook_hash: self.book.hash().to_owned(),
            models: convert::models_used(&engine),
            shadows: trials.iter().map(|trial| convert::version_used(&trial.version)).collect(),
            created_by: String::new(),
            approved_by: String::new(),
            approval_reason: String::new(),
            created_at: act.now,
            problem: String::new(),
            written_to: String::new(),
            resumed: 0,
        })
    }

    /// Adds a run with what follows from its first step; `false`, and nothing, while another one is being computed.
    pub(super) async fn begin_run(
        &self,
        tx: &mut Tx,
        step: &Step<State>,
        run: &Run,
        act: &Act,
    ) -> Result<bool, Error> {
        let begun = insert_run(tx, run).await?;
        if begun {
            self.follow_up(tx, step, run, act).await?;
        }
        Ok(begun)
    }

    /// Gives a run up: what it found goes, and it never takes effect. `reason` is kept with it.
    ///
    /// # Errors
    /// [`Error::RunNotFound`], [`service::Error::Refused`] when it is in effect or over, or the office may not.
    pub async fn cancel_run(
        &self,
        key: &Key<'_>,
        body: &pb::CancelRunRequest,
        caller: &Caller,
        act: &Act,
        (id, reason): (&str, &str),
    ) -> Result<pb::Run, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = claim(&mut tx, key, body, act.now).await? {
            return Ok(answer);
        }
        lock_evidence(&mut tx).await?;
        let mut run = run_of(&mut tx, id).await?;
        let told = reason.to_owned();
        self.step_run(&mut tx, &mut run, Event::Cancel, &caller.actor(), act, |run| run.problem = told)
            .await?;
        drop_findings(&mut tx, id).await?;
        self.lapse_samples(&mut tx, id, act).await?;
        let answer = convert::run_to_pb(&run);
        store_answer(&mut tx, key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Who is in the way of a new run; it may just have ended.
    async fn in_progress(&self, tx: &mut Tx) -> Result<Error, Error> {
        let running: Vec<_> = State::all().filter(|state| state.is_running()).collect();
        let other = runs_in(tx, &running).await?.pop();
        Ok(other.map_or(service::Error::Contended.into(), |run| Error::RunInProgress(run.id)))
    }

    /// One run.
    ///
    /// # Errors
    /// [`Error::RunNotFound`].
    pub async fn run(&self, id: &str) -> Result<Run, Error> {
        let mut tx = self.db.begin_read().await?;
        run_of(&mut tx, id).await
    }

    /// Runs, the latest first. `cut.after` is `micros/id` of the last row of the page before.
    pub async fn runs(&self, cut: &Cut) -> Result<Page<Run>, Error> {
        const SQL: &str = "
            SELECT * FROM run
            WHERE (created_at_us, id) < ($1, $2)
            ORDER BY created_at_us DESC, id DESC
            LIMIT CAST($3 AS BIGINT)";
        let (micros, id) = cut.below()?;
        let rows: Vec<RunRow> = on!(self.db, |pool| sqlx::query_as(SQL)
            .bind(micros)
            .bind(id)
            .bind(cut.size + 1)
            .fetch_all(pool)
            .await)?;
        let rows = rows.into_iter().map(Run::try_from).collect::<Result<Vec<_>, _>>()?;
        Ok(cut.page(rows, |last: &Run| format!("{}/{}", last.created_at.micros(), last.id)))
    }

    /// Takes a step of the machine: state, duties and event. `change` is what else becomes of the run.
    pub(super) async fn step_run(
        &self,
        tx: &mut Tx,
        run: &mut Run,
        event: Event,
        actor: &Actor<'_>,
        act: &Act,
        change: impl FnOnce(&mut Run),
    ) -> Result<(), Error> {
        let before = run.state;
        let step = RUN.step(before, event, actor)?;
        run.state = step.to;
        change(run);
        update_run(tx, before, run, act.now).await?;
        self.follow_up(tx, &step, run, act).await
    }

    async fn follow_up(&self, tx: &mut Tx, step: &Step<State>, run: &Run, act: &Act) -> Result<(), Error> {
        let name = run.name();
        let matter = Matter { subject: &name, field: None, division: None, owner: None };
        obligation::follow(tx, step, &matter, &act.context.actor, act.today, &self.book).await?;
        let event = NewEvent {
            kind: convert::RUN_CHANGED,
            subject: name,
            effective_on: act.today,
            context: &act.context,
            payload: convert::run_event(run),
        };
        self.outbox.append(tx, &event).await?;
        Ok(())
    }
}
