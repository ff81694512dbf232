//! What every step of a letter has in common: loading it with the right to act, taking the step by the table, and writing what
//! follows: row, duties, event.

use chrono::NaiveDate;
use contract::registry::v1 as pb;
use db::{Tx, on};
use domain::OfficeCode;
use outbox::{EventContext, NewEvent};
use prost::Message;
use service::auth::Caller;
use service::idempotency::{Claim, Key, claim, store_answer};
use service::machine::{Actor, Refused, Step};
use service::obligation::{self, Matter};

use super::row::{CommitmentViewRow, update};
use crate::convert::commitment_to_pb;
use crate::domain::{Commitment, CommitmentKey, CommitmentView, enterprise_name};
use crate::error::{CommitmentError, Error};
use crate::machines::commitment::{COMMITMENT, Event, LINE, RETENTION, State};
use crate::store::{Act, Store};

/// Kind of the event of a letter that came or moved on.
const CHANGED: &str = "registry.commitment.changed";
/// One letter with its enterprise.
const ONE: &str = "
    SELECT c.*, e.legal_name, e.division
    FROM commitment c JOIN enterprise e ON e.uscc = c.uscc
    WHERE c.id = $1 AND c.uscc = $2";

/// One request about a letter: who asks for what.
#[derive(Debug)]
pub struct LetterRequest<'a, B> {
    /// What the request is known by.
    pub key: Key<'a>,
    /// The request as sent.
    pub body: &'a B,
    /// Who asks.
    pub caller: &'a Caller,
    /// The letter.
    pub letter: &'a CommitmentKey,
}

impl<B: Message> LetterRequest<'_, B> {
    /// Ends the transaction of what was asked for, which is answered so.
    pub(super) async fn answer(&self, mut tx: Tx, answer: pb::Commitment) -> Result<pb::Commitment, Error> {
        store_answer(&mut tx, &self.key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }
}

/// A letter that moved: as it was, as it is, by which step.
pub(super) struct MovedLetter<'a> {
    /// The letter before.
    pub(super) before: &'a CommitmentView,
    /// The letter now.
    pub(super) after: Commitment,
    /// The step of the table.
    pub(super) step: Step<State>,
    /// Reason that was given; may be empty.
    pub(super) reason: &'a str,
    /// Office that answers for what the step opens.
    pub(super) owner: &'a OfficeCode,
}

impl Store {
    /// One letter.
    ///
    /// # Errors
    /// [`CommitmentError::NotFound`].
    pub async fn commitment(&self, key: &CommitmentKey) -> Result<CommitmentView, Error> {
        let row: Option<CommitmentViewRow> = on!(self.db, |pool| sqlx::query_as(ONE)
            .bind(key.id.to_string())
            .bind(key.uscc.as_str())
            .fetch_optional(pool)
            .await)?;
        found(row, key)
    }

    /// Begins the transaction of a step: claims the request, and loads the letter for a caller who may act on it, as one who asks again
    /// must be, too.
    pub(super) async fn begin_step<B: Message>(
        &self,
        request: &LetterRequest<'_, B>,
        act: &Act,
    ) -> Result<(Tx, CommitmentView, Claim<pb::Commitment>), Error> {
        let mut tx = self.begin_act().await?;
        let claimed = claim(&mut tx, &request.key, request.body, act.now).await?;
        let before = self.letter_for(&mut tx, request).await?;
        Ok((tx, before, claimed))
    }

    /// The letter in a transaction, for a caller who may act on its field and division.
    pub(super) async fn letter_for<B: Message>(
        &self,
        tx: &mut Tx,
        request: &LetterRequest<'_, B>,
    ) -> Result<CommitmentView, Error> {
        let view = letter(tx, request.letter).await?;
        request.caller.may_act_on(&view.commitment.field, &view.division)?;
        Ok(view)
    }

