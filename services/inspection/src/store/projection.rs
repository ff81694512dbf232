//! Copies of what other services say about enterprises. They are written by followers only and can be rebuilt.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use db::bulk::{self, Cell};
use db::{Tx, on};
use domain::Uscc;
use sqlx::QueryBuilder;

use super::sql::push_list;

/// Rows that one statement writes.
const ROWS_PER_STATEMENT: usize = 500;

/// Where an enterprise is and how it is registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectRow {
    /// Credit code.
    pub uscc: String,
    /// Name.
    pub name: String,
    /// Division.
    pub division: String,
    /// Code of the set `registration_state`.
    pub registration_state: String,
}

/// The registration state of an enterprise as the register has it now, as far as its feed was read; `None` while it is not known.
pub(super) async fn registration_state(tx: &mut Tx, uscc: &Uscc) -> Result<Option<String>, sqlx::Error> {
    const SQL: &str = "SELECT registration_state FROM subject WHERE uscc = $1";
    on!(tx, |conn| sqlx::query_scalar(SQL).bind(uscc.as_str()).fetch_optional(conn).await)
}

/// Whether an enterprise carries the mark of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkRow {
    /// Credit code.
    pub uscc: String,
    /// Key field.
    pub field: String,
    /// Whether it carries the mark: confirmed and not removed.
    pub in_force: bool,
}

/// The class of an enterprise in a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassRow {
    /// Credit code.
    pub uscc: String,
    /// Key field.
    pub field: String,
    /// Class scheme.
    pub scheme: String,
    /// Class: the computed one, or an officer's in its place.
    pub code: String,
    /// Last day of the officer's; `None` where the computed one stands.
    pub until: Option<NaiveDate>,
    /// The computed class, which stands behind that day.
    pub computed: String,
}

/// Key attention to an enterprise in a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttentionRow {
    /// Resource name of the flag.
    pub flag: String,
    /// Credit code.
    pub uscc: String,
    /// Key field.
    pub field: String,
    /// Last day, counted; `None` when it has ended already.
    pub on_until: Option<NaiveDate>,
}

/// A joint measure against an enterprise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasureRow {
    /// Resource name of the measure.
    pub measure: String,
    /// Credit code.
    pub uscc: String,
    /// Code of the item of the city's list.
    pub code: String,
    /// First day; `None` while it is not in force.
    pub starts_on: Option<NaiveDate>,
}

/// A check that others made; `None` when it does not count any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckRow {
    /// Name of the record.
    pub record: String,
    /// The check.
    pub check: Option<OtherCheck>,
}

/// What is known of a check that others made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherCheck {
    /// Credit code of the enterprise.
    pub uscc: String,
    /// Key field; empty for none.
    pub field: String,
    /// Day of the check.
    pub checked_on: NaiveDate,
    /// Whether a higher body made it.
    pub superior: bool,
    /// How it was made: a code of the set `inspection_mode`; empty for a routine one.
    pub mode: String,
}

/// The last row of each key: one statement may not write a row twice.
fn latest<R, K: Ord>(rows: impl IntoIterator<Item = R>, key: impl Fn(&R) -> K) -> Vec<R> {
    let latest: BTreeMap<K, R> = rows.into_iter().map(|row| (key(&row), row)).collect();
    latest.into_values().collect()
}

/// Brings enterprises up to date, in the order of `rows`.
pub async fn put_subjects(tx: &mut Tx, rows: Vec<SubjectRow>) -> Result<(), sqlx::Error> {
    for rows in latest(rows, |row| row.uscc.clone()).chunks(ROWS_PER_STATEMENT) {
        on!(tx, |conn| {
            let mut sql =
                QueryBuilder::new("INSERT INTO subject (uscc, name, division, registration_state) ");
            sql.push_values(rows, |mut row, subject| {
                row.push_bind(subject.uscc.as_str())
                    .push_bind(subject.name.as_str())
                    .push_bind(subject.division.as_str())
                    .push_bind(subject.registration_state.as_str());
            });
            sql.push(
                " ON CONFLICT (uscc) DO UPDATE SET
                    name = excluded.name, division = excluded.division,
                    registration_state = excluded.registration_state",
            );
            sql.build().execute(conn).await.map(drop)
        })?;
    }
    Ok(())
}

/// Brings marks up to date, in the order of `rows`.
pub async fn put_marks(tx: &mut Tx, rows: Vec<MarkRow>) -> Result<(), sqlx::Error> {
    for rows in latest(rows, |row| (row.field.clone(), row.uscc.clone())).chunks(ROWS_PER_STATEMENT) {
        on!(tx, |conn| {
            let mut sql = QueryBuilder::new("INSERT INTO subject_mark (field, uscc, in_force) ");
            sql.push_values(rows, |mut row, mark| {
                row.push_bind(mark.field.as_str()).push_bind(mark.uscc.as_str()).push_bind(mark.in_force);
            });
            sql.push(" ON CONFLICT (field, uscc) DO UPDATE SET in_force = excluded.in_force");
            sql.build().execute(conn).await.map(drop)
        })?;
    }
    Ok(())
}

