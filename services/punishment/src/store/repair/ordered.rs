//! What a body above decides about an answer to an application: it is given again, or the repair is granted.

use chrono::NaiveDate;
use contract::punishment::v1::Repair;
use db::{Tx, on};

use super::super::{Act, Store, abnormal, corrupt, serious};
use super::{Application, Found, find};
use crate::api::convert;
use crate::domain::list::{Advance, List};
use crate::domain::papers::Paper;
use crate::domain::remedy::Outcome;
use crate::domain::repair::{Eligibility, RepairName, Subject};
use crate::error::{Error, RepairRefused};
use crate::machines::abnormal::Event as EntryEvent;
use crate::machines::repair::{Event, REPAIR};
use crate::machines::serious::Event as CaseEvent;

impl Store {
    /// Has an application answered again, in a transaction of the caller: it stands where it was answered from, and the period begins anew,
    /// or ends on the day that the body set.
    ///
    /// # Errors
    /// [`RepairRefused::Exists`] when the party has made another application about the subject, which is answered or withdrawn first.
    pub(in crate::store) async fn reopen_repair(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        name: &RepairName,
        due_by: Option<NaiveDate>,
    ) -> Result<(), Error> {
        let before = find(tx, name).await?;
        let step = REPAIR.step(before.state, Event::Reopen, &act.actor)?;
        no_other_is_live(tx, &before).await?;
        let said = Repair {
            decided_on: String::new(),
            decision_no: String::new(),
            decider: String::new(),
            reason: String::new(),
            remedies: Vec::new(),
            ..before.said.clone()
        };
        self.take_repair_step_by(tx, act, (&before, said), (Event::Reopen, &step), due_by).await.map(drop)
    }

    /// Grants a repair as a body above decided, in a transaction of the caller: an entry of a list is off it with that.
    ///
    /// # Errors
    /// As [`reopen_repair`](Self::reopen_repair); field errors where the outcome names no ground for the removal and several fit.
    pub(in crate::store) async fn grant_by_order(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        name: &RepairName,
        (ended, (found, judged)): (&Outcome, &(Found, Eligibility)),
    ) -> Result<(), Error> {
        let before = find(tx, name).await?;
        let step = REPAIR.step(before.state, Event::GrantByOrder, &act.actor)?;
        no_other_is_live(tx, &before).await?;
        let said = Repair {
            decided_on: act.today().to_string(),
            decision_no: ended.document_no.to_string(),
            decider: act.actor.person.to_owned(),
            reason: ended.summary.clone(),
            eligibility: Some(convert::repair::eligibility(&self.book, found, judged)),
            ends: super::execute::ends(judged),
            remedies: Vec::new(),
            ..before.said.clone()
        };
        let granted = self.take_repair_step(tx, act, (&before, said), (Event::GrantByOrder, &step)).await?;
        if self.take_off_list_by_order(tx, act, &granted, ended).await? {
            self.executed(tx, act, &granted).await?;
        }
        Ok(())
    }

    /// Gives back, in a transaction of the caller, a repair that was revoked for false material: what had ended by it ends again, and an
    /// entry of a list did not count on the days since it was restored.
    ///
    /// # Errors
    /// As [`reopen_repair`](Self::reopen_repair).
    pub(in crate::store) async fn reinstate_repair(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        name: &RepairName,
        ended: &Outcome,
    ) -> Result<(), Error> {
        let before = find(tx, name).await?;
        let step = REPAIR.step(before.state, Event::Reinstate, &act.actor)?;
        no_other_is_live(tx, &before).await?;
        let revoked_on =
            domain::parse_date(&before.said.revoked_on).map_err(|problem| corrupt(name.id(), problem))?;
        let said = Repair {
            revocation_no: String::new(),
            revoked_on: String::new(),
            // What it ended stands again: it is carried out, and shared, once more.
            executed_on: String::new(),
            shared_on: String::new(),
            reason: ended.summary.clone(),
            remedies: Vec::new(),
            ..before.said.clone()
        };
        let stands = self.take_repair_step(tx, act, (&before, said), (Event::Reinstate, &step)).await?;
        if self.take_off_list_again(tx, act, &stands, (ended, revoked_on)).await? {
            self.executed(tx, act, &stands).await?;
        }
        Ok(())
    }

