//! The signed copy comes back, and the letter is published.

use chrono::NaiveDate;
use contract::registry::v1 as pb;
use db::{Tx, on};
use domain::Uscc;
use files::FileId;
use prost::Message;
use service::idempotency::{Claim, claim};

use super::push::enqueue;
use super::signing_key;
use super::step::{LetterRequest, MovedLetter};
use super::template::template_of;
use crate::domain::{Commitment, SignedCopy};
use crate::error::{CommitmentError, Error};
use crate::machines::commitment::Event;
use crate::seal::Attested;
use crate::store::{Act, Store};

/// A signed copy that lies in the archive.
#[derive(Clone, Debug)]
pub struct Returned {
    /// Its digest.
    pub file: FileId,
    /// Its size in bytes.
    pub bytes: i64,
    /// Its media type.
    pub media_type: String,
    /// Day on which the enterprise signed.
    pub signed_on: NaiveDate,
}

/// A request that brings the signed copy.
pub type SignedLetter<'a> = LetterRequest<'a, pb::SignCommitmentRequest>;

impl Store {
    /// Records the signed copy. `attest` signs what the service states about it.
    ///
    /// # Errors
    /// [`CommitmentError::NotFound`], field or division not the caller's, a step that the table refuses, a day before the letter
    /// was sent, and what `attest` says.
    pub async fn sign_commitment(
        &self,
        request: &SignedLetter<'_>,
        returned: &Returned,
        act: &Act,
        attest: impl Fn(&str) -> Result<Attested, CommitmentError>,
    ) -> Result<pb::Commitment, Error> {
        let (mut tx, before, claimed) = self.begin_step(request, act).await?;
        if let Claim::Repeat(answer) = claimed {
            return Ok(answer);
        }
        let letter = &before.commitment;
        let step = self.step_of(request.caller, letter, Event::Sign, ("", None))?;
        if returned.signed_on < letter.issued_on {
            let problem = format!("is before {}, the day on which the letter was sent", letter.issued_on);
            return Err(service::FieldErrors::one("signed_on", problem).into());
        }
        let text = template_of(&mut tx, &letter.template).await?.text_digest();
        let statement = letter.statement(&text, &returned.file, returned.signed_on);
        let attested = attest(&statement)?;
        signing_key::keep(&mut tx, &attested, act.now).await?;
        let Attested { signature, key_id, .. } = attested;
        let copy = SignedCopy {
            signed_on: returned.signed_on,
            file: returned.file,
            bytes: returned.bytes,
            media_type: returned.media_type.clone(),
            statement,
            signature,
            key_id,
            retain_until: None,
        };
        let after = Commitment { copy: Some(copy), ..letter.moved(step.to, act.today, act.now) };
        let after = self.retained(after)?;
        let moved = MovedLetter { before: &before, after, step, reason: "", owner: &letter.office };
        let answer = self.write_letter(&mut tx, act, moved).await?;
        request.answer(tx, answer).await
    }

    /// Publishes a signed letter: the publicity system is told in the same transaction.
    ///
    /// # Errors
    /// [`CommitmentError::NotFound`], field or division not the caller's, a step that the table refuses.
    pub async fn publish_commitment<B: Message>(
        &self,
        request: &LetterRequest<'_, B>,
        act: &Act,
    ) -> Result<pb::Commitment, Error> {
        let mut tx = self.begin_act().await?;
        let claimed = claim(&mut tx, &request.key, request.body, act.now).await?;
        // Before the letter is read: with it come the name and the division that are told.
        hold_enterprise(&mut tx, &request.letter.uscc).await?;
        let before = self.letter_for(&mut tx, request).await?;
        if let Claim::Repeat(answer) = claimed {
            return Ok(answer);
        }
        let letter = &before.commitment;
        let step = self.step_of(request.caller, letter, Event::Publish, ("", None))?;
        let mut after = letter.moved(step.to, act.today, act.now);
        after.published_on = Some(act.today);
        after.pushed_revision = after.revision;
        let title = template_of(&mut tx, &after.template).await?.content.title;
        enqueue(&mut tx, self, act, &before, &after, &title).await?;
        let moved = MovedLetter { before: &before, after, step, reason: "", owner: &letter.office };
        let answer = self.write_letter(&mut tx, act, moved).await?;
        request.answer(tx, answer).await
    }
}

/// Keeps other transactions from renaming or moving an enterprise until this one ends: whoever does finds the letter published then, and
/// has it told again.
async fn hold_enterprise(tx: &mut Tx, uscc: &Uscc) -> Result<(), sqlx::Error> {
    const SQL: &str = "UPDATE enterprise SET revision = revision WHERE uscc = $1";
    on!(tx, |conn| sqlx::query(SQL).bind(uscc.as_str()).execute(conn).await.map(drop))
}
