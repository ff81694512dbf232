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
    /// Starts the run of the present period, if it has none yet; answers its id. Repeatable: a period has one run, whoever
    /// asks and however often, and after a standstill of several periods the present one alone is caught up, because a run
    /// classes everybody anew. A run that failed is tried again on the next day. Before the first run in effect there is
    /// nothing to repeat: a person starts that one.
    ///
    /// # Errors
    /// [`Error::NotReady`] when nothing can be computed for today.
    pub async fn start_periodic_run(&self, act: &Act, id: &str) -> Result<Option<String>, Error> {
        let Some(length) = self.book.span(PERIOD, act.today) else { return Ok(None) };
        let period = period_start(length, act.today);
        // Without this look an idle service would take the write lock with every tick.
        let mut tx = self.db.begin_read().await?;
        let wanted = is_wanted(&mut tx, period, act.today).await?;
        tx.rollback().await?;
        if !wanted {
            return Ok(None);
        }
        let mut tx = self.db.begin_write().await?;
        if !is_wanted(&mut tx, period, act.today).await? {
            return Ok(None);
        }
        let step = RUN.step(None, Event::Create, &Actor::system())?;
        let created_by = act.context.actor.clone();
        let period = Some(period);
        let new = self.new_run(&mut tx, act.today, act).await?;
        let run = Run { id: id.to_owned(), state: step.to, created_by, period, ..new };
        if !self.begin_run(&mut tx, &step, &run, act).await? {
            return Ok(None);
        }
        tx.commit().await?;
        tracing::info!(run.id = id, "started run `{id}`: the last one is of an earlier period");
        Ok(Some(id.to_owned()))
    }
}

/// Whether the period that began on `period` still lacks a run.
async fn is_wanted(tx: &mut Tx, period: NaiveDate, today: NaiveDate) -> Result<bool, Error> {
    const SQL: &str = "
        SELECT COUNT(*) FROM run
        WHERE (period = $1 AND (state <> $2 OR as_of = $3))
            OR (as_of >= $4 AND state IN ($5, $6, $7))";
    if runs_in(tx, &[State::Effective]).await?.is_empty() {
        return Ok(false);
    }
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
    Ok(count == 0)
}
