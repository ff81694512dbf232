//! Tasks out of a published plan: for each month, one for all visits that are made alike, and one for each further field of a joint
//! visit, which joins the first.

use contract::inspection::v1 as pb;
use db::{Tx, on};
use domain::FieldCode;
use rulebook::{ItemCategory, SupervisionItem};
use service::Error as Common;
use service::idempotency::Claim;

use super::list::visits_of_month;
use super::{month, row};
use crate::convert::task::{fewest_inspectors, task_to_pb};
use crate::domain::plan::{Month, PlanItem, items_of};
use crate::domain::{NewTask, PlanName, Stratification, TaskName, items_of_task};
use crate::error::Error;
use crate::machines::plan::{Event, PLAN};
use crate::machines::task::Event as TaskEvent;
use crate::store::{Act, Store, target};

impl Store {
    /// Makes the tasks of a month of a plan. Items that have their tasks already get no other, unless one was cancelled; so a month can
    /// be taken up again, and of an amended plan only what was added becomes a task.
    ///
    /// # Errors
    /// [`Error::PlanNotFound`]; [`Error::PlanOver`]; [`Error::PlanNotLatest`] while an amendment is under way, which counts what stands in
    /// tasks; the refusal of the machine when the version is not in force.
    pub async fn create_planned_tasks(
        &self,
        act: &Act<'_>,
        body: &pb::CreatePlannedTasksRequest,
        name: &PlanName,
        month: Month,
    ) -> Result<pb::CreatePlannedTasksResponse, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = act.claim(&mut tx, body).await? {
            return Ok(answer);
        }
        let mut plan = row::find(&mut tx, name).await?;
        if name.is_over(act.today) {
            return Err(Error::PlanOver(name.clone()));
        }
        let step = PLAN.step(plan.state, Event::CarryOut, &act.caller.actor())?;
        plan.state = step.to;
        let latest = row::latest(&mut tx, name.year()).await?.map_or_else(|| name.clone(), |plan| plan.name);
        if latest != *name {
            return Err(Error::PlanNotLatest { plan: name.clone(), latest });
        }
        // Two who take up one month at once, or an amendment meanwhile: one of them is contended.
        row::update(&mut tx, &mut plan).await?;
        month::made(&mut tx, act, &step, (name, month)).await?;
        month::years_before(&mut tx, act, name.year()).await?;
        let mut tasks = Vec::new();
        for (item, visited) in items_of(name, &visits_of_month(&mut tx, name, month).await?) {
            let live = live_tasks(&mut tx, &item).await?;
            let mut lead = live.first().map(|task| task.lead.clone());
            for field in &item.fields {
                if live.iter().any(|task| task.field == field.as_str()) {
                    continue;
                }
                let new = self.planned_task(act, (&item, field), lead.clone())?;
                let task = self.create(&mut tx, act, TaskEvent::Plan, new).await?;
                target::save(&mut tx, &task.name, &visited).await?;
                tasks.push(task_to_pb(&task));
                lead.get_or_insert(task.name);
            }
        }
        Ok(act.answer(tx, pb::CreatePlannedTasksResponse { tasks }).await?)
    }

    /// What carries an item out in one of its fields, led by the office that supervises by the catalogue. A full check inspects the
    /// whole catalogue, a visit by class its key items (重点检查事项): general ones may be inspected only where they were drawn.
    fn planned_task(
        &self,
        act: &Act<'_>,
        (item, field): (&PlanItem, &FieldCode),
        joins: Option<TaskName>,
    ) -> Result<NewTask, Error> {
        let is_full = item.full_check.contains(field);
        let catalogue: Vec<&SupervisionItem> = self.book.supervision_items(field, act.today).collect();
        let key = catalogue.iter().filter(|item| !is_full && item.category == ItemCategory::Key);
        let named: Vec<String> = key.map(|item| item.item.clone()).collect();
        let unusable = |problem: String| Common::corrupt(format!("the catalogue of {field}: {problem}"));
        let items = items_of_task(&named, field, &self.book, act.today);
        let items = items.map_err(|problems| unusable(format!("{problems:?}")))?;
        let lead_office = catalogue.first().map(|item| item.body.clone());
        let label = self.book.field(field).map_or_else(|| field.to_string(), |field| field.label_zh.clone());
        let kind = if is_full { "全项目检查" } else { "监督检查" };
        Ok(NewTask {
            title: format!("{}年{}月{label}{kind}", item.plan.year(), item.month),
            field: field.clone(),
            divisions: Vec::new(),
            stratify: Stratification::ALL,
            per_object: fewest_inspectors(&self.book, act.today)?,
            lead_office: lead_office.ok_or_else(|| unusable("it is empty".to_owned()))?,
            full_check: items.is_whole,
            items: items.items,
            plan_item: Some(item.clone()),
            joins,
            clue: None,
            end_on: item.last_day(),
        })
    }
}

/// A task that carries an item out and was not given up.
struct Live {
    field: String,
    /// The task whose visits it joins, also if that one was given up; itself where it leads.
    lead: TaskName,
}

/// The tasks of an item that were not given up, the earliest first.
async fn live_tasks(tx: &mut Tx, item: &PlanItem) -> Result<Vec<Live>, Common> {
    const SQL: &str = "
        SELECT field, CASE WHEN joins = '' THEN name ELSE joins END AS of_task FROM task
        WHERE plan_item = $1 AND cancelled_for = ''
        ORDER BY year, number";
    let rows: Vec<(String, String)> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(item.to_string()).fetch_all(conn).await)?;
    let live = |(field, lead): (String, String)| {
        let lead = TaskName::parse(&lead).map_err(|problem| Common::corrupt(problem.to_string()))?;
        Ok(Live { field, lead })
    };
    rows.into_iter().map(live).collect()
}
