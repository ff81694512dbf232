//! Overrides: from the proposal to the end by date. Each step is one transaction with its duties, its event and, where the class
//! in effect changes, with that.

use chrono::NaiveDate;
use contract::risk::v1 as pb;
use db::Tx;
use outbox::NewEvent;
use prost::Message;
use service::FieldErrors;
use service::auth::Caller;
use service::idempotency::{Claim, Key, claim, store_answer};
use service::machine::{Actor, Step};
use service::obligation::{self, Matter};

use super::class_row::{StoredClass, write_classes};
use super::override_row::{
    due_overrides, insert_override, open_override, override_of, set_objected, update_override,
};
use super::rescore::{class_event, class_of};
use super::{Act, Store, lock_evidence};
use crate::convert;
use crate::domain::overriding::{Override, Standing};
use crate::domain::scheme::Scheme;
use crate::error::Error;
use crate::machines::overriding::{Event, OVERRIDE, REVIEW, State};
use crate::rules;

/// What the line office asks for.
#[derive(Clone, Debug)]
pub struct NewOverride {
    /// Identifier, a UUID.
    pub id: String,
    /// Credit code.
    pub uscc: String,
    /// Key field.
    pub field: String,
    /// Combined class that is to stand.
    pub code: String,
    /// Why.
    pub reason: String,
    /// Document and article that it rests on.
    pub legal_basis: String,
    /// Last day on which it stands.
    pub ends_on: NaiveDate,
}

