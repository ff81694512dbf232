//! Cases for the list of serious violators: opened here, moved in `step`, whose content `check` compares with the law.

mod basis;
mod change;
mod check;
mod elsewhere;
mod expire;
mod extension;
mod list;
mod publish;
mod row;
mod step;

use chrono::NaiveDate;
use contract::punishment::v1::{SeriousCase, SeriousEvent};
use db::Tx;
use prost::Message;
use service::idempotency::{self, Claim};
use service::machine::Machine;
use service::obligation::{self, Matter, NewDuty};
use uuid::Uuid;

use super::{Act, Store, corrupt};
use crate::api::convert;
use crate::domain::heavier;
use crate::domain::list::{Advance, EntryName, List, Standing};
use crate::domain::measure::Trigger;
use crate::domain::papers::CasePapers;
use crate::domain::serious::{Case, NewCase};
use crate::error::Error;
use crate::machines::serious::{Event, OPINION, PROCEDURE, State, table_of};

pub use basis::Withdrawn;
pub use list::Filter;
pub use publish::Batch;
pub(super) use row::{decided_by, find, lock};

const KIND: &str = "punishment.serious.changed";

impl Store {
    /// Opens a case, by the procedure of the day.
    ///
    /// # Errors
    /// [`Error::NotListable`] when ground or penalty cannot lead to the list; [`Error::CaseExists`] for a second case.
    pub async fn open_case(
        &self,
        act: &Act<'_>,
        body: &impl Message,
        new: NewCase,
    ) -> Result<SeriousCase, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = idempotency::claim(&mut tx, &act.key, body, act.now).await? {
            return Ok(answer);
        }
        let today = act.today();
        let penalised = (new.penalty_kinds.as_slice(), new.discretion_grade.as_str());
        heavier::test(&self.book, &new.ground, penalised, Some(&new.field), today)?;
        let procedure = self.book.text(PROCEDURE, today).map_err(service::Error::from)?.to_owned();
        let step = table(&procedure)?.step(None, Event::Trigger, &act.actor)?;
        let case = Case {
            name: EntryName::new(List::Serious, Uuid::now_v7()),
            content: new,
            procedure,
            state: step.to,
            last_actor: act.actor.person.to_owned(),
            proposed_by: act.actor.person.to_owned(),
            listed_on: None,
            term_starts_on: None,
            term_ends_on: None,
            decision_no: None,
            ended_on: None,
            removal_ground: String::new(),
            acted_on: None,
            due_on: None,
            suspended_on: None,
            papers: CasePapers::default(),
            extensions: Vec::new(),
            revision: 1,
            updated_at: act.now,
        };
        if !row::insert(&mut tx, &case).await? {
            let NewCase { uscc, penalty_document_no: penalty, .. } = case.content;
            return Err(Error::CaseExists { uscc, penalty });
        }
        row::note_step(&mut tx, act, &case, &Advance::bare(Event::Trigger), today).await?;
        let subject = case.name.to_string();
        obligation::follow(&mut tx, &step, &matter(&subject, &case), act.actor.person, today, &self.book)
            .await?;
        self.have_opinion_given(&mut tx, &case, today).await?;
        self.tell_case(&mut tx, act, &case, None, "", today).await?;
        let answer = convert::serious_case(&case);
        idempotency::store_answer(&mut tx, &act.key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Opens the duty to give an opinion at every line office of the field: one of them gives it for all.
    async fn have_opinion_given(&self, tx: &mut Tx, case: &Case, on: NaiveDate) -> Result<(), Error> {
        let subject = case.name.to_string();
        let offices = self.book.field(&case.content.field).map(|field| field.owner_offices.as_slice());
        for office in offices.unwrap_or_default() {
            let (matter, office) = (matter(&subject, case), office.as_str());
            let duty = NewDuty { matter, kind: OPINION, office, parameter: OPINION, start_on: on };
            obligation::open_in_force(tx, &duty, &self.book).await?;
        }
        Ok(())
    }

    /// One case.
    pub async fn case(&self, name: &EntryName) -> Result<Case, Error> {
        let mut tx = self.db.begin_read().await?;
        find(&mut tx, name).await
    }

    pub(super) async fn tell_case(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        case: &Case,
        before: Option<State>,
        reason: &str,
        on: NaiveDate,
    ) -> Result<(), Error> {
        let payload = SeriousEvent {
            serious_case: Some(convert::serious_case(case)),
            previous_state: before.map_or_else(String::new, |state| state.word().to_owned()),
            reason: reason.to_owned(),
        };
        self.tell(tx, act, KIND, case.content.uscc.as_str(), on, &payload).await
    }
}

/// The table of a stored procedure, or of the rulebook's.
fn table(procedure: &str) -> Result<&'static Machine<State, Event>, Error> {
    table_of(procedure).ok_or_else(|| corrupt("procedure", format!("`{procedure}` has no table")))
}

pub(super) fn matter<'a>(subject: &'a str, case: &'a Case) -> Matter<'a> {
    let content = &case.content;
    Matter { subject, field: Some(&content.field), division: Some(&content.division), owner: None }
}

/// A case as the party check needs it; `None` for one that was never listed.
pub(super) fn standing(case: &Case) -> Option<Standing> {
    Some(Standing {
        name: case.name.clone(),
        uscc: case.content.uscc.clone(),
        ground: case.content.ground.clone(),
        // What was restored stands anew from the day of its new term; it did not stand in between.
        listed_on: case.term_starts_on.or(case.listed_on)?,
        term_ends_on: case.term_ends_on,
        removed_on: case.ended_on,
        suspended_on: case.suspended_on,
        decision_no: case.decision_no.as_ref().map(ToString::to_string).unwrap_or_default(),
        suspensions: Vec::new(),
        lifted: Vec::new(),
    })
}

/// Whether joint measures go with it: it stands, and nothing suspends it.
fn carries(case: &Case) -> bool {
    case.state.stands() && case.suspended_on.is_none()
}

/// What joint measures follow from.
fn trigger(case: &Case) -> Trigger {
    Trigger {
        entry: case.name.clone(),
        uscc: case.content.uscc.clone(),
        party_name: case.content.party_name.clone(),
        division: case.content.division.clone(),
        decision_no: case.decision_no.as_ref().map(ToString::to_string).unwrap_or_default(),
    }
}
