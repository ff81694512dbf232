//! Replacements after the draw. Who comes is computed before the transaction, like the draw itself; the transaction only writes it.

use chrono::NaiveDate;
use contract::inspection::v1 as pb;
use crypto::Digest;
use crypto::draw::{self, Drawn, Leaving, ReplacementRefused, Visits, published_hash};
use db::{Tx, on};
use domain::{Uscc, shanghai_date};
use service::Error as Common;
use service::FieldErrors;
use service::fitting::Page;
use service::idempotency::Claim;
use service::machine::Actor;
use service::obligation::{self, Matter};

use super::draw::{NewVisit, input, insert_visits};
use super::lapse::{Moot, lapse};
use super::{
    Act, Cut, Store, inspector, projection, rectification_row, replacement_row as row, task, task_row, visit,
};
use crate::convert::replacement::to_pb;
use crate::domain::replacement::{
    GROUND_SET, NEEDS_CASE, NEEDS_RECUSED, NEEDS_REGISTER, NewReplacement, Replacement, ReplacementName,
};
use crate::domain::{Frozen, InspectorNo, TaskName, Visit, joined};
use crate::error::Error;
use crate::machines::replacement::{Event, REPLACEMENT, State};
use crate::machines::result::{Event as ResultEvent, RESULT};

/// Kind of the event of an approved replacement.
const REPLACED: &str = "inspection.draw.replaced";
/// Parameter of the period in which a case is decided (行政处罚法 art 60).
const CASE_PERIOD: &str = "penalty.case_period";

/// Who comes, computed for one revision of the task.
struct Computed {
    revision: i64,
    came: Came,
}

/// Who comes, with the digests that seal it.
struct Came {
    position: u32,
    next: Next,
    replacements_hash: Digest,
    final_hash: Digest,
}

/// Who comes.
enum Next {
    /// Nobody is left in the stratum.
    Nobody,
    /// Another enterprise.
    Object(NewVisit),
    /// Another inspector.
    Inspector(InspectorNo),
}

