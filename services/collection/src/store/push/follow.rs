//! What follows for the province of registration from what happens to a penalty here, and the way there and back.

use contract::collection::v1 as pb;
use contract::collection::v1::record::Content;
use db::Tx;
use domain::{DivisionCode, OfficeCode, Uscc};
use service::machine::{Actor, Step};
use service::obligation::{self, NewDuty};
use service::{Error as Common, FieldErrors};

use super::Turn;
use super::row::{self, Found};
use crate::domain::publication::{answers_for, is_published};
use crate::domain::{Kind, NewRecord, home};
use crate::error::Error;
use crate::machines::push::{Event, PUSH, PUSH_PENALTY, State};
use crate::machines::record::{self, RECORD};
use crate::store::record::move_to;
use crate::store::record_row::Stored;
use crate::store::take::record_event;
use crate::store::{Act, Store, matching, publish};

/// Kind of the event of a penalty that is for another province, or is so no longer, or of which that province was told.
const ELSEWHERE: &str = "collection.record.elsewhere";

/// Where the party of a new penalty is registered by its code, when that is another province, which is then told.
pub(in crate::store) fn home_of(store: &Store, new: &NewRecord) -> Result<Option<DivisionCode>, Common> {
    let Some(home) = home::of_penalty(new) else { return Ok(None) };
    let Some(Content::Penalty(penalty)) = &new.message.content else { return Ok(None) };
    Ok(is_published(&store.book, penalty, new.decided_on)?.then_some(home))
}

/// The push of a new penalty whose party's code names the division `home`, with the id of its record.
pub(in crate::store) fn recognise(
    act: &Act,
    new: &NewRecord,
    home: &DivisionCode,
) -> Result<(String, pb::ProvincePush), Common> {
    let step = PUSH.step(None, Event::Recognise, &Actor::system())?;
    let push = pb::ProvincePush {
        division: home.to_string(),
        state: step.to.word().to_owned(),
        placed_on: act.today.to_string(),
        revision: 1,
        ..pb::ProvincePush::default()
    };
    Ok((new.id.to_string(), push))
}

/// The division of the province that was told of a record and not yet to stop; it may be showing it.
pub(in crate::store) async fn shown_by(tx: &mut Tx, id: &str) -> Result<Option<String>, Common> {
    let Some(found) = row::find(tx, id).await? else { return Ok(None) };
    let is_told = PUSH.events_from(found.state).any(|possible| possible == Event::Tell);
    Ok(is_told.then_some(found.push.division))
}

impl Store {
    /// Puts a penalty that waits for its party to those of another province: of the division that the officer names, or its code.
    pub(super) async fn place(
        &self,
        tx: &mut Tx,
        act: &Act,
        stored: &Stored,
        division: Option<DivisionCode>,
        actor: &Actor<'_>,
        reason: &str,
    ) -> Result<pb::Record, Error> {
        let name = &stored.record.name;
        let Some(Content::Penalty(penalty)) = &stored.record.content else {
            return Err(Error::NothingToPush(name.clone()));
        };
        if !is_published(&self.book, penalty, stored.decided_on()?).map_err(Common::from)? {
            return Err(Error::NothingToPush(name.clone()));
        }
        let by_code = || Uscc::parse(&stored.record.uscc).ok().and_then(|uscc| home::by_code(&uscc));
        let Some(home) = division.or_else(by_code).filter(home::is_elsewhere) else {
            let problem = "must name a division of another province, where the credit code names none";
            return Err(Common::from(FieldErrors::one("division", problem)).into());
        };
        if !matching::live_of(tx, name).await?.is_empty() {
            return Err(Error::MatchOpen(name.clone()));
        }
        let step = RECORD.step(stored.state, record::Event::Place, actor).map_err(Common::from)?;
        let moved = self.move_record(tx, act, stored, &step, actor).await?;
        let mut found = row::find(tx, stored.id()).await?.unwrap_or_default();
        found.push.division = home.to_string();
        found.push.placed_on = act.today.to_string();
        found.push.acknowledged_on.clear();
        let turn = Turn { event: Event::Place, actor, on: act.today };
        let push = self.move_push(tx, act, stored, found, turn).await?;
        Ok(self.tell_push(tx, act, moved, push, reason).await?)
    }

    /// Puts a penalty back to those that wait for their party: what is due for its publication here is due again, from the day of the
    /// decision as before, and the province that was told of it is told.
    pub(in crate::store) async fn find_here(
        &self,
        tx: &mut Tx,
        act: &Act,
        stored: &Stored,
        actor: &Actor<'_>,
        reason: &str,
    ) -> Result<pb::Record, Common> {
        let step = RECORD.step(stored.state, record::Event::FindHere, actor)?;
        let moved = self.move_record(tx, act, stored, &step, actor).await?;
        self.publish_is_due_again(tx, act, stored, stored.matter(None)).await?;
        publish::begin_anew(tx, act, &moved).await?;
        self.end_push(tx, act, stored).await?;
        let push = row::of_record(tx, stored.id()).await?.unwrap_or_default();
        self.tell_push(tx, act, moved, push, reason).await
    }