impl Store {
    /// Proposes an override. The class in effect stays; it counts as under objection.
    ///
    /// # Errors
    /// [`Error::ClassNotFound`], [`Error::OverrideProposed`], [`Error::OverrideBelowFloor`], a code that is none or is the
    /// present one, [`service::Error::Refused`].
    pub async fn propose_override(
        &self,
        key: &Key<'_>,
        body: &pb::ProposeOverrideRequest,
        caller: &Caller,
        act: &Act,
        new: NewOverride,
    ) -> Result<pb::ClassOverride, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = claim(&mut tx, key, body, act.now).await? {
            return Ok(answer);
        }
        lock_evidence(&mut tx).await?;
        let stored = self.class_to_override(&mut tx, &new.uscc, &new.field).await?;
        self.check_code(&stored, &new.code, act.today)?;
        let step = OVERRIDE.step(None, Event::Propose, &caller.actor().citing(&new.legal_basis))?;
        let proposed = Override {
            id: new.id,
            division: stored.class.division.clone(),
            computed_code: stored.class.code.clone(),
            uscc: new.uscc,
            field: new.field,
            code: new.code,
            reason: new.reason,
            legal_basis: new.legal_basis,
            ends_on: new.ends_on,
            state: step.to,
            proposed_by: caller.subject().to_owned(),
            proposed_office: caller.office().to_string(),
            decided_by: String::new(),
            end_reason: String::new(),
            created_at: act.now,
            revision: 1,
        };
        if !insert_override(&mut tx, &proposed).await? {
            return Err(Error::OverrideProposed(convert::class_name(&proposed.uscc, &proposed.field)));
        }
        set_objected(&mut tx, &proposed, true).await?;
        self.follow_override(&mut tx, &step, &proposed, act).await?;
        let answer = convert::override_to_pb(&proposed, act.today);
        store_answer(&mut tx, key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Lets an override stand, in place of an earlier one.
    ///
    /// # Errors
    /// [`Error::OverrideNotFound`], [`Error::OverrideBelowFloor`], [`service::Error::Refused`].
    pub async fn approve_override(
        &self,
        key: &Key<'_>,
        body: &pb::ApproveOverrideRequest,
        caller: &Caller,
        act: &Act,
        id: &str,
    ) -> Result<pb::ClassOverride, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = claim(&mut tx, key, body, act.now).await? {
            return Ok(answer);
        }
        lock_evidence(&mut tx).await?;
        let mut approved = override_of(&mut tx, id).await?;
        let proposer = approved.proposed_by.clone();
        let approver = caller.actor();
        let actor = approver.on_proposal_of(&proposer);
        self.step_override(&mut tx, &mut approved, Event::Approve, &actor, act, |approved| {
            approved.decided_by = caller.subject().to_owned();
        })
        .await?;
        let stored = self.class_to_override(&mut tx, &approved.uscc, &approved.field).await?;
        self.check_floor(&stored, &approved.code)?;
        obligation::set_last_day(&mut tx, &convert::override_name(&approved), REVIEW, approved.ends_on)
            .await?;
        if let Some(earlier) = &stored.over {
            let mut earlier = override_of(&mut tx, &earlier.id).await?;
            self.step_override(&mut tx, &mut earlier, Event::Replace, &Actor::system(), act, |_| ()).await?;
        }
        // Not before the earlier one has gone: of each class one is in force.
        update_override(&mut tx, State::Proposed, &approved).await?;
        set_objected(&mut tx, &approved, false).await?;
        let scheme = self.scheme_of(&stored)?;
        let floor = &stored.class.floor_code;
        let standing = Standing::beside(&scheme, id, &approved.code, approved.ends_on, floor);
        self.put_standing(&mut tx, stored, Some(standing), act).await?;
        let answer = convert::override_to_pb(&approved, act.today);
        store_answer(&mut tx, key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Ends an override before its last day, takes a proposal back, or refuses it: the computed class stands.
    ///
    /// # Errors
    /// [`Error::OverrideNotFound`], [`service::Error::Refused`].
    pub async fn end_override<B: Message>(
        &self,
        key: &Key<'_>,
        body: &B,
        caller: &Caller,
        act: &Act,
        (id, refused, reason): (&str, bool, &str),
    ) -> Result<pb::ClassOverride, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = claim(&mut tx, key, body, act.now).await? {
            return Ok(answer);
        }
        lock_evidence(&mut tx).await?;
        let mut ended = override_of(&mut tx, id).await?;
        let event = match refused {
            true => Event::Refuse,
            false if ended.state.awaits(Event::Withdraw) => Event::Withdraw,
            false => Event::Lift,
        };
        let before = ended.state;
        self.step_override(&mut tx, &mut ended, event, &caller.actor(), act, |ended| {
            ended.end_reason = reason.to_owned();
            if refused {
                ended.decided_by = caller.subject().to_owned();
            }
        })
        .await?;
        update_override(&mut tx, before, &ended).await?;
        self.take_away(&mut tx, &ended, act).await?;
        let answer = convert::override_to_pb(&ended, act.today);
        store_answer(&mut tx, key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Notes the end of every override whose last day is over; answers how many. Reads have shown the computed class since
    /// midnight. Repeatable, and catches up missed days.
    pub async fn expire_overrides(&self, act: &Act) -> Result<usize, Error> {
        let due = due_overrides(&self.db, act.today).await?;
        for id in &due {
            let mut tx = self.db.begin_write().await?;
            lock_evidence(&mut tx).await?;
            let mut ended = override_of(&mut tx, id).await?;
            let before = ended.state;
            if !before.awaits(Event::Expire) {
                continue;
            }
            let step = OVERRIDE.step(before, Event::Expire, &Actor::system())?;
            ended.state = step.to;
            ended.revision += 1;
            update_override(&mut tx, before, &ended).await?;
            self.follow_override(&mut tx, &step, &ended, act).await?;
            self.take_away(&mut tx, &ended, act).await?;
            tx.commit().await?;
        }
        Ok(due.len())
    }

    /// Notes that something has happened to an enterprise whose class is overridden: somebody must look at it again.
    pub(super) async fn trigger_override(&self, tx: &mut Tx, id: &str, act: &Act) -> Result<(), Error> {
        let mut standing = override_of(tx, id).await?;
        let before = standing.state;
        self.step_override(tx, &mut standing, Event::Trigger, &Actor::system(), act, |_| ()).await?;
        Ok(update_override(tx, before, &standing).await?)
    }

    /// Takes a step of the machine from the state of today, without writing the row.
    async fn step_override(
        &self,
        tx: &mut Tx,
        of: &mut Override,
        event: Event,
        actor: &Actor<'_>,
        act: &Act,
        change: impl FnOnce(&mut Override),
    ) -> Result<(), Error> {
        let before = of.state;
        let step = OVERRIDE.step(of.state_on(act.today), event, actor)?;
        of.state = step.to;
        of.revision += 1;
        change(of);
        if event == Event::Replace {
            update_override(tx, before, of).await?;
        }
        self.follow_override(tx, &step, of, act).await
    }

    async fn follow_override(
        &self,
        tx: &mut Tx,
        step: &Step<State>,
        of: &Override,
        act: &Act,
    ) -> Result<(), Error> {
        let subject = convert::override_name(of);
        let (field, division) = convert::parse_scope(&of.field, &of.division)?;
        let matter =
            Matter { subject: &subject, field: Some(&field), division: Some(&division), owner: None };
        obligation::follow(tx, step, &matter, &act.context.actor, act.today, &self.book).await?;
        let context = outbox::EventContext { legal_basis: of.legal_basis.clone(), ..act.context.clone() };
        let event = NewEvent {
            kind: convert::OVERRIDE_CHANGED,
            subject,
            effective_on: act.today,
            context: &context,
            payload: convert::override_event(of, act.today),
        };
        self.outbox.append(tx, &event).await?;
        Ok(())
    }

    /// The computed class stands again, if this override stood in its place.
    async fn take_away(&self, tx: &mut Tx, ended: &Override, act: &Act) -> Result<(), Error> {
        if open_override(tx, ended, State::Proposed).await?.is_none() {
            set_objected(tx, ended, false).await?;
        }
        let Some(stored) = class_of(tx, &ended.uscc, &ended.field).await? else { return Ok(()) };
        if stored.over.as_ref().is_some_and(|over| over.id == ended.id) {
            self.put_standing(tx, stored, None, act).await?;
        }
        Ok(())
    }

    /// Puts an override beside a class, or takes it away, and tells it where the class in effect becomes another one.
    async fn put_standing(
        &self,
        tx: &mut Tx,
        before: StoredClass,
        over: Option<Standing>,
        act: &Act,
    ) -> Result<(), Error> {
        // What was told last: behind its last day it was still the override's.
        let told = before.over.as_ref().map_or(&before.class.code, |over| &over.code).clone();
        let mut now = StoredClass { over, revision: before.revision + 1, ..before };
        let changed = now.code_on(act.today) != told;
        if changed {
            now.effective_at = act.now;
        }
        write_classes(tx, std::slice::from_ref(&now)).await?;
        if changed {
            let event = class_event(&now, &told, act, &act.context);
            self.outbox.append(tx, &event).await?;
        }
        Ok(())
    }

    async fn class_to_override(&self, tx: &mut Tx, uscc: &str, field: &str) -> Result<StoredClass, Error> {
        let stored = class_of(tx, uscc, field).await?;
        stored.ok_or_else(|| Error::ClassNotFound(convert::class_name(uscc, field)))
    }

    fn scheme_of(&self, stored: &StoredClass) -> Result<Scheme, Error> {
        let id = &stored.class.scheme;
        Ok(rules::scheme(&self.book, id)
            .ok_or_else(|| service::Error::corrupt(format!("class scheme `{id}` is not in the rulebook")))?)
    }

    fn check_code(&self, stored: &StoredClass, code: &str, today: NaiveDate) -> Result<(), Error> {
        let mut errors = FieldErrors::default();
        let scheme = self.scheme_of(stored)?;
        if scheme.rank(code).is_none() {
            errors.push("code", format!("is no class of `{}`", scheme.id));
        } else if stored.code_on(today) == code {
            errors.push("code", "is the present class");
        }
        if errors.is_empty() { self.check_floor(stored, code) } else { Err(errors.into()) }
    }

    fn check_floor(&self, stored: &StoredClass, code: &str) -> Result<(), Error> {
        let (scheme, floor) = (self.scheme_of(stored)?, &stored.class.floor_code);
        if scheme.rank(code) < scheme.rank(floor) {
            return Err(Error::OverrideBelowFloor { code: code.to_owned(), floor: floor.clone() });
        }
        Ok(())
    }
}
