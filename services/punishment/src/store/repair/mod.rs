//! Applications for credit repair: the table `repair`, and what every step of machine 9 does alike.
//!
//! What an application says is the message of the contract, once its parts have been checked. A subject is judged by what is known
//! when the act begins; the application's own row is guarded by its revision.

mod decide;
mod examine;
mod execute;
mod file;
mod list;
mod ordered;
mod party;
mod push;
mod subject;
mod verify;

use chrono::NaiveDate;
use contract::punishment::v1::{Repair, RepairEvent};
use db::{Tx, on};
use domain::{DivisionCode, FieldCode, MicrosUtc, OfficeCode, Uscc};
use prost::Message;
use service::FieldErrors;
use service::machine::Step;
use service::obligation::{self, Matter, NewDuty};

use super::{Act, Store, abnormal, corrupt};
use crate::api::convert;
use crate::domain::list::List;
use crate::domain::repair::{RepairName, SUBJECTS, Subject, remedies};
use crate::error::{Error, RepairRefused};
use crate::machines::repair::{DECIDE, Event, State};

pub use decide::{Decision, Revocation};
pub use examine::Examination;
pub use file::NewRepair;
pub use list::Filter as RepairFilter;
pub(super) use ordered::is_done_otherwise;
pub use push::{Push, PushKind};
pub use subject::Found;
pub use verify::Verification;

/// Most papers, and most verifications, of one application.
const MOST: usize = 50;
const COLUMNS: &str = "SELECT id, subject, uscc, field, division, state, revision, content FROM repair";

/// An application as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Application {
    /// Its name.
    pub name: RepairName,
    /// What is to be repaired.
    pub subject: Subject,
    /// The party.
    pub uscc: Uscc,
    /// Key field of the subject; `None` for none.
    pub field: Option<FieldCode>,
    /// Division of the subject.
    pub division: DivisionCode,
    /// Where it stands.
    pub state: State,
    /// All that it says.
    pub said: Repair,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    subject: String,
    uscc: String,
    field: String,
    division: String,
    state: String,
    revision: i64,
    content: Vec<u8>,
}

impl TryFrom<Row> for Application {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let id = &row.id;
        let said = Repair::decode(row.content.as_slice()).map_err(|e| corrupt(id, e))?;
        let field = (!row.field.is_empty()).then(|| FieldCode::parse(&row.field)).transpose();
        Ok(Self {
            name: RepairName::parse(&format!("repairs/{id}")).map_err(|e| corrupt(id, e))?,
            subject: Subject::parse(&row.subject).map_err(|e| corrupt(id, e))?,
            uscc: Uscc::parse(&row.uscc).map_err(|e| corrupt(id, e))?,
            field: field.map_err(|e| corrupt(id, e))?,
            division: DivisionCode::parse(&row.division).map_err(|e| corrupt(id, e))?,
            state: row.state.parse().map_err(|e: String| corrupt(id, e))?,
            said: Repair { revision: row.revision, ..said },
        })
    }
}

/// Refuses what would make a list of an application longer than it may be.
fn bounded(field: &str, length: usize) -> Result<(), Error> {
    if length <= MOST {
        return Ok(());
    }
    Err(FieldErrors::one(field, format!("the application would have {length}; at most {MOST} are kept"))
        .into())
}

/// One application, as this transaction sees it.
pub(super) async fn find(tx: &mut Tx, name: &RepairName) -> Result<Application, Error> {
    let row: Option<Row> = on!(tx, |conn| {
        let mut sql = sqlx::QueryBuilder::new(COLUMNS);
        sql.push(" WHERE id = ").push_bind(name.id());
        sql.build_query_as().fetch_optional(conn).await
    })?;
    row.ok_or_else(|| RepairRefused::NotFound(name.clone()))?.try_into()
}