    /// Takes an entry off its list that was restored on a day, where it still stands. Answers whether there was an entry.
    async fn take_off_list_again(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        stands: &Application,
        (ended, restored_on): (&Outcome, NaiveDate),
    ) -> Result<bool, Error> {
        let Subject::Entry(name) = &stands.subject else { return Ok(false) };
        let standing = if name.list() == List::Serious {
            if !serious::find(tx, name).await?.state.stands() {
                return Ok(true);
            }
            serious::standing(
                &self.step_case(tx, act, name, &by_order(CaseEvent::RemoveByOrder, ended)).await?,
            )
        } else {
            if !abnormal::find(tx, name).await?.state.stands() {
                return Ok(true);
            }
            // On the ground of the removal that was undone, which the entry still has.
            abnormal::standing(
                &self.step_entry(tx, act, name, &by_order(EntryEvent::RemoveByOrder, ended)).await?,
            )
        };
        if let Some(standing) = standing {
            self.write_suspension(tx, &standing, false, (Some(restored_on), act.today())).await?;
        }
        Ok(true)
    }

    /// Takes an entry off its list where it still stands. Answers whether there was an entry; a penalty is collection's to stop showing.
    async fn take_off_list_by_order(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        granted: &Application,
        ended: &Outcome,
    ) -> Result<bool, Error> {
        let Subject::Entry(name) = &granted.subject else { return Ok(false) };
        if name.list() == List::Serious {
            if serious::find(tx, name).await?.state.stands() {
                self.step_case(tx, act, name, &by_order(CaseEvent::RemoveByOrder, ended)).await?;
            }
            return Ok(true);
        }
        let entry = abnormal::find(tx, name).await?;
        if entry.state.stands() {
            let named = ended.change.as_ref().and_then(|change| change.ground.as_deref());
            let ground = self.removal_ground(&entry.content.ground, named, act.today())?;
            let paper = Some(Paper::RemovalGround(ground));
            let removal = Advance { paper, ..by_order(EntryEvent::RemoveByOrder, ended) };
            self.step_entry(tx, act, name, &removal).await?;
        }
        Ok(true)
    }
}

/// A step of the day of the act, by the decision of the body.
fn by_order<E>(event: E, ended: &Outcome) -> Advance<E> {
    Advance {
        document_no: Some(ended.document_no.clone()),
        reason: ended.summary.clone(),
        ..Advance::bare(event)
    }
}

/// Whether nothing is left to repair for an application: the entry that it is about stands no longer, or another application about the
/// penalty was granted.
pub(in crate::store) async fn is_done_otherwise(tx: &mut Tx, name: &RepairName) -> Result<bool, Error> {
    const SQL: &str = "
        SELECT id FROM repair
        WHERE subject = $1 AND id <> $2 AND state IN ('Granted', 'Executed', 'Shared')
        LIMIT 1";
    let application = find(tx, name).await?;
    match &application.subject {
        Subject::Entry(entry) if entry.list() == List::Serious => {
            Ok(!serious::find(tx, entry).await?.state.stands())
        }
        Subject::Entry(entry) => Ok(!abnormal::find(tx, entry).await?.state.stands()),
        Subject::Penalty(penalty) => {
            let granted: Option<String> = on!(tx, |conn| sqlx::query_scalar(SQL)
                .bind(penalty.as_str())
                .bind(name.id())
                .fetch_optional(conn)
                .await)?;
            Ok(granted.is_some())
        }
    }
}

/// Refuses while another application about the subject is not over.
async fn no_other_is_live(tx: &mut Tx, application: &Application) -> Result<(), Error> {
    const SQL: &str = "
        SELECT id FROM repair
        WHERE subject = $1 AND id <> $2
            AND state IN ('Draft', 'Submitted', 'Incomplete', 'Accepted', 'Verifying', 'PanelReview', 'Granted')
        LIMIT 1";
    let other: Option<String> = on!(tx, |conn| sqlx::query_scalar(SQL)
        .bind(application.subject.to_string())
        .bind(application.name.id())
        .fetch_optional(conn)
        .await)?;
    match other {
        Some(_) => Err(RepairRefused::Exists(application.subject.clone()).into()),
        None => Ok(()),
    }
}
