//! What an import may be about, and who sees it: in which fields and divisions whoever imports acts.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use db::{Tx, on};
use domain::{DivisionCode, OfficeCode};
use rulebook::{FieldScope, Rulebook};
use service::Error as Common;
use service::auth::{Caller, Denied, Fields, Scope};
use service::machine::Office;

use super::row::ImportRow;
use crate::error::Error;

/// Offices that see the imports of all: the one that manages the collection, and the one that keeps it running.
const SEES_ALL: [Office; 2] = [Office::CREDIT, Office::IT];
/// All of Jinan.
const CITY: &str = "370100";

/// Whether the caller's office sees the imports of every office.
pub(super) fn sees_all(caller: &Caller) -> bool {
    SEES_ALL.iter().any(|office| office.code() == caller.office().as_str())
}

/// Notes in which divisions the caller acts.
pub(super) async fn insert(tx: &mut Tx, import_id: &str, caller: &Caller) -> Result<(), sqlx::Error> {
    const SQL: &str = "INSERT INTO file_import_division (import_id, division) VALUES ($1, $2)";
    let divisions: BTreeSet<&str> = caller.divisions().iter().map(DivisionCode::as_str).collect();
    for division in divisions {
        on!(tx, |conn| sqlx::query(SQL).bind(import_id).bind(division).execute(conn).await.map(drop))?;
    }
    Ok(())
}

/// What the lines of an import may be about: the fields of its office, and the divisions of whoever imports.
pub(super) async fn of(
    tx: &mut Tx,
    row: &ImportRow,
    book: &Rulebook,
    today: NaiveDate,
) -> Result<Scope, Common> {
    let mut divisions = divisions(tx, &row.id).await?;
    if divisions.is_empty() {
        // Received before this was noted.
        divisions = vec![parse(CITY)?];
    }
    let office = OfficeCode::parse(&row.office).map_err(|problem| Common::corrupt(problem.to_string()))?;
    let office = book.office(&office).filter(|office| office.effective.on(today));
    let fields = match office.map(|office| &office.fields) {
        Some(FieldScope::All) => Fields::All,
        Some(FieldScope::Some(fields)) => Fields::Set(fields.iter().cloned().collect()),
        None => Fields::Set(BTreeSet::new()),
    };
    Ok(Scope { fields, divisions })
}

/// Whether the caller may see an import: whoever sent it, an officer of the same office who acts in all divisions of whoever sent
/// it (R52), or an office that sees all.
pub(super) async fn may_be_seen(tx: &mut Tx, row: &ImportRow, caller: &Caller) -> Result<(), Error> {
    if sees_all(caller) {
        return Ok(());
    }
    if caller.office().as_str() != row.office {
        let other = OfficeCode::parse(&row.office).unwrap_or_else(|_| OfficeCode::system());
        return Err(Denied::OfficeNotPermitted { office: caller.office().clone(), other }.into());
    }
    if caller.subject() == row.creator {
        return Ok(());
    }
    let divisions = divisions(tx, &row.id).await?;
    if divisions.is_empty() {
        caller.may_act_in_division(&parse(CITY)?)?;
    }
    divisions.iter().try_for_each(|division| caller.may_act_in_division(division))?;
    Ok(())
}

async fn divisions(tx: &mut Tx, import_id: &str) -> Result<Vec<DivisionCode>, Common> {
    const SQL: &str = "SELECT division FROM file_import_division WHERE import_id = $1 ORDER BY division";
    let codes: Vec<String> = on!(tx, |conn| sqlx::query_scalar(SQL).bind(import_id).fetch_all(conn).await)?;
    codes.iter().map(|code| parse(code)).collect()
}

fn parse(code: &str) -> Result<DivisionCode, Common> {
    DivisionCode::parse(code).map_err(|problem| Common::corrupt(problem.to_string()))
}