    /// A penalty of another province says something else from now on, or its decision is suspended or enforced again: whoever was told
    /// of it is to be told that. `before`: the day of the decision until now.
    pub(in crate::store) async fn push_changed(
        &self,
        tx: &mut Tx,
        act: &Act,
        before: &str,
        now: &Stored,
    ) -> Result<(), Common> {
        if now.state != record::State::Elsewhere {
            return Ok(());
        }
        let Some(found) = row::find(tx, now.id()).await? else { return Ok(()) };
        // What is not told yet is told as it stands then: only another day of the decision matters to it.
        if found.state == Some(State::Owed) && before == now.record.decided_on {
            return Ok(());
        }
        let turn = Turn { event: Event::Change, actor: &Actor::system(), on: act.today };
        self.move_push(tx, act, now, found, turn).await.map(drop)
    }

    /// Nothing of a penalty is for another province any more; one that was told is to be told that.
    pub(in crate::store) async fn end_push(
        &self,
        tx: &mut Tx,
        act: &Act,
        stored: &Stored,
    ) -> Result<(), Common> {
        let Some(found) = row::find(tx, stored.id()).await? else { return Ok(()) };
        if PUSH.events_from(found.state).any(|possible| possible == Event::End) {
            let turn = Turn { event: Event::End, actor: &Actor::system(), on: act.today };
            self.move_push(tx, act, stored, found, turn).await?;
        }
        Ok(())
    }

    /// Takes a step of a push as `found` says it is to stand, opens and fulfils what the table says. Whoever calls tells it.
    pub(super) async fn move_push(
        &self,
        tx: &mut Tx,
        act: &Act,
        stored: &Stored,
        found: Found,
        turn: Turn<'_>,
    ) -> Result<pb::ProvincePush, Common> {
        let step = PUSH.step(found.state, turn.event, turn.actor)?;
        let mut push = found.push;
        push.state = step.to.word().to_owned();
        push.revision += 1;
        row::write(tx, stored.id(), &push).await?;
        self.follow_push(tx, act, &step, stored, turn).await?;
        Ok(push)
    }

    /// The period in which a province is told runs from the day of the decision, every other one from that of the step.
    async fn follow_push(
        &self,
        tx: &mut Tx,
        act: &Act,
        step: &Step<State>,
        stored: &Stored,
        turn: Turn<'_>,
    ) -> Result<(), Common> {
        for kind in step.fulfils {
            obligation::fulfil(tx, &stored.record.name, kind, turn.actor.person, act.today).await?;
        }
        let office = answers_for(&self.book, Kind::Penalty, &stored.record.field);
        for duty in step.obliges() {
            let start_on = if duty.kind == PUSH_PENALTY { stored.decided_on()? } else { turn.on };
            let (matter, kind, parameter) = (stored.matter(None), duty.kind, duty.parameter);
            let new = NewDuty { matter, kind, office: &office, parameter, start_on };
            obligation::open_in_force(tx, &new, &self.book).await?;
        }
        Ok(())
    }

    /// Moves the record by a step of its own table; answers it as it stands then.
    async fn move_record(
        &self,
        tx: &mut Tx,
        act: &Act,
        stored: &Stored,
        step: &Step<record::State>,
        actor: &Actor<'_>,
    ) -> Result<pb::Record, Common> {
        move_to(tx, stored.id(), stored.record.revision, step.to).await?;
        let owner = OfficeCode::parse(&answers_for(&self.book, Kind::Penalty, &stored.record.field)).ok();
        let matter = stored.matter(owner.as_ref());
        obligation::follow(tx, step, &matter, actor.person, act.today, &self.book).await?;
        let (state, revision) = (step.to.as_str().to_owned(), stored.record.revision + 1);
        Ok(pb::Record { state, revision, ..stored.record.clone() })
    }

    /// Tells a record with its push; answers both.
    pub(super) async fn tell_push(
        &self,
        tx: &mut Tx,
        act: &Act,
        record: pb::Record,
        push: pb::ProvincePush,
        reason: &str,
    ) -> Result<pb::Record, Common> {
        let record = pb::Record { province_push: Some(push), ..record };
        let told = record_event(act, ELSEWHERE, act.today, record.clone(), reason.to_owned());
        self.outbox.append(tx, &told).await?;
        Ok(record)
    }
}
