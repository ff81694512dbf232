//! Closing a task: the drawn list is disclosed.

use contract::inspection::v1 as pb;
use service::Error as Common;
use service::idempotency::Claim;
use service::machine::Actor;

use super::ceremony::Happened;
use super::{Act, Store, task, task_row, visit};
use crate::convert::task::task_to_pb;
use crate::domain::TaskName;
use crate::error::Error;
use crate::machines::task::{Event, TASK};

/// Kind of the event that discloses the drawn list.
const CLOSED: &str = "inspection.task.closed";
/// Largest proof that an event carries, in bytes: readers take events in batches of bounded size.
const LARGEST_IN_EVENT: usize = 1 << 20;

impl Store {
    /// Closes a task all of whose visits have a final, approved result, and discloses the drawn list.
    ///
    /// # Errors
    /// [`Error::ResultsIncomplete`].
    pub async fn close_task(
        &self,
        act: &Act<'_>,
        body: &pb::CloseTaskRequest,
        name: &TaskName,
    ) -> Result<pb::Task, Error> {
        // Computed before the transaction: what the proof rests on cannot change after the draw.
        let drawn = self.task(name).await?.state.is_drawn();
        let proof = if drawn { Some(self.disclosed_proof(name).await?) } else { None };
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = act.claim(&mut tx, body).await? {
            return Ok(answer);
        }
        let mut task = task::read(&mut tx, name).await?;
        let open = visit::count_open(&mut tx, name).await?;
        if open > 0 {
            return Err(Error::ResultsIncomplete { task: name.clone(), open });
        }
        if task.state.awaits_results() {
            let step = TASK.step(task.state, Event::CompleteResults, &Actor::system())?;
            self.follow_task(&mut tx, act, (&step, &task)).await?;
            task.state = step.to;
        }
        task.state = TASK.step(task.state, Event::Close, &act.caller.actor())?.to;
        let proof = proof.ok_or(Common::Contended)?;
        task_row::update(&mut tx, &mut task).await?;
        self.show(&mut tx, act, (Happened::Closed, &task)).await?;
        let proof_digest = crypto::sm3::digest(&proof).to_hex();
        let public_proof = if proof.len() <= LARGEST_IN_EVENT { proof } else { Vec::new() };
        let payload = pb::TaskClosed { public_proof, proof_digest };
        self.emit(&mut tx, act, (CLOSED, name.to_string(), act.today), &payload).await?;
        Ok(act.answer(tx, task_to_pb(&task)).await?)
    }
}
