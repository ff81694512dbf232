//! Changing single fields of an enterprise.

use contract::registry::v1 as pb;
use service::FieldErrors;
use service::auth::Caller;
use service::idempotency::{Claim, Key, claim, store_answer};

use super::enterprise_row::{enterprises_of, write_enterprises};
use super::outcome::Outcome;
use super::settle::{concerns_marks, tell_again};
use super::{Act, Store};
use crate::convert::{enterprise_to_pb, enterprise_without_person};
use crate::domain::{Change, Enterprise, Field, Handed, Patch};
use crate::error::Error;

/// A request to change an enterprise.
#[derive(Clone, Copy, Debug)]
pub struct EnterpriseUpdate<'a> {
    /// What it is known by.
    pub key: &'a Key<'a>,
    /// As sent.
    pub body: &'a pb::UpdateEnterpriseRequest,
    /// Who asks.
    pub caller: &'a Caller,
    /// The change.
    pub patch: &'a Patch,
}

impl Store {
    /// Makes the change, and keeps what stood there before.
    ///
    /// # Errors
    /// [`Error::EnterpriseNotFound`]; the division it lies in, or is to lie in, not the caller's; [`Error::EtagMismatch`] when
    /// the entry has changed since the caller read it; a day before the present content holds.
    pub async fn update_enterprise(
        &self,
        update: &EnterpriseUpdate<'_>,
        act: &Act,
    ) -> Result<pb::Enterprise, Error> {
        let EnterpriseUpdate { key, body, caller, patch } = *update;
        let moves = patch.fields.iter().any(|field| matches!(field, Field::Division(_)));
        let mut tx = if moves { self.begin_move().await? } else { self.begin_act().await? };
        let claimed = claim::<pb::Enterprise>(&mut tx, key, body, act.now).await?;
        let known = enterprises_of(&mut tx, [&patch.uscc]).await?.remove(&patch.uscc);
        let known = known.ok_or_else(|| Error::EnterpriseNotFound(patch.uscc.clone()))?;
        caller.may_act_in_division(&known.profile.division)?;
        if let Claim::Repeat(answer) = claimed {
            return Ok(with_person(answer, &known, patch));
        }
        if known.revision != patch.seen_revision {
            return Err(Error::EtagMismatch(patch.uscc.clone()));
        }
        let profile = patch.apply(&known.profile);
        caller.may_act_in_division(&profile.division)?;
        let handed = Handed { uscc: patch.uscc.clone(), profile, since: patch.since };
        let entry = match Enterprise::accept(Some(&known), &handed, act.today, act.now) {
            Change::Unchanged => known,
            Change::TooEarly { present_since } => {
                let problem = format!("lies before {present_since}, from which the present content holds");
                return Err(FieldErrors::one("enterprise.effective_on", problem).into());
            }
            Change::Registered(_) => {
                return Err(service::Error::corrupt(format!("enterprise {} is new twice", patch.uscc)).into());
            }
            Change::Changed(entry, fields) => {
                write_enterprises(&mut tx, &[&entry]).await?;
                let mut outcome = Outcome::of(act);
                outcome.changed(&entry, &fields);
                let concerns = concerns_marks(&fields);
                if concerns {
                    tell_again(&mut tx, &mut outcome, act, &[&entry]).await?;
                }
                outcome.write(&mut tx, self).await?;
                if concerns {
                    self.tell_letters_again(&mut tx, act, &[entry.uscc.as_str()]).await?;
                }
                entry
            }
        };
        store_answer(&mut tx, key, &enterprise_without_person(&entry)).await?;
        tx.commit().await?;
        Ok(enterprise_to_pb(&entry))
    }
}

/// A stored answer with the name of the person, which is stored in the entry alone: as it still stands there, or as the repeated
/// request brings it along.
fn with_person(answer: pb::Enterprise, known: &Enterprise, patch: &Patch) -> pb::Enterprise {
    let person = if known.revision == answer.revision {
        known.profile.legal_representative.clone()
    } else {
        patch.person().unwrap_or_default()
    };
    pb::Enterprise { legal_representative: person, ..answer }
}
