//! Keeping a decision document, and telling who shows the penalty of its text.

use contract::collection::v1 as pb;
use contract::collection::v1::record::Content;
use db::Tx;
use service::auth::Caller;
use service::idempotency::{Claim, Key, answered, claim, store_answer};
use service::machine::Actor;
use service::{Error as Common, FieldErrors};

use super::row::{insert, name_texts, next_number};
use crate::convert::timestamp;
use crate::domain::decision::{DocumentName, NewDecision, names};
use crate::error::Error;
use crate::machines::record::{Event, RECORD};
use crate::store::provider::RecordAct;
use crate::store::publish::CHANGED;
use crate::store::record::{find, lock_all, move_to};
use crate::store::record_row::Stored;
use crate::store::take::record_event;
use crate::store::{Act, Store};

/// Parameter: how long the decision document of a penalty is kept, from its day.
const RETENTION: &str = "decision.retention";

impl Store {
    /// Whether the caller may upload this document. Asked before its contents are kept: nobody fills the archive with what is not theirs.
    /// A request that was answered before is not judged again: its answer.
    ///
    /// # Errors
    /// As [`keep_decision`](Self::keep_decision).
    pub async fn takes_decision(
        &self,
        act: &Act,
        key: &Key<'_>,
        caller: &Caller,
        request: &pb::UploadDecisionDocumentRequest,
        new: &NewDecision,
    ) -> Result<Option<pb::DecisionDocument>, Error> {
        let mut tx = self.db.begin_read().await?;
        if let Some(answer) = answered(&mut tx, key, request).await? {
            return Ok(Some(answer));
        }
        let stored = find(&mut tx, &new.record).await?;
        let stored = stored.ok_or_else(|| Error::RecordNotFound(new.record.clone()))?;
        self.is_fit(act, caller, &stored, new)?;
        Ok(None)
    }

    /// Says that the contents of a decision document lie in the archive, in the name of the caller, and tells who shows the penalty.
    ///
    /// # Errors
    /// [`Error::RecordNotFound`], [`Error::NotProvider`], [`Error::DecisionNotTaken`]; the caller's office does not act in its field or
    /// division; the text does not hold the number of the decision.
    pub async fn keep_decision(
        &self,
        act: &Act,
        key: &Key<'_>,
        caller: &Caller,
        request: &pb::UploadDecisionDocumentRequest,
        new: &NewDecision,
    ) -> Result<pb::DecisionDocument, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = claim(&mut tx, key, request, act.now).await? {
            return Ok(answer);
        }
        let stored = lock_all(&mut tx, &[new.record.as_str()]).await?.pop();
        let stored = stored.ok_or_else(|| Error::RecordNotFound(new.record.clone()))?;
        self.is_fit(act, caller, &stored, new)?;
        let number = next_number(&mut tx, stored.id()).await?;
        let name = DocumentName { record: new.record.clone(), number };
        let document = self.document(act, &stored, &name, new)?;
        insert(&mut tx, &name, &document).await?;
        self.tell_decision(&mut tx, act, stored, &document).await?;
        store_answer(&mut tx, key, &document).await?;
        tx.commit().await?;
        Ok(document)
    }

    /// Whether the record takes such a document from the caller. Natural persons are not published, and an archive forgets nothing: of a
    /// party without a credit code nothing is kept there, nor of what was withdrawn, which stands under no code any more.
    fn is_fit(&self, act: &Act, caller: &Caller, stored: &Stored, new: &NewDecision) -> Result<(), Error> {
        stored.may_be_touched_by(caller)?;
        let record = &stored.record;
        let is_penalty = matches!(record.content, Some(Content::Penalty(_)));
        if !is_penalty || record.uscc.is_empty() || !stored.state.counts() {
            return Err(Error::DecisionNotTaken(record.name.clone()));
        }
        self.provider(stored, caller, RecordAct::Correct, act.today)?;
        match &new.text {
            Some(text) if !names(&text.text, &record.document_no) => {
                let problem = format!("does not hold the number of the decision, {}", record.document_no);
                Err(FieldErrors::one("text", problem).into())
            }
            _ => Ok(()),
        }
    }

    fn document(
        &self,
        act: &Act,
        stored: &Stored,
        name: &DocumentName,
        new: &NewDecision,
    ) -> Result<pb::DecisionDocument, Common> {
        let kept = self.book.deadline_by(stored.decided_on()?, RETENTION, act.today)?;
        let text = new.text.as_ref();
        Ok(pb::DecisionDocument {
            name: name.to_string(),
            digest: new.original.to_string(),
            media_type: new.media_type.clone(),
            size_bytes: new.size_bytes,
            text_digest: text.map(|text| text.file().to_string()).unwrap_or_default(),
            redactions: text.map(|text| text.redactions.clone()).unwrap_or_default(),
            secrecy_reviewer: text.map(|text| text.secrecy_reviewer.clone()).unwrap_or_default(),
            officer: act.context.actor.clone(),
            office: act.context.office.clone(),
            upload_time: Some(timestamp(act.now)),
            retain_until: kept.due.date().map(|last| last.to_string()).unwrap_or_default(),
        })
    }

    /// Notes the document with its record. Whoever was told of the penalty is told of the text; one that is suspended is told when that
    /// ends, and one that is still to be handed over is handed over with it.
    async fn tell_decision(
        &self,
        tx: &mut Tx,
        act: &Act,
        stored: Stored,
        document: &pb::DecisionDocument,
    ) -> Result<(), Error> {
        let step = RECORD.step(stored.state, Event::Note, &Actor::system()).map_err(Common::from)?;
        let shown = stored.state.is_told() && stored.record.suspended_by.is_empty();
        move_to(tx, stored.id(), stored.record.revision, step.to).await?;
        let mut record = stored.record;
        record.revision += 1;
        record.state = step.to.as_str().to_owned();
        if shown {
            self.tell_again(tx, act, &mut record).await?;
        } else {
            name_texts(tx, vec![&mut record]).await?;
        }
        let reason = format!("{} {}", document.name, document.digest);
        let told = record_event(act, CHANGED, act.today, record, reason);
        self.outbox.append(tx, &told).await.map_err(Common::from)?;
        Ok(())
    }
}
