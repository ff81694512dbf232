//! Tasks that follow a clue: whom they visit is named, and inspectors are assigned by another person than named them. Nothing is drawn and
//! nothing is to be proven; the visits go on as drawn ones do.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use contract::inspection::v1 as pb;
use db::{Tx, on};
use domain::{DivisionCode, Uscc};
use service::idempotency::Claim;
use service::{Error as Common, FieldErrors};
use sqlx::QueryBuilder;

use super::draw::{NewVisit, insert_visits};
use super::visit_row::{COLUMNS, VisitRow};
use super::{Act, Store, inspector, projection, secret, target, task, task_row};
use crate::convert::task::task_to_pb;
use crate::domain::clue::{Assignment, Clue, Staffing};
use crate::domain::{InspectorNo, NewTask, Task, TaskName, Visit, joined};
use crate::error::Error;
use crate::machines::task::{Event, TASK};

/// Kind of the event of inspectors who were assigned.
const ASSIGNED: &str = "inspection.task.assigned";

impl Store {
    /// Creates a task that visits `usccs`. Whom it names is told by no event: nobody is warned.
    ///
    /// # Errors
    /// An enterprise without a mark of the field in force, or whose registration leaves nothing to inspect, is an invalid field, and so is the
    /// name of a ticket, a signal or a record that is not there, or of a record that was withdrawn or is about nobody whom the task visits.
    /// One that has just come may not be told yet: the same request is taken once it is.
    pub async fn create_clue_task(
        &self,
        act: &Act<'_>,
        body: &pb::CreateClueTaskRequest,
        new: NewTask,
        usccs: &[Uscc],
    ) -> Result<pb::Task, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = act.claim(&mut tx, body).await? {
            return Ok(answer);
        }
        let task = self.create(&mut tx, act, Event::FollowClue, new).await?;
        let codes: Vec<String> = usccs.iter().map(Uscc::to_string).collect();
        let known = self.inspectable(&mut tx, &task.scope.field, (&codes, act.today)).await?;
        let mut errors = FieldErrors::default();
        if let Some(clue) = &task.scope.clue
            && let Some(problem) = source_problem(&mut tx, clue, usccs).await?
        {
            errors.push("reference", problem);
        }
        for (at, uscc) in usccs.iter().enumerate() {
            if !known.contains_key(uscc) {
                let field = &task.scope.field;
                let problem = format!("has no mark of field `{field}` in force, or nothing to inspect");
                errors.push(format!("usccs[{at}]"), problem);
            }
        }
        errors.into_result()?;
        target::save(&mut tx, &task.name, usccs).await?;
        Ok(act.answer(tx, task_to_pb(&task)).await?)
    }

    /// Assigns inspectors to the visits of a task that follows a clue: at first to all of them at once, afterwards to those that are still
    /// to begin, in the place of whom they had.
    ///
    /// # Errors
    /// [`Error::TaskDrawn`]; [`Error::PoolEmpty`] when nobody is left to visit; what keeps an inspector from a visit is an invalid field; the
    /// refusal of four eyes when the caller named whom the task visits.
    pub async fn assign_inspectors(
        &self,
        act: &Act<'_>,
        body: &pb::AssignInspectorsRequest,
        name: &TaskName,
        assignments: &[Assignment],
    ) -> Result<pb::Task, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = act.claim(&mut tx, body).await? {
            return Ok(answer);
        }
        let mut task = task::read(&mut tx, name).await?;
        if task.scope.clue.is_none() {
            return Err(Error::TaskDrawn(name.clone()));
        }
        let first = task.state.awaits_inspectors();
        let actor = act.caller.actor().on_proposal_of(&task.announced_by);
        task.state = TASK.step(task.state, Event::assignment(first), &actor)?.to;
        // Two who assign at once take turns, and see what the other has assigned.
        task_row::update(&mut tx, &mut task).await?;
        if first {
            let open = self.named(&mut tx, &task, act).await?;
            self.judge_staff(&mut tx, act, (&task, assignments), (&open, &[])).await?;
            insert_visits(&mut tx, &task, &new_visits(&task, assignments, &open)?, 0).await?;
            assigned(&mut tx, name, act.today).await?;
            // Of the letters: there is no draw.
            secret::keep(&mut tx, &task, &self.randomness.secret()).await?;
        } else {
            let visits = visits(&mut tx, name).await?;
            let unbegun = visits.iter().filter(|visit| visit.is_to_begin());
            let open = unbegun.map(|visit| (visit.name.uscc.clone(), visit.division.clone())).collect();
            self.judge_staff(&mut tx, act, (&task, assignments), (&open, &visits)).await?;
            for one in assignments {
                put_inspectors(&mut tx, name, (one, act.today), &visits).await?;
            }
        }
        let visit_count = i64::try_from(assignments.len()).unwrap_or(i64::MAX);
        let payload = pb::TaskAssigned { visit_count };
        self.emit(&mut tx, act, (ASSIGNED, name.to_string(), act.today), &payload).await?;
        Ok(act.answer(tx, task_to_pb(&task)).await?)
    }

    /// Whom a task names and who can be inspected today, with their divisions.
    async fn named(
        &self,
        tx: &mut Tx,
        task: &Task,
        act: &Act<'_>,
    ) -> Result<BTreeMap<Uscc, DivisionCode>, Error> {
        let named: Vec<String> = target::named(tx, &task.name).await?.into_iter().collect();
        let open = self.inspectable(tx, &task.scope.field, (&named, act.today)).await?;
        if open.is_empty() { Err(Error::PoolEmpty(task.name.clone())) } else { Ok(open) }
    }

    /// Whether the inspectors may inspect whom they are assigned to, beside the visits that they make already; everything that is wrong at
    /// once. Before there are visits, nobody who can be inspected is left out.
    async fn judge_staff(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        (task, assignments): (&Task, &[Assignment]),
        (open, visits): (&BTreeMap<Uscc, DivisionCode>, &[Visit]),
    ) -> Result<(), Error> {
        let is_named = |uscc: &Uscc| assignments.iter().any(|one| one.uscc == *uscc);
        let mut others: BTreeMap<InspectorNo, u32> = BTreeMap::new();
        for no in visits.iter().filter(|one| !is_named(&one.name.uscc)).flat_map(|visit| &visit.inspectors) {
            *others.entry(no.clone()).or_default() += 1;
        }
        let assigned = assignments.iter().flat_map(|one| &one.inspectors).map(InspectorNo::as_str);
        let assigned: Vec<&str> = assigned.collect::<BTreeSet<_>>().into_iter().collect();
        let inspectors = inspector::entries(tx, &assigned).await?;
        let recusals = inspector::recusals_of(tx, &assigned).await?;
        let staffing = Staffing {
            scope: &task.scope,
            open,
            inspectors: &inspectors,
            recusals: &recusals,
            others: &others,
            day: act.today,
        };
        let mut errors = FieldErrors::default();
        for (path, problem) in staffing.problems(assignments) {
            errors.push(path, problem);
        }
        if visits.is_empty() {
            for uscc in open.keys().filter(|uscc| !is_named(uscc)) {
                errors.push(
                    "assignments",
                    format!("must name `{uscc}`, too: nobody else has inspectors for it"),
                );
            }
        }
        Ok(errors.into_result()?)
    }
}

