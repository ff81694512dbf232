//! Choosing which of two laws governs a term, while the later law does not say how it treats what was published before it.

use contract::collection::v1 as pb;
use db::Tx;
use service::Error as Common;
use service::auth::Caller;
use service::idempotency::{Claim, Key, claim, store_answer};

use super::plan::Plan;
use super::row::{self, Publication};
use super::terms::terms;
use super::{CHANGED, id_of};
use crate::convert::timestamp;
use crate::domain::NaturalId;
use crate::error::Error;
use crate::machines::record::{Event, RECORD};
use crate::store::provider::RecordAct;
use crate::store::record::{find, move_to};
use crate::store::record_row::Stored;
use crate::store::take::record_event;
use crate::store::{Act, Store, decision};

/// Which law is to govern, and why.
#[derive(Clone, Debug)]
pub struct ChosenLaw {
    /// The record.
    pub id: NaturalId,
    /// Revision that the officer has read.
    pub revision: i64,
    /// Name of the receiver.
    pub chain: String,
    /// Code of the law.
    pub regime: String,
    /// Why, 1 to 500 characters.
    pub reason: String,
    /// Document that the choice rests on, 1 to 500 characters.
    pub legal_basis: String,
}

impl Store {
    /// Chooses the law of a publication in the name of the caller, and tells its receiver the new last day. Where that has passed,
    /// the job for terms ends what is shown.
    ///
    /// # Errors
    /// [`Error::RecordNotFound`], [`Error::RecordChanged`], [`Error::LawNotOpen`]; the caller's office does not act in its field or
    /// division, or does not provide records; the record is not shown, nor about to be.
    pub async fn choose_publication_law(
        &self,
        act: &Act,
        key: &Key<'_>,
        caller: &Caller,
        request: &pb::ChoosePublicationLawRequest,
        chosen: &ChosenLaw,
    ) -> Result<pb::Record, Error> {
        let mut tx = self.begin_act().await?;
        if let Claim::Repeat(answer) = claim(&mut tx, key, request, act.now).await? {
            return Ok(answer);
        }
        let id = &chosen.id;
        let stored = find(&mut tx, id).await?.ok_or_else(|| Error::RecordNotFound(id.clone()))?;
        stored.may_be_touched_by(caller)?;
        if stored.record.revision != chosen.revision {
            return Err(Error::RecordChanged { id: id.clone(), revision: stored.record.revision });
        }
        let actor = self.provider(&stored, caller, RecordAct::ChooseLaw, act.today)?;
        let actor = actor.citing(&chosen.legal_basis);
        let step = RECORD.step(stored.state, Event::Choose, &actor).map_err(Common::from)?;
        move_to(&mut tx, stored.id(), chosen.revision, step.to).await?;
        let answer = self.choose(&mut tx, act, stored, chosen).await?;
        let told = record_event(act, CHANGED, act.today, answer.clone(), chosen.reason.clone());
        self.outbox.append(&mut tx, &told).await.map_err(Common::from)?;
        store_answer(&mut tx, key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Notes the choice and follows it. The record has been moved.
    async fn choose(
        &self,
        tx: &mut Tx,
        act: &Act,
        stored: Stored,
        chosen: &ChosenLaw,
    ) -> Result<pb::Record, Error> {
        let mut record = stored.record;
        record.revision += 1;
        let mut known = row::of_record(tx, &record).await?;
        let publication = self.open_to(act, &record, &mut known, chosen)?;
        publication.law_choice = Some(pb::LawChoice {
            regime: chosen.regime.clone(),
            reason: chosen.reason.clone(),
            legal_basis: chosen.legal_basis.clone(),
            officer: act.context.actor.clone(),
            office: act.context.office.clone(),
            choose_time: Some(timestamp(act.now)),
        });
        let term = terms(&self.book, &record, publication, act.today)?.governing;
        publication.run_by(term);
        row::write(tx, publication).await.map_err(Common::from)?;
        // What is suspended is told when that ends.
        let tells = record.suspended_by.is_empty();
        decision::name_texts(tx, vec![&mut record]).await?;
        let plan = Plan::to_tell(self, act, &record, known, |chain, _| tells && chain == chosen.chain)?;
        let publications = plan.write(tx, act).await?;
        self.follow_outdated(tx, act, &record, &publications).await?;
        record.publications = self.written(&record, &publications, act.today)?;
        Ok(record)
    }

    /// Of the publications of a record, that on the chain which is meant, where an officer may choose the law that is meant.
    fn open_to<'p>(
        &self,
        act: &Act,
        record: &pb::Record,
        known: &'p mut [Publication],
        chosen: &ChosenLaw,
    ) -> Result<&'p mut Publication, Error> {
        let none = |open: String| Error::LawNotOpen {
            name: format!("records/{}", id_of(record)),
            chain: chosen.chain.clone(),
            regime: chosen.regime.clone(),
            open,
        };
        let shown = self.is_published(record)?;
        let publication = known.iter_mut().find(|one| shown && one.chain == chosen.chain);
        let publication = publication.ok_or_else(|| none(String::new()))?;
        let open = terms(&self.book, record, publication, act.today)?.open;
        if open.iter().any(|term| term.regime == chosen.regime) {
            return Ok(publication);
        }
        let open: Vec<_> = open.iter().map(|term| term.regime.as_str()).collect();
        Err(none(open.join(", ")))
    }
}
