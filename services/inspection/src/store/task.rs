//! Tasks: creating, reading, listing.

use chrono::{Datelike, NaiveDate};
use contract::inspection::v1 as pb;
use db::{Tx, on};
use service::FieldErrors;
use service::fitting::Page;
use service::idempotency::Claim;
use service::machine::Step;
use service::obligation::{self, Matter};
use sqlx::QueryBuilder;

use super::sql::push_list;
use super::task_row::{self, COLUMNS, TaskRow};
use super::{Act, Cut, Store};
use crate::convert::task::task_to_pb;
use crate::domain::{NewTask, Task, TaskName};
use crate::error::Error;
use crate::machines::task::{CARRY_OUT, Event, State, TASK};

/// Kind of the event of a new task.
const CREATED: &str = "inspection.task.created";

impl Store {
    /// Creates a task and numbers it within the year.
    ///
    /// # Errors
    /// [`Error::TaskNotFound`] when there is no task that it could join; what every change can meet.
    pub async fn create_task(
        &self,
        act: &Act<'_>,
        body: &pb::CreateTaskRequest,
        new: NewTask,
    ) -> Result<pb::Task, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = act.claim(&mut tx, body).await? {
            return Ok(answer);
        }
        if let Some(lead) = &new.joins {
            may_join(&read(&mut tx, lead).await?, &new)?;
        }
        let task = self.create(&mut tx, act, Event::creation(new.end_on.is_some()), new).await?;
        Ok(act.answer(tx, task_to_pb(&task)).await?)
    }

    /// Writes a new task with its duty and its event.
    pub(super) async fn create(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        event: Event,
        new: NewTask,
    ) -> Result<Task, Error> {
        let step = TASK.step(None::<State>, event, &act.caller.actor())?;
        let name = next_name(tx, act.today.year().into()).await?;
        let mut task = Task::created(name, new, step.to, act.now);
        if task.scope.clue.is_some() {
            task.announced_by = act.caller.subject().to_owned();
        }
        task_row::insert(tx, &task).await?;
        self.follow_task(tx, act, (&step, &task)).await?;
        if let Some(last_day) = task.scope.end_on {
            obligation::set_last_day(tx, &task.name.to_string(), CARRY_OUT, last_day).await?;
        }
        // The number of a complaint or a letter says whom it is about to whoever can look it up.
        let told = pb::Task { clue_reference: String::new(), ..task_to_pb(&task) };
        let payload = pb::TaskCreated { task: Some(told) };
        self.emit(tx, act, (CREATED, task.name.to_string(), act.today), &payload).await?;
        Ok(task)
    }

    /// Does what a step of a task says about duties, today.
    pub(super) async fn follow_task(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        of: (&Step<State>, &Task),
    ) -> Result<(), Error> {
        self.follow_task_from(tx, act, of, act.today).await
    }

    /// The same, with duties that begin on another day.
    pub(super) async fn follow_task_from(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        (step, task): (&Step<State>, &Task),
        from: NaiveDate,
    ) -> Result<(), Error> {
        let subject = task.name.to_string();
        let matter = Matter {
            subject: &subject,
            field: Some(&task.scope.field),
            division: None,
            owner: Some(&task.scope.lead_office),
        };
        Ok(obligation::follow(tx, step, &matter, act.caller.subject(), from, &self.book).await?)
    }

    /// One task.
    ///
    /// # Errors
    /// [`Error::TaskNotFound`].
    pub async fn task(&self, name: &TaskName) -> Result<Task, Error> {
        read(&mut self.db.begin_read().await?, name).await
    }

    /// Tasks, the latest first; only those of `fields` (`None`: of every field).
    ///
    /// # Errors
    /// What every read can meet.
    pub async fn tasks(&self, fields: Option<&[String]>, cut: &Cut) -> Result<Page<Task>, Error> {
        let after = cut.behind(|name| TaskName::parse(name).ok())?;
        let rows: Vec<TaskRow> = on!(self.db, |pool| {
            let mut sql = QueryBuilder::new(COLUMNS);
            sql.push(" WHERE 1 = 1");
            if let Some(after) = &after {
                sql.push(" AND (year, number) < (").push_bind(after.year());
                sql.push(", ").push_bind(after.number()).push(")");
            }
            if let Some(fields) = fields {
                sql.push(" AND field IN");
                push_list(&mut sql, fields);
            }
            sql.push(" ORDER BY year DESC, number DESC LIMIT CAST(")
                .push_bind(cut.size + 1)
                .push(" AS BIGINT)");
            sql.build_query_as().fetch_all(pool).await
        })?;
        let rows = rows.into_iter().map(Task::try_from).collect::<Result<Vec<_>, _>>()?;
        Ok(cut.page(rows, |last| last.name.to_string()))
    }
}

/// Whether a task may join the visits of `lead`: those of another field, which are not joined ones themselves.
fn may_join(lead: &Task, new: &NewTask) -> Result<(), FieldErrors> {
    let problem = if lead.scope.field == new.field {
        "is of the same field"
    } else if lead.scope.joins.is_some() {
        "joins another task itself"
    } else if lead.scope.clue.is_some() {
        "follows a clue, and is made alone"
    } else if lead.state.is_over() {
        "is over: nobody is visited for it any more"
    } else {
        return Ok(());
    };
    Err(FieldErrors::one("task.joins", format!("`{}` {problem}", lead.name)))
}

/// One task, as this transaction sees it.
pub(super) async fn read(tx: &mut Tx, name: &TaskName) -> Result<Task, Error> {
    let row: Option<TaskRow> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new(COLUMNS);
        sql.push(" WHERE year = ").push_bind(name.year());
        sql.push(" AND number = ").push_bind(name.number());
        sql.build_query_as().fetch_optional(conn).await
    })?;
    let row = row.ok_or_else(|| Error::TaskNotFound(name.clone()))?;
    Ok(Task::try_from(row)?)
}

/// Waits for whoever else takes turns for a task, until that transaction ends: what it wrote is seen then.
pub(super) async fn take_turns(tx: &mut Tx, name: &TaskName) -> Result<(), sqlx::Error> {
    const SQL: &str = "UPDATE task SET joins = joins WHERE name = $1";
    on!(tx, |conn| sqlx::query(SQL).bind(name.to_string()).execute(conn).await.map(drop))
}

/// The next free name of a year. The row of the year makes two creations take turns.
async fn next_name(tx: &mut Tx, year: i64) -> Result<TaskName, sqlx::Error> {
    const SQL: &str = "
        INSERT INTO task_number (year, last) VALUES ($1, 1)
        ON CONFLICT (year) DO UPDATE SET last = task_number.last + 1
        RETURNING last";
    let number: i64 = on!(tx, |conn| sqlx::query_scalar(SQL).bind(year).fetch_one(conn).await)?;
    Ok(TaskName::new(year, number))
}
