//! What is due, by when, at which office (design §4): one small table in every service, written in the transactions that
//! open and fulfil a duty. `Work` answers from it; the gateway only merges.
//!
//! A duty's last day is computed by the rulebook from its first day and a parameter. Past the loaded calendar it waits
//! without a day, and [`fill_awaiting`] fills it in once the calendar is loaded. Long overdue, it passes to the office above:
//! [`ready_to_pass`], [`pass_up`].

mod passing;
mod place;
mod timeliness;
mod work;

use chrono::NaiveDate;
use db::bulk::{self, Cell, Load};
use db::{Db, Tx, on};
use domain::{DivisionCode, FieldCode, OfficeCode};
use rulebook::{Due, RuleMissing, Rulebook};
use sqlx::QueryBuilder;

use crate::{
    Error,
    machine::{Office, Step},
};

pub use passing::{Passed, Passing, Ready, pass_up, ready_to_pass};
pub use place::{move_alone, stay};
pub use work::WorkService;

/// Rows that [`fill_awaiting`] looks at in one transaction.
const FILL_BATCH: i64 = 500;

/// Duties that [`fulfil_all`] ends, and [`move_to`] moves, by one statement.
const CHANGE_BATCH: usize = 500;

/// What a duty is about.
#[derive(Clone, Copy, Debug)]
pub struct Matter<'a> {
    /// Resource, such as `enterprises/91370102MA3C00011F/marks/FOOD`.
    pub subject: &'a str,
    /// Its key field, if it has one: only offices of the field see the duty.
    pub field: Option<&'a FieldCode>,
    /// Its division, if it has one: only callers of the division see the duty.
    pub division: Option<&'a DivisionCode>,
    /// Line office that answers for it, for duties of [`Office::OWNER`].
    pub owner: Option<&'a OfficeCode>,
}

/// A duty to open.
#[derive(Clone, Copy, Debug)]
pub struct NewDuty<'a> {
    /// What it is about.
    pub matter: Matter<'a>,
    /// What is to be done, such as `mark.confirm`.
    pub kind: &'a str,
    /// Office that answers for it.
    pub office: &'a str,
    /// Parameter of the rulebook that gives the length.
    pub parameter: &'a str,
    /// First day; it is not counted.
    pub start_on: NaiveDate,
}

/// Opens a duty, in the transaction of the act that causes it. An open duty of the same subject, kind and office stays as
/// it is: a repeated cause gives no new time. Returns the last day of the duty asked for.
///
/// # Errors
/// [`Error::Rule`] when the rulebook has no such period on the first day.
pub async fn open(tx: &mut Tx, duty: &NewDuty<'_>, rulebook: &Rulebook) -> Result<Due, Error> {
    const SQL: &str = "
        INSERT INTO obligation (subject, kind, office, field, division, parameter, start_on, due_on)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (subject, kind, office) WHERE done_on IS NULL DO NOTHING";
    let due = rulebook.deadline(duty.start_on, duty.parameter)?.due;
    let matter = &duty.matter;
    on!(tx, |conn| sqlx::query(SQL)
        .bind(matter.subject)
        .bind(duty.kind)
        .bind(duty.office)
        .bind(matter.field.map_or("", FieldCode::as_str))
        .bind(matter.division.map_or("", DivisionCode::as_str))
        .bind(duty.parameter)
        .bind(duty.start_on.to_string())
        .bind(due.date().map(|date| date.to_string()))
        .execute(conn)
        .await
        .map(drop))?;
    Ok(due)
}

/// Opens a duty where a rule asks for it on its first day, as [`open`] does. An act about a matter from before the rule, or from
/// after its end, opens none. Returns the last day; `None` where nothing is due.
///
/// # Errors
/// As [`open`], but for a rule that is not in force.
pub async fn open_in_force(
    tx: &mut Tx,
    duty: &NewDuty<'_>,
    rulebook: &Rulebook,
) -> Result<Option<Due>, Error> {
    match open(tx, duty, rulebook).await {
        Err(Error::Rule(RuleMissing::NotInForce { .. })) => Ok(None),
        opened => opened.map(Some),
    }
}

/// Columns of a new duty, in the order of [`rows`].
const COLUMNS: [&str; 8] =
    ["subject", "kind", "office", "field", "division", "parameter", "start_on", "due_on"];
