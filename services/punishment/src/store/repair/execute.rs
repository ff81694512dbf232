//! What follows from a decision: the entry is off its list, collection is told to stop showing, other departments are told; and all of
//! it back, where the repair was a fraud.

use chrono::NaiveDate;
use contract::punishment::v1::{Repair, RepairEnd};
use db::{Tx, on};
use domain::DocumentNumber;
use prost::Message;
use rulebook::Code;
use service::FieldErrors;
use service::error::causes;
use service::idempotency::{self, Claim};
use service::machine::{Actor, Office};

use super::super::{Act, Store, abnormal, serious};
use super::decide::{Decision, Revocation};
use super::{Application, find};
use crate::domain::list::{Advance, List};
use crate::domain::papers::Paper;
use crate::domain::repair::{Clock, Eligibility, Least, RepairName, Subject};
use crate::error::{Error, RepairRefused};
use crate::follow::shows;
use crate::machines::abnormal::{ABNORMAL, Event as EntryEvent};
use crate::machines::repair::{Event, REPAIR, State};
use crate::machines::serious::{Event as CaseEvent, SERIOUS};

/// Set of the grounds of a removal from the directory; its tag `for` names the ground of the listing.
const REMOVAL_GROUNDS: &str = "abnormal_removal_ground";

/// Until when each chain goes on showing what is granted: to the day of the grant, or to the end of its own least term.
pub(super) fn ends(judged: &Eligibility) -> Vec<RepairEnd> {
    let stops_on = |clock: &Clock| match clock.least {
        Least::Until { .. } | Least::AtOnce => clock.eligible_from().map(|first| first.max(judged.as_of)),
        Least::Unknown => Some(judged.as_of),
        // It ends with its term and not before.
        Least::Itself | Least::Never => None,
    };
    let governing = judged.clocks.iter().filter(|clock| clock.governs && !clock.chain.is_empty());
    let end = |clock: &Clock| {
        let stops_on = stops_on(clock)?.to_string();
        Some(RepairEnd { chain: clock.chain.clone(), stops_on })
    };
    governing.filter_map(end).collect()
}

impl Store {
    /// Takes an entry off its list: as the party asked, by the officer who took its application in, and as is decided now. Answers
    /// whether there was an entry; a penalty is collection's to stop showing, and the event tells it.
    pub(super) async fn take_off_list(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        granted: &Application,
        decision: &Decision,
    ) -> Result<bool, Error> {
        let Subject::Entry(name) = &granted.subject else { return Ok(false) };
        let asking = Act { actor: Actor::person(Office::PARTY.code(), &granted.said.submitter), ..*act };
        let reason = format!("信用修复申请 {}", granted.name);
        if name.list() == List::Serious {
            let state = serious::find(tx, name).await?.state;
            if SERIOUS.events_from(state).any(|event| event == CaseEvent::RequestEarlyRemoval) {
                let ask = Advance { reason, ..Advance::bare(CaseEvent::RequestEarlyRemoval) };
                self.step_case(tx, &asking, name, &ask).await?;
            }
            self.step_case(tx, act, name, &granted_by(CaseEvent::RemoveEarly, decision)).await?;
            return Ok(true);
        }
        let entry = abnormal::find(tx, name).await?;
        let named = decision.removal_ground.as_deref();
        let ground = || self.removal_ground(&entry.content.ground, named, act.today());
        let mut remove = granted_by(EntryEvent::Remove, decision);
        if ABNORMAL.events_from(entry.state).any(|event| event == EntryEvent::RequestRemoval) {
            let paper = Some(Paper::RemovalGround(ground()?));
            let ask = Advance { reason, paper, ..Advance::bare(EntryEvent::RequestRemoval) };
            self.step_entry(tx, &asking, name, &ask).await?;
        } else if named.is_some() {
            // The removal was asked for already, on what whoever asked held for the ground: the decision rests on what was verified.
            remove.paper = Some(Paper::RemovalGround(ground()?));
        }
        self.step_entry(tx, act, name, &remove).await?;
        Ok(true)
    }

    /// The ground of a removal: the one that the decision names, or the only one that fits the ground of the listing. Which of several
    /// facts ended it, only who verified can say.
    pub(super) fn removal_ground(
        &self,
        listed: &str,
        named: Option<&str>,
        on: NaiveDate,
    ) -> Result<String, Error> {
        let fits = |code: &&Code| code.tag_value("for") == Some(listed);
        let fitting = self.book.codes(REMOVAL_GROUNDS, on).filter(fits).map(|code| code.code.as_str());
        let fitting: Vec<_> = fitting.collect();
        match (named, fitting.as_slice()) {
            (Some(named), _) if fitting.contains(&named) => Ok(named.to_owned()),
            (None, [only]) => Ok((*only).to_owned()),
            _ => {
                let problem =
                    format!("must be one of {} for what was listed on ground `{listed}`", fitting.join(", "));
                Err(FieldErrors::one("removal_ground", problem).into())
            }
        }
    }

