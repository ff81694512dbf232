//! Giving a task up before anybody was visited for it. What was announced and drawn stays on record, and its proof says that it came to
//! nothing.

use contract::inspection::v1 as pb;
use db::{Tx, on};
use service::idempotency::Claim;

use super::ceremony::Happened;
use super::lapse::{Moot, lapse};
use super::{Act, Store, entropy, task, task_row};
use crate::convert::task::task_to_pb;
use crate::domain::TaskName;
use crate::error::Error;
use crate::machines::task::{Event, TASK};

/// Kind of the event that tells it.
const CANCELLED: &str = "inspection.task.cancelled";

impl Store {
    /// Cancels a task for a reason. Visits that were drawn are not made; whom they hit stays undisclosed.
    ///
    /// # Errors
    /// [`Error::VisitsBegun`] once inspectors have entered anywhere; the refusal of four eyes when the caller announced the last draw,
    /// and of the machine when it is drawn and the caller is not of the office that coordinates.
    pub async fn cancel_task(
        &self,
        act: &Act<'_>,
        body: &pb::CancelTaskRequest,
        name: &TaskName,
        reason: String,
    ) -> Result<pb::Task, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = act.claim(&mut tx, body).await? {
            return Ok(answer);
        }
        let mut task = task::read(&mut tx, name).await?;
        let actor = act.caller.actor().on_proposal_of(&task.announced_by);
        let step = TASK.step(task.state, Event::Cancel, &actor)?;
        if remove_visits(&mut tx, name).await? > 0 {
            return Err(Error::VisitsBegun(name.clone()));
        }
        self.follow_task(&mut tx, act, (&step, &task)).await?;
        lapse(&mut tx, act, Moot::Task(name)).await?;
        task.state = step.to;
        task.cancelled_for = reason;
        task_row::update(&mut tx, &mut task).await?;
        self.show(&mut tx, act, (Happened::Cancelled, &task), &task.cancelled_for).await?;
        let announcement_hash = match task.announcement.is_empty() {
            true => String::new(),
            false => entropy::announcement(&task)?.hash().to_hex(),
        };
        let payload = pb::TaskCancelled {
            attempt: i32::try_from(task.attempt).unwrap_or(i32::MAX),
            announcement_hash,
            result_hash: task.result_hash.clone(),
            reason: task.cancelled_for.clone(),
        };
        self.emit(&mut tx, act, (CANCELLED, name.to_string(), act.today), &payload).await?;
        Ok(act.answer(tx, task_to_pb(&task)).await?)
    }
}

/// Removes the visits of a task that have not begun. Returns how many are left.
async fn remove_visits(tx: &mut Tx, task: &TaskName) -> Result<i64, sqlx::Error> {
    const REMOVE: &str =
        "DELETE FROM visit WHERE task = $1 AND state = 'NotEntered' AND scanned_in_us IS NULL";
    const LEFT: &str = "SELECT COUNT(*) FROM visit WHERE task = $1";
    let task = task.to_string();
    on!(tx, |conn| sqlx::query(REMOVE).bind(task.as_str()).execute(conn).await.map(drop))?;
    on!(tx, |conn| sqlx::query_scalar(LEFT).bind(task.as_str()).fetch_one(conn).await)
}
