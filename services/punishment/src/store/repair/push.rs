//! What the province in which a party is registered is told of a repair that was decided here (order 107), and what it answers. The
//! letter goes on paper or by the system of that province; here is noted that it went, as with the listing itself.

use contract::punishment::v1::{Repair, RepairPush};
use db::Tx;
use domain::{DivisionCode, DocumentNumber};
use prost::Message;
use service::idempotency::{self, Claim};
use service::machine::Office;
use service::obligation::{self, Matter, NewDuty};

use super::super::party_name::registered_division;
use super::super::{Act, Store, corrupt, serious};
use super::{Application, bounded, find};
use crate::domain::home::registered_elsewhere;
use crate::domain::list::List;
use crate::domain::repair::{RepairName, Subject};
use crate::error::{Error, RepairRefused};
use crate::machines::repair::{Event, PUSH, REPAIR};

/// What is noted about the province of registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PushKind {
    /// A letter went to it.
    Letter,
    /// It has answered the last one.
    Answer,
    /// There is none: the party is registered here, for this reason.
    RegisteredHere(String),
}

/// A letter to the province of registration, its answer to the last one, or the paper that shows that there is none to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    /// What it is.
    pub kind: PushKind,
    /// Number of the letter or paper.
    pub document_no: DocumentNumber,
}

impl Store {
    /// Notes that the province of registration was told, has answered, or is none: then it is not owed a letter any more.
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
        let event = match push.kind {
            PushKind::Letter => Event::PushElsewhere,
            PushKind::Answer => Event::AcknowledgeElsewhere,
            PushKind::RegisteredHere(_) => Event::FindRegisteredHere,
        };
        let step = REPAIR.step(before.state, event, &act.actor)?;
        let Some(home) = home_elsewhere(&mut tx, &before).await? else {
            return Err(RepairRefused::RegisteredHere(name.clone()).into());
        };
        let mut said = Repair { registered_in: home.to_string(), ..before.said.clone() };
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
        if !owed || home_elsewhere(tx, after).await?.is_none() {
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

/// Where the party of an application is registered, if that is in another province: as it said when it was begun or, of one that was begun
/// before applications said so, as is known now. Whom an officer found to be registered here stays so.
async fn home_elsewhere(tx: &mut Tx, application: &Application) -> Result<Option<DivisionCode>, Error> {
    let Application { said, subject, uscc, division, .. } = application;
    if !said.registered_in.is_empty() {
        let home = DivisionCode::parse(&said.registered_in);
        return Ok(Some(home.map_err(|problem| corrupt(&said.name, problem))?));
    }
    if said.pushes.iter().any(|push| !push.registered_here.is_empty()) {
        return Ok(None);
    }
    match subject {
        Subject::Penalty(_) => Ok(registered_elsewhere(registered_division(tx, uscc).await?, uscc, division)),
        Subject::Entry(name) if name.list() == List::Serious => {
            let case = serious::find(tx, name).await?.content;
            Ok(case.registered_in.clone().filter(|_| case.registered_elsewhere()))
        }
        // Who registered the party entered it.
        Subject::Entry(_) => Ok(None),
    }
}

fn note(said: &mut Repair, act: &Act<'_>, name: &RepairName, push: &Push) -> Result<(), Error> {
    let (day, number) = (act.today().to_string(), push.document_no.to_string());
    let noted = |registered_here: String| RepairPush {
        document_no: number.clone(),
        pushed_on: day.clone(),
        officer: act.actor.person.to_owned(),
        registered_here,
        ..RepairPush::default()
    };
    let new = match &push.kind {
        PushKind::Letter => Some(noted(String::new())),
        PushKind::RegisteredHere(reason) => Some(noted(reason.clone())),
        PushKind::Answer => None,
    };
    if let Some(new) = new {
        bounded("pushes", said.pushes.len() + 1)?;
        if !new.registered_here.is_empty() {
            said.registered_in.clear();
        }
        said.pushes.push(new);
        return Ok(());
    }
    let waiting = said.pushes.last_mut().filter(|push| push.acknowledged_on.is_empty());
    let waiting = waiting.ok_or_else(|| RepairRefused::NothingPushed(name.clone()))?;
    (waiting.acknowledged_on, waiting.answer_no) = (day, number);
    Ok(())
}
