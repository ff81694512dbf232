//! The check of the form: accepted, refused, or one list of all gaps.

use contract::punishment::v1::{Repair, RepairGap};
use prost::Message;
use service::idempotency::{self, Claim};

use super::super::{Act, Store};
use super::{Application, find};
use crate::domain::repair::{RepairName, gaps_beyond, missing_papers};
use crate::error::{Error, RepairRefused};
use crate::machines::repair::{Event, REPAIR};

/// How the check of the form ends.
#[derive(Clone, Debug, PartialEq)]
pub enum Examination {
    /// Accepted.
    Accept,
    /// These are missing, beside the papers that are not there.
    Ask(Vec<RepairGap>),
    /// Refused, with reasons.
    Refuse(String),
}

impl Examination {
    const fn event(&self) -> Event {
        match self {
            Self::Accept => Event::Accept,
            Self::Ask(_) => Event::AskForGaps,
            Self::Refuse(_) => Event::Refuse,
        }
    }
}

impl Store {
    /// Answers an application after the check of its form.
    ///
    /// # Errors
    /// [`RepairRefused::NotFound`], [`RepairRefused::NotAuthority`], [`RepairRefused::Incomplete`] when it is to be accepted without
    /// all papers, [`RepairRefused::NoGaps`], [`RepairRefused::GapNotNamedBefore`].
    pub async fn examine_repair(
        &self,
        act: &Act<'_>,
        body: &impl Message,
        name: &RepairName,
        examination: Examination,
    ) -> Result<Repair, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = idempotency::claim(&mut tx, &act.key, body, act.now).await? {
            return Ok(answer);
        }
        let before = find(&mut tx, name).await?;
        let event = examination.event();
        let step = REPAIR.step(before.state, event, &act.actor)?;
        self.authority(&mut tx, act, &before.subject).await?;
        let mut said = before.said.clone();
        match examination {
            Examination::Accept => {
                self.complete(act, &before)?;
                said.accepted_on = act.today().to_string();
            }
            Examination::Ask(named) => said.gaps = self.gaps(act, &before, named)?,
            Examination::Refuse(reason) => said.reason = reason,
        }
        let after = self.take_repair_step(&mut tx, act, (&before, said), (event, &step)).await?;
        idempotency::store_answer(&mut tx, &act.key, &after.said).await?;
        tx.commit().await?;
        Ok(after.said)
    }

    /// Papers that an application lacks on the day of the act.
    fn missing(&self, act: &Act<'_>, application: &Application) -> Vec<&str> {
        let given: Vec<_> = application.said.papers.iter().map(|paper| paper.kind.as_str()).collect();
        missing_papers(&self.book, &given, act.today())
    }

    fn complete(&self, act: &Act<'_>, application: &Application) -> Result<(), Error> {
        let missing = self.missing(act, application);
        if missing.is_empty() {
            return Ok(());
        }
        Err(RepairRefused::Incomplete { missing: missing.join(", ") }.into())
    }

    /// The list of gaps: those that the officer names, and every paper that is not there. A later list may hold only what the first
    /// one did, which stays on record.
    fn gaps(
        &self,
        act: &Act<'_>,
        before: &Application,
        mut named: Vec<RepairGap>,
    ) -> Result<Vec<RepairGap>, Error> {
        for kind in self.missing(act, before) {
            if !named.iter().any(|gap| gap.kind == kind) {
                named.push(RepairGap { kind: kind.to_owned(), problem: String::new() });
            }
        }
        if named.is_empty() {
            return Err(RepairRefused::NoGaps.into());
        }
        let first: Vec<_> = before.said.gaps.iter().map(|gap| gap.kind.as_str()).collect();
        if first.is_empty() {
            return Ok(named);
        }
        let later: Vec<_> = named.iter().map(|gap| gap.kind.as_str()).collect();
        let beyond = gaps_beyond(&first, &later);
        if beyond.is_empty() {
            return Ok(before.said.gaps.clone());
        }
        Err(RepairRefused::GapNotNamedBefore { gaps: beyond.join(", ") }.into())
    }
}