/// Why a task that visits `usccs` cannot follow a clue that is found by the name of a resource of another service. Of a number of outside
/// nothing is known here.
async fn source_problem(tx: &mut Tx, clue: &Clue, usccs: &[Uscc]) -> Result<Option<String>, sqlx::Error> {
    let name = &clue.reference;
    let missing = || format!("there is no `{name}`; if it has just come, send the same request again later");
    if !clue.names_record() {
        let is_known = !clue.names_source() || projection::has_clue_source(tx, name).await?;
        return Ok((!is_known).then(missing));
    }
    let Some(record) = projection::clue_record(tx, name).await? else { return Ok(Some(missing())) };
    let is_visited = usccs.iter().any(|uscc| uscc.as_str() == record.uscc);
    Ok(if !record.stands {
        Some(format!("`{name}` was withdrawn, and nothing follows from it"))
    } else if !is_visited {
        Some(format!("`{name}` is about none of the enterprises that the task visits"))
    } else {
        None
    })
}

/// The visits of a task in the order of the credit codes.
fn new_visits(
    task: &Task,
    assignments: &[Assignment],
    open: &BTreeMap<Uscc, DivisionCode>,
) -> Result<Vec<NewVisit>, Common> {
    let visit = |(uscc, division): (&Uscc, &DivisionCode)| {
        let assigned = assignments.iter().find(|one| one.uscc == *uscc);
        let assigned =
            assigned.ok_or_else(|| Common::corrupt(format!("{}: {uscc} without inspectors", task.name)))?;
        Ok(NewVisit {
            uscc: uscc.to_string(),
            field: task.scope.field.to_string(),
            division: division.to_string(),
            inspectors: joined(&assigned.inspectors),
        })
    };
    open.iter().map(visit).collect()
}

/// Every visit of a task.
async fn visits(tx: &mut Tx, task: &TaskName) -> Result<Vec<Visit>, Common> {
    let rows: Vec<VisitRow> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new(COLUMNS);
        sql.push(" WHERE task = ").push_bind(task.to_string()).push(" ORDER BY position");
        sql.build_query_as().fetch_all(conn).await
    })?;
    rows.into_iter().map(Visit::try_from).collect()
}

/// Notes the day on which all visits of a task got their inspectors.
async fn assigned(tx: &mut Tx, task: &TaskName, today: NaiveDate) -> Result<(), sqlx::Error> {
    const SQL: &str = "UPDATE visit SET assigned_on = $2 WHERE task = $1";
    on!(tx, |conn| sqlx::query(SQL).bind(task.to_string()).bind(today).execute(conn).await.map(drop))
}

/// Puts the inspectors of a visit in the place of whom it had, today. Losing against a transaction that changed the visit since it was
/// read is [`Common::Contended`].
async fn put_inspectors(
    tx: &mut Tx,
    task: &TaskName,
    (one, today): (&Assignment, NaiveDate),
    visits: &[Visit],
) -> Result<(), Common> {
    const SQL: &str = "
        UPDATE visit SET inspectors = $4, assigned_on = $5, revision = revision + 1
        WHERE task = $1 AND uscc = $2 AND revision = $3";
    let visit = visits.iter().find(|visit| visit.name.uscc == one.uscc);
    let visit = visit.ok_or_else(|| Common::corrupt(format!("{task}: no visit to {}", one.uscc)))?;
    let written = on!(tx, |conn| sqlx::query(SQL)
        .bind(task.to_string())
        .bind(one.uscc.as_str())
        .bind(visit.revision)
        .bind(joined(&one.inspectors))
        .bind(today)
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    if written == 1 { Ok(()) } else { Err(Common::Contended) }
}
