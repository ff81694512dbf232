//! What the province in which a party is registered is told of a repair that was decided here (order 107), and what it answers. The
//! letter goes on paper or by the system of that province; here is noted that it went, as with the listing itself.

use contract::punishment::v1::{Repair, RepairPush};
use db::Tx;
use domain::DocumentNumber;
use prost::Message;
use service::idempotency::{self, Claim};
use service::machine::Office;
use service::obligation::{self, Matter, NewDuty};

use super::super::{Act, Store};
use super::{Application, bounded, find};
use crate::domain::repair::RepairName;
use crate::error::{Error, RepairRefused};
use crate::machines::repair::{Event, PUSH, REPAIR};

/// A letter to the province of registration, or its answer to the last one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    /// Whether it is the answer.
    pub acknowledged: bool,
    /// Number of the letter.
    pub document_no: DocumentNumber,
}

impl Store {
    /// Notes that the province of registration was told, or has answered.
    ///
    /// # Errors
    /// [`RepairRefused::NotFound`], [`RepairRefused::RegisteredHere`], [`RepairRefused::NothingPushed`].
    pub async fn push_repair(
        &self,
        act: &Act<'_>,
        body: &impl Message,
        name: &RepairName,
        push: &Push,
    ) -> Result<Repair, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = idempotency::claim(&mut tx, &act.key, body, act.now).await? {
            return Ok(answer);
        }
        let before = find(&mut tx, name).await?;
        let event = if push.acknowledged { Event::AcknowledgeElsewhere } else { Event::PushElsewhere };
        let step = REPAIR.step(before.state, event, &act.actor)?;
        if before.said.registered_in.is_empty() {
            return Err(RepairRefused::RegisteredHere(name.clone()).into());
        }
        let mut said = before.said.clone();
        note(&mut said, act, name, push)?;
        let after = self.take_repair_step(&mut tx, act, (&before, said), (event, &step)).await?;
        idempotency::store_answer(&mut tx, &act.key, &after.said).await?;
        tx.commit().await?;
        Ok(after.said)
    }

    /// Opens the duty to tell the province of registration of a grant, or of the revocation of one that it was told of. Nothing was owed
    /// before order 107.
    pub(super) async fn have_told_elsewhere(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        event: Event,
        after: &Application,
    ) -> Result<(), Error> {
        let owed = event.grants() || (event.takes_back() && !after.said.pushes.is_empty());
        if !owed || after.said.registered_in.is_empty() {
            return Ok(());
        }
        let subject = after.name.to_string();
        let matter = Matter {
            subject: &subject,
            field: after.field.as_ref(),
            division: Some(&after.division),
            owner: None,
        };
        let start_on = act.today();
        let duty = NewDuty { matter, kind: PUSH, office: Office::CREDIT.code(), parameter: PUSH, start_on };
        obligation::open_in_force(tx, &duty, &self.book).await?;
        Ok(())
    }
}

fn note(said: &mut Repair, act: &Act<'_>, name: &RepairName, push: &Push) -> Result<(), Error> {
    let (day, number) = (act.today().to_string(), push.document_no.to_string());
    if !push.acknowledged {
        bounded("pushes", said.pushes.len() + 1)?;
        said.pushes.push(RepairPush {
            document_no: number,
            pushed_on: day,
            officer: act.actor.person.to_owned(),
            ..RepairPush::default()
        });
        return Ok(());
    }
    let waiting = said.pushes.last_mut().filter(|push| push.acknowledged_on.is_empty());
    let waiting = waiting.ok_or_else(|| RepairRefused::NothingPushed(name.clone()))?;
    (waiting.acknowledged_on, waiting.answer_no) = (day, number);
    Ok(())
}
