//! Changing parties without a code, and what stood there before, until they are erased.

use contract::registry::v1 as pb;
use db::{Tx, on};
use service::auth::Caller;
use service::idempotency::{Claim, Key, claim, store_answer};
use service::{Error as Common, FieldErrors};

use super::outcome::Outcome;
use super::party::{ONE, PartyRow};
use super::{Act, AsOf, Store};
use crate::convert::{party_to_pb, party_without_person};
use crate::domain::{Party, PartyChange, PartyPatch};
use crate::error::Error;

/// Kind of the event of a party that says something else.
const CHANGED: &str = "registry.party.changed";

/// A request to change a party.
#[derive(Clone, Copy, Debug)]
pub struct PartyUpdate<'a> {
    /// What it is known by.
    pub key: &'a Key<'a>,
    /// As sent.
    pub body: &'a pb::UpdatePartyRequest,
    /// Who asks.
    pub caller: &'a Caller,
    /// The change.
    pub patch: &'a PartyPatch,
    /// Why.
    pub reason: &'a str,
}

impl Store {
    /// Makes the change, and keeps what stood there before. What is stored of the answer tells nobody who the party is.
    ///
    /// # Errors
    /// [`Error::PartyNotFound`]; the division it lies in, or is to lie in, not the caller's; [`Error::PartyEtagMismatch`] when the
    /// entry has changed since the caller read it; [`Error::PartyErased`]; a day before the present content holds.
    pub async fn update_party(&self, update: &PartyUpdate<'_>, act: &Act) -> Result<pb::Party, Error> {
        let PartyUpdate { key, body, caller, patch, reason } = *update;
        let mut tx = self.db.begin_write().await?;
        let claimed = claim::<pb::Party>(&mut tx, key, body, act.now).await?;
        let id = patch.id.0.to_string();
        let row: Option<PartyRow> = on!(tx, |conn| sqlx::query_as(ONE).bind(&id).fetch_optional(conn).await)?;
        let known = Party::try_from(row.ok_or(Error::PartyNotFound(patch.id))?)?;
        caller.may_act_in_division(&known.content.division)?;
        if let Claim::Repeat(answer) = claimed {
            return Ok(with_person(answer, &known, patch));
        }
        if known.erased_at.is_some() {
            return Err(Error::PartyErased(patch.id));
        }
        if known.revision != patch.seen_revision {
            return Err(Error::PartyEtagMismatch(patch.id));
        }
        let party = match known.changed(patch, act.today, act.now) {
            PartyChange::Unchanged => known,
            PartyChange::TooEarly { present_since } => {
                let problem = format!("lies before {present_since}, from which the present content holds");
                return Err(FieldErrors::one("party.effective_on", problem).into());
            }
            PartyChange::Changed(party, fields) => {
                caller.may_act_in_division(&party.content.division)?;
                keep_past(&mut tx, &known, act, reason).await?;
                replace(&mut tx, &party).await?;
                let mut outcome = Outcome::of(act).because(reason);
                outcome.party(CHANGED, &party, &fields);
                outcome.write(&mut tx, self).await?;
                party
            }
        };
        store_answer(&mut tx, key, &party_without_person(&party)).await?;
        tx.commit().await?;
        Ok(party_to_pb(&party))
    }

    /// `present` as it stood at `at`. Once it is erased, nothing of it tells who it was, whatever the day.
    ///
    /// # Errors
    /// [`Error::PartyNotFound`] when nothing was true of it, or known, by then.
    pub async fn party_as_of(&self, present: Party, at: AsOf) -> Result<Party, Error> {
        // Days and instants both rise with the revision, so the highest one that is seen is what stood.
        const SQL: &str = "
            SELECT id, legal_name, party_kind, division, related_uscc, revision, created_at_us,
                   CAST(NULL AS BIGINT) AS erased_at_us, effective_on, updated_at_us
            FROM party_past
            WHERE id = $1 AND effective_on <= $2 AND updated_at_us <= $3
            ORDER BY revision DESC
            LIMIT 1";
        if present.effective_on <= at.day && present.updated_at <= at.known_at {
            return Ok(present);
        }
        let row: Option<PartyRow> = on!(self.db, |pool| sqlx::query_as(SQL)
            .bind(present.id.0.to_string())
            .bind(at.day)
            .bind(at.known_at.micros())
            .fetch_optional(pool)
            .await)?;
        let row = row.ok_or(Error::PartyNotFound(present.id))?;
        Ok(Party { erased_at: present.erased_at, ..Party::try_from(row)? })
    }
}

/// Keeps the present content as a past one, with why it is replaced and by whom.
async fn keep_past(tx: &mut Tx, known: &Party, act: &Act, reason: &str) -> Result<(), Error> {
    const SQL: &str = "
        INSERT INTO party_past (id, revision, legal_name, party_kind, division, related_uscc, created_at_us, updated_at_us,
            effective_on, reason, officer)
        SELECT id, revision, legal_name, party_kind, division, related_uscc, created_at_us, updated_at_us, effective_on, $3, $4
        FROM party WHERE id = $1 AND revision = $2
        ON CONFLICT (id, revision) DO NOTHING";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(known.id.0.to_string())
        .bind(known.revision)
        .bind(reason)
        .bind(act.context.actor.as_str())
        .execute(conn)
        .await
        .map(drop))?;
    Ok(())
}

/// Writes a party that was read one revision before.
async fn replace(tx: &mut Tx, party: &Party) -> Result<(), Error> {
    const SQL: &str = "
        UPDATE party
        SET legal_name = $3, party_kind = $4, division = $5, related_uscc = $6, revision = $2, effective_on = $7,
            updated_at_us = $8
        WHERE id = $1 AND revision = $2 - 1";
    let person = party_to_pb(party);
    let written = on!(tx, |conn| sqlx::query(SQL)
        .bind(party.id.0.to_string())
        .bind(party.revision)
        .bind(&person.legal_name)
        .bind(&person.party_kind)
        .bind(&person.division)
        .bind(&person.related_uscc)
        .bind(party.effective_on)
        .bind(party.updated_at.micros())
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    if written == 1 { Ok(()) } else { Err(Common::Contended.into()) }
}

/// A stored answer with who the party is, which is stored in the entry alone: as it still stands there, or as the repeated request
/// brings it along, as far as it does.
fn with_person(answer: pb::Party, known: &Party, patch: &PartyPatch) -> pb::Party {
    let person = if known.revision == answer.revision {
        party_to_pb(known)
    } else {
        let nobody = crate::domain::PartyContent { legal_name: None, related: None, ..known.content.clone() };
        party_to_pb(&Party { content: patch.apply(&nobody), ..known.clone() })
    };
    pb::Party { legal_name: person.legal_name, related_uscc: person.related_uscc, ..answer }
}
