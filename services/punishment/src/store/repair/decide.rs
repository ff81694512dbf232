//! The decision about an application, and its revocation.

use contract::punishment::v1::Repair;
use domain::DocumentNumber;
use prost::Message;
use service::idempotency::{self, Claim};
use service::machine::{Actor, Office};

use super::super::{Act, Store};
use super::{Application, find};
use crate::api::convert;
use crate::domain::repair::{Eligibility, RepairName, SUBJECTS};
use crate::error::{Error, RepairRefused};
use crate::machines::repair::{Event, REPAIR};

/// A decision about an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether it is granted.
    pub grant: bool,
    /// Number of the decision.
    pub decision_no: DocumentNumber,
    /// Reasons.
    pub reason: String,
    /// Legal basis cited.
    pub legal_basis: String,
    /// With a grant about an entry in the directory: the ground of its removal, where more than one fits.
    pub removal_ground: Option<String>,
}

/// A decision that a repair rests on false material.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// Number of the decision.
    pub decision_no: DocumentNumber,
    /// What was false.
    pub reason: String,
    /// Legal basis cited.
    pub legal_basis: String,
}

impl Store {
    /// Decides an application. A grant is judged again on its day; an entry of a list is off it in the same transaction. What is about
    /// nothing any more can be denied.
    ///
    /// # Errors
    /// [`RepairRefused`], as its variants say; [`Error::Common`] for the steps of the machines, and for a ground of removal that does
    /// not fit, or is missing.
    pub async fn decide_repair(
        &self,
        act: &Act<'_>,
        body: &impl Message,
        name: &RepairName,
        decision: Decision,
    ) -> Result<Repair, Error> {
        let judged = self.judged(name, act.today()).await;
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = idempotency::claim(&mut tx, &act.key, body, act.now).await? {
            return Ok(answer);
        }
        let before = find(&mut tx, name).await?;
        let event = if decision.grant { Event::Grant } else { Event::Deny };
        let act = Act { actor: second_to(&before, act.actor).citing(&decision.legal_basis), ..*act };
        let step = REPAIR.step(before.state, event, &act.actor)?;
        self.authority(&mut tx, &act, &before.subject).await?;
        let judged = match judged {
            // What it was about is gone, by a withdrawal or an annulment: nothing is left to judge, and it is denied for that.
            Err(Error::Repair(RepairRefused::SubjectNotFound(_))) if !decision.grant => None,
            judged => Some(judged?),
        };
        let eligibility =
            judged.as_ref().map(|(found, judged)| convert::repair::eligibility(&self.book, found, judged));
        let mut said = Repair {
            decided_on: act.today().to_string(),
            decision_no: decision.decision_no.to_string(),
            decider: act.actor.person.to_owned(),
            reason: decision.reason.clone(),
            eligibility: eligibility.or_else(|| before.said.eligibility.clone()),
            ..before.said.clone()
        };
        if let Some((found, judged)) = judged.as_ref().filter(|_| decision.grant) {
            self.may_grant(&before, judged)?;
            self.is_eligible(found, judged)?;
            said.ends = super::execute::ends(judged);
        }
        let mut after = self.take_repair_step(&mut tx, &act, (&before, said), (event, &step)).await?;
        if decision.grant && self.take_off_list(&mut tx, &act, &after, &decision).await? {
            after = self.executed(&mut tx, &act, &after).await?;
        }
        idempotency::store_answer(&mut tx, &act.key, &after.said).await?;
        tx.commit().await?;
        Ok(after.said)
    }

    /// What a grant needs beside the law: a verification that confirms, and by the stricter route the panel and a visit on site.
    fn may_grant(&self, before: &Application, judged: &Eligibility) -> Result<(), Error> {
        let verifications = &before.said.verifications;
        if !verifications.last().is_some_and(|last| last.confirmed) {
            return Err(RepairRefused::NotVerified { wanted: "a verification that confirms" }.into());
        }
        if judged.strict.is_empty() {
            return Ok(());
        }
        if !before.state.is_before_panel() {
            return Err(RepairRefused::PanelRequired { reasons: judged.strict.join(", ") }.into());
        }
        let on_site = |method: &str| {
            self.book.code("repair_method", method, judged.as_of).is_some_and(|code| code.has_tag("on_site"))
        };
        if !verifications.iter().any(|one| one.confirmed && on_site(&one.method)) {
            return Err(RepairRefused::NotVerified { wanted: "a verification on site that confirms" }.into());
        }
        panel_complete(before)
    }

    /// Revokes a repair for false material. The entry of a list is restored in the same transaction; what collection stopped showing
    /// it shows again.
    ///
    /// # Errors
    /// [`RepairRefused::NothingToRestore`] for a subject that a new decision lists again; otherwise as
    /// [`decide_repair`](Self::decide_repair).
    pub async fn revoke_repair(
        &self,
        act: &Act<'_>,
        body: &impl Message,
        name: &RepairName,
        revocation: Revocation,
    ) -> Result<Repair, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = idempotency::claim(&mut tx, &act.key, body, act.now).await? {
            return Ok(answer);
        }
        let before = find(&mut tx, name).await?;
        let actor = act.actor.on_proposal_of(&before.said.decider).citing(&revocation.legal_basis);
        let act = Act { actor, ..*act };
        let step = REPAIR.step(before.state, Event::RevokeForFraud, &act.actor)?;
        self.authority(&mut tx, &act, &before.subject).await?;
        let kind = self.book.code(SUBJECTS, before.subject.kind(), act.today());
        if !kind.is_some_and(|kind| kind.has_tag("restores")) {
            return Err(RepairRefused::NothingToRestore(before.subject).into());
        }
        self.put_back_on_list(&mut tx, &act, &before, &revocation).await?;
        let said = Repair {
            revocation_no: revocation.decision_no.to_string(),
            revoked_on: act.today().to_string(),
            reason: revocation.reason,
            ..before.said.clone()
        };
        let moved = (Event::RevokeForFraud, &step);
        let after = self.take_repair_step(&mut tx, &act, (&before, said), moved).await?;
        idempotency::store_answer(&mut tx, &act.key, &after.said).await?;
        tx.commit().await?;
        Ok(after.said)
    }
}

/// The decider as a second person: to himself where he submitted or verified, so that the machine refuses him.
fn second_to<'a>(before: &'a Application, decider: Actor<'a>) -> Actor<'a> {
    let own = |officer: &str| officer == decider.person;
    let said = &before.said;
    if own(&said.submitter) || said.verifications.iter().any(|verification| own(&verification.officer)) {
        decider.on_proposal_of(decider.person)
    } else {
        decider.on_proposal_of(&said.last_actor)
    }
}

/// Whether each part of the panel has said what it thinks: the credit office, the legal office, and the line office of the field.
fn panel_complete(before: &Application) -> Result<(), Error> {
    let named = [Office::CREDIT.code(), Office::LEGAL.code()];
    let has = |office: &str| before.said.opinions.iter().any(|opinion| opinion.office == office);
    let mut missing: Vec<_> = named.into_iter().filter(|office| !has(office)).collect();
    if !before.said.opinions.iter().any(|opinion| !named.contains(&opinion.office.as_str())) {
        missing.push("the line office");
    }
    if missing.is_empty() {
        return Ok(());
    }
    Err(RepairRefused::PanelIncomplete { missing: missing.join(", ") }.into())
}
