//! Verification, the panel and its opinions.

use contract::punishment::v1::{Repair, RepairOpinion, RepairVerification};
use prost::Message;
use service::idempotency::{self, Claim};

use super::super::{Act, Store};
use super::{bounded, find};
use crate::domain::repair::RepairName;
use crate::error::Error;
use crate::machines::repair::{Event, REPAIR};

/// What happens to an application that is under decision, before it is decided.
#[derive(Clone, Debug, PartialEq)]
pub enum Verification {
    /// A verification, by its way, whether it confirms, and what was found.
    Verified(RepairVerification),
    /// It is handed to the panel, for this reason.
    Referred(String),
    /// An office of the panel gives its opinion.
    Advised(RepairOpinion),
}

impl Verification {
    const fn event(&self) -> Event {
        match self {
            Self::Verified(_) => Event::Verify,
            Self::Referred(_) => Event::Refer,
            Self::Advised(_) => Event::Advise,
        }
    }
}

impl Store {
    /// Records what happens to an application before it is decided.
    ///
    /// # Errors
    /// [`RepairRefused::NotFound`](crate::RepairRefused::NotFound).
    pub async fn verify_repair(
        &self,
        act: &Act<'_>,
        body: &impl Message,
        name: &RepairName,
        verification: Verification,
    ) -> Result<Repair, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = idempotency::claim(&mut tx, &act.key, body, act.now).await? {
            return Ok(answer);
        }
        let before = find(&mut tx, name).await?;
        let event = verification.event();
        let step = REPAIR.step(before.state, event, &act.actor)?;
        let mut said = before.said.clone();
        let (officer, office) = (act.actor.person.to_owned(), act.actor.office.to_owned());
        let today = act.today().to_string();
        match verification {
            Verification::Verified(found) => {
                said.verifications.push(RepairVerification { officer, office, verified_on: today, ..found });
                bounded("verification", said.verifications.len())?;
            }
            Verification::Referred(reason) => said.reason = reason,
            Verification::Advised(opinion) => {
                said.opinions.retain(|other| other.office != office);
                said.opinions.push(RepairOpinion { officer, office, given_on: today, ..opinion });
            }
        }
        let after = self.take_repair_step(&mut tx, act, (&before, said), (event, &step)).await?;
        idempotency::store_answer(&mut tx, &act.key, &after.said).await?;
        tx.commit().await?;
        Ok(after.said)
    }
}
