//! Penalties of parties that are registered in another province (order 45 art 10): nothing of them is published here, and that province
//! is told, by letters that the office notes which answers for the penalty.
//!
//! The record is `Elsewhere` (machine 2) while that is so; how the letters stand says [`machines::push`](crate::machines::push), which
//! goes on after the record was withdrawn, or its party found here: whoever was told is told that, too.

mod follow;
mod row;

use chrono::NaiveDate;
use contract::collection::v1 as pb;
use contract::collection::v1::record::Content;
use db::Tx;
use domain::{DivisionCode, DocumentNumber};
use service::auth::Caller;
use service::idempotency::{Claim, Key, claim, store_answer};
use service::machine::Actor;
use service::{Error as Common, FieldErrors, obligation};

pub(super) use follow::{home_of, recognise, shown_by};
pub(super) use row::{encode, erase, of_record};

use super::provider::RecordAct;
use super::record::find;
use super::record_row::Stored;
use super::{Act, Store};
use crate::domain::NaturalId;
use crate::error::Error;
use crate::machines::push::{Event, TELL_ELSEWHERE};

/// A letter to the province in which a party is registered.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Its number.
    pub document_no: DocumentNumber,
    /// Its day.
    pub sent_on: NaiveDate,
}

/// What an officer says of a penalty of a party of another province.
#[derive(Clone, Debug)]
pub enum PushAct {
    /// Its party is registered there; `None`: where its credit code says.
    Place(Option<DivisionCode>),
    /// That province was told.
    Push(Letter),
    /// That province has said on this day that it has the letter.
    Acknowledge(NaiveDate),
    /// That province was told what has become of it.
    Tell(Letter),
    /// Its party is registered here, or not there.
    FindHere,
}

/// A step of a push.
#[derive(Clone, Debug)]
pub struct PushStep {
    /// The record.
    pub id: NaturalId,
    /// What happened.
    pub what: PushAct,
    /// Why, at most 500 characters; empty where nothing has to be said.
    pub reason: String,
}

/// What happens to a push.
#[derive(Clone, Copy, Debug)]
struct Turn<'a> {
    /// The event of the table.
    event: Event,
    /// Who takes the step.
    actor: &'a Actor<'a>,
    /// The day of it.
    on: NaiveDate,
}

impl Store {
    /// Takes a step in the name of the caller.
    ///
    /// # Errors
    /// [`Error::RecordNotFound`], [`Error::NotProvider`], [`Error::NothingToPush`], [`Error::NothingToTell`], [`Error::MatchOpen`];
    /// the caller's office does not act in its field or division; the division is none of another province; a day lies before what it
    /// follows; the tables of record or push do not allow it.
    pub async fn advance_push(
        &self,
        act: &Act,
        key: &Key<'_>,
        caller: &Caller,
        request: &pb::AdvanceProvincePushRequest,
        wanted: &PushStep,
    ) -> Result<pb::Record, Error> {
        let mut tx = self.begin_act().await?;
        if let Claim::Repeat(answer) = claim(&mut tx, key, request, act.now).await? {
            return Ok(answer);
        }
        let id = &wanted.id;
        let stored = find(&mut tx, id).await?.ok_or_else(|| Error::RecordNotFound(id.clone()))?;
        stored.may_be_touched_by(caller)?;
        if !matches!(stored.record.content, Some(Content::Penalty(_))) {
            return Err(Error::NothingToPush(stored.record.name));
        }
        let actor = self.provider(&stored, caller, RecordAct::Push, act.today)?;
        let actor = actor.citing(&act.context.legal_basis);
        let answer = match &wanted.what {
            PushAct::Place(division) => {
                self.place(&mut tx, act, &stored, division.clone(), &actor, &wanted.reason).await?
            }
            PushAct::FindHere => self.find_here(&mut tx, act, &stored, &actor, &wanted.reason).await?,
            PushAct::Push(letter) => {
                self.note_letter(&mut tx, act, &stored, Event::Push, letter, &actor).await?
            }
            PushAct::Tell(letter) => {
                self.note_letter(&mut tx, act, &stored, Event::Tell, letter, &actor).await?
            }
            PushAct::Acknowledge(on) => self.acknowledge(&mut tx, act, &stored, *on, &actor).await?,
        };
        store_answer(&mut tx, key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    async fn note_letter(
        &self,
        tx: &mut Tx,
        act: &Act,
        stored: &Stored,
        event: Event,
        letter: &Letter,
        actor: &Actor<'_>,
    ) -> Result<pb::Record, Error> {
        let name = &stored.record.name;
        if event == Event::Tell && obligation::last_day(tx, name, TELL_ELSEWHERE).await?.is_none() {
            return Err(Error::NothingToTell(name.clone()));
        }
        let found = row::find(tx, stored.id()).await?;
        let mut found = found.ok_or_else(|| Error::NothingToPush(name.clone()))?;
        let earlier = found.push.letters.last().map(|letter| letter.sent_on.as_str());
        not_before("effective_on", letter.sent_on, earlier.unwrap_or(stored.record.decided_on.as_str()))?;
        found.push.letters.push(pb::PushLetter {
            event: event.word().to_owned(),
            document_no: letter.document_no.as_str().to_owned(),
            sent_on: letter.sent_on.to_string(),
            officer: actor.person.to_owned(),
        });
        let turn = Turn { event, actor, on: letter.sent_on };
        let push = self.move_push(tx, act, stored, found, turn).await?;
        Ok(self.tell_push(tx, act, stored.record.clone(), push, "").await?)
    }

    async fn acknowledge(
        &self,
        tx: &mut Tx,
        act: &Act,
        stored: &Stored,
        on: NaiveDate,
        actor: &Actor<'_>,
    ) -> Result<pb::Record, Error> {
        let found = row::find(tx, stored.id()).await?;
        let mut found = found.ok_or_else(|| Error::NothingToPush(stored.record.name.clone()))?;
        let pushed = found.push.letters.iter().rev().find(|letter| letter.event == Event::Push.word());
        let pushed = pushed.map_or(stored.record.decided_on.as_str(), |letter| letter.sent_on.as_str());
        not_before("effective_on", on, pushed)?;
        found.push.acknowledged_on = on.to_string();
        let turn = Turn { event: Event::Acknowledge, actor, on };
        let push = self.move_push(tx, act, stored, found, turn).await?;
        Ok(self.tell_push(tx, act, stored.record.clone(), push, "").await?)
    }
}

/// Whether a day lies no earlier than what it follows; days are written so that their texts are in their order.
fn not_before(path: &str, day: NaiveDate, earlier: &str) -> Result<(), Common> {
    if day.to_string().as_str() < earlier {
        return Err(
            FieldErrors::one(path, format!("lies before {earlier}, the day of what it follows")).into()
        );
    }
    Ok(())
}
