//! Recording the published figures, and taking them back while nothing follows from them.
//!
//! Recorded figures are held: the system draws by them only after the time that the rulebook names, and before only another person
//! than recorded them may have them drawn.

use contract::inspection::v1 as pb;
use crypto::draw::{Announcement, Entropy, EntropyRefused};
use service::idempotency::Claim;
use service::{Error as Common, FieldErrors};

use super::ceremony::Happened;
use super::{Act, Store, task, task_row};
use crate::convert::task::task_to_pb;
use crate::domain::{Task, TaskName, check_void_reason};
use crate::error::Error;
use crate::machines::task::{Event, TASK};

/// Kind of the event that seals the figures.
const RECORDED: &str = "inspection.entropy.recorded";
/// Kind of the event that takes them back.
const REJECTED: &str = "inspection.entropy.rejected";
/// Parameter of the rulebook: minutes for which figures are held.
const HOLD: &str = "inspection.entropy.hold";
/// Microseconds of a minute.
const MINUTE: i64 = 60 * 1_000_000;

impl Store {
    /// Puts the figures of the announced round, or of its fallback, on record, and holds them. Others take their place only after they
    /// were rejected. Those of the fallback come with the reason why the first round did not take place: else who knows the figures of
    /// both could choose.
    ///
    /// # Errors
    /// [`Error::EntropyTooEarly`] before the announced moment of the draw; [`Error::EntropyBeforeRound`]; [`Error::EntropyMalformed`];
    /// [`Error::EntropyOnRecord`]; more or fewer digits than the source gives, and a reason that is missing or has no place, are invalid
    /// fields; the refusal of four eyes when the caller announced the draw.
    pub async fn record_entropy(
        &self,
        act: &Act<'_>,
        body: &pb::RecordEntropyRequest,
        name: &TaskName,
        (round, first_void): (&str, &str),
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
        if !task.entropy_digits.is_empty() {
            return Err(Error::EntropyOnRecord(name.clone()));
        }
        let entropy = self.read_figures(&task, (round, &body.published_figures), first_void, act)?;
        let minutes = self.book.integer(HOLD, act.today).map_err(Common::from)?;
        task.state = step.to;
        task.entropy_round = entropy.round().to_owned();
        task.entropy_digits = entropy.digits().to_owned();
        task.first_round_void = first_void.to_owned();
        task.recorded_by = act.caller.subject().to_owned();
        task.held_until = Some(act.now.plus_micros(minutes.saturating_mul(MINUTE)));
        task_row::update(&mut tx, &mut task).await?;
        self.follow_task(&mut tx, act, (&step, &task)).await?;
        self.show(&mut tx, act, (Happened::EntropyRecorded, &task), "").await?;
        let payload = pb::EntropyRecorded {
            attempt: i32::try_from(task.attempt).unwrap_or(i32::MAX),
            round: task.entropy_round.clone(),
            entropy: task.entropy_digits.clone(),
            first_round_void_reason: task.first_round_void.clone(),
        };
        self.emit(&mut tx, act, (RECORDED, name.to_string(), act.today), &payload).await?;
        Ok(act.answer(tx, task_to_pb(&task)).await?)
    }

    /// Takes misread figures off the record while they are held, with the reason. They may be recorded anew. Once they were held for their
    /// time they stand, whatever keeps the draw: those of the first round never give way to the fallback.
    ///
    /// # Errors
    /// [`Error::NoEntropy`]; [`Error::EntropyConfirmed`]; the refusal of four eyes when the caller announced the draw, of the machine once it
    /// has been run.
    pub async fn reject_entropy(
        &self,
        act: &Act<'_>,
        body: &pb::RejectEntropyRequest,
        name: &TaskName,
        reason: &str,
    ) -> Result<pb::Task, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = act.claim(&mut tx, body).await? {
            return Ok(answer);
        }
        let mut task = task::read(&mut tx, name).await?;
        let actor = act.caller.actor().on_proposal_of(&task.announced_by);
        let step = TASK.step(task.state, Event::RejectEntropy, &actor)?;
        if task.entropy_digits.is_empty() {
            return Err(Error::NoEntropy(name.clone()));
        }
        if !task.is_held(act.now) {
            return Err(Error::EntropyConfirmed(name.clone()));
        }
        let rejected = task.clone();
        task.state = step.to;
        task.forget_figures();
        task_row::update(&mut tx, &mut task).await?;
        self.follow_task(&mut tx, act, (&step, &task)).await?;
        // With the figures that were rejected: the task has none any more.
        self.show(&mut tx, act, (Happened::EntropyRejected, &rejected), reason).await?;
        let payload = pb::EntropyRejected {
            attempt: i32::try_from(rejected.attempt).unwrap_or(i32::MAX),
            round: rejected.entropy_round,
            entropy: rejected.entropy_digits,
            reason: reason.to_owned(),
        };
        self.emit(&mut tx, act, (REJECTED, name.to_string(), act.today), &payload).await?;
        Ok(act.answer(tx, task_to_pb(&task)).await?)
    }
}

impl Store {
    /// Reads figures by the announced rule, of an announced round that has taken place; of the fallback with the reason why the first has
    /// not.
    fn read_figures(
        &self,
        task: &Task,
        (round, figures): (&str, &str),
        first_void: &str,
        act: &Act<'_>,
    ) -> Result<Entropy, Error> {
        let announcement = announcement(task)?;
        let plan = &announcement.header().plan;
        let (is_fallback, over_at) = if round == plan.entropy_round {
            (false, task.rounds.round_at)
        } else if round == plan.fallback_round {
            (true, task.rounds.both_over_at())
        } else {
            return Err(Error::EntropyMalformed(EntropyRefused::OtherRound {
                found: round.to_owned(),
                announced: plan.entropy_round.clone(),
                fallback: plan.fallback_round.clone(),
            }));
        };
        check_void_reason(is_fallback, first_void)
            .map_err(|problem| FieldErrors::one("first_round_void_reason", problem))?;
        if let Some(over_at) = over_at.filter(|over_at| act.now < *over_at) {
            return Err(Error::EntropyBeforeRound { round: round.to_owned(), over_at });
        }
        let entropy = plan.entropy_rule.read(round, figures).map_err(Error::EntropyMalformed)?;
        let source = self.book.entropy_source(&plan.entropy_source, act.today);
        let (digits, found) = (source.and_then(|source| source.digits), entropy.digits().len());
        match digits.filter(|digits| *digits != found) {
            None => Ok(entropy),
            Some(digits) => {
                let problem = format!("`{}` gives {digits} digits a round, not {found}", plan.entropy_source);
                Err(FieldErrors::one("published_figures", problem).into())
            }
        }
    }
}

/// The announcement as sealed.
pub(super) fn announcement(task: &Task) -> Result<Announcement, Common> {
    let parsed = Announcement::parse(&task.announcement);
    parsed.map_err(|problem| Common::corrupt(format!("{}: announcement: {problem}", task.name)))
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