/// Brings classes up to date, in the order of `rows`. One without a code has ended: its enterprise left the field.
pub async fn put_classes(tx: &mut Tx, rows: Vec<ClassRow>) -> Result<(), sqlx::Error> {
    let latest = latest(rows, |row| (row.field.clone(), row.uscc.clone()));
    let (ended, standing): (Vec<_>, Vec<_>) = latest.into_iter().partition(|row| row.code.is_empty());
    end_classes(tx, &ended).await?;
    for rows in standing.chunks(ROWS_PER_STATEMENT) {
        on!(tx, |conn| {
            let mut sql = QueryBuilder::new(
                "INSERT INTO subject_class (field, uscc, scheme, code, override_until, computed_code) ",
            );
            sql.push_values(rows, |mut row, class| {
                row.push_bind(class.field.as_str())
                    .push_bind(class.uscc.as_str())
                    .push_bind(class.scheme.as_str())
                    .push_bind(class.code.as_str())
                    .push_bind(class.until)
                    .push_bind(class.computed.as_str());
            });
            sql.push(
                " ON CONFLICT (field, uscc) DO UPDATE SET scheme = excluded.scheme, code = excluded.code,
                    override_until = excluded.override_until, computed_code = excluded.computed_code",
            );
            sql.build().execute(conn).await.map(drop)
        })?;
    }
    Ok(())
}

async fn end_classes(tx: &mut Tx, ended: &[ClassRow]) -> Result<(), sqlx::Error> {
    for rows in ended.chunks(ROWS_PER_STATEMENT) {
        on!(tx, |conn| {
            let mut sql = QueryBuilder::new("DELETE FROM subject_class WHERE (field, uscc) IN (");
            sql.push_values(rows, |mut row, class| {
                row.push_bind(class.field.as_str()).push_bind(class.uscc.as_str());
            });
            sql.push(")");
            sql.build().execute(conn).await.map(drop)
        })?;
    }
    Ok(())
}

/// Removes the rows of these keys by a statement that ends with `IN`.
async fn forget(tx: &mut Tx, delete: &'static str, keys: &[String]) -> Result<(), sqlx::Error> {
    for keys in keys.chunks(ROWS_PER_STATEMENT) {
        on!(tx, |conn| {
            let mut sql = QueryBuilder::new(delete);
            push_list(&mut sql, keys);
            sql.build().execute(conn).await.map(drop)
        })?;
    }
    Ok(())
}

/// Brings flags up to date, in the order of `rows`. A term that ends is over by its date, whether or not anything is told of it.
pub async fn put_attention(tx: &mut Tx, rows: Vec<AttentionRow>) -> Result<(), sqlx::Error> {
    const DELETE: &str = "DELETE FROM subject_attention WHERE flag IN";
    let latest = latest(rows, |row| row.flag.clone());
    let flags: Vec<String> = latest.iter().map(|row| row.flag.clone()).collect();
    forget(tx, DELETE, &flags).await?;
    let on = latest.iter().filter_map(|row| Some((row, row.on_until?)));
    let cells = on.map(|(row, until)| {
        [Cell::Text(&row.flag), Cell::Text(&row.uscc), Cell::Text(&row.field), Cell::Date(until)]
    });
    bulk::insert(tx, "subject_attention", ["flag", "uscc", "field", "on_until"], cells).await?;
    Ok(())
}

/// Brings measures up to date, in the order of `rows`.
pub async fn put_measures(tx: &mut Tx, rows: Vec<MeasureRow>) -> Result<(), sqlx::Error> {
    const DELETE: &str = "DELETE FROM subject_measure WHERE measure IN";
    let latest = latest(rows, |row| row.measure.clone());
    let measures: Vec<String> = latest.iter().map(|row| row.measure.clone()).collect();
    forget(tx, DELETE, &measures).await?;
    let in_force = latest.iter().filter_map(|row| Some((row, row.starts_on?)));
    let cells = in_force.map(|(row, starts_on)| {
        [Cell::Text(&row.measure), Cell::Text(&row.uscc), Cell::Text(&row.code), Cell::Date(starts_on)]
    });
    bulk::insert(tx, "subject_measure", ["measure", "uscc", "code", "starts_on"], cells).await?;
    Ok(())
}

