//! Closing a task: the drawn list is disclosed, where there is one.

use contract::inspection::v1 as pb;
use db::Tx;
use service::Error as Common;
use service::idempotency::Claim;
use service::machine::Actor;

use super::ceremony::Happened;
use super::{Act, Store, proof, task, task_row, visit};
use crate::convert::task::task_to_pb;
use crate::domain::{Task, TaskName};
use crate::error::Error;
use crate::machines::task::{Event, TASK};

/// Kind of the event that discloses the drawn list.
const CLOSED: &str = "inspection.task.closed";
/// Largest proof that an event carries, in bytes: readers take events in batches of bounded size.
const LARGEST_IN_EVENT: usize = 1 << 20;

impl Store {
    /// Closes a task all of whose visits have a final, approved result, and discloses the drawn list; or one for which no draw is
    /// announced and nobody is left to visit.
    ///
    /// # Errors
    /// [`Error::ResultsIncomplete`]; the refusal of the machine while somebody could be visited.
    pub async fn close_task(
        &self,
        act: &Act<'_>,
        body: &pb::CloseTaskRequest,
        name: &TaskName,
    ) -> Result<pb::Task, Error> {
        // Computed before the transaction, for this revision of the task: a replacement would make it another one.
        let before = self.task(name).await?;
        let drawn = before.state.is_drawn() && !before.result_hash.is_empty();
        let proof = if drawn { Some(self.disclosed_proof(name).await?) } else { None };
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = act.claim(&mut tx, body).await? {
            return Ok(answer);
        }
        let mut task = task::read(&mut tx, name).await?;
        let revision = task.revision;
        let open = visit::count_open(&mut tx, name).await?;
        if open > 0 {
            return Err(Error::ResultsIncomplete { task: name.clone(), open });
        }
        if task.state.awaits_results() {
            let step = TASK.step(task.state, Event::CompleteResults, &Actor::system())?;
            self.follow_task(&mut tx, act, (&step, &task)).await?;
            task.state = step.to;
        }
        if task.state.awaits_announcement()
            && self.visitable(&mut tx, &task, (act.today, act.today)).await?.is_empty()
        {
            let step = TASK.step(task.state, Event::Drop, &act.caller.actor())?;
            self.follow_task(&mut tx, act, (&step, &task)).await?;
            task.state = step.to;
            return self.disclose(tx, act, task, Vec::new()).await;
        }
        let step = TASK.step(task.state, Event::Close, &act.caller.actor())?;
        self.follow_task(&mut tx, act, (&step, &task)).await?;
        task.state = step.to;
        if task.scope.clue.is_some() {
            return self.disclose(tx, act, task, Vec::new()).await;
        }
        let proof = proof.filter(|_| before.revision == revision).ok_or(Common::Contended)?;
        self.disclose(tx, act, task, proof).await
    }

    /// Writes a closed task and tells its proof; there is none where nothing was drawn.
    async fn disclose(
        &self,
        mut tx: Tx,
        act: &Act<'_>,
        mut task: Task,
        proof: Vec<u8>,
    ) -> Result<pb::Task, Error> {
        task_row::update(&mut tx, &mut task).await?;
        self.show(&mut tx, act, (Happened::Closed, &task), "").await?;
        let proof_digest = match proof.is_empty() {
            true => String::new(),
            false => crypto::sm3::digest(&proof).to_hex(),
        };
        proof::keep(&mut tx, &task.name, &proof).await?;
        let public_proof = if proof.len() <= LARGEST_IN_EVENT { proof } else { Vec::new() };
        let payload = pb::TaskClosed { public_proof, proof_digest };
        self.emit(&mut tx, act, (CLOSED, task.name.to_string(), act.today), &payload).await?;
        Ok(act.answer(tx, task_to_pb(&task)).await?)
    }
}
