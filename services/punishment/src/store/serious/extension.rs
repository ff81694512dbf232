//! More time for a case: one officer asks, another decides. What is granted moves the last day of the duty to decide the case.

use chrono::NaiveDate;
use contract::punishment::v1::SeriousCase;
use db::Tx;
use prost::Message;
use rulebook::Due;
use service::FieldErrors;
use service::idempotency::{self, Claim};
use service::obligation;

use super::row::{find, note_extension, update};
use crate::api::convert;
use crate::domain::extension::{CaseExtension, ExtensionDecision};
use crate::domain::list::EntryName;
use crate::domain::serious::Case;
use crate::error::{Error, ExtensionRefused};
use crate::machines::extension::{CASE_EXTENSION, EXTENSION, Event, decision};
use crate::machines::serious::CASE_PERIOD;
use crate::store::{Act, Store};

impl Store {
    /// Asks for more time for a case.
    ///
    /// # Errors
    /// [`Error::CaseNotFound`]; [`ExtensionRefused`]; a refusal of the machine, where one waits for its decision or the last was granted.
    pub async fn request_case_extension(
        &self,
        act: &Act<'_>,
        body: &impl Message,
        name: &EntryName,
        reason: &str,
    ) -> Result<SeriousCase, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = idempotency::claim(&mut tx, &act.key, body, act.now).await? {
            return Ok(answer);
        }
        let before = find(&mut tx, name).await?;
        let asked = CaseExtension::asked(reason.to_owned(), act.actor.person, act.today());
        let answer = self.step_extension(&mut tx, act, &before, (Event::Request, asked), None).await?;
        idempotency::store_answer(&mut tx, &act.key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Decides about more time for a case.
    ///
    /// # Errors
    /// As [`request_case_extension`](Self::request_case_extension), but that a refusal is possible at any time; field errors, where the
    /// day and the document of the heads are missing, or not theirs to give.
    pub async fn decide_case_extension(
        &self,
        act: &Act<'_>,
        body: &impl Message,
        name: &EntryName,
        decided: &ExtensionDecision,
    ) -> Result<SeriousCase, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = idempotency::claim(&mut tx, &act.key, body, act.now).await? {
            return Ok(answer);
        }
        let before = find(&mut tx, name).await?;
        // The machine refuses a decision about what nobody asked for.
        let asked = before.extensions.last().cloned();
        let asked = asked.unwrap_or_else(|| CaseExtension::asked(String::new(), "", act.today()));
        let extension = CaseExtension {
            decider: act.actor.person.to_owned(),
            decided_on: Some(act.today()),
            document_no: decided.document_no.clone(),
            remark: decided.remark.clone(),
            ..asked
        };
        let step = (decision(decided.granted), extension);
        let answer = self.step_extension(&mut tx, act, &before, step, decided.extended_to).await?;
        idempotency::store_answer(&mut tx, &act.key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Takes a step of the extension: duty, case and event together.
    async fn step_extension(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        before: &Case,
        (event, mut extension): (Event, CaseExtension),
        until: Option<NaiveDate>,
    ) -> Result<SeriousCase, Error> {
        let from = before.extensions.last().map(|known| known.state);
        let actor = act.actor.on_proposal_of(&extension.requester);
        let step = CASE_EXTENSION.step(from, event, &actor)?;
        if event.needs_time() {
            let last_day = running_until(tx, act, &before.name).await?;
            extension.extended_from = Some(last_day);
            let subject = before.name.to_string();
            let fixed = by_heads(step.to.is_by_heads(), (until, &extension), last_day)?;
            if step.to.is_by_rule() {
                let due = obligation::extend(tx, &subject, CASE_PERIOD, last_day, EXTENSION, &self.book);
                extension.extended_to = due.await?.date();
            } else if let Some(day) = fixed {
                obligation::set_last_day(tx, &subject, CASE_PERIOD, day).await?;
                extension.extended_to = Some(day);
            }
        }
        extension.state = step.to;
        let decided = !extension.decider.is_empty();
        let reason = if decided { extension.remark.clone() } else { extension.reason.clone() };
        let (revision, updated_at) = (before.revision + 1, act.now);
        let mut extensions = before.extensions.clone();
        if decided {
            extensions.pop();
        }
        extensions.push(extension);
        let after = Case { extensions, revision, updated_at, ..before.clone() };
        update(tx, &after, before.revision).await?;
        note_extension(tx, act, &after, event, &reason).await?;
        self.tell_case(tx, act, &after, Some(before.state), &reason, act.today()).await?;
        Ok(convert::serious_case(&after))
    }
}

/// The last day of the period of a case, which has not passed.
async fn running_until(tx: &mut Tx, act: &Act<'_>, name: &EntryName) -> Result<NaiveDate, Error> {
    match obligation::last_day(tx, &name.to_string(), CASE_PERIOD).await? {
        None => Err(ExtensionRefused::NotRunning(name.clone()).into()),
        Some(Due::AwaitsCalendar) => Err(ExtensionRefused::AwaitsCalendar(name.clone()).into()),
        Some(Due::On(last_day)) if last_day < act.today() => {
            Err(ExtensionRefused::Over { name: name.clone(), last_day }.into())
        }
        Some(Due::On(last_day)) => Ok(last_day),
    }
}

/// The day that the heads fixed: theirs to give with their record, and nobody else's.
fn by_heads(
    together: bool,
    (until, extension): (Option<NaiveDate>, &CaseExtension),
    last_day: NaiveDate,
) -> Result<Option<NaiveDate>, Error> {
    let mut fields = FieldErrors::default();
    match until {
        None if together => fields.push("extended_to", "must be given: the heads fix the day"),
        Some(_) if !together => fields.push("extended_to", "is fixed by the rule, not by the decision"),
        Some(day) if day <= last_day => fields.push("extended_to", "must lie after the last day as it is"),
        _ => {}
    }
    match extension.document_no {
        None if together => fields.push("document_no", "must be given: the record of the heads' decision"),
        Some(_) if !together => {
            fields.push("document_no", "is of the heads' decision: one of them approves this")
        }
        _ => {}
    }
    fields.into_result()?;
    Ok(until)
}
