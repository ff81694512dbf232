//! Overdue duties pass to the office above, and on to the one above that (R47): each to each office once. Which office is above, and
//! after how long, are rows of the rulebook.

use std::collections::HashMap;

use chrono::NaiveDate;
use contract::common::v1::{DutyPassedUp, PassedUp};
use db::{Db, Tx, on};
use domain::{FieldCode, OfficeCode, parse_date};
use rulebook::{RuleMissing, Rulebook};
use sqlx::QueryBuilder;

use crate::Error;

/// Parameter of the rulebook: how long a duty stays with an office after its last day, or after it came to the office.
const PASS_UP: &str = "work.pass_up";
/// Overdue duties that one call of [`ready_to_pass`] looks at.
const PASS_BATCH: i64 = 500;

/// How far a look over the overdue duties has come: the last day and number of the last one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passing(String, i64);

/// A duty that has passed to one more office.
#[derive(Clone, Debug, PartialEq)]
pub struct Passed {
    /// What the duty is about.
    pub subject: String,
    /// What is told of it.
    pub told: DutyPassedUp,
}

#[derive(Debug, sqlx::FromRow)]
struct Overdue {
    id: i64,
    subject: String,
    kind: String,
    office: String,
    field: String,
    due_on: String,
    step: i64,
    holder: String,
    since: String,
}

/// A duty whose time with an office is over, as it was read.
#[derive(Debug)]
pub struct Ready {
    duty: Overdue,
    to: OfficeCode,
}

/// Which of the next overdue duties are to pass up by `today`, at most 500 looked at: a look alone, which holds nobody up. Returns
/// them, and where the next look goes on; `None` after the last one.
///
/// # Errors
/// [`Error::Rule`] when the rulebook has no period any more; [`Error::Corrupt`] for a row that holds no day or no code.
pub async fn ready_to_pass(
    db: &Db,
    after: &Passing,
    today: NaiveDate,
    rulebook: &Rulebook,
) -> Result<(Vec<Ready>, Option<Passing>), Error> {
    const READ: &str = "
        SELECT o.id, o.subject, o.kind, o.office, o.field, o.due_on, COALESCE(p.step, 0) AS step,
            COALESCE(p.office, o.office) AS holder, COALESCE(p.passed_on, o.due_on) AS since
        FROM obligation o
        LEFT JOIN obligation_passed p
            ON p.obligation = o.id AND p.step = (SELECT MAX(step) FROM obligation_passed WHERE obligation = o.id)
        WHERE o.done_on IS NULL AND COALESCE(o.due_on, '9999-12-31') < $1
            AND (COALESCE(o.due_on, '9999-12-31'), o.id) > ($2, $3)
        ORDER BY COALESCE(o.due_on, '9999-12-31'), o.id
        LIMIT CAST($4 AS BIGINT)";
    let rows: Vec<Overdue> = on!(db, |pool| sqlx::query_as(READ)
        .bind(today.to_string())
        .bind(after.0.as_str())
        .bind(after.1)
        .bind(PASS_BATCH)
        .fetch_all(pool)
        .await)?;
    let next = rows.last().map(|last| Passing(last.due_on.clone(), last.id));
    let mut ready = Vec::new();
    for duty in rows {
        if let Some(to) = duty.passes_to(today, rulebook)? {
            ready.push(Ready { duty, to });
        }
    }
    Ok((ready, next))
}

/// Passes duties up that a look found ready, in the caller's transaction, which also tells them. What was done or given another day
/// since then stays. Repeatable: to no office does a duty pass twice, whoever asks.
///
/// # Errors
/// The database.
pub async fn pass_up(tx: &mut Tx, ready: Vec<Ready>, today: NaiveDate) -> Result<Vec<Passed>, Error> {
    let mut passed = Vec::new();
    for Ready { duty, to } in ready {
        if insert(tx, &duty, &to, today).await? {
            passed.push(duty.passed(to.to_string(), today));
        }
    }
    Ok(passed)
}

/// Whether it is news: neither done, nor given another day, nor passed there before.
async fn insert(tx: &mut Tx, row: &Overdue, to: &OfficeCode, today: NaiveDate) -> Result<bool, Error> {
    const SQL: &str = "
        INSERT INTO obligation_passed (obligation, step, office, passed_on)
        SELECT id, $2, $3, $4 FROM obligation WHERE id = $1 AND done_on IS NULL AND due_on = $5
        ON CONFLICT DO NOTHING";
    let inserted = on!(tx, |conn| sqlx::query(SQL)
        .bind(row.id)
        .bind(row.step + 1)
        .bind(to.as_str())
        .bind(today.to_string())
        .bind(row.due_on.as_str())
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(inserted == 1)
}

impl Overdue {
    /// The office above the one that it stands with, if its time there is over.
    fn passes_to(&self, today: NaiveDate, rulebook: &Rulebook) -> Result<Option<OfficeCode>, Error> {
        let of = |what: &str| Error::corrupt(format!("duty {}: {what}", self.id));
        // A last day that was set anew after it passed up begins the time anew.
        let since = parse_date(self.since.as_str().max(self.due_on.as_str())).map_err(|_| of("due_on"))?;
        let holder = OfficeCode::parse(&self.holder).map_err(|_| of("office"))?;
        let field = Some(self.field.as_str()).filter(|code| !code.is_empty()).map(FieldCode::parse);
        let field = field.transpose().map_err(|_| of("field"))?;
        let above = rulebook.superior(&holder, field.as_ref(), today);
        // Where nobody is above, no period is needed: a rulebook without the table may have none.
        let Some(above) = above.filter(|above| above.as_str() != self.office) else { return Ok(None) };
        let stays = match rulebook.deadline(since, PASS_UP) {
            Ok(stays) => stays.due,
            // Before the first day of the rule nothing passes up.
            Err(RuleMissing::NotInForce { .. }) => return Ok(None),
            Err(missing) => return Err(missing.into()),
        };
        Ok(stays.is_overdue(today).then(|| above.clone()))
    }

    fn passed(self, to: String, today: NaiveDate) -> Passed {
        let passed_up = PassedUp { office: to, passed_on: today.to_string() };
        let Self { subject, kind, office, field, due_on, .. } = self;
        Passed { subject, told: DutyPassedUp { kind, office, field, due_on, passed_up: Some(passed_up) } }
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    obligation: i64,
    office: String,
    passed_on: String,
}

/// The offices to which the duties of a page have passed, one above the other.
pub(super) async fn of(db: &Db, ids: &[i64]) -> Result<HashMap<i64, Vec<PassedUp>>, Error> {
    let mut passed: HashMap<i64, Vec<PassedUp>> = HashMap::new();
    if ids.is_empty() {
        return Ok(passed);
    }
    let rows: Vec<Row> = on!(db, |pool| {
        let mut sql = QueryBuilder::new("SELECT obligation, office, passed_on FROM obligation_passed");
        sql.push(" WHERE obligation IN (");
        let mut list = sql.separated(", ");
        for id in ids {
            list.push_bind(*id);
        }
        sql.push(") ORDER BY obligation, step");
        sql.build_query_as().fetch_all(pool).await
    })?;
    for Row { obligation, office, passed_on } in rows {
        passed.entry(obligation).or_default().push(PassedUp { office, passed_on });
    }
    Ok(passed)
}