    /// Puts an entry that was removed back on its list; its term, if it has one, begins anew. A penalty is collection's to show again.
    ///
    /// # Errors
    /// [`RepairRefused::NothingToRestore`] when the party has been entered in the directory again on the same ground.
    pub(super) async fn put_back_on_list(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        revoked: &Application,
        revocation: &Revocation,
    ) -> Result<(), Error> {
        let Subject::Entry(name) = &revoked.subject else { return Ok(()) };
        if name.list() == List::Serious {
            return self
                .step_case(tx, act, name, &restored_by(CaseEvent::Restore, revocation))
                .await
                .map(drop);
        }
        let entry = abnormal::find(tx, name).await?;
        if abnormal::live_on_ground(tx, &entry.content).await?.is_some() {
            return Err(RepairRefused::NothingToRestore(revoked.subject.clone()).into());
        }
        self.step_entry(tx, act, name, &restored_by(EntryEvent::Restore, revocation)).await.map(drop)
    }

    /// Books that what a grant takes away is gone: a step of the system.
    pub(super) async fn executed(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        granted: &Application,
    ) -> Result<Application, Error> {
        let act = Act { actor: Actor::system(), ..*act };
        let step = REPAIR.step(granted.state, Event::Execute, &act.actor)?;
        let said = Repair { executed_on: act.today().to_string(), ..granted.said.clone() };
        self.take_repair_step(tx, &act, (granted, said), (Event::Execute, &step)).await
    }

    /// Books the grants of penalties that every chain has carried out which had to by the day of the act, as collection told. However
    /// many wait for a chain that stays behind, all are looked at. Repeatable. Answers how many it booked.
    ///
    /// # Errors
    /// The first failure, after all were tried: one that fails keeps no other from it.
    pub async fn execute_repairs(&self, act: &Act<'_>) -> Result<u64, Error> {
        const SQL: &str = "
            SELECT id FROM repair WHERE state = $1 AND subject LIKE 'records/%' AND id > $2 ORDER BY id LIMIT 500";
        let (mut after, mut booked, mut failed) = (String::new(), 0, None);
        loop {
            let ids: Vec<String> = on!(&self.db, |pool| sqlx::query_scalar(SQL)
                .bind(State::Granted.word())
                .bind(after.as_str())
                .fetch_all(pool)
                .await)?;
            let Some(last) = ids.last() else { return failed.map_or(Ok(booked), Err) };
            after.clone_from(last);
            for id in &ids {
                match self.book_repair(act, id).await {
                    Ok(is_booked) => booked += u64::from(is_booked),
                    Err(problem) => {
                        tracing::error!(repair = %id, error = %causes(&problem), "a grant cannot be booked as carried out");
                        failed.get_or_insert(problem);
                    }
                }
            }
        }
    }

    /// Books one of them; whether it was carried out.
    async fn book_repair(&self, act: &Act<'_>, id: &str) -> Result<bool, Error> {
        let name = RepairName::parse(&format!("repairs/{id}")).map_err(|e| super::corrupt(id, e))?;
        let granted = self.repair(&name).await?;
        if !self.is_carried_out(act, &granted).await? {
            return Ok(false);
        }
        let mut tx = self.db.begin_write().await?;
        // Somebody may have revoked it since it was read; then nothing is booked.
        let granted = find(&mut tx, &name).await?;
        if REPAIR.step(granted.state, Event::Execute, &Actor::system()).is_err() {
            return Ok(false);
        }
        self.executed(&mut tx, act, &granted).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn is_carried_out(&self, act: &Act<'_>, granted: &Application) -> Result<bool, Error> {
        let Some((record, _)) = self.penalty(&granted.subject.to_string()).await? else { return Ok(true) };
        let today = act.today().to_string();
        let due = granted.said.ends.iter().filter(|end| end.stops_on <= today);
        let shown = |chain: &str| record.publications.iter().any(|one| one.chain == chain && shows(one));
        Ok(due.into_iter().all(|end| !shown(&end.chain)))
    }

    /// Notes that a repair was shared with other departments.
    ///
    /// # Errors
    /// [`RepairRefused::NotFound`].
    pub async fn share_repair(
        &self,
        act: &Act<'_>,
        body: &impl Message,
        name: &RepairName,
    ) -> Result<Repair, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = idempotency::claim(&mut tx, &act.key, body, act.now).await? {
            return Ok(answer);
        }
        let before = find(&mut tx, name).await?;
        let step = REPAIR.step(before.state, Event::Share, &act.actor)?;
        let said = Repair { shared_on: act.today().to_string(), ..before.said.clone() };
        let after = self.take_repair_step(&mut tx, act, (&before, said), (Event::Share, &step)).await?;
        idempotency::store_answer(&mut tx, &act.key, &after.said).await?;
        tx.commit().await?;
        Ok(after.said)
    }
}

fn granted_by<E>(event: E, decision: &Decision) -> Advance<E> {
    decided(event, &decision.decision_no, &decision.reason, &decision.legal_basis)
}

fn restored_by<E>(event: E, revocation: &Revocation) -> Advance<E> {
    decided(event, &revocation.decision_no, &revocation.reason, &revocation.legal_basis)
}

fn decided<E>(event: E, number: &DocumentNumber, reason: &str, legal_basis: &str) -> Advance<E> {
    Advance {
        document_no: Some(number.clone()),
        reason: reason.to_owned(),
        legal_basis: legal_basis.to_owned(),
        ..Advance::bare(event)
    }
}
