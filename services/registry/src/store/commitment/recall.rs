//! Taking letters back that were sent by mistake, before they are signed.

use contract::registry::v1 as pb;
use service::idempotency::Claim;

use super::step::{LetterRequest, MovedLetter};
use crate::error::Error;
use crate::machines::commitment::Event;
use crate::store::{Act, Store};

impl Store {
    /// Lets a letter lapse that was sent by mistake, for a reason that is told with it: another may be sent.
    ///
    /// # Errors
    /// [`CommitmentError::NotFound`](crate::CommitmentError::NotFound), field or division not the caller's, a step that the table
    /// refuses, such as for a letter that is signed.
    pub async fn recall_commitment(
        &self,
        request: &LetterRequest<'_, pb::RecallCommitmentRequest>,
        reason: &str,
        act: &Act,
    ) -> Result<pb::Commitment, Error> {
        let (mut tx, before, claimed) = self.begin_step(request, act).await?;
        if let Claim::Repeat(answer) = claimed {
            return Ok(answer);
        }
        let letter = &before.commitment;
        let step = self.step_of(request.caller, letter, Event::Recall, ("", None))?;
        let after = letter.moved(step.to, act.today, act.now);
        let moved = MovedLetter { before: &before, after, step, reason, owner: &letter.office };
        let answer = self.write_letter(&mut tx, act, moved).await?;
        request.answer(tx, answer).await
    }
}
