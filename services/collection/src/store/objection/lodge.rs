//! Lodging an objection.

use chrono::NaiveDate;
use contract::collection::v1 as pb;
use service::auth::Caller;
use service::idempotency::{Claim, Key, claim, store_answer};
use service::{Error as Common, FieldErrors};

use super::super::{Act, Store, record};
use super::row;
use crate::convert::timestamp;
use crate::domain::NaturalId;
use crate::error::Error;
use crate::machines;
use crate::machines::objection::{Event, OBJECTION};

/// An objection to lodge.
#[derive(Clone, Debug)]
pub struct NewObjection {
    /// The record.
    pub record: NaturalId,
    /// Who contests: a code of the set `objector`.
    pub objector: String,
    /// Paths of the contested fields, each a field of a record of some kind.
    pub contested_fields: Vec<String>,
    /// Why, 1 to 500 characters.
    pub grounds: String,
}

impl Store {
    /// Lodges an objection in the name of the caller.
    ///
    /// # Errors
    /// [`Error::RecordNotFound`]; the caller's office does not act in its field or division; [`Error::ObjectionOpen`]; the record
    /// is withdrawn; it does not say what is contested.
    pub async fn lodge_objection(
        &self,
        act: &Act,
        key: &Key<'_>,
        caller: &Caller,
        request: &pb::LodgeObjectionRequest,
        new: &NewObjection,
    ) -> Result<pb::Objection, Error> {
        let mut tx = self.begin_act().await?;
        if let Claim::Repeat(answer) = claim(&mut tx, key, request, act.now).await? {
            return Ok(answer);
        }
        let id = &new.record;
        let stored = record::find(&mut tx, id).await?.ok_or_else(|| Error::RecordNotFound(id.clone()))?;
        stored.may_be_touched_by(caller)?;
        if !stored.record.open_objection.is_empty() {
            return Err(Error::ObjectionOpen(stored.record.name));
        }
        stored.says_all(&new.contested_fields)?;
        self.may_speak_for(caller, &new.objector, act.today)?;
        let actor = caller.actor();
        let step = OBJECTION.step(None, Event::Lodge, &actor).map_err(Common::from)?;
        let contested = machines::record::RECORD
            .step(stored.state, machines::record::Event::Object, &actor)
            .map_err(Common::from)?;
        let id = NaturalId::of("objection", &[key.caller, key.method, key.request_id.as_str()]);
        let objection = pb::Objection {
            name: format!("objections/{id}"),
            record: stored.record.name.clone(),
            objector: new.objector.clone(),
            contested_fields: new.contested_fields.clone(),
            grounds: new.grounds.clone(),
            state: step.to.word().to_owned(),
            lodged_on: act.today.to_string(),
            lodger: caller.subject().to_owned(),
            revision: 1,
            create_time: Some(timestamp(act.now)),
            ..pb::Objection::default()
        };
        if !row::insert(&mut tx, &id, &objection, act.now.micros()).await? {
            return Err(Error::ObjectionOpen(stored.record.name));
        }
        record::note_objection(&mut tx, &stored, contested.to, id.as_str()).await?;
        self.follow_objection(&mut tx, act, caller.subject(), &step, &objection, &stored).await?;
        store_answer(&mut tx, key, &objection).await?;
        tx.commit().await?;
        Ok(objection)
    }

    /// An office contests by its own officers; for a party, every office may write down what it says.
    fn may_speak_for(&self, caller: &Caller, objector: &str, today: NaiveDate) -> Result<(), Common> {
        let code = self.book.code("objector", objector, today);
        let is_office = code.is_some_and(|code| code.has_tag("office"));
        if is_office && caller.office().as_str() != objector {
            let problem = format!("only an officer of {objector} lodges in its name");
            return Err(FieldErrors::one("objection.objector", problem).into());
        }
        Ok(())
    }
}
