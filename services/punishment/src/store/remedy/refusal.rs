//! What follows from the outcome of a remedy against a refusal: what was refused is decided again, or takes effect.

use chrono::NaiveDate;
use db::Tx;
use rulebook::Due;
use service::FieldErrors;
use service::machine::Office;
use service::obligation;

use super::annulment;
use crate::domain::list::{Advance, EntryName};
use crate::domain::remedy::{Against, Outcome};
use crate::domain::repair::{Eligibility, RepairName};
use crate::error::Error;
use crate::machines::abnormal as directory;
use crate::machines::remedy::Event;
use crate::store::repair::{self, Found};
use crate::store::{Act, Store, abnormal};

impl Store {
    /// Refuses an office that gave no answer to the application which is contested; the legal office represents all that did.
    pub(super) async fn may_enter(&self, tx: &mut Tx, act: &Act<'_>, against: &Against) -> Result<(), Error> {
        match against {
            Against::Repair(name) if act.actor.office != Office::LEGAL.code() => {
                let subject = repair::find(tx, name).await?.subject;
                self.authority(tx, act, &subject).await
            }
            _ => Ok(()),
        }
    }

    /// The removal that was refused is decided again by the day that the body set, or else within the period of the law; or the entry is
    /// removed. Nothing is left to do where it was removed meanwhile, and where the party has asked anew nothing but to hold that decision to
    /// the day of the body, if it is earlier than the one that runs.
    pub(super) async fn end_against_removal(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        name: &EntryName,
        (event, ended): (Event, &Outcome),
    ) -> Result<(), Error> {
        if ended.change.is_some() {
            let problem = "the removal takes effect as it was asked for; nothing else is changed";
            return Err(FieldErrors::one("outcome.changed_ground", problem).into());
        }
        let entry = abnormal::find(tx, name).await?;
        let due_by = ended.decide_again_by.filter(|_| event.annuls());
        // Before the verification of what was asked for anew no decision is due at all.
        let running =
            obligation::last_day(tx, &name.to_string(), directory::REMOVE).await?.and_then(Due::date);
        let earlier = due_by.is_some_and(|day| running.is_none_or(|running| day < running));
        let step = if event.changes() && entry.state.stands() {
            directory::Event::RemoveByOrder
        } else if event.annuls() && entry.state.stands() && (earlier || !entry.state.awaits_removal()) {
            directory::Event::DecideAgain
        } else {
            return Ok(());
        };
        let on = entry.acted_on.max(Some(ended.decided_on));
        let advance = Advance { due_by, ..annulment(step, ended, on) };
        self.step_entry(tx, act, name, &advance).await.map(drop)
    }

    /// The application is answered again by the day that the body set, or else within the period of the law; or it is granted as the body
    /// decided: `judged` is needed for that.
    /// Nothing is left to do where another remedy had that done already, or where nothing is left to repair; nor where the remedy was
    /// accepted before a revocation, which it is not against.
    pub(super) async fn end_against_repair(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        (name, accepted_on): (&RepairName, NaiveDate),
        (event, ended): (Event, &Outcome),
        judged: Option<(Found, Eligibility)>,
    ) -> Result<(), Error> {
        if ended.change.as_ref().is_some_and(|change| change.term_ends_on.is_some()) {
            let problem = "a repair that is granted ends what it is about on the day of the grant";
            return Err(FieldErrors::one("outcome.changed_term_ends_on", problem).into());
        }
        let found = repair::find(tx, name).await?;
        let state = found.state;
        if state.is_taken_back() {
            if accepted_on.to_string() < found.said.revoked_on {
                return Ok(());
            }
            return self.end_against_revocation(tx, act, name, (event, ended)).await;
        }
        if !state.is_contestable() {
            return Ok(());
        }
        if event.annuls() && repair::is_done_otherwise(tx, name).await? {
            return Ok(());
        }
        match judged {
            Some(judged) if event.changes() => self.grant_by_order(tx, act, name, (ended, &judged)).await,
            _ if event.annuls() => self.reopen_repair(tx, act, name, ended.decide_again_by).await,
            _ => Ok(()),
        }
    }

    /// The repair that was revoked for false material stays so, or stands as it was granted.
    async fn end_against_revocation(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        name: &RepairName,
        (event, ended): (Event, &Outcome),
    ) -> Result<(), Error> {
        for (field, given) in [
            ("outcome.changed_ground", ended.change.is_some()),
            ("outcome.decide_again_by", ended.decide_again_by.is_some()),
        ] {
            if given {
                let problem = "a repair whose revocation falls stands as it was granted";
                return Err(FieldErrors::one(field, problem).into());
            }
        }
        if event.changes() || event.annuls() {
            self.reinstate_repair(tx, act, name, ended).await?;
        }
        Ok(())
    }
}
