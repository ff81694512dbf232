//! The table `licence`: reading and writing rows.

use chrono::NaiveDate;
use db::{Tx, on};
use domain::{DivisionCode, FieldCode, MicrosUtc, Uscc};
use service::Error as Common;
use sqlx::QueryBuilder;

use super::sql::rows_per_statement;
use crate::domain::{Codes, Licence, LicenceContent};

/// Columns of a row, in the order in which they are written.
const COLUMNS: usize = 17;

/// A row as stored.
#[derive(sqlx::FromRow)]
pub(super) struct LicenceRow {
    licence_no: String,
    uscc: String,
    field: String,
    sub_kinds: String,
    site_division: String,
    valid_from: NaiveDate,
    valid_to: NaiveDate,
    state: String,
    source_record: String,
    decided_on: NaiveDate,
    revision: i64,
    updated_at_us: i64,
    scope: String,
    site_address: String,
    authority: String,
    vacated_on: Option<NaiveDate>,
    record_behind: Option<String>,
}

impl TryFrom<LicenceRow> for Licence {
    type Error = Common;

    fn try_from(row: LicenceRow) -> Result<Self, Common> {
        let of = |problem: String| Common::corrupt(format!("licence {}: {problem}", row.licence_no));
        let site_division = match row.site_division.as_str() {
            "" => None,
            code => Some(DivisionCode::parse(code).map_err(|problem| of(problem.to_string()))?),
        };
        Ok(Self {
            content: LicenceContent {
                uscc: Uscc::parse(&row.uscc).map_err(|problem| of(problem.to_string()))?,
                field: FieldCode::parse(&row.field).map_err(|problem| of(problem.to_string()))?,
                sub_kinds: Codes::from_text(&row.sub_kinds),
                site_division,
                site_address: row.site_address,
                scope: row.scope,
                authority: row.authority,
                valid_from: row.valid_from,
                valid_to: row.valid_to,
                state: row.state,
            },
            licence_no: row.licence_no,
            source_record: row.source_record,
            record_behind: row.record_behind,
            decided_on: row.decided_on,
            vacated_on: row.vacated_on,
            revision: row.revision,
            updated_at: MicrosUtc(row.updated_at_us),
        })
    }
}

/// The licences with these numbers, in no order.
pub(super) async fn licences_by_number(tx: &mut Tx, numbers: &[&str]) -> Result<Vec<Licence>, Common> {
    const SQL: &str = "SELECT * FROM licence WHERE licence_no IN";
    read(db::rows_of(tx, SQL, numbers).await?)
}

/// The licences of these holders, all fields, in no order.
pub(super) async fn licences_of_holders(tx: &mut Tx, holders: &[&str]) -> Result<Vec<Licence>, Common> {
    const SQL: &str = "SELECT * FROM licence WHERE uscc IN";
    read(db::rows_of(tx, SQL, holders).await?)
}

/// The licences that rest on these records, and those that they told before an officer changed them, in no order.
pub(super) async fn licences_by_record(tx: &mut Tx, records: &[&str]) -> Result<Vec<Licence>, Common> {
    const RESTING: &str = "SELECT * FROM licence WHERE source_record IN";
    const BEHIND: &str = "SELECT * FROM licence WHERE record_behind IN";
    let mut rows: Vec<LicenceRow> = db::rows_of(tx, RESTING, records).await?;
    rows.extend(db::rows_of::<LicenceRow>(tx, BEHIND, records).await?);
    read(rows)
}

fn read(rows: Vec<LicenceRow>) -> Result<Vec<Licence>, Common> {
    rows.into_iter().map(Licence::try_from).collect()
}

/// Writes licences, new and changed ones, each at most once. Losing against another transaction that wrote one of them
/// since it was read is [`Common::Contended`].
pub(super) async fn write_licences(tx: &mut Tx, licences: &[&Licence]) -> Result<(), Common> {
    const INSERT: &str = "
        INSERT INTO licence (licence_no, uscc, field, sub_kinds, site_division, valid_from, valid_to, state,
            source_record, decided_on, revision, updated_at_us, scope, site_address, authority, vacated_on,
            record_behind) ";
    const BRING_UP_TO_DATE: &str = "
        ON CONFLICT (licence_no) DO UPDATE SET
            uscc = excluded.uscc, field = excluded.field, sub_kinds = excluded.sub_kinds,
            site_division = excluded.site_division, valid_from = excluded.valid_from, valid_to = excluded.valid_to,
            state = excluded.state, source_record = excluded.source_record, decided_on = excluded.decided_on,
            revision = excluded.revision, updated_at_us = excluded.updated_at_us, scope = excluded.scope,
            site_address = excluded.site_address, authority = excluded.authority, vacated_on = excluded.vacated_on,
            record_behind = excluded.record_behind
        WHERE licence.revision = excluded.revision - 1";
    for licences in licences.chunks(rows_per_statement(COLUMNS)) {
        let written = on!(tx, |conn| {
            let mut sql = QueryBuilder::new(INSERT);
            sql.push_values(licences, |mut row, licence| {
                let content = &licence.content;
                row.push_bind(licence.licence_no.as_str())
                    .push_bind(content.uscc.as_str())
                    .push_bind(content.field.as_str())
                    .push_bind(content.sub_kinds.to_text())
                    .push_bind(content.site_division.as_ref().map(DivisionCode::as_str).unwrap_or_default())
                    .push_bind(content.valid_from)
                    .push_bind(content.valid_to)
                    .push_bind(content.state.as_str())
                    .push_bind(licence.source_record.as_str())
                    .push_bind(licence.decided_on)
                    .push_bind(licence.revision)
                    .push_bind(licence.updated_at.micros())
                    .push_bind(content.scope.as_str())
                    .push_bind(content.site_address.as_str())
                    .push_bind(content.authority.as_str())
                    .push_bind(licence.vacated_on)
                    .push_bind(licence.record_behind.as_deref());
            });
            sql.push(BRING_UP_TO_DATE);
            sql.build().execute(conn).await?.rows_affected()
        });
        if written != licences.len() as u64 {
            return Err(Common::Contended);
        }
    }
    Ok(())
}