impl Store {
    /// Proposes that an enterprise or an inspector gives way, before the visit is made.
    ///
    /// # Errors
    /// [`Error::VisitNotFound`]; [`Error::TaskNotDrawn`]; a ground of another kind, or an inspector who is not on the visit, is an invalid
    /// field; the refusal of the machine when the visit has a result.
    pub async fn propose_replacement(
        &self,
        act: &Act<'_>,
        body: &pb::ProposeReplacementRequest,
        new: NewReplacement,
    ) -> Result<pb::Replacement, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = act.claim(&mut tx, body).await? {
            return Ok(answer);
        }
        let visit = visit::read(&mut tx, &new.visit).await?;
        let task = task::read(&mut tx, &new.visit.task).await?;
        if task.scope.clue.is_some() {
            return Err(Error::TaskNotDrawn(task.name));
        }
        may_give_way(&visit)?;
        let step = REPLACEMENT.step(None::<State>, Event::Propose, &act.caller.actor())?;
        let mut one = Replacement {
            name: ReplacementName { task: new.visit.task.clone(), number: 0 },
            slot: slot_of(&visit, new.inspector.as_ref())?,
            state: step.to,
            proposed_by: act.caller.subject().to_owned(),
            reason: String::new(),
            position: None,
            next: String::new(),
            revision: 1,
            created_at: act.now,
            proposed: new,
        };
        // Whoever makes the proposal moot meanwhile waits, and ends it.
        visit::hold(&mut tx, &visit).await?;
        row::insert(&mut tx, &mut one).await?;
        let subject = one.name.to_string();
        let matter = Matter {
            subject: &subject,
            field: Some(&visit.field),
            division: Some(&visit.division),
            owner: Some(&task.scope.lead_office),
        };
        obligation::follow(&mut tx, &step, &matter, act.caller.subject(), act.today, &self.book).await?;
        Ok(act.answer(tx, to_pb(&one)).await?)
    }

    /// Decides a replacement. Approved, the next one comes: the next ticket of the stratum, or the next inspector of the enterprise.
    ///
    /// # Errors
    /// [`Error::ReplacementNotFound`], [`Error::NotReplaceable`]; the refusal of four eyes when the caller proposed it; a ground that does
    /// not hold is an invalid field.
    pub async fn decide_replacement(
        &self,
        act: &Act<'_>,
        body: &pb::DecideReplacementRequest,
        name: &ReplacementName,
        reason: String,
    ) -> Result<pb::Replacement, Error> {
        let computed = if body.approve { self.compute_replacement(name).await? } else { None };
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = act.claim(&mut tx, body).await? {
            return Ok(answer);
        }
        let mut one = row::find(&mut tx, name).await?;
        let actor = act.caller.actor().on_proposal_of(&one.proposed_by);
        let step = REPLACEMENT.step(one.state, Event::decision(body.approve), &actor)?;
        for kind in step.fulfils {
            obligation::fulfil(&mut tx, &name.to_string(), kind, act.caller.subject(), act.today).await?;
        }
        one.state = step.to;
        one.reason = reason;
        match (body.approve, computed) {
            (false, _) => row::update(&mut tx, &mut one).await?,
            (true, Some(computed)) => self.let_come(&mut tx, act, &mut one, computed).await?,
            (true, None) => return Err(Common::Contended.into()),
        }
        Ok(act.answer(tx, to_pb(&one)).await?)
    }

    /// Writes who comes in place of whom, and seals it.
    async fn let_come(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        one: &mut Replacement,
        Computed { revision, came }: Computed,
    ) -> Result<(), Error> {
        let mut task = task::read(tx, &one.name.task).await?;
        if task.revision != revision {
            return Err(Common::Contended.into());
        }
        let visit = visit::read(tx, &one.proposed.visit).await?;
        may_give_way(&visit)?;
        self.ground_holds(tx, one, &visit, act.today).await?;
        // Another replacement may have come to the slot since this one was proposed: its ground is not theirs.
        if slot_of(&visit, one.proposed.inspector.as_ref())? != one.slot {
            return Err(Common::Contended.into());
        }
        task.final_hash = came.final_hash.to_hex();
        task_row::update(tx, &mut task).await?;
        match &came.next {
            Next::Inspector(no) => {
                one.next = no.to_string();
                put_inspector(tx, &visit, one.slot, no).await?;
            }
            next => {
                visit::remove(tx, &visit).await?;
                if let Next::Object(new) = next {
                    one.next.clone_from(&new.uscc);
                    let position = visit::next_position(tx, &task.name).await?;
                    insert_visits(tx, &task, std::slice::from_ref(new), position).await?;
                }
            }
        }
        one.position = Some(came.position);
        row::update(tx, one).await?;
        // What else was proposed of whoever has given way.
        let moot = match &one.proposed.inspector {
            Some(no) => Moot::Inspector(&visit.name, no),
            None => Moot::Visit(&visit.name),
        };
        lapse(tx, act, moot).await?;
        let payload = pb::DrawReplaced {
            attempt: i32::try_from(task.attempt).unwrap_or(i32::MAX),
            position: i32::try_from(came.position).unwrap_or(i32::MAX),
            replacements_hash: came.replacements_hash.to_hex(),
            final_hash: came.final_hash.to_hex(),
        };
        self.emit(tx, act, (REPLACED, task.name.to_string(), act.today), &payload).await?;
        // Where nobody came, the last open visit may be gone.
        self.complete_if_settled(tx, act, task).await
    }

    /// Whether the ground of a replacement is what register, cases and recusals say: else an enterprise could be spared by a word.
    async fn ground_holds(
        &self,
        tx: &mut Tx,
        one: &Replacement,
        visit: &Visit,
        today: NaiveDate,
    ) -> Result<(), Error> {
        let Some(ground) = self.ground(one) else { return Ok(()) };
        if ground.has_tag(NEEDS_RECUSED) {
            let recused = inspector::all_recused(tx, visit).await?;
            let holds = match &one.proposed.inspector {
                Some(no) => recused.contains(no),
                None => !recused.is_empty(),
            };
            if !holds {
                let problem =
                    format!("nobody who gives way at `{}` is recused from its enterprise", visit.name);
                return Err(FieldErrors::one("ground", problem).into());
            }
        }
        if ground.has_tag(NEEDS_CASE) && !self.has_case(tx, &visit.name.uscc, today).await? {
            let problem = format!("no case about `{}` is on record as in progress", visit.name.uscc);
            return Err(FieldErrors::one("ground", problem).into());
        }
        if ground.has_tag(NEEDS_REGISTER) {
            let state = projection::registration_state(tx, &visit.name.uscc).await?;
            if state.as_deref() != Some(ground.code.as_str()) {
                let problem =
                    format!("the register does not have `{}` as `{}`", visit.name.uscc, ground.code);
                return Err(FieldErrors::one("ground", problem).into());
            }
        }
        Ok(())
    }

    /// Whether a case about an enterprise is in progress: one for the list of serious violators, or one that a visit of ours led to. How the
    /// latter ends is told to nobody here: it counts for the period in which the law has it decided.
    async fn has_case(&self, tx: &mut Tx, uscc: &Uscc, today: NaiveDate) -> Result<bool, Error> {
        if projection::has_case(tx, uscc).await? {
            return Ok(true);
        }
        for opened_on in rectification_row::cases_opened(tx, uscc).await? {
            let last = self.book.deadline(opened_on, CASE_PERIOD)?.due.date();
            if last.is_none_or(|last| today <= last) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn ground(&self, one: &Replacement) -> Option<&rulebook::Code> {
        self.book.code(GROUND_SET, &one.proposed.ground, shanghai_date(one.created_at))
    }

    /// The slots with recused inspectors of an enterprise that is to give way as nobody can take their place; none under other grounds.
    async fn recused_slots(&self, tx: &mut Tx, one: &Replacement) -> Result<Vec<u32>, Error> {
        if one.slot.is_some() || !self.ground(one).is_some_and(|ground| ground.has_tag(NEEDS_RECUSED)) {
            return Ok(Vec::new());
        }
        let visit = visit::read(tx, &one.proposed.visit).await?;
        let recused = inspector::all_recused(tx, &visit).await?;
        let slots = (0u32..).zip(&visit.inspectors).filter(|(_, no)| recused.contains(no));
        Ok(slots.map(|(slot, _)| slot).collect())
    }

    /// Computes who comes; nobody where it was decided before, as by a request that is repeated.
    async fn compute_replacement(&self, name: &ReplacementName) -> Result<Option<Computed>, Error> {
        let mut tx = self.db.begin_read().await?;
        let one = row::find(&mut tx, name).await?;
        if one.state != State::Proposed {
            return Ok(None);
        }
        let task = task::read(&mut tx, &name.task).await?;
        let earlier = leavings(&mut tx, &task.name).await?;
        let recused = self.recused_slots(&mut tx, &one).await?;
        let input = input(&mut tx, &task).await?;
        drop(tx);
        let leaving = one.leaving();
        let came = input
            .run(move |frozen, task, drawn| {
                nobody_is_left((task, drawn), &earlier, (&leaving, recused.as_slice()))?;
                came(frozen, (task, drawn), &earlier, &leaving)
            })
            .await??;
        Ok(Some(Computed { revision: task.revision, came }))
    }

    /// The replacements of a task in the order of their proposals.
    ///
    /// # Errors
    /// What every read can meet.
    pub async fn replacements(&self, task: &TaskName, cut: &Cut) -> Result<Page<Replacement>, Error> {
        let after = cut.behind(|key| key.parse().ok())?.unwrap_or(0);
        let mut tx = self.db.begin_read().await?;
        let rows = row::list(&mut tx, task, (after, cut.size + 1)).await?;
        Ok(cut.page(rows, |last| last.name.number.to_string()))
    }
}

/// Who gave way in a task, in the order of approval.
pub(super) async fn leavings(tx: &mut Tx, task: &TaskName) -> Result<Vec<Leaving>, Common> {
    Ok(row::approved(tx, task).await?.iter().map(Replacement::leaving).collect())
}

/// The visits of a draw after those who gave way.
pub(super) fn replay<'t>(
    (task, drawn): (&draw::Task<'t>, &Drawn),
    leavings: &[Leaving],
) -> Result<Visits<'t>, ReplacementRefused> {
    let mut visits = Visits::drawn(task, drawn);
    leavings.iter().try_for_each(|leaving| visits.replace(leaving).map(drop))?;
    Ok(visits)
}

