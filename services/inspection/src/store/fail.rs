//! The end of an attempt that cannot be completed (design §9: an attempt without a result is published as failed).

use contract::inspection::v1 as pb;
use crypto::draw::Infeasible;
use service::machine::Actor;

use super::ceremony::Happened;
use super::{Act, Store, entropy, task_row};
use crate::domain::Task;
use crate::error::Error;
use crate::machines::task::{Event, TASK};

/// Kind of the event that seals the failure.
const FAILED: &str = "inspection.draw.failed";
/// Longest failure kept with the task, in characters.
const LONGEST_FAILURE: usize = 1_000;

impl Store {
    /// Seals that the present attempt of a task, as it was read, failed for lack of inspectors. Returns the refusal to answer with.
    ///
    /// # Errors
    /// [`service::Error::Contended`] when the task has changed since it was read.
    pub(super) async fn fail_draw(
        &self,
        act: &Act<'_>,
        read: &Task,
        missing: &Infeasible,
    ) -> Result<Error, Error> {
        let payload = pb::DrawFailed {
            attempt: i32::try_from(read.attempt).unwrap_or(i32::MAX),
            announcement_hash: entropy::announcement(read)?.hash().to_hex(),
            entropy: read.entropy_digits.clone(),
            unfilled: i64::try_from(missing.shortages.len()).unwrap_or(i64::MAX),
        };
        let failure: String = missing.to_string().chars().take(LONGEST_FAILURE).collect();
        let mut task = read.clone();
        task.state = TASK.step(task.state, Event::FailDraw, &Actor::system())?.to;
        task.withdraw_announcement(failure.clone());
        let mut tx = self.db.begin_write().await?;
        task_row::update(&mut tx, &mut task).await?;
        // As it was announced: the task itself has nothing announced any more.
        self.show(&mut tx, act, (Happened::Failed, read), "").await?;
        self.emit(&mut tx, act, (FAILED, task.name.to_string(), act.today), &payload).await?;
        tx.commit().await?;
        Ok(Error::AssignmentInfeasible(failure))
    }
}
