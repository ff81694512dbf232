//! Freezing the pool and announcing the draw, in one transaction.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate};
use contract::inspection::v1 as pb;
use crypto::draw::{Basis, Plan, Secret};
use db::{Tx, on};
use domain::{DivisionCode, MicrosUtc, Uscc, shanghai_date};
use service::Error as Common;
use service::idempotency::Claim;

use super::ceremony::Happened;
use super::{Act, Store, frozen, inspector, plan, secret, target, task, task_row};
use crate::convert::task::task_to_pb;
use crate::domain::plan::PlanRules;
use crate::domain::{Announcing, Candidate, Frozen, Strata, Task, TaskName};
use crate::error::Error;
use crate::machines::task::{Event, TASK};

/// Kind of the event that seals the announcement.
const ANNOUNCED: &str = "inspection.draw.announced";
/// Tag of registration states in which nothing can be inspected; they leave the denominator.
pub(super) const NOT_CHECKABLE: &str = "not_checkable";
/// Shanghai's distance from UTC, in which an announcement writes its instant.
const SHANGHAI_SECONDS: i32 = 8 * 3600;

#[derive(sqlx::FromRow)]
struct CandidateRow {
    uscc: String,
    division: String,
    registration_state: String,
    scheme: Option<String>,
    code: Option<String>,
    attention: bool,
}

impl Store {
    /// Freezes pool, strata and inspectors, makes the secret and seals the announcement that commits to them all. An attempt after
    /// one that failed keeps the pool: else who does not like a draw could try for another.
    ///
    /// # Errors
    /// [`Error::PoolEmpty`], [`Error::LeadNotDrawn`], [`Error::LeadCancelled`], [`Error::DrawNotInFuture`], [`Error::Strata`],
    /// [`Error::Draw`].
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
        task.pool_size = announcement.header().pool_size;
        task_row::update(&mut tx, &mut task).await?;
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

    /// Whom a task whose draw is on `draw_day` could visit.
    pub(super) async fn visitable(
        &self,
        tx: &mut Tx,
        task: &Task,
        (draw_day, today): (NaiveDate, NaiveDate),
    ) -> Result<Vec<Candidate>, Error> {
        let mut candidates = self.candidates(tx, task, today).await?;
        candidates.retain(|one| task.scope.covers(&one.division));
        if let Some(visited) = target::of(tx, task).await? {
            candidates.retain(|one| visited.contains(one.uscc.as_str()));
        }
        if let Some(counted) = task.scope.counted_already(draw_day.year()) {
            self.keep_below_cap(tx, &mut candidates, counted, (draw_day, today)).await?;
        }
        Ok(candidates)
    }

    /// The enterprises with a mark of the field in force and a registration under which they can be inspected.
    async fn candidates(&self, tx: &mut Tx, task: &Task, today: NaiveDate) -> Result<Vec<Candidate>, Common> {
        const SQL: &str = "
            SELECT m.uscc, s.division, s.registration_state, c.scheme, c.code,
                EXISTS (
                    SELECT 1 FROM subject_attention a
                    WHERE a.uscc = m.uscc AND a.field = m.field AND a.on_until >= $2
                ) AS attention
            FROM subject_mark m
            JOIN subject s ON s.uscc = m.uscc
            LEFT JOIN subject_class c ON c.field = m.field AND c.uscc = m.uscc
            WHERE m.field = $1 AND m.in_force";
        let field = task.scope.field.as_str();
        let rows: Vec<CandidateRow> =
            on!(tx, |conn| sqlx::query_as(SQL).bind(field).bind(today).fetch_all(conn).await)?;
        let closed: Vec<&str> = self
            .book
            .codes("registration_state", today)
            .filter(|code| code.has_tag(NOT_CHECKABLE))
            .map(|code| code.code.as_str())
            .collect();
        let open = |row: &CandidateRow| !closed.contains(&row.registration_state.as_str());
        rows.into_iter().filter(open).map(Candidate::try_from).collect()
    }
}

impl Store {
    /// Keeps those whose annual cap leaves room for a visit on the day of the draw, of which `counted` are counted for the task already.
    /// A cap that nobody has set leaves everybody room.
    async fn keep_below_cap(
        &self,
        tx: &mut Tx,
        candidates: &mut Vec<Candidate>,
        counted: u32,
        (draw_day, today): (NaiveDate, NaiveDate),
    ) -> Result<(), Error> {
        let rules = PlanRules::on(&self.book, draw_day.year(), BTreeMap::new(), today)?;
        if let Some(cap) = rules.cap {
            let subjects = plan::subjects(tx, &self.book, &rules, today).await?;
            let used_up = subjects.into_iter().filter(|subject| subject.other_checks >= cap + counted);
            let used_up: HashSet<Uscc> = used_up.map(|subject| subject.uscc).collect();
            candidates.retain(|one| !used_up.contains(&one.uscc));
        }
        Ok(())
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

impl TryFrom<CandidateRow> for Candidate {
    type Error = Common;

    fn try_from(row: CandidateRow) -> Result<Self, Common> {
        let of = |problem: String| Common::corrupt(format!("subject {}: {problem}", row.uscc));
        Ok(Self {
            uscc: Uscc::parse(&row.uscc).map_err(|problem| of(problem.to_string()))?,
            division: DivisionCode::parse(&row.division).map_err(|problem| of(problem.to_string()))?,
            class: row.scheme.zip(row.code),
            attention: row.attention,
        })
    }
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