    /// The step that the table allows to the caller, who cites `legal_basis` (may be empty), on what `proposer` proposed.
    pub(super) fn step_of(
        &self,
        caller: &Caller,
        letter: &Commitment,
        event: Event,
        (legal_basis, proposer): (&str, Option<&str>),
    ) -> Result<Step<State>, Error> {
        let owners =
            self.book.field(&letter.field).map(|field| field.owner_offices.as_slice()).unwrap_or_default();
        let office = caller.office();
        let acting = if owners.contains(office) { LINE.code() } else { office.as_str() };
        let actor = Actor::person(acting, caller.subject()).citing(legal_basis);
        let actor = proposer.into_iter().fold(actor, Actor::on_proposal_of);
        let shown = |offices: &[&str]| -> Vec<String> {
            let own = |office: &&str| if *office == LINE.code() { owners.to_vec() } else { Vec::new() };
            let others =
                offices.iter().filter(|office| **office != LINE.code()).map(|office| (*office).to_owned());
            offices.iter().flat_map(own).map(|office| office.to_string()).chain(others).collect()
        };
        COMMITMENT.step(letter.state, event, &actor).map_err(|refused| {
            let commitment = letter.key.name();
            match refused {
                Refused::Office { offices, .. } => {
                    CommitmentError::Office { office: office.clone(), commitment, offices: shown(&offices) }
                }
                refused => CommitmentError::Refused { commitment, refused: Box::new(refused) },
            }
            .into()
        })
    }

    /// The letter with the term of its signed copy as it is now; never shorter than an officer has said.
    pub(super) fn retained(&self, mut letter: Commitment) -> Result<Commitment, Error> {
        let until = self.retention_of(&letter)?;
        if let Some(copy) = &mut letter.copy {
            copy.retain_until = copy.retain_until.max(until);
        }
        Ok(letter)
    }

    /// Last day of the retention of a letter's signed copy, by the rule of the day from which it is counted.
    pub(super) fn retention_of(&self, letter: &Commitment) -> Result<Option<NaiveDate>, Error> {
        let Some(from) = letter.retained_from() else { return Ok(None) };
        Ok(self.book.deadline(from, RETENTION).map_err(service::Error::from)?.due.date())
    }

    /// Writes a letter that moved, and its duties; what is told about it, the caller writes.
    pub(super) async fn save_letter(
        &self,
        tx: &mut Tx,
        act: &Act,
        moved: &MovedLetter<'_>,
    ) -> Result<(), Error> {
        let MovedLetter { before, after, step, owner, .. } = moved;
        update(tx, after).await?;
        let subject = after.key.name();
        let matter = Matter {
            subject: &subject,
            field: Some(&after.field),
            division: Some(&before.division),
            owner: Some(owner),
        };
        Ok(obligation::follow(tx, step, &matter, &act.context.actor, act.today, &self.book).await?)
    }

    /// Writes a letter that moved: row, duties, event. Answers it as the API shows it.
    pub(super) async fn write_letter(
        &self,
        tx: &mut Tx,
        act: &Act,
        moved: MovedLetter<'_>,
    ) -> Result<pb::Commitment, Error> {
        self.save_letter(tx, act, &moved).await?;
        let MovedLetter { before, after, reason, .. } = moved;
        let previous_state = before.commitment.state;
        let view = CommitmentView { commitment: after, ..before.clone() };
        let told = Told { previous_state: Some(previous_state), reason, context: &act.context };
        self.tell(tx, act, &view, told).await
    }

    /// Writes the event of a letter that came or moved.
    pub(super) async fn tell(
        &self,
        tx: &mut Tx,
        act: &Act,
        view: &CommitmentView,
        told: Told<'_>,
    ) -> Result<pb::Commitment, Error> {
        let shown = commitment_to_pb(view);
        let payload = pb::CommitmentEvent {
            commitment: Some(shown.clone()),
            previous_state: told.previous_state.map(State::word).unwrap_or_default().to_owned(),
            reason: told.reason.to_owned(),
        };
        let event = NewEvent {
            kind: CHANGED,
            subject: enterprise_name(&view.commitment.key.uscc),
            effective_on: act.today,
            context: told.context,
            payload: payload.encode_to_vec(),
        };
        self.outbox.append(tx, &event).await?;
        Ok(shown)
    }
}

/// What the event of a letter says beside the letter.
pub(super) struct Told<'a> {
    /// State before; `None` when the letter is new.
    pub(super) previous_state: Option<State>,
    /// Reason that was given; may be empty.
    pub(super) reason: &'a str,
    /// Who acted, on what ground.
    pub(super) context: &'a EventContext,
}

/// The letter in a transaction.
pub(super) async fn letter(tx: &mut Tx, key: &CommitmentKey) -> Result<CommitmentView, Error> {
    let row: Option<CommitmentViewRow> = on!(tx, |conn| sqlx::query_as(ONE)
        .bind(key.id.to_string())
        .bind(key.uscc.as_str())
        .fetch_optional(conn)
        .await)?;
    found(row, key)
}

fn found(row: Option<CommitmentViewRow>, key: &CommitmentKey) -> Result<CommitmentView, Error> {
    Ok(row.ok_or_else(|| CommitmentError::NotFound(key.clone()))?.try_into()?)
}
