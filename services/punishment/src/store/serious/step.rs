//! Moving a case by one event of its machine.

use chrono::NaiveDate;
use contract::punishment::v1::SeriousCase;
use db::Tx;
use prost::Message;
use service::idempotency::{self, Claim};
use service::obligation;

use super::row::{find, note_step, update};
use super::{carries, matter, standing, table, trigger};
use crate::api::convert;
use crate::domain::list::{Advance, EntryName};
use crate::domain::serious::Case;
use crate::error::Error;
use crate::machines::serious::Event;
use crate::store::{Act, Store, corrupt, day_of_act};

impl Store {
    /// Moves a case by one event of its machine.
    pub async fn advance_case(
        &self,
        act: &Act<'_>,
        body: &impl Message,
        name: &EntryName,
        advance: &Advance<Event>,
    ) -> Result<SeriousCase, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = idempotency::claim(&mut tx, &act.key, body, act.now).await? {
            return Ok(answer);
        }
        let case = self.step_case(&mut tx, act, name, advance).await?;
        let answer = convert::serious_case(&case);
        idempotency::store_answer(&mut tx, &act.key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Moves a case in a transaction of the caller: state, standing, duties, step and event together. What the machine does not allow,
    /// or the paper of the step does not bear, is refused, and then the caller's transaction must not be committed.
    pub(crate) async fn step_case(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        name: &EntryName,
        advance: &Advance<Event>,
    ) -> Result<Case, Error> {
        let before = find(tx, name).await?;
        let event = advance.event.for_party(before.content.registered_elsewhere());
        let actor = act.actor.on_proposal_of(&before.proposed_by);
        let step = table(&before.procedure)?.step(before.state, event, &actor)?;
        let on = day_of_act(advance.effective_on, act.today(), before.acted_on.or(before.listed_on))?;
        self.check_case(tx, &before, advance, (on, act.actor.person)).await?;
        let since = if event.finds_home() { before.term_starts_on.unwrap_or(on) } else { on };
        let own = self.due(step.due, since)?;
        let due_on = match before.due_on.filter(|_| event.keeps_clock()).or(own) {
            None if step.to.runs_for_defence() => self.defence_until(tx, &before).await?,
            due_on => due_on,
        };
        let mut after = Case {
            state: step.to,
            last_actor: act.actor.person.to_owned(),
            due_on,
            acted_on: Some(on),
            revision: before.revision + 1,
            updated_at: act.now,
            ..before.clone()
        };
        if !event.keeps_proposal() {
            act.actor.person.clone_into(&mut after.proposed_by);
        }
        self.note_case(&mut after, &before, &Advance { event, ..advance.clone() }, on)?;
        update(tx, &after, before.revision).await?;
        note_step(tx, act, &after, &Advance { event, ..advance.clone() }, on).await?;
        if before.state.stands() != after.state.stands() || before.state.void() != after.state.void() {
            let changed =
                standing(&after).ok_or_else(|| corrupt(name.id(), "it was listed without a day"))?;
            self.write_standing(tx, &changed, after.state.void()).await?;
        }
        self.show_case(tx, act, &before, &after).await?;
        let subject = after.name.to_string();
        let matter = matter(&subject, &after);
        if event.finds_home() {
            // Opened first, since the decision: the one of the table then adds nothing.
            self.have_published_here(tx, &after, since).await?;
        }
        obligation::follow(tx, &step, &matter, act.actor.person, on, &self.book).await?;
        if after.state.void() || (event.removes_early() && !self.told_with_repair(on)?) {
            self.have_change_told(tx, &before, on).await?;
        }
        self.tell_case(tx, act, &after, Some(before.state), &advance.reason, on).await?;
        self.measures_follow(tx, act, &trigger(&after), (carries(&before), carries(&after)), on).await?;
        Ok(after)
    }

    /// Suspends a case since a day, or ends its suspension, in a transaction of the caller; `reason` and the day of the act go with the
    /// event. Changes nothing when it is so already. The term goes on: nothing in order 44 stops it.
    pub(crate) async fn suspend_case(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        name: &EntryName,
        since: Option<NaiveDate>,
        (reason, on): (&str, NaiveDate),
    ) -> Result<(), Error> {
        let before = find(tx, name).await?;
        if before.suspended_on == since {
            return Ok(());
        }
        let revision = before.revision + 1;
        let after = Case { suspended_on: since, revision, updated_at: act.now, ..before.clone() };
        update(tx, &after, before.revision).await?;
        if let Some(changed) = standing(&after).filter(|_| before.state.stands()) {
            self.write_suspension(tx, &changed, after.state.void(), (before.suspended_on, on)).await?;
        }
        self.show_case(tx, act, &before, &after).await?;
        self.have_change_told(tx, &before, on).await?;
        self.tell_case(tx, act, &after, Some(before.state), reason, on).await?;
        self.measures_follow(tx, act, &trigger(&after), (carries(&before), carries(&after)), on).await
    }

    /// Notes what a step fixes: papers, the day of listing and, by the rule of that day, the term, the end and how it came.
    fn note_case(
        &self,
        after: &mut Case,
        before: &Case,
        advance: &Advance<Event>,
        on: NaiveDate,
    ) -> Result<(), Error> {
        if advance.event.sets_hearing_aside() {
            after.papers.set_hearing_aside(on, &advance.reason);
        }
        if let Some(paper) = &advance.paper {
            after.papers.take(paper);
        }
        if advance.event.finds_home() {
            after.content.registered_in = None;
        }
        if let (true, Some(hearing)) = (advance.event.waives_hearing(), &mut after.papers.hearing) {
            hearing.missed = true;
        }
        if advance.event.lists() {
            after.listed_on = Some(on);
            after.decision_no.clone_from(&advance.document_no);
            self.begin_term(after, on)?;
        }
        if advance.event.restores() {
            (after.ended_on, after.removal_ground) = (None, String::new());
            if self.book.flag("serious.fraud_restarts_term", on).map_err(service::Error::from)? {
                self.begin_term(after, on)?;
            }
        }
        if let Some(ground) = advance.event.removal_ground() {
            ground.clone_into(&mut after.removal_ground);
            after.ended_on = before.ended_on.or(Some(on));
        }
        Ok(())
    }

    /// The term that begins on a day; a restriction that the law sets for longer takes its place.
    fn begin_term(&self, case: &mut Case, on: NaiveDate) -> Result<(), Error> {
        let restricted_until = case.papers.decision.as_ref().and_then(|decision| decision.restricted_until);
        case.term_starts_on = Some(on);
        case.term_ends_on = self.last_day("serious.term", on)?.max(restricted_until);
        Ok(())
    }
}