/// Writes an application, and keeps what it was for counts as of a day. Of two steps at once the later one finds that kept, and loses.
async fn update(tx: &mut Tx, after: &Application, revision: i64, now: MicrosUtc) -> Result<(), Error> {
    const KEEP: &str = "
        INSERT INTO repair_past (id, revision, state, since_us, until_us)
        SELECT id, revision, state, since_us, $3 FROM repair WHERE id = $1 AND revision = $2
        ON CONFLICT (id, revision) DO NOTHING";
    const SQL: &str = "
        UPDATE repair SET state = $3, revision = $4, content = $5, since_us = $6 WHERE id = $1 AND revision = $2";
    on!(tx, |conn| sqlx::query(KEEP)
        .bind(after.name.id())
        .bind(revision)
        .bind(now.micros())
        .execute(conn)
        .await
        .map(drop))?;
    let changed = on!(tx, |conn| sqlx::query(SQL)
        .bind(after.name.id())
        .bind(revision)
        .bind(after.state.word())
        .bind(after.said.revision)
        .bind(after.said.encode_to_vec())
        .bind(now.micros())
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    if changed == 1 { Ok(()) } else { Err(Error::Common(service::Error::Contended)) }
}

impl Store {
    /// Does what a step says, to an application whose `said` the caller has brought up to date: row, duties, event.
    async fn take_repair_step(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        (before, said): (&Application, Repair),
        moved: (Event, &Step<State>),
    ) -> Result<Application, Error> {
        self.take_repair_step_by(tx, act, (before, said), moved, None).await
    }

    /// The same, where a body above may have set the last day for what the step makes due.
    async fn take_repair_step_by(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        (before, said): (&Application, Repair),
        (event, step): (Event, &Step<State>),
        due_by: Option<NaiveDate>,
    ) -> Result<Application, Error> {
        let on = act.today();
        let kind = before.subject.kind();
        let due_on = match step.due {
            _ if due_by.is_some() => due_by,
            Some(DECIDE) => self.last_day(self.decide_parameter(kind, on)?, on)?,
            Some(parameter) => self.last_day(parameter, on)?,
            // The clock of the decision goes on.
            None if step.to.is_under_decision() || event.is_told_elsewhere() => {
                domain::parse_date(&before.said.due_on).ok()
            }
            None => None,
        };
        let remedies = if event.is_against_party() {
            convert::repair_remedies(remedies(&self.book, on).map_err(service::Error::from)?)
        } else {
            said.remedies.clone()
        };
        let said = Repair {
            remedies,
            state: step.to.word().to_owned(),
            last_actor: act.actor.person.to_owned(),
            due_on: due_on.map(|day| day.to_string()).unwrap_or_default(),
            revision: before.said.revision + 1,
            update_time: convert::timestamp(act.now.micros()),
            ..said
        };
        let after = Application { state: step.to, said, ..before.clone() };
        update(tx, &after, before.said.revision, act.now).await?;
        self.follow_repair(tx, act, step, &after).await?;
        if let Some(last_day) = due_by {
            for duty in step.obliges() {
                obligation::set_last_day(tx, &after.name.to_string(), duty.kind, last_day).await?;
            }
        }
        self.have_told_elsewhere(tx, act, event, &after).await?;
        self.tell_repair(tx, act, event, Some(before.state), &after).await?;
        Ok(after)
    }

    async fn follow_repair(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        step: &Step<State>,
        after: &Application,
    ) -> Result<(), Error> {
        let on = act.today();
        let (subject, kind) = (after.name.to_string(), after.subject.kind());
        let owner = self.deciding(tx, &after.subject, on).await?.into_iter().next().unwrap_or_default();
        let owner = OfficeCode::parse(&owner).map_err(|problem| corrupt(SUBJECTS, problem))?;
        let matter = Matter {
            subject: &subject,
            field: after.field.as_ref(),
            division: Some(&after.division),
            owner: Some(&owner),
        };
        if step.obliges().any(|duty| duty.kind == DECIDE) {
            // Opened first, by the parameter of this kind of subject: the one of the table then adds nothing.
            let parameter = self.decide_parameter(kind, on)?;
            let duty = NewDuty { matter, kind: DECIDE, office: owner.as_str(), parameter, start_on: on };
            obligation::open(tx, &duty, &self.book).await?;
        }
        Ok(obligation::follow(tx, step, &matter, act.actor.person, on, &self.book).await?)
    }

    async fn tell_repair(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        event: Event,
        before: Option<State>,
        after: &Application,
    ) -> Result<(), Error> {
        let payload = RepairEvent {
            repair: Some(after.said.clone()),
            previous_state: before.map_or_else(String::new, |state| state.word().to_owned()),
        };
        self.tell(tx, act, event.told_as(), after.uscc.as_str(), act.today(), &payload).await
    }

    /// Parameter of the clock of the decision about a kind of subject.
    fn decide_parameter(&self, kind: &str, on: NaiveDate) -> Result<&str, Error> {
        let parameter = self.book.code(SUBJECTS, kind, on).and_then(|subject| subject.tag_value("decide"));
        parameter.ok_or_else(|| corrupt(SUBJECTS, format!("{kind} has no clock on {on}")))
    }

    /// Offices that decide about a kind of subject, the one that answers for the duties first.
    fn authorities(&self, kind: &str, on: NaiveDate) -> Vec<String> {
        let subject = self.book.code(SUBJECTS, kind, on);
        let tags = subject.into_iter().flat_map(|subject| &subject.tags);
        tags.filter_map(|tag| tag.strip_prefix("authority:")).map(str::to_owned).collect()
    }

    /// Offices that decide about a subject, the one that answers for the duties first: of those of its kind, the one that listed it where
    /// that is known.
    async fn deciding(&self, tx: &mut Tx, subject: &Subject, on: NaiveDate) -> Result<Vec<String>, Error> {
        let offices = self.authorities(subject.kind(), on);
        if let Subject::Entry(name) = subject
            && name.list() == List::Abnormal
        {
            let listed_by = abnormal::find(tx, name).await?.decided_by;
            if offices.contains(&listed_by) {
                return Ok(vec![listed_by]);
            }
        }
        Ok(offices)
    }

    /// Refuses an office that does not decide about the subject.
    pub(super) async fn authority(&self, tx: &mut Tx, act: &Act<'_>, subject: &Subject) -> Result<(), Error> {
        let authorities = self.deciding(tx, subject, act.today()).await?;
        if authorities.iter().any(|office| office == act.actor.office) {
            return Ok(());
        }
        let office = act.actor.office.to_owned();
        Err(RepairRefused::NotAuthority { office, authorities: authorities.join(", ") }.into())
    }

    /// One application.
    pub async fn repair(&self, name: &RepairName) -> Result<Application, Error> {
        find(&mut self.db.begin_read().await?, name).await
    }
}
