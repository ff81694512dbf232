//! Registering a remedy.

use chrono::NaiveDate;
use contract::collection::v1 as pb;
use domain::{DocumentNumber, LegalName};
use service::Error as Common;
use service::auth::Caller;
use service::idempotency::{Claim, Key, claim, store_answer};

use super::super::provider::RecordAct;
use super::super::record_row::Stored;
use super::super::{Act, Store, record};
use super::row;
use crate::convert::timestamp;
use crate::domain::{Kind, NaturalId};
use crate::error::Error;
use crate::machines::remedy::{Event, REMEDY};

/// A remedy to register.
#[derive(Clone, Debug)]
pub struct NewRemedy {
    /// The record.
    pub record: NaturalId,
    /// Kind, a code of the set `remedy_kind`.
    pub kind: String,
    /// Body that accepted it.
    pub body: LegalName,
    /// Number of the matter there.
    pub document_no: DocumentNumber,
    /// Day of acceptance.
    pub accepted_on: NaiveDate,
}

impl Store {
    /// Registers a remedy in the name of the caller. It suspends nothing.
    ///
    /// # Errors
    /// [`Error::RecordNotFound`], [`Error::NotProvider`]; the caller's office does not act in its field or division;
    /// [`Error::ListedElsewhere`], [`Error::RemedyExists`]; it was accepted before the decision was made.
    pub async fn register_remedy(
        &self,
        act: &Act,
        key: &Key<'_>,
        caller: &Caller,
        request: &pb::RegisterRemedyRequest,
        new: &NewRemedy,
    ) -> Result<pb::Remedy, Error> {
        let mut tx = self.begin_act().await?;
        if let Claim::Repeat(answer) = claim(&mut tx, key, request, act.now).await? {
            return Ok(answer);
        }
        let of = &new.record;
        let stored = record::find(&mut tx, of).await?.ok_or_else(|| Error::RecordNotFound(of.clone()))?;
        stored.may_be_touched_by(caller)?;
        stored.keeps_its_decision()?;
        let decided_on = stored.decided_on()?;
        super::not_before(new.accepted_on, decided_on, "remedy.accepted_on", "the decision")?;
        let actor = self.provider(&stored, caller, RecordAct::Remedy, act.today)?;
        let step = REMEDY.step(None, Event::Accept, &actor).map_err(Common::from)?;
        let parts = [of.as_str(), &new.kind, new.body.as_str(), new.document_no.as_str()];
        let id = NaturalId::of("remedy", &parts);
        let remedy = pb::Remedy {
            name: format!("remedies/{id}"),
            record: stored.record.name.clone(),
            kind: new.kind.clone(),
            body: new.body.to_string(),
            document_no: new.document_no.to_string(),
            accepted_on: new.accepted_on.to_string(),
            state: step.to.word().to_owned(),
            revision: 1,
            create_time: Some(timestamp(act.now)),
            ..pb::Remedy::default()
        };
        if !row::insert(&mut tx, &id, &remedy, act.now.micros()).await? {
            return Err(Error::RemedyExists(remedy.name));
        }
        self.tell_remedy(&mut tx, act, &remedy, &stored).await?;
        store_answer(&mut tx, key, &remedy).await?;
        tx.commit().await?;
        Ok(remedy)
    }
}

impl Stored {
    /// The decision behind an entry of a list of ours is kept, with its remedies, by the service that keeps the list.
    fn keeps_its_decision(&self) -> Result<(), Error> {
        match self.record.content.as_ref().map(Kind::of) {
            Some(Kind::ListEntry) if !self.record.origin.is_empty() => Err(Error::ListedElsewhere {
                name: self.record.name.clone(),
                origin: self.record.origin.clone(),
            }),
            _ => Ok(()),
        }
    }
}
