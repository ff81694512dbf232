//! Draws that the system runs by itself: announced, due, and with figures that were held for their time. Nothing is left to decide then.

use contract::inspection::v1 as pb;
use db::{Db, on};
use domain::{MicrosUtc, RequestId};
use service::Error as Common;
use service::idempotency::Key;
use uuid::Uuid;

use super::{Act, Store, system};
use crate::domain::TaskName;
use crate::error::Error;

/// What its requests are known by.
const METHOD: &str = "due-draw";
/// Most draws of one look.
const MOST_DRAWS: i64 = 20;
/// Longest problem kept with a task, in characters.
const LONGEST_PROBLEM: usize = 1_000;

impl Store {
    /// Runs the draws that are due. One that fails for lack of inspectors is sealed as failed, as if an officer had run it; one that
    /// cannot be run shows why, and is tried again after ever longer pauses, so that it keeps no other waiting.
    ///
    /// # Errors
    /// What the first of the other failures says, after all were tried.
    pub async fn run_due_draws(&self, now: MicrosUtc) -> Result<(), Error> {
        let caller = system()?;
        let mut done = Ok(());
        for name in due(&self.db, now).await? {
            let request_id = RequestId::from_uuid(Uuid::new_v4());
            let body = pb::RunDrawRequest { name: name.to_string(), request_id: request_id.to_string() };
            let key = Key { caller: caller.subject(), method: METHOD, request_id: &request_id };
            let act = Act::of(&caller, key, now, &self.book);
            match self.run_draw(&act, &body, &name).await {
                Ok(_) | Err(Error::AssignmentInfeasible(_)) => {}
                // Somebody changed the task meanwhile: the next look sees what it is now.
                Err(Error::Common(Common::Contended)) => {}
                Err(error) => {
                    // That it is tried too early again harms nobody; the others must not wait for it.
                    if let Err(problem) = self.put_off(&name, &error.to_string(), now).await {
                        tracing::warn!(task = %name, %problem, "a draw that failed was not put off");
                    }
                    done = done.and(Err(error));
                }
            }
        }
        done
    }

    /// Shows why a draw could not be run, and puts the next try off. A task that waits for no draw any more is left alone.
    async fn put_off(&self, task: &TaskName, problem: &str, now: MicrosUtc) -> Result<(), Common> {
        const FAILURES: &str = "
            UPDATE task SET draw_problem = $2, draw_failures = draw_failures + 1
            WHERE name = $1 AND state = 'PoolSnapshotted' AND entropy_digits <> ''
            RETURNING draw_failures";
        const AGAIN: &str = "UPDATE task SET draw_again_us = $2 WHERE name = $1";
        let (task, problem) = (task.to_string(), problem.chars().take(LONGEST_PROBLEM).collect::<String>());
        let mut tx = self.db.begin_write().await?;
        let failures: Option<i64> = on!(tx, |conn| sqlx::query_scalar(FAILURES)
            .bind(task.as_str())
            .bind(problem.as_str())
            .fetch_optional(conn)
            .await)?;
        // It was cancelled, or its figures were rejected, while the draw failed.
        let Some(failures) = failures else { return Ok(()) };
        let again = now.plus_micros(pause_micros(failures));
        on!(tx, |conn| sqlx::query(AGAIN)
            .bind(task.as_str())
            .bind(again.micros())
            .execute(conn)
            .await
            .map(drop))?;
        Ok(tx.commit().await?)
    }
}

/// The pause before the next try: two seconds, doubled after each further failure, at most an hour.
fn pause_micros(failures: i64) -> i64 {
    const LONGEST: i64 = 3600 * 1_000_000;
    let doubled =
        u32::try_from(failures).ok().and_then(|failures| 1_000_000_i64.checked_shl(failures.min(20)));
    doubled.unwrap_or(LONGEST).min(LONGEST)
}

/// The tasks whose draw is due and whose figures are held no longer, the earliest first.
async fn due(db: &Db, now: MicrosUtc) -> Result<Vec<TaskName>, Common> {
    const SQL: &str = "
        SELECT name FROM task
        WHERE state = 'PoolSnapshotted' AND entropy_digits <> '' AND draw_at_us <= $1 AND held_until_us <= $1 AND draw_again_us <= $1
        ORDER BY draw_at_us, name LIMIT CAST($2 AS BIGINT)";
    let names: Vec<String> =
        on!(db, |pool| sqlx::query_scalar(SQL).bind(now.micros()).bind(MOST_DRAWS).fetch_all(pool).await)?;
    let name = |text: String| TaskName::parse(&text).map_err(|problem| Common::corrupt(problem.to_string()));
    names.into_iter().map(name).collect()
}
