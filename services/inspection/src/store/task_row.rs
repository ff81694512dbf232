//! The table `task`: reading and writing rows.

use chrono::NaiveDate;
use db::{Tx, on};
use domain::{DivisionCode, FieldCode, MicrosUtc, OfficeCode};
use service::Error as Common;

use crate::domain::clue::Clue;
use crate::domain::plan::PlanItem;
use crate::domain::{ItemName, NewTask, RoundTimes, Stratification, Task, TaskName, joined, split};
use crate::machines::task::State;

/// All that is shown of a task. The secret is in another table.
pub(super) const COLUMNS: &str = "
    SELECT year, number, title, field, divisions, stratify_by, percent, per_object, lead_office, state, attempt,
        disclosure, announcement, announced_by, draw_at_us, pool_size, entropy_round, entropy_digits, drawn_count,
        result_hash, revision, created_at_us, failure, items, full_check, plan_item, joins, final_hash,
        recorded_by, held_until_us, cancelled_for, draw_problem, end_on, round_at_us, fallback_at_us,
        first_round_void, clue_ground, clue_reference
    FROM task";

/// A row as stored.
#[derive(sqlx::FromRow)]
pub(super) struct TaskRow {
    year: i64,
    number: i64,
    title: String,
    field: String,
    divisions: String,
    stratify_by: String,
    percent: i64,
    per_object: i64,
    lead_office: String,
    state: String,
    attempt: i64,
    disclosure: String,
    announcement: String,
    announced_by: String,
    draw_at_us: i64,
    pool_size: i64,
    entropy_round: String,
    entropy_digits: String,
    drawn_count: i64,
    result_hash: String,
    revision: i64,
    created_at_us: i64,
    failure: String,
    items: String,
    full_check: bool,
    plan_item: String,
    joins: String,
    final_hash: String,
    recorded_by: String,
    held_until_us: i64,
    cancelled_for: String,
    draw_problem: String,
    end_on: Option<NaiveDate>,
    round_at_us: i64,
    fallback_at_us: i64,
    first_round_void: String,
    clue_ground: String,
    clue_reference: String,
}

impl TryFrom<TaskRow> for Task {
    type Error = Common;

    fn try_from(row: TaskRow) -> Result<Self, Common> {
        let name = TaskName::new(row.year, row.number);
        let of = |problem: String| Common::corrupt(format!("{name}: {problem}"));
        let divisions = split(&row.divisions).map(DivisionCode::parse).collect::<Result<_, _>>();
        let stratify = Stratification::parse(&row.stratify_by, row.percent);
        let small = |number: i64| u32::try_from(number).map_err(|problem| of(problem.to_string()));
        let clue_led = !row.clue_ground.is_empty();
        let size = |number: i64| u64::try_from(number).map_err(|problem| of(problem.to_string()));
        Ok(Self {
            scope: NewTask {
                title: row.title,
                field: FieldCode::parse(&row.field).map_err(|problem| of(problem.to_string()))?,
                divisions: divisions.map_err(|problem| of(problem.to_string()))?,
                stratify: stratify.map_err(|(path, problem)| of(format!("{path} {problem}")))?,
                per_object: small(row.per_object)?,
                items: split(&row.items).map(str::to_owned).map(ItemName).collect(),
                full_check: row.full_check,
                plan_item: some(&row.plan_item, PlanItem::parse)
                    .map_err(|problem| of(problem.to_string()))?,
                joins: some(&row.joins, TaskName::parse).map_err(|problem| of(problem.to_string()))?,
                clue: clue_led.then_some(Clue { ground: row.clue_ground, reference: row.clue_reference }),
                end_on: row.end_on,
                lead_office: OfficeCode::parse(&row.lead_office)
                    .map_err(|problem| of(problem.to_string()))?,
            },
            state: row.state.parse::<State>().map_err(of)?.read(!row.cancelled_for.is_empty(), clue_led),
            attempt: small(row.attempt)?,
            disclosure: row.disclosure,
            announcement: row.announcement,
            announced_by: row.announced_by,
            draw_at: at(row.draw_at_us),
            rounds: RoundTimes { round_at: at(row.round_at_us), fallback_at: at(row.fallback_at_us) },
            pool_size: size(row.pool_size)?,
            entropy_round: row.entropy_round,
            entropy_digits: row.entropy_digits,
            first_round_void: row.first_round_void,
            recorded_by: row.recorded_by,
            held_until: at(row.held_until_us),
            drawn_count: size(row.drawn_count)?,
            result_hash: row.result_hash,
            final_hash: row.final_hash,
            revision: row.revision,
            created_at: MicrosUtc(row.created_at_us),
            failure: row.failure,
            cancelled_for: row.cancelled_for,
            draw_problem: row.draw_problem,
            name,
        })
    }
}

