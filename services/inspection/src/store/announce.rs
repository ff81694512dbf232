//! Freezing the pool and announcing the draw, in one transaction.

use chrono::{DateTime, FixedOffset, NaiveDate};
use contract::inspection::v1 as pb;
use crypto::draw::{Basis, Plan, Secret};
use db::Tx;
use domain::{MicrosUtc, shanghai_date};
use service::FieldErrors;
use service::idempotency::Claim;

use super::ceremony::Happened;
use super::{Act, Store, frozen, inspector, secret, target, task, task_row};
use crate::convert::task::{ENTROPY_SOURCE, task_to_pb};
use crate::domain::{Announcing, Frozen, RoundTimes, Strata, Task, TaskName, round_times};
use crate::error::Error;
use crate::machines::task::{Event, TASK};

/// Kind of the event that seals the announcement.
const ANNOUNCED: &str = "inspection.draw.announced";
/// Tag of a source whose figures whoever demonstrates chooses.
const DEMONSTRATION: &str = "demo";
/// Shanghai's distance from UTC, in which an announcement writes its instant.
const SHANGHAI_SECONDS: i32 = 8 * 3600;

impl Store {
    /// Freezes pool, strata and inspectors, makes the secret and seals the announcement that commits to them all. An attempt after
    /// one that failed keeps the pool: else who does not like a draw could try for another.
    ///
    /// # Errors
    /// [`Error::PoolEmpty`], [`Error::LeadNotDrawn`], [`Error::LeadCancelled`], [`Error::DrawNotInFuture`], [`Error::Strata`],
    /// [`Error::Draw`]; a round that may have taken place, or comes after the draw, is an invalid field, and so is a source for
    /// demonstrations where none are given.
    pub async fn announce_draw(
        &self,
        act: &Act<'_>,
        body: &pb::AnnounceDrawRequest,
        name: &TaskName,
        announcing: &Announcing,
    ) -> Result<pb::Task, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = act.claim(&mut tx, body).await? {
            return Ok(answer);
        }
        let mut task = task::read(&mut tx, name).await?;
        let step = TASK.step(task.state, Event::Announce, &act.caller.actor())?;
        if announcing.draw_at <= act.now {
            return Err(Error::DrawNotInFuture { draw_at: announcing.draw_at });
        }
        let rounds = self.rounds(announcing, act)?;
        let secret = self.randomness.secret();
        let frozen = match task.attempt {
            0 => self.freeze(&mut tx, &task, announcing, &secret, act.today).await?,
            _ => freeze_again(&mut tx, &task, announcing, &secret).await?,
        };
        if task.attempt == 0 {
            frozen::save_pool(&mut tx, name, &frozen).await?;
        }
        task.attempt += 1;
        task.failure = String::new();
        let basis = basis_of(&task, target::lead(&mut tx, &task).await?.as_ref());
        let announcement = frozen.announce(&plan_of(&task, announcing)?, basis, &secret)?;
        task.state = step.to;
        task.disclosure = announcement.header().disclosure.to_string();
        task.announcement = announcement.text().to_owned();
        task.announced_by = act.caller.subject().to_owned();
        task.draw_at = Some(announcing.draw_at);
        task.rounds = rounds;
        task.pool_size = announcement.header().pool_size;
        task_row::update(&mut tx, &mut task).await?;
        // Nobody can record figures before the moment of the draw.
        self.follow_task_from(&mut tx, act, (&step, &task), shanghai_date(announcing.draw_at)).await?;
        frozen::save_attempt(&mut tx, &task, &frozen).await?;
        secret::keep(&mut tx, &task, &secret).await?;
        self.show(&mut tx, act, (Happened::Announced, &task), "").await?;
        let payload = pb::DrawAnnounced {
            announcement: task.announcement.clone(),
            field: task.scope.field.to_string(),
        };
        self.emit(&mut tx, act, (ANNOUNCED, name.to_string(), act.today), &payload).await?;
        Ok(act.answer(tx, task_to_pb(&task)).await?)
    }

    /// When the rounds take place: the one that decides lies in the future, and not behind the draw. Of a source whose figures nobody can
    /// choose, unless the service was started for demonstrations.
    fn rounds(&self, announcing: &Announcing, act: &Act<'_>) -> Result<RoundTimes, Error> {
        let source = self.book.code(ENTROPY_SOURCE, &announcing.source, act.today);
        if !self.demonstrations && source.is_some_and(|source| source.has_tag(DEMONSTRATION)) {
            let problem =
                format!("`{}` is for demonstrations, which this service does not give", announcing.source);
            return Err(FieldErrors::one("entropy_source", problem).into());
        }
        let mut errors = FieldErrors::default();
        let times = round_times(announcing, &self.book, act.now).unwrap_or_else(|problems| {
            problems.into_iter().for_each(|(path, problem)| errors.push(path, problem));
            RoundTimes::default()
        });
        errors.into_result()?;
        Ok(times)
    }

    async fn freeze(
        &self,
        tx: &mut Tx,
        task: &Task,
        announcing: &Announcing,
        secret: &Secret,
        today: NaiveDate,
    ) -> Result<Frozen, Error> {
        let strata = Strata::on(task.scope.stratify, &self.book, today)?;
        let candidates = self.visitable(tx, task, (shanghai_date(announcing.draw_at), today)).await?;
        let inspectors = inspector::directory(tx).await?;
        let recusals = inspector::recusals(tx).await?;
        let draw_day = shanghai_date(announcing.draw_at);
        let frozen = Frozen::new(&task.scope, &candidates, &strata, &inspectors, &recusals, secret, draw_day);
        if frozen.objects.is_empty() { Err(Error::PoolEmpty(task.name.clone())) } else { Ok(frozen) }
    }
}

/// On what the chances of a task rest: of one that joins visits, on what the list of these rests.
fn basis_of(task: &Task, lead: Option<&Task>) -> Basis {
    match lead {
        Some(lead) if !lead.is_public() => Basis::Internal,
        _ => task.scope.basis(),
    }
}

/// The pool that an earlier attempt has frozen, with the inspectors of now.
async fn freeze_again(
    tx: &mut Tx,
    task: &Task,
    announcing: &Announcing,
    secret: &Secret,
) -> Result<Frozen, Error> {
    let pool = frozen::load_pool(tx, &task.name).await?;
    let inspectors = inspector::directory(tx).await?;
    let recusals = inspector::recusals(tx).await?;
    let draw_day = shanghai_date(announcing.draw_at);
    Ok(pool.staffed(&task.scope.field, &inspectors, &recusals, secret, draw_day))
}

/// What the announcement says besides what is computed.
fn plan_of(task: &Task, announcing: &Announcing) -> Result<Plan, Error> {
    Ok(Plan {
        task: task.name.to_string(),
        attempt: task.attempt,
        inspectors_per_object: task.scope.per_object,
        lead_office: task.scope.lead_office.to_string(),
        entropy_source: announcing.source.clone(),
        entropy_round: announcing.round.clone(),
        entropy_rule: announcing.rule,
        fallback_round: announcing.fallback.clone(),
        draw_at: in_shanghai(announcing.draw_at)
            .ok_or(Error::DrawNotInFuture { draw_at: announcing.draw_at })?,
    })
}

/// The instant with Shanghai's offset; `None` beyond the years that chrono can write.
fn in_shanghai(instant: MicrosUtc) -> Option<DateTime<FixedOffset>> {
    Some(instant.to_datetime()?.with_timezone(&FixedOffset::east_opt(SHANGHAI_SECONDS)?))
}
