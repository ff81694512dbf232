//! Checks of letters: begun by an inspection, concluded by what it found.

use contract::registry::v1 as pb;
use prost::Message;
use service::idempotency::Claim;

use super::breach::SUSPECTED;
use super::breach_row::{insert, last_breach};
use super::step::{LetterRequest, MovedLetter, Told};
use crate::domain::{Breach, BreachKey, Commitment, CommitmentView};
use crate::error::Error;
use crate::machines::commitment::Event;
use crate::store::{Act, Store};

/// What an inspection found.
#[derive(Clone, Debug)]
pub struct Found {
    /// Whether the letter is kept.
    pub kept: bool,
    /// What was found.
    pub finding: String,
}

impl Store {
    /// Includes a letter in the inspection `task`.
    ///
    /// # Errors
    /// As [`Store::publish_commitment`].
    pub async fn begin_check<B: Message>(
        &self,
        request: &LetterRequest<'_, B>,
        task: &str,
        act: &Act,
    ) -> Result<pb::Commitment, Error> {
        let (mut tx, before, claimed) = self.begin_step(request, act).await?;
        if let Claim::Repeat(answer) = claimed {
            return Ok(answer);
        }
        let letter = &before.commitment;
        let step = self.step_of(request.caller, letter, Event::Include, ("", None))?;
        let after = letter.moved(step.to, act.today, act.now);
        let after = Commitment { check_task: task.to_owned(), ..after };
        let moved = MovedLetter { before: &before, after, step, reason: "", owner: &letter.office };
        let answer = self.write_letter(&mut tx, act, moved).await?;
        request.answer(tx, answer).await
    }

    /// Records what the inspection found. What is untrue or broken opens a breach, once, in the same transaction.
    ///
    /// # Errors
    /// As [`Store::publish_commitment`].
    pub async fn conclude_check<B: Message>(
        &self,
        request: &LetterRequest<'_, B>,
        found: &Found,
        act: &Act,
    ) -> Result<pb::Commitment, Error> {
        let (mut tx, before, claimed) = self.begin_step(request, act).await?;
        if let Claim::Repeat(answer) = claimed {
            return Ok(answer);
        }
        let letter = &before.commitment;
        let event = if found.kept { Event::Keep } else { Event::Suspect };
        let step = self.step_of(request.caller, letter, event, ("", None))?;
        let after = letter.moved(step.to, act.today, act.now);
        // What is suspected waits for the office that found it, as all that follows does.
        let owner = if found.kept { &letter.office } else { request.caller.office() };
        let reason = found.finding.as_str();
        let moved = MovedLetter { before: &before, after, step, reason, owner };
        let answer = if found.kept {
            self.write_letter(&mut tx, act, moved).await?
        } else {
            self.save_letter(&mut tx, act, &moved).await?;
            let view = CommitmentView { commitment: moved.after, ..before.clone() };
            let told = Told { previous_state: Some(letter.state), reason, context: &act.context };
            let answer = self.tell(&mut tx, act, &view, told).await?;
            let number =
                last_breach(&mut tx, &view.commitment.key).await?.map_or(1, |last| last.key.number + 1);
            let key = BreachKey { letter: view.commitment.key.clone(), number };
            let (office, task) = (request.caller.office().clone(), view.commitment.check_task.clone());
            let breach = Breach::found(key, office, task, found.finding.clone(), act.today);
            insert(&mut tx, &breach).await?;
            self.tell_breach(&mut tx, act, (&view, &breach), (SUSPECTED, "")).await?;
            answer
        };
        request.answer(tx, answer).await
    }
}