/// An instant as stored, where 0 stands for none.
fn at(micros: i64) -> Option<MicrosUtc> {
    (micros != 0).then_some(MicrosUtc(micros))
}

/// What stands in a column that may be empty.
fn some<T, E>(text: &str, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<Option<T>, E> {
    if text.is_empty() { Ok(None) } else { parse(text).map(Some) }
}

/// Writes a new task.
pub(super) async fn insert(tx: &mut Tx, task: &Task) -> Result<(), sqlx::Error> {
    const SQL: &str = "
        INSERT INTO task (year, number, name, title, field, divisions, stratify_by, percent, per_object, lead_office,
            state, attempt, disclosure, announcement, announced_by, draw_at_us, pool_size, entropy_round, entropy_digits,
            drawn_count, result_hash, revision, created_at_us, failure, items, full_check, plan_item, joins, end_on, clue_ground,
            clue_reference)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, '', '', $19, 0, 0, '', '', 0, '', $12, $13, '', $14, $15, $16,
            $17, $18, $20, $21)";
    let scope = &task.scope;
    on!(tx, |conn| sqlx::query(SQL)
        .bind(task.name.year())
        .bind(task.name.number())
        .bind(task.name.to_string())
        .bind(scope.title.as_str())
        .bind(scope.field.as_str())
        .bind(joined(&scope.divisions))
        .bind(scope.stratify.word())
        .bind(i64::from(scope.stratify.percent()))
        .bind(i64::from(scope.per_object))
        .bind(scope.lead_office.as_str())
        .bind(task.state.stored())
        .bind(task.revision)
        .bind(task.created_at.micros())
        .bind(joined(&scope.items))
        .bind(scope.full_check)
        .bind(scope.plan_item.as_ref().map(PlanItem::to_string).unwrap_or_default())
        .bind(scope.joins.as_ref().map(TaskName::to_string).unwrap_or_default())
        .bind(scope.end_on)
        .bind(task.announced_by.as_str())
        .bind(scope.clue.as_ref().map_or("", |clue| clue.ground.as_str()))
        .bind(scope.clue.as_ref().map_or("", |clue| clue.reference.as_str()))
        .execute(conn)
        .await
        .map(drop))
}

/// Writes what changes in the life of a task, and raises its revision: first in the row, then in `task`. What kept the system from
/// running its draw may be mended by the change, and is forgotten. Losing against a
/// transaction that changed the task since it was read is [`Common::Contended`].
pub(super) async fn update(tx: &mut Tx, task: &mut Task) -> Result<(), Common> {
    const SQL: &str = "
        UPDATE task SET state = $3, attempt = $4, disclosure = $5, announcement = $6, announced_by = $7, draw_at_us = $8,
            pool_size = $9, entropy_round = $10, entropy_digits = $11, drawn_count = $12, result_hash = $13,
            failure = $14, final_hash = $15, recorded_by = $16, held_until_us = $17,
            cancelled_for = $18, draw_problem = '', draw_failures = 0, draw_again_us = 0, round_at_us = $19, fallback_at_us = $20,
            first_round_void = $21, revision = revision + 1
        WHERE name = $1 AND revision = $2";
    let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let micros = |at: Option<MicrosUtc>| at.map_or(0, MicrosUtc::micros);
    let written = on!(tx, |conn| sqlx::query(SQL)
        .bind(task.name.to_string())
        .bind(task.revision)
        .bind(task.state.stored())
        .bind(i64::from(task.attempt))
        .bind(task.disclosure.as_str())
        .bind(task.announcement.as_str())
        .bind(task.announced_by.as_str())
        .bind(micros(task.draw_at))
        .bind(count(task.pool_size))
        .bind(task.entropy_round.as_str())
        .bind(task.entropy_digits.as_str())
        .bind(count(task.drawn_count))
        .bind(task.result_hash.as_str())
        .bind(task.failure.as_str())
        .bind(task.final_hash.as_str())
        .bind(task.recorded_by.as_str())
        .bind(micros(task.held_until))
        .bind(task.cancelled_for.as_str())
        .bind(micros(task.rounds.round_at))
        .bind(micros(task.rounds.fallback_at))
        .bind(task.first_round_void.as_str())
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    if written != 1 {
        return Err(Common::Contended);
    }
    task.draw_problem.clear();
    task.revision += 1;
    Ok(())
}
