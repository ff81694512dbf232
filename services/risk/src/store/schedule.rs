//! Runs that the system starts by itself: one a period, and one when a model begins or ends.

use chrono::NaiveDate;
use db::{Tx, on};
use service::machine::Actor;

use super::run_row::runs_in;
use super::{Act, Store};
use crate::domain::parameters::Parameters;
use crate::domain::run::{Run, period_start};
use crate::error::Error;
use crate::machines::run::{Event, RUN, State};

/// How often everybody is classed anew.
const PERIOD: &str = "risk.rerun.period";

impl Store {
    /// Starts the run of the present period, if it has none yet, or one because other models are in force than the latest run was
    /// begun with; answers its id. Repeatable: a period, and a day on which models begin, have one run, whoever asks and however
    /// often, and after a standstill of several periods the present one alone is caught up, because a run classes everybody anew. A run that failed
    /// is tried again on the next day. Before the first run in effect there is nothing to repeat: a person starts that one.
    ///
    /// # Errors
    /// [`Error::NotReady`] when nothing can be computed for today.
    pub async fn start_periodic_run(&self, act: &Act, id: &str) -> Result<Option<String>, Error> {
        let Some(length) = self.book.span(PERIOD, act.today) else { return Ok(None) };
        let period = period_start(length, act.today);
        // Without this look an idle service would take the write lock with every tick.
        let mut tx = self.db.begin_read().await?;
        let wanted = self.wanted_run(&mut tx, period, act).await?;
        tx.rollback().await?;
        if wanted.is_none() {
            return Ok(None);
        }
        let mut tx = self.db.begin_write().await?;
        let Some((period, new)) = self.wanted_run(&mut tx, period, act).await? else { return Ok(None) };
        let step = RUN.step(None, Event::Create, &Actor::system())?;
        let created_by = act.context.actor.clone();
        let run = Run { id: id.to_owned(), state: step.to, created_by, period, ..new };
        if !self.begin_run(&mut tx, &step, &run, act).await? {
            return Ok(None);
        }
        tx.commit().await?;
        let why = if period.is_some() {
            "the last one is of an earlier period"
        } else {
            "other models are in force"
        };
        tracing::info!(run.id = id, "started run `{id}`: {why}");
        Ok(Some(id.to_owned()))
    }

    /// The run to start: one of the period that began on `period` if that still lacks one, one without a period if other models are
    /// in force than the latest run was begun with.
    async fn wanted_run(
        &self,
        tx: &mut Tx,
        period: NaiveDate,
        act: &Act,
    ) -> Result<Option<(Option<NaiveDate>, Run)>, Error> {
        if runs_in(tx, &[State::Effective]).await?.is_empty() {
            return Ok(None);
        }
        let periodic = !has_run(tx, period, act.today).await?;
        let new = self.new_run(tx, act.today, act).await?;
        let of_models = !periodic && !was_run_by(tx, &new.models, act.today).await?;
        Ok((periodic || of_models).then(|| (periodic.then_some(period), new)))
    }
}

/// Whether the period that began on `period` has a run.
async fn has_run(tx: &mut Tx, period: NaiveDate, today: NaiveDate) -> Result<bool, Error> {
    const SQL: &str = "
        SELECT COUNT(*) FROM run
        WHERE (period = $1 AND (state <> $2 OR as_of = $3))
            OR (as_of >= $4 AND state IN ($5, $6, $7))";
    let [effective, reviewed, superseded] =
        [State::Effective, State::Reviewed, State::Superseded].map(State::as_str);
    let count: i64 = on!(tx, |conn| sqlx::query_scalar(SQL)
        .bind(period.to_string())
        .bind(State::Failed.as_str())
        .bind(today)
        .bind(period)
        .bind(effective)
        .bind(reviewed)
        .bind(superseded)
        .fetch_one(conn)
        .await)?;
    Ok(count > 0)
}

/// Whether the latest run was begun with these models: one that looks back, or that failed before today, is none.
async fn was_run_by(tx: &mut Tx, models: &[String], today: NaiveDate) -> Result<bool, Error> {
    const SQL: &str = "
        SELECT models FROM run
        WHERE state NOT IN ($1, $2) OR (state = $2 AND as_of = $3)
        ORDER BY created_at_us DESC, id DESC LIMIT 1";
    let models = serde_json::to_string(models)
        .map_err(|problem| service::Error::corrupt(format!("models of a run: {problem}")))?;
    let latest: Option<String> = on!(tx, |conn| sqlx::query_scalar(SQL)
        .bind(State::Reported.as_str())
        .bind(State::Failed.as_str())
        .bind(today)
        .fetch_optional(conn)
        .await)?;
    Ok(latest.is_some_and(|latest| latest == models))
}
