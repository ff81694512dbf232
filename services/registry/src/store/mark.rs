//! Marks: confirming, rejecting, reading.

use contract::registry::v1 as pb;
use db::on;
use prost::Message;
use service::auth::Caller;
use service::idempotency::{Claim, Key, claim, store_answer};
use service::machine::{Actor, Office, Refused};

use super::enterprise_row::enterprises_of;
use super::mark_row::{MarkViewRow, marks_of};
use super::outcome::Outcome;
use super::{Act, Store};
use crate::convert::mark_to_pb;
use crate::domain::{Mark, MarkKey, MarkView, Moved, owners_of};
use crate::error::Error;
use crate::machines::mark::CONFIRMER;

/// What an officer decides about marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided {
    /// The proposal, or the removal, is right.
    Confirm,
    /// The proposal is wrong.
    Reject,
}

/// One request about marks: who asks for what.
#[derive(Debug)]
pub struct MarkDecision<'a, B> {
    /// What the request is known by.
    pub key: &'a Key<'a>,
    /// The request as sent.
    pub body: &'a B,
    /// Who asks.
    pub caller: &'a Caller,
    /// What is decided.
    pub decided: Decided,
    /// Why; empty where no reason is asked for.
    pub reason: &'a str,
    /// The marks; one refusal refuses all.
    pub marks: &'a [MarkKey],
}

impl Store {
    /// Decides about marks, all or none, and answers them as they stand then, in the order asked for.
    ///
    /// # Errors
    /// [`Error::MarkNotFound`], field or division of one not the caller's, [`Error::OfficeNotAllowed`],
    /// [`Error::MarkRefused`] when nothing waits for this decision.
    pub async fn decide_marks<B: Message>(
        &self,
        decision: &MarkDecision<'_, B>,
        act: &Act,
    ) -> Result<pb::ConfirmMarksResponse, Error> {
        let mut tx = self.begin_act().await?;
        let claimed = claim(&mut tx, decision.key, decision.body, act.now).await?;
        let codes: Vec<&str> = decision.marks.iter().map(|key| key.uscc.as_str()).collect();
        let marks = marks_of(&mut tx, &codes).await?;
        let holders = enterprises_of(&mut tx, decision.marks.iter().map(|key| &key.uscc)).await?;
        let mut outcome = Outcome::of(act).because(decision.reason);
        let repeated = matches!(claimed, Claim::Repeat(_));
        for key in decision.marks {
            let mark = marks.get(key).ok_or_else(|| Error::MarkNotFound(key.clone()))?;
            let holder = holders.get(&key.uscc).ok_or_else(|| Error::EnterpriseNotFound(key.uscc.clone()))?;
            decision.caller.may_act_on(&key.field, &holder.profile.division)?;
            if !repeated {
                outcome.mark(self.decided(decision, mark, act)?, holder);
            }
        }
        if let Claim::Repeat(answer) = claimed {
            return Ok(answer);
        }
        let views = outcome.write(&mut tx, self).await?;
        let answer = pb::ConfirmMarksResponse {
            marks: views.iter().map(|view| mark_to_pb(view, &self.book)).collect(),
        };
        store_answer(&mut tx, decision.key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    fn decided<B>(&self, decision: &MarkDecision<'_, B>, mark: &Mark, act: &Act) -> Result<Moved, Error> {
        let owners = owners_of(mark, &self.book);
        let office = decision.caller.office();
        let acting = if owners.contains(office) { CONFIRMER.code() } else { office.as_str() };
        let actor = Actor::person(acting, decision.caller.subject());
        let others = mark.left_to_confirm(&owners, office);
        let part = acting == CONFIRMER.code() && !others.is_empty();
        if part && mark.confirmed_by.iter().any(|one| one == office.as_str()) {
            let offices = others.into_iter().map(ToString::to_string).collect();
            return Err(Error::OfficeNotAllowed { office: office.clone(), mark: mark.key.name(), offices });
        }
        let moved = match decision.decided {
            // A mark of several owners is confirmed once each has said so of its own part; LEGAL, which keeps the list of
            // licences, speaks for all.
            Decided::Confirm if part => mark.confirm_part(&actor, office, act.now),
            Decided::Confirm => mark.confirm(&actor, act.now),
            Decided::Reject => mark.reject(&actor, act.now),
        };
        moved.map_err(|refused| match refused {
            Refused::Office { .. } => Error::OfficeNotAllowed {
                office: office.clone(),
                mark: mark.key.name(),
                offices: owners
                    .iter()
                    .map(ToString::to_string)
                    .chain([Office::LEGAL.code().to_owned()])
                    .collect(),
            },
            refused => Error::MarkRefused { mark: mark.key.name(), refused },
        })
    }

    /// One mark.
    ///
    /// # Errors
    /// [`Error::MarkNotFound`].
    pub async fn mark(&self, key: &MarkKey) -> Result<MarkView, Error> {
        const SQL: &str = "
            SELECT m.*, e.legal_name, e.division
            FROM mark m JOIN enterprise e ON e.uscc = m.uscc
            WHERE m.uscc = $1 AND m.field = $2";
        let row: Option<MarkViewRow> = on!(self.db, |pool| sqlx::query_as(SQL)
            .bind(key.uscc.as_str())
            .bind(key.field.as_str())
            .fetch_optional(pool)
            .await)?;
        let row = row.ok_or_else(|| Error::MarkNotFound(key.clone()))?;
        Ok(MarkView::try_from(row)?)
    }
}