/// What one open duty keeps out: the columns and the condition of the unique index.
const ONE_OPEN: &str = "(subject, kind, office) WHERE done_on IS NULL";

/// Opens many duties at once, as [`open`] does one: for imports, a few statements for thousands of rows.
///
/// # Errors
/// As [`open`].
pub async fn open_all(tx: &mut Tx, duties: &[NewDuty<'_>], rulebook: &Rulebook) -> Result<(), Error> {
    let days = days(duties, rulebook)?;
    Ok(bulk::insert_missing(tx, "obligation", COLUMNS, ONE_OPEN, rows(duties, &days)).await?)
}

/// Many duties, encoded before the transaction that opens them begins; otherwise like [`open_all`].
///
/// # Errors
/// [`Error::Rule`], as [`open`].
pub fn prepare_all(db: &Db, duties: &[NewDuty<'_>], rulebook: &Rulebook) -> Result<Load, Error> {
    let days = days(duties, rulebook)?;
    Ok(Load::encode_missing(db, "obligation", COLUMNS, ONE_OPEN, rows(duties, &days)))
}

/// First and last day of a duty.
type Days = (String, Option<String>);

fn days(duties: &[NewDuty<'_>], rulebook: &Rulebook) -> Result<Vec<Days>, Error> {
    let days = |duty: &NewDuty<'_>| {
        let due = rulebook.deadline(duty.start_on, duty.parameter)?.due.date();
        Ok((duty.start_on.to_string(), due.map(|date| date.to_string())))
    };
    duties.iter().map(days).collect()
}

fn rows<'d>(duties: &'d [NewDuty<'_>], days: &'d [Days]) -> impl Iterator<Item = [Cell<'d>; COLUMNS.len()]> {
    duties.iter().zip(days).map(|(duty, (start_on, due_on))| {
        [
            Cell::Text(duty.matter.subject),
            Cell::Text(duty.kind),
            Cell::Text(duty.office),
            Cell::Text(duty.matter.field.map_or("", FieldCode::as_str)),
            Cell::Text(duty.matter.division.map_or("", DivisionCode::as_str)),
            Cell::Text(duty.parameter),
            Cell::Text(start_on),
            due_on.as_deref().into(),
        ]
    })
}

/// Fulfils the open duties of a kind, of every office, in the transaction of the act that fulfils them. Returns how many.
pub async fn fulfil(tx: &mut Tx, subject: &str, kind: &str, by: &str, on: NaiveDate) -> Result<u64, Error> {
    const SQL: &str = "
        UPDATE obligation SET done_on = $4, done_by = $3
        WHERE subject = $1 AND kind = $2 AND done_on IS NULL";
    Ok(on!(tx, |conn| sqlx::query(SQL)
        .bind(subject)
        .bind(kind)
        .bind(by)
        .bind(on.to_string())
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?)
}

/// Changes the open duties of many subjects, a batch of them by a statement, and counts them. `$set`: what is set, and the condition that
/// stands before that on the subjects. A macro, because the builder's type names the engine.
macro_rules! change_open {
    ($tx:expr, $subjects:expr, |$sql:ident| $set:expr) => {{
        let mut changed = 0;
        for subjects in $subjects.chunks(CHANGE_BATCH) {
            changed += on!($tx, |conn| {
                let mut $sql = QueryBuilder::new("UPDATE obligation SET ");
                $set;
                $sql.push(" AND done_on IS NULL AND subject IN (");
                let mut list = $sql.separated(", ");
                for subject in subjects {
                    list.push_bind(*subject);
                }
                $sql.push(")");
                $sql.build()
                    .persistent(subjects.len() == CHANGE_BATCH)
                    .execute(conn)
                    .await
                    .map(|done| done.rows_affected())
            })?;
        }
        changed
    }};
}

/// Fulfils the open duties of a kind of many subjects at once, as [`fulfil`] does of one. Returns how many.
///
/// # Errors
/// When the database refuses.
pub async fn fulfil_all(
    tx: &mut Tx,
    subjects: &[&str],
    kind: &str,
    by: &str,
    on: NaiveDate,
) -> Result<u64, Error> {
    Ok(change_open!(tx, subjects, |sql| {
        sql.push("done_on = ").push_bind(on.to_string()).push(", done_by = ").push_bind(by);
        sql.push(" WHERE kind = ").push_bind(kind)
    }))
}

/// Hands the open duty of a kind, which one office has, over to another office: it answers for it from now on, by the same last day.
/// Returns whether it was another's.
pub async fn hand_over(tx: &mut Tx, subject: &str, kind: &str, office: &str) -> Result<bool, Error> {
    const SQL: &str = "
        UPDATE obligation SET office = $3
        WHERE subject = $1 AND kind = $2 AND done_on IS NULL AND office <> $3";
    let moved = on!(tx, |conn| sqlx::query(SQL)
        .bind(subject)
        .bind(kind)
        .bind(office)
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(moved > 0)
}

/// Puts the open duties about many subjects into the division in which those lie now; `None` for none. Who answers for them, and
/// by when, stays. Returns how many moved.
///
/// # Errors
/// When the database refuses.
pub async fn move_to(tx: &mut Tx, subjects: &[&str], division: Option<&DivisionCode>) -> Result<u64, Error> {
    let division = division.map_or("", DivisionCode::as_str);
    Ok(change_open!(tx, subjects, |sql| {
        sql.push("division = ").push_bind(division).push(" WHERE division <> ").push_bind(division)
    }))
}

/// The same for everything below `resource`: the marks and letters of an enterprise that has moved. What has no division stays so.
///
/// # Errors
/// When the database refuses.
pub async fn move_below(tx: &mut Tx, resource: &str, division: &DivisionCode) -> Result<u64, Error> {
    const SQL: &str = "
        UPDATE obligation SET division = $3
        WHERE done_on IS NULL AND subject > $1 AND subject < $2 AND division NOT IN ('', $3)";
    // `0` follows `/`.
    let (from, to) = (format!("{resource}/"), format!("{resource}0"));
    Ok(on!(tx, |conn| sqlx::query(SQL)
        .bind(&from)
        .bind(&to)
        .bind(division.as_str())
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?)
}

/// Does what a step of a state machine says about duties: fulfils those it fulfils, then opens those it opens, from the
/// day of the act.
///
/// # Errors
/// As [`open`]; [`Error::Corrupt`] when a duty is the owner's and the matter names none.
pub async fn follow<S>(
    tx: &mut Tx,
    step: &Step<S>,
    matter: &Matter<'_>,
    by: &str,
    on: NaiveDate,
    rulebook: &Rulebook,
) -> Result<(), Error> {
    for kind in step.fulfils {
        fulfil(tx, matter.subject, kind, by, on).await?;
    }
    for duty in step.obliges() {
        let office = match duty.office {
            Office::OWNER => matter.owner.map(OfficeCode::as_str).ok_or_else(|| {
                Error::corrupt(format!("{} has no owner for duty {}", matter.subject, duty.kind))
            })?,
            office => office.code(),
        };
        let new =
            NewDuty { matter: *matter, kind: duty.kind, office, parameter: duty.parameter, start_on: on };
        open(tx, &new, rulebook).await?;
    }
    Ok(())
}

/// The division of the open duty of a kind, which may have none. `None` where nothing is open.
///
/// # Errors
/// When the database refuses, or holds what is no division.
pub async fn division_of(
    tx: &mut Tx,
    subject: &str,
    kind: &str,
) -> Result<Option<Option<DivisionCode>>, Error> {
    const SQL: &str =
        "SELECT division FROM obligation WHERE subject = $1 AND kind = $2 AND done_on IS NULL LIMIT 1";
    let found: Option<String> =
        on!(tx, |conn| sqlx::query_scalar(SQL).bind(subject).bind(kind).fetch_optional(conn).await)?;
    let Some(code) = found else { return Ok(None) };
    let division = Some(code.as_str()).filter(|code| !code.is_empty()).map(DivisionCode::parse).transpose();
    let division = division.map_err(|_| Error::corrupt(format!("duty {kind} of {subject}: division")))?;
    Ok(Some(division))
}

/// Sets the last day of the open duties of a kind: where the act names a day of its own, it takes the place of the period that
/// the duty was opened with. Returns how many.
///
/// # Errors
/// When the database refuses.
pub async fn set_last_day(tx: &mut Tx, subject: &str, kind: &str, last_day: NaiveDate) -> Result<u64, Error> {
    const SQL: &str =
        "UPDATE obligation SET due_on = $3 WHERE subject = $1 AND kind = $2 AND done_on IS NULL";
    Ok(on!(tx, |conn| sqlx::query(SQL)
        .bind(subject)
        .bind(kind)
        .bind(last_day.to_string())
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?)
}

/// The last day of the open duty of a kind; of the earliest where several offices have one. `None` where nothing is due.
///
/// # Errors
/// When the database refuses, or holds what is no day.
pub async fn last_day(tx: &mut Tx, subject: &str, kind: &str) -> Result<Option<Due>, Error> {
    const SQL: &str = "
        SELECT due_on FROM obligation
        WHERE subject = $1 AND kind = $2 AND done_on IS NULL
        ORDER BY COALESCE(due_on, '9999-12-31') LIMIT 1";
    let found: Option<Option<String>> =
        on!(tx, |conn| sqlx::query_scalar(SQL).bind(subject).bind(kind).fetch_optional(conn).await)?;
    let day = |day: Option<String>| day.as_deref().map(str::parse).transpose();
    match found.map(day).transpose() {
        Ok(day) => Ok(day.map(|day| day.map_or(Due::AwaitsCalendar, Due::On))),
        Err(_) => Err(Error::corrupt(format!("duty {kind} of {subject}: due_on"))),
    }
}

/// Extends the open duty of a kind that is due on `from`, once: a period by `parameter` follows its own, counted from `from` by
/// the rule of that day. What was extended before, or is due on another day, stays as it is. Returns the last day that follows.
///
/// # Errors
/// [`Error::Rule`] when the rulebook has no such period on `from`.
pub async fn extend(
    tx: &mut Tx,
    subject: &str,
    kind: &str,
    from: NaiveDate,
    parameter: &str,
    rulebook: &Rulebook,
) -> Result<Due, Error> {
    const SQL: &str = "
        UPDATE obligation SET extended_from = due_on, start_on = due_on, due_on = $4, parameter = $5
        WHERE subject = $1 AND kind = $2 AND due_on = $3 AND done_on IS NULL AND extended_from IS NULL";
    let due = rulebook.deadline(from, parameter)?.due;
    on!(tx, |conn| sqlx::query(SQL)
        .bind(subject)
        .bind(kind)
        .bind(from.to_string())
        .bind(due.date().map(|date| date.to_string()))
        .bind(parameter)
        .execute(conn)
        .await
        .map(drop))?;
    Ok(due)
}

#[derive(sqlx::FromRow)]
struct Awaiting {
    id: i64,
    parameter: String,
    start_on: String,
}

/// Computes the last day of duties that wait for a calendar, as far as the loaded one reaches. Repeatable; call it at
/// start and whenever a calendar is loaded. Returns how many were filled.
///
/// # Errors
/// [`Error::Rule`] when a parameter has vanished from the rulebook.
pub async fn fill_awaiting(db: &Db, rulebook: &Rulebook) -> Result<u64, Error> {
    const READ: &str = "
        SELECT id, parameter, start_on FROM obligation
        WHERE due_on IS NULL AND done_on IS NULL AND id > $1
        ORDER BY id
        LIMIT CAST($2 AS BIGINT)";
    const FILL: &str =
        "UPDATE obligation SET due_on = $2 WHERE id = $1 AND due_on IS NULL AND done_on IS NULL";
    let (mut after, mut filled) = (0, 0);
    loop {
        let mut tx = db.begin_write().await?;
        let rows: Vec<Awaiting> =
            on!(tx, |conn| sqlx::query_as(READ).bind(after).bind(FILL_BATCH).fetch_all(conn).await)?;
        let Some(last) = rows.last() else { return Ok(filled) };
        after = last.id;
        for row in &rows {
            let start =
                row.start_on.parse().map_err(|_| Error::corrupt(format!("duty {}: start_on", row.id)))?;
            let Some(due) = rulebook.deadline(start, &row.parameter)?.due.date() else { continue };
            filled += on!(tx, |conn| sqlx::query(FILL)
                .bind(row.id)
                .bind(due.to_string())
                .execute(conn)
                .await
                .map(|done| done.rows_affected()))?;
        }
        tx.commit().await?;
    }
}