/// Whether an enterprise gives way only as nobody can take the place of one of its recused inspectors: else one of them gives way.
fn nobody_is_left(
    (task, drawn): (&draw::Task<'_>, &Drawn),
    earlier: &[Leaving],
    (leaving, recused): (&Leaving, &[u32]),
) -> Result<(), Error> {
    for slot in recused {
        let inspector = Leaving { slot: Some(*slot), ..leaving.clone() };
        if replay((task, drawn), earlier)?.replace(&inspector).is_err() {
            return Ok(());
        }
    }
    if recused.is_empty() {
        return Ok(());
    }
    let problem = "others can take the place of the inspectors who are recused: these give way";
    Err(FieldErrors::one("ground", problem).into())
}

/// Who comes after those who gave way earlier.
fn came(
    frozen: &Frozen,
    (task, drawn): (&draw::Task<'_>, &Drawn),
    earlier: &[Leaving],
    leaving: &Leaving,
) -> Result<Came, Error> {
    let mut visits = replay((task, drawn), earlier)?;
    let came = visits.replace(leaving)?.clone();
    let number = |local: &str| {
        let no = frozen.number_of(local).cloned();
        no.ok_or_else(|| Common::corrupt(format!("inspector `{local}` is a stranger")))
    };
    let next = if came.slot.is_some() {
        Next::Inspector(number(&came.next)?)
    } else if came.next.is_empty() {
        Next::Nobody
    } else {
        let inspectors = came.inspectors.iter().map(|local| number(local)).collect::<Result<Vec<_>, _>>()?;
        let place = task.pool.position(&came.next).map(|place| task.pool.entry(place));
        let entry = place.ok_or_else(|| Common::corrupt("a replacement outside the pool"))?;
        Next::Object(NewVisit {
            uscc: came.next,
            field: entry.field.to_owned(),
            division: entry.division.to_owned(),
            inspectors: joined(&inspectors),
        })
    };
    let (entropy, result) = (task.entropy, &drawn.result_hash);
    let published = published_hash(&task.announcement.hash(), entropy.round(), entropy.digits(), result);
    let replacements_hash = draw::replacements_hash(visits.replacements(), task.secret);
    Ok(Came {
        position: u32::try_from(visits.replacements().len()).unwrap_or(u32::MAX),
        next,
        final_hash: draw::final_hash(&published, &replacements_hash),
        replacements_hash,
    })
}

/// Whether somebody may still give way: what was found stays found, and so does who has entered to find it.
fn may_give_way(visit: &Visit) -> Result<(), Error> {
    RESULT.step(visit.state, ResultEvent::GiveWay, &Actor::system())?;
    if visit.scanned_in.is_some() {
        let problem = format!("inspectors have entered with the letter of `{}`", visit.name);
        return Err(FieldErrors::one("visit", problem).into());
    }
    Ok(())
}

/// The slot of an inspector on a visit.
fn slot_of(visit: &Visit, inspector: Option<&InspectorNo>) -> Result<Option<u32>, FieldErrors> {
    let Some(no) = inspector else { return Ok(None) };
    let slot = visit.inspectors.iter().position(|own| own == no).and_then(|slot| u32::try_from(slot).ok());
    let problem = || FieldErrors::one("inspector_no", format!("`{no}` is not on `{}`", visit.name));
    slot.map(Some).ok_or_else(problem)
}

/// Puts an inspector in a slot. Losing against a transaction that changed the visit since it was read is [`Common::Contended`].
async fn put_inspector(
    tx: &mut Tx,
    visit: &Visit,
    slot: Option<u32>,
    no: &InspectorNo,
) -> Result<(), Common> {
    const SQL: &str = "
        UPDATE visit SET inspectors = $4, revision = revision + 1
        WHERE task = $1 AND uscc = $2 AND revision = $3";
    let mut inspectors: Vec<&str> = visit.inspectors.iter().map(InspectorNo::as_str).collect();
    let place = slot.and_then(|slot| inspectors.get_mut(slot as usize));
    *place.ok_or_else(|| Common::corrupt(format!("{}: a slot that is not there", visit.name)))? = no.as_str();
    let written = on!(tx, |conn| sqlx::query(SQL)
        .bind(visit.name.task.to_string())
        .bind(visit.name.uscc.as_str())
        .bind(visit.revision)
        .bind(inspectors.join(","))
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    if written == 1 { Ok(()) } else { Err(Common::Contended) }
}
