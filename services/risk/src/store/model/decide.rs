//! What officers decide about versions of models. Nothing reaches back: a version begins and ends on days that lie ahead.

use chrono::NaiveDate;
use contract::risk::v1 as pb;
use db::Tx;
use outbox::{EventContext, NewEvent};
use prost::Message;
use service::auth::{Caller, Denied, Fields};
use service::idempotency::{Claim, Key, claim, store_answer};
use service::machine::{Actor, Step};
use service::obligation::{self, Matter};

use super::days::{check_last_day, last_day};
use super::row::{all_versions, insert_step, update_version};
use crate::convert;
use crate::domain::model_version::{ModelChange, ModelStep, ModelVersion};
use crate::error::Error;
use crate::machines::model::{Event, MODEL, State};
use crate::store::{Act, Store, lock_evidence};

/// A step as it is noted: the event, the day that it is about, reason and legal basis.
type Noted<'a> = (Event, Option<NaiveDate>, (&'a str, &'a str));

/// What the permission to prepare versions is called where it concerns every field.
const PROPOSE: &str = "risk.model.propose";

impl Store {
    /// Decides about a version.
    ///
    /// # Errors
    /// [`Error::ModelNotFound`], [`service::Error::Denied`] outside the caller's fields, [`service::Error::Refused`], a day that
    /// is not possible, [`Error::NotReady`] and [`Error::ModelUnusable`] when the version cannot be used.
    pub async fn change_model(
        &self,
        (key, body): (&Key<'_>, &impl Message),
        caller: &Caller,
        act: &Act,
        (name, change): (&str, &ModelChange),
    ) -> Result<pb::Model, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = claim(&mut tx, key, body, act.now).await? {
            return Ok(answer);
        }
        lock_evidence(&mut tx).await?;
        let mut others = all_versions(&mut tx).await?;
        let at = others.iter().position(|version| version.key == name);
        let mut version = others.swap_remove(at.ok_or_else(|| Error::ModelNotFound(name.to_owned()))?);
        may_act(caller, &version)?;
        others.retain(|other| other.scope == version.scope);

        if let (ModelChange::Approve, Some(day)) = (change, version.proposed_day)
            && version.has_lapsed_on(act.today)
        {
            return Err(Error::ModelDayPassed { model: version.key, day });
        }
        let (state, proposer) = (version.state_on(act.today), version.proposed_by.clone());
        let event = event(change, state);
        let ground = change.ground();
        let person = caller.actor();
        let step = MODEL.step(state, event, &person.on_proposal_of(&proposer).citing(ground.1))?;
        let day = self.change(&mut tx, &mut version, &mut others, change, act).await?;
        version.state = step.to;
        version.revision += 1;
        update_version(&mut tx, &version).await?;
        self.follow_model(&mut tx, &step, &version, (event, day, ground), act).await?;
        let answer = convert::version_to_pb(&version, self.models.version(name).as_ref(), act.today);
        store_answer(&mut tx, key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Does what was asked for to `version`; `others` are those of its scope. Answers the day that it is about.
    async fn change(
        &self,
        tx: &mut Tx,
        version: &mut ModelVersion,
        others: &mut [ModelVersion],
        change: &ModelChange,
        act: &Act,
    ) -> Result<Option<NaiveDate>, Error> {
        match change {
            ModelChange::Try(_) => {
                self.can_be_used(tx, version, act.today).await?;
                Ok(None)
            }
            ModelChange::Propose(wanted) => {
                let day = self.first_day(version, wanted.day, act.today)?;
                self.can_be_used(tx, version, day).await?;
                propose(version, Some(day), act);
                Ok(Some(day))
            }
            ModelChange::Retire(wanted) if version.effective_from.is_some() => {
                let day = last_day(version, others, (wanted.day, &wanted.legal_basis), act.today)?;
                propose(version, Some(day), act);
                Ok(Some(day))
            }
            ModelChange::Retire(_) => Ok(None),
            ModelChange::Reject(_) => Ok(settle(version)),
            ModelChange::Approve => {
                let begins = version.effective_from.is_none();
                let day = settle(version).ok_or_else(|| {
                    service::Error::corrupt(format!("model {}: no day is proposed", version.key))
                })?;
                if begins {
                    self.begin(tx, version, others, day, act).await?;
                } else {
                    check_last_day(version, others, day, act.today)?;
                    version.end_by(day);
                }
                Ok(Some(day))
            }
        }
    }

    /// Lets a version begin on `day`: whatever is in force then ends on the eve, and it ends itself on the eve of what is to come
    /// later.
    async fn begin(
        &self,
        tx: &mut Tx,
        version: &mut ModelVersion,
        others: &mut [ModelVersion],
        day: NaiveDate,
        act: &Act,
    ) -> Result<(), Error> {
        if day <= act.today {
            return Err(Error::ModelDayPassed { model: version.key.clone(), day });
        }
        self.can_be_used(tx, version, day).await?;
        version.effective_from = Some(day);
        version.effective_to = self.models.version(&version.key).and_then(|known| known.days().1);
        for other in others.iter_mut() {
            let Some(begins) = other.effective_from else { continue };
            if begins == day && other.tenure().since(day).is_some() {
                return Err(Error::ModelDayTaken { model: other.key.clone(), day });
            }
            let (eve, their_eve) = (day.pred_opt().unwrap_or(day), begins.pred_opt().unwrap_or(begins));
            if begins > day {
                version.end_by(their_eve);
            } else if other.tenure().since(day).is_some() {
                self.make_room(tx, other, eve, act).await?;
            }
        }
        Ok(())
    }

    async fn make_room(
        &self,
        tx: &mut Tx,
        earlier: &mut ModelVersion,
        eve: NaiveDate,
        act: &Act,
    ) -> Result<(), Error> {
        let step = MODEL.step(earlier.state, Event::Replace, &Actor::system())?;
        earlier.end_by(eve);
        earlier.state = step.to;
        earlier.revision += 1;
        update_version(tx, earlier).await?;
        self.follow_model(tx, &step, earlier, (Event::Replace, Some(eve), ("", "")), act).await
    }

    /// Notes the end of every version whose last day is over, and that what was proposed for a day that has passed has lapsed; answers
    /// how many. Dates have decided since midnight.
    pub async fn end_models(&self, act: &Act) -> Result<usize, Error> {
        let over = |version: &ModelVersion| version.state_on(act.today) != version.state;
        let mut tx = self.db.begin_read().await?;
        let waiting = all_versions(&mut tx).await?.iter().filter(|version| over(version)).count();
        tx.rollback().await?;
        if waiting == 0 {
            return Ok(0);
        }
        let mut tx = self.db.begin_write().await?;
        lock_evidence(&mut tx).await?;
        let mut ended = 0;
        for mut version in all_versions(&mut tx).await?.into_iter().filter(over) {
            let ends = version.has_ended_on(act.today);
            let event = if ends { Event::End } else { Event::Lapse };
            let step = MODEL.step(version.state, event, &Actor::system())?;
            let proposed = settle(&mut version);
            let day = if ends { version.effective_to } else { proposed };
            version.state = step.to;
            version.revision += 1;
            update_version(&mut tx, &version).await?;
            self.follow_model(&mut tx, &step, &version, (event, day, ("", "")), act).await?;
            ended += 1;
        }
        tx.commit().await?;
        Ok(ended)
    }

    /// What follows from a step: what is noted of it, duties and event.
    pub(super) async fn follow_model(
        &self,
        tx: &mut Tx,
        step: &Step<State>,
        version: &ModelVersion,
        (event, day, (reason, legal_basis)): Noted<'_>,
        act: &Act,
    ) -> Result<(), Error> {
        let context = EventContext { legal_basis: legal_basis.to_owned(), ..act.context.clone() };
        let noted = ModelStep {
            event: format!("{event:?}"),
            actor: context.actor.clone(),
            office: context.office.clone(),
            day,
            reason: reason.to_owned(),
            legal_basis: legal_basis.to_owned(),
            at: act.now,
        };
        insert_step(tx, version, &noted).await?;
        let (name, field) = (version.name(), version.field());
        let matter = Matter { subject: &name, field: field.as_ref(), division: None, owner: None };
        obligation::follow(tx, step, &matter, &context.actor, act.today, &self.book).await?;
        let payload = convert::model_event(version, self.models.version(&version.key).as_ref(), act.today);
        let event = NewEvent {
            kind: convert::MODEL_CHANGED,
            subject: name,
            effective_on: act.today,
            context: &context,
            payload,
        };
        self.outbox.append(tx, &event).await?;
        Ok(())
    }
}

/// The step that is meant: what never was in force is given up at once.
fn event(change: &ModelChange, state: State) -> Event {
    match change {
        ModelChange::Try(_) => Event::Try,
        ModelChange::Propose(_) => Event::Propose,
        ModelChange::Approve => Event::Approve,
        ModelChange::Reject(_) => Event::Reject,
        ModelChange::Retire(_) if state.awaits(Event::Discard) => Event::Discard,
        ModelChange::Retire(_) => Event::ProposeEnd,
    }
}

/// Whether a caller may decide about a version: in its field, or in every field if it concerns all.
fn may_act(caller: &Caller, version: &ModelVersion) -> Result<(), Error> {
    match version.field() {
        Some(field) => Ok(caller.may_act_in_field(&field).map_err(service::Error::from)?),
        None if *caller.fields() == Fields::All => Ok(()),
        None => {
            let office = caller.office().clone();
            let denied = Denied::RoleNotPermitted { office, permission: format!("{PROPOSE} of every field") };
            Err(service::Error::from(denied).into())
        }
    }
}

fn propose(version: &mut ModelVersion, day: Option<NaiveDate>, act: &Act) {
    version.proposed_day = day;
    version.proposed_by = act.context.actor.clone();
}

/// Takes away what was proposed; answers the day.
fn settle(version: &mut ModelVersion) -> Option<NaiveDate> {
    version.proposed_by.clear();
    version.proposed_day.take()
}
