//! The letter of a visit, and the entry with it.

use contract::inspection::v1 as pb;
use db::Tx;
use service::Error as Common;
use service::FieldErrors;
use service::idempotency::Claim;

use super::lapse::{Moot, lapse};
use super::{Act, Store, joint, secret, task, visit, visit_row};
use crate::convert::visit::visit_to_pb;
use crate::domain::letter::{letter_text, scan_code, scan_image, scan_uri};
use crate::domain::visit::ScannedIn;
use crate::domain::{InspectorNo, Task, Visit, VisitName};
use crate::error::Error;
use crate::machines::result::{Event, RESULT};

/// Kind of the event of an entry.
const SCANNED_IN: &str = "inspection.visit.scanned_in";

impl Store {
    /// The letter of a visit with the code of its present inspectors, as shown on `today`: one letter for all departments that make it
    /// together, which the one that leads and those that join it get alike.
    ///
    /// # Errors
    /// [`Error::VisitNotFound`]; [`Error::InspectorRecused`].
    pub async fn task_letter(
        &self,
        name: &VisitName,
        today: chrono::NaiveDate,
    ) -> Result<pb::TaskLetter, Error> {
        let mut tx = self.db.begin_read().await?;
        let visit = visit::read(&mut tx, name).await?;
        let task = task::read(&mut tx, &name.task).await?;
        let together = together(&mut tx, &task, &visit).await?;
        for (_, other) in &together {
            if other.name == *name || other.made_on().is_none() {
                visit::may_begin(&mut tx, other).await?;
            }
        }
        let scan_code = code_of(&mut tx, &together).await?;
        let uri = scan_uri(&visit, &scan_code);
        Ok(pb::TaskLetter {
            name: format!("{name}/letter"),
            text: letter_text(&together, &self.book, today),
            scan_image: scan_image(&uri).ok_or_else(|| Common::corrupt(format!("the name of {name}")))?,
            scan_uri: uri,
            scan_code,
        })
    }

    /// Puts on record that inspectors have entered with their letter, on the day of the other departments or with the reason for another one.
    ///
    /// # Errors
    /// [`Error::VisitNotFound`]; [`Error::InspectorRecused`]; another code, an inspector who is not on the visit, or a missing reason is an
    /// invalid field; the refusal of the machine when the visit has a result.
    pub async fn scan_in(
        &self,
        act: &Act<'_>,
        body: &pb::ScanInRequest,
        name: &VisitName,
        (inspector, apart): (InspectorNo, String),
    ) -> Result<pb::Visit, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = act.claim(&mut tx, body).await? {
            return Ok(answer);
        }
        let mut visit = visit::read(&mut tx, name).await?;
        visit.state = RESULT.step(visit.state, Event::ScanIn, &act.caller.actor())?.to;
        visit::may_begin(&mut tx, &visit).await?;
        let task = task::read(&mut tx, &name.task).await?;
        let together = together(&mut tx, &task, &visit).await?;
        let scan_code = code_of(&mut tx, &together).await?;
        let mut errors = FieldErrors::default();
        if !visit.inspectors.contains(&inspector) {
            errors.push("inspector_no", format!("`{inspector}` is not on `{name}`"));
        }
        if let Some(entered) = &visit.scanned_in {
            errors.push("scan_code", format!("was used by `{}`: a letter opens the door once", entered.by));
        } else if body.scan_code != scan_code {
            errors.push("scan_code", "is not that of the letter of this visit");
        }
        errors.into_result()?;
        joint::on_one_day(&mut tx, (&mut visit, &task), act.today, &apart).await?;
        visit.scanned_in = Some(ScannedIn { at: act.now, by: inspector });
        visit_row::update(&mut tx, &mut visit).await?;
        lapse(&mut tx, act, Moot::Visit(name)).await?;
        self.tell_visit(&mut tx, act, SCANNED_IN, &visit).await?;
        Ok(act.answer(tx, visit_to_pb(&visit)).await?)
    }
}

/// A visit with those that other departments make together with it, each with its task, the leading one first.
async fn together(tx: &mut Tx, task: &Task, visit: &Visit) -> Result<Vec<(Task, Visit)>, Error> {
    let mut together = Vec::new();
    for visit in joint::visits(tx, task.scope.leading(&task.name), &visit.name.uscc).await? {
        together.push((task::read(tx, &visit.name.task).await?, visit));
    }
    Ok(together)
}

/// The code of the letter, which the secrets of all draws keep.
async fn code_of(tx: &mut Tx, together: &[(Task, Visit)]) -> Result<String, Error> {
    let mut secrets = Vec::with_capacity(together.len());
    for (task, _) in together {
        secrets.push(secret::take(tx, task).await?);
    }
    if secrets.is_empty() {
        return Err(Common::corrupt("a letter of no visit").into());
    }
    Ok(scan_code(together.iter().map(|(_, visit)| visit).zip(&secrets)))
}
