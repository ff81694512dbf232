//! Recording the published figures.

use contract::inspection::v1 as pb;
use crypto::draw::{Announcement, Entropy, EntropyRefused};
use service::Error as Common;
use service::idempotency::Claim;

use super::ceremony::Happened;
use super::{Act, Store, task, task_row};
use crate::convert::task::task_to_pb;
use crate::domain::{Task, TaskName};
use crate::error::Error;
use crate::machines::task::{Event, TASK};

/// Kind of the event that seals the figures.
const RECORDED: &str = "inspection.entropy.recorded";

impl Store {
    /// Puts the figures of the announced round, or of its fallback, on record. Recorded again before the draw, the latest
    /// figures hold: a misreading can be mended as long as nothing follows from it.
    ///
    /// # Errors
    /// [`Error::EntropyTooEarly`] before the announced moment of the draw; [`Error::EntropyMalformed`]; the refusal of four
    /// eyes when the caller announced the draw.
    pub async fn record_entropy(
        &self,
        act: &Act<'_>,
        body: &pb::RecordEntropyRequest,
        name: &TaskName,
        round: &str,
    ) -> Result<pb::Task, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = act.claim(&mut tx, body).await? {
            return Ok(answer);
        }
        let mut task = task::read(&mut tx, name).await?;
        let actor = act.caller.actor().on_proposal_of(&task.announced_by);
        let step = TASK.step(task.state, Event::RecordEntropy, &actor)?;
        if !task.draw_has_come(act.now) {
            let draw_at = task.draw_at.unwrap_or(act.now);
            return Err(Error::EntropyTooEarly { task: name.clone(), draw_at });
        }
        let entropy = read_figures(&task, round, &body.published_figures)?;
        task.state = step.to;
        task.entropy_round = entropy.round().to_owned();
        task.entropy_digits = entropy.digits().to_owned();
        task_row::update(&mut tx, &mut task).await?;
        self.show(&mut tx, act, (Happened::EntropyRecorded, &task)).await?;
        let payload = pb::EntropyRecorded {
            attempt: i32::try_from(task.attempt).unwrap_or(i32::MAX),
            round: task.entropy_round.clone(),
            entropy: task.entropy_digits.clone(),
        };
        self.emit(&mut tx, act, (RECORDED, name.to_string(), act.today), &payload).await?;
        Ok(act.answer(tx, task_to_pb(&task)).await?)
    }
}

/// The announcement as sealed.
pub(super) fn announcement(task: &Task) -> Result<Announcement, Common> {
    let parsed = Announcement::parse(&task.announcement);
    parsed.map_err(|problem| Common::corrupt(format!("{}: announcement: {problem}", task.name)))
}

/// Reads figures by the announced rule, of an announced round.
fn read_figures(task: &Task, round: &str, figures: &str) -> Result<Entropy, Error> {
    let announcement = announcement(task)?;
    let plan = &announcement.header().plan;
    if round != plan.entropy_round && round != plan.fallback_round {
        return Err(Error::EntropyMalformed(EntropyRefused::OtherRound {
            found: round.to_owned(),
            announced: plan.entropy_round.clone(),
            fallback: plan.fallback_round.clone(),
        }));
    }
    plan.entropy_rule.read(round, figures).map_err(Error::EntropyMalformed)
}

/// The figures on record.
///
/// # Errors
/// [`Error::DrawTooEarly`] when there are none.
pub(super) fn recorded(task: &Task) -> Result<Entropy, Error> {
    if task.entropy_digits.is_empty() {
        let waits_for = "the published figures are not on record".to_owned();
        return Err(Error::DrawTooEarly { task: task.name.clone(), waits_for });
    }
    Ok(Entropy::of_digits(&task.entropy_round, &task.entropy_digits)
        .map_err(|problem| Common::corrupt(format!("{}: figures: {problem}", task.name)))?)
}