/// A case about an enterprise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseRow {
    /// Resource name of the case.
    pub name: String,
    /// Credit code.
    pub uscc: String,
    /// Whether nobody has decided it yet.
    pub in_progress: bool,
}

/// Brings cases up to date, in the order of `rows`.
pub async fn put_cases(tx: &mut Tx, rows: Vec<CaseRow>) -> Result<(), sqlx::Error> {
    const DELETE: &str = "DELETE FROM subject_case WHERE name IN";
    let latest = latest(rows, |row| row.name.clone());
    let names: Vec<String> = latest.iter().map(|row| row.name.clone()).collect();
    forget(tx, DELETE, &names).await?;
    let open = latest.iter().filter(|row| row.in_progress);
    let cells = open.map(|row| [Cell::Text(&row.name), Cell::Text(&row.uscc)]);
    bulk::insert(tx, "subject_case", ["name", "uscc"], cells).await?;
    Ok(())
}

/// Whether a case about an enterprise for the list of serious violators is on record that nobody has decided.
pub(super) async fn has_case(tx: &mut Tx, uscc: &Uscc) -> Result<bool, sqlx::Error> {
    const SQL: &str = "SELECT EXISTS (SELECT 1 FROM subject_case WHERE uscc = $1)";
    on!(tx, |conn| sqlx::query_scalar(SQL).bind(uscc.as_str()).fetch_one(conn).await)
}

/// Brings checks of others up to date, in the order of `rows`.
pub async fn put_checks(tx: &mut Tx, rows: Vec<CheckRow>) -> Result<(), sqlx::Error> {
    const COLUMNS: [&str; 6] = ["record", "uscc", "field", "checked_on", "superior", "mode"];
    const DELETE: &str = "DELETE FROM other_check WHERE record IN";
    let latest = latest(rows, |row| row.record.clone());
    let records: Vec<String> = latest.iter().map(|row| row.record.clone()).collect();
    forget(tx, DELETE, &records).await?;
    let counting = latest.iter().filter_map(|row| Some((row, row.check.as_ref()?)));
    let cells = counting.map(|(row, check)| {
        [
            Cell::Text(&row.record),
            Cell::Text(&check.uscc),
            Cell::Text(&check.field),
            Cell::Date(check.checked_on),
            Cell::Bool(check.superior),
            Cell::Text(&check.mode),
        ]
    });
    bulk::insert(tx, "other_check", COLUMNS, cells).await?;
    Ok(())
}

/// Notes what clues can be found by: names of resources of other services.
pub async fn put_clue_sources(tx: &mut Tx, names: &[String]) -> Result<(), sqlx::Error> {
    let rows = names.iter().map(|name| [Cell::Text(name)]);
    bulk::insert_missing(tx, "clue_source", ["name"], "(name)", rows).await
}

/// Whether there is a resource of a name by which clues are found, as far as its service was followed.
pub(super) async fn has_clue_source(tx: &mut Tx, name: &str) -> Result<bool, sqlx::Error> {
    const SQL: &str = "SELECT EXISTS (SELECT 1 FROM clue_source WHERE name = $1)";
    on!(tx, |conn| sqlx::query_scalar(SQL).bind(name).fetch_one(conn).await)
}

/// A credit record by which a clue can be found.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ClueRecordRow {
    /// Resource name of the record.
    pub record: String,
    /// Credit code of whom it is about; empty for nobody who has one.
    pub uscc: String,
    /// Whether it was neither withdrawn nor erased.
    pub stands: bool,
}

/// Brings the records by which clues are found up to date, in the order of `rows`.
pub async fn put_clue_records(tx: &mut Tx, rows: Vec<ClueRecordRow>) -> Result<(), sqlx::Error> {
    for rows in latest(rows, |row| row.record.clone()).chunks(ROWS_PER_STATEMENT) {
        on!(tx, |conn| {
            let mut sql = QueryBuilder::new("INSERT INTO clue_record (record, uscc, stands) ");
            sql.push_values(rows, |mut row, one| {
                row.push_bind(one.record.as_str()).push_bind(one.uscc.as_str()).push_bind(one.stands);
            });
            sql.push(" ON CONFLICT (record) DO UPDATE SET uscc = excluded.uscc, stands = excluded.stands");
            sql.build().execute(conn).await.map(drop)
        })?;
    }
    Ok(())
}

/// The record of a name by which clues are found, as far as collection was followed.
pub(super) async fn clue_record(tx: &mut Tx, name: &str) -> Result<Option<ClueRecordRow>, sqlx::Error> {
    const SQL: &str = "SELECT record, uscc, stands FROM clue_record WHERE record = $1";
    on!(tx, |conn| sqlx::query_as(SQL).bind(name).fetch_optional(conn).await)
}
