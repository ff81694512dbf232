//! The table `enterprise`: reading and writing rows.

use std::collections::HashMap;

use chrono::NaiveDate;
use db::{Tx, on};
use domain::{DivisionCode, LegalName, MicrosUtc, Money, Uscc};
use service::Error as Common;
use sqlx::QueryBuilder;

use super::history::keep_past;
use super::sql::rows_per_statement;
use crate::domain::{Enterprise, Profile};

/// Columns of a row, in the order in which they are written.
const COLUMNS: usize = 17;

/// A row as stored.
#[derive(Clone, sqlx::FromRow)]
pub(super) struct EnterpriseRow {
    pub(super) uscc: String,
    legal_name: String,
    party_kind: String,
    division: String,
    industry: String,
    address: String,
    established_on: Option<NaiveDate>,
    capital_fen: i64,
    registration_state: String,
    foreign_invested: bool,
    legal_representative: String,
    revision: i64,
    created_at_us: i64,
    updated_at_us: i64,
    registered_division: String,
    registering_authority: String,
    effective_on: NaiveDate,
}

impl TryFrom<EnterpriseRow> for Enterprise {
    type Error = Common;

    fn try_from(row: EnterpriseRow) -> Result<Self, Common> {
        let of = |problem: String| Common::corrupt(format!("enterprise {}: {problem}", row.uscc));
        Ok(Self {
            uscc: Uscc::parse(&row.uscc).map_err(|problem| of(problem.to_string()))?,
            profile: Profile {
                legal_name: LegalName::parse(&row.legal_name).map_err(|problem| of(problem.to_string()))?,
                division: DivisionCode::parse(&row.division).map_err(|problem| of(problem.to_string()))?,
                capital: Money::from_fen(row.capital_fen).map_err(|problem| of(problem.to_string()))?,
                registered_division: match row.registered_division.as_str() {
                    "" => None,
                    code => Some(DivisionCode::parse(code).map_err(|problem| of(problem.to_string()))?),
                },
                registering_authority: row.registering_authority,
                party_kind: row.party_kind,
                industry: row.industry,
                address: row.address,
                established_on: row.established_on,
                registration_state: row.registration_state,
                foreign_invested: row.foreign_invested,
                legal_representative: row.legal_representative,
            },
            effective_on: row.effective_on,
            revision: row.revision,
            created_at: MicrosUtc(row.created_at_us),
            updated_at: MicrosUtc(row.updated_at_us),
        })
    }
}

/// The entries of `codes`, as far as they are registered.
pub(super) async fn enterprises_of(
    tx: &mut Tx,
    codes: impl IntoIterator<Item = &Uscc>,
) -> Result<HashMap<Uscc, Enterprise>, Common> {
    const SQL: &str = "SELECT * FROM enterprise WHERE uscc IN";
    let keys: Vec<&str> = codes.into_iter().map(Uscc::as_str).collect();
    let rows: Vec<EnterpriseRow> = db::rows_of(tx, SQL, &keys).await?;
    rows.into_iter().map(|row| Enterprise::try_from(row).map(|entry| (entry.uscc.clone(), entry))).collect()
}

/// Writes entries, new and changed ones, each at most once, and keeps what the changed ones replace. Losing against another transaction that wrote one of them
/// since it was read is [`Common::Contended`]; the caller's transaction then ends.
pub(super) async fn write_enterprises(tx: &mut Tx, entries: &[&Enterprise]) -> Result<(), Common> {
    const INSERT: &str = "
        INSERT INTO enterprise (uscc, legal_name, party_kind, division, industry, address, established_on, capital_fen,
            registration_state, foreign_invested, legal_representative, revision, created_at_us, updated_at_us,
            registered_division, registering_authority, effective_on) ";
    // A new row has revision 1, and no row has revision 0: where another transaction was faster, nothing is written.
    const BRING_UP_TO_DATE: &str = "
        ON CONFLICT (uscc) DO UPDATE SET
            legal_name = excluded.legal_name, party_kind = excluded.party_kind, division = excluded.division,
            industry = excluded.industry, address = excluded.address, established_on = excluded.established_on,
            capital_fen = excluded.capital_fen, registration_state = excluded.registration_state,
            foreign_invested = excluded.foreign_invested, legal_representative = excluded.legal_representative,
            revision = excluded.revision, updated_at_us = excluded.updated_at_us,
            registered_division = excluded.registered_division,
            registering_authority = excluded.registering_authority, effective_on = excluded.effective_on
        WHERE enterprise.revision = excluded.revision - 1";
    let changed: Vec<&str> =
        entries.iter().filter(|entry| entry.revision > 1).map(|entry| entry.uscc.as_str()).collect();
    keep_past(tx, &changed).await?;
    for entries in entries.chunks(rows_per_statement(COLUMNS)) {
        let written = on!(tx, |conn| {
            let mut sql = QueryBuilder::new(INSERT);
            sql.push_values(entries, |mut row, entry| {
                let profile = &entry.profile;
                row.push_bind(entry.uscc.as_str())
                    .push_bind(profile.legal_name.as_str())
                    .push_bind(profile.party_kind.as_str())
                    .push_bind(profile.division.as_str())
                    .push_bind(profile.industry.as_str())
                    .push_bind(profile.address.as_str())
                    .push_bind(profile.established_on)
                    .push_bind(profile.capital.fen())
                    .push_bind(profile.registration_state.as_str())
                    .push_bind(profile.foreign_invested)
                    .push_bind(profile.legal_representative.as_str())
                    .push_bind(entry.revision)
                    .push_bind(entry.created_at.micros())
                    .push_bind(entry.updated_at.micros())
                    .push_bind(
                        profile.registered_division.as_ref().map(DivisionCode::as_str).unwrap_or_default(),
                    )
                    .push_bind(profile.registering_authority.as_str())
                    .push_bind(entry.effective_on);
            });
            sql.push(BRING_UP_TO_DATE);
            sql.build().execute(conn).await?.rows_affected()
        });
        if written != entries.len() as u64 {
            return Err(Common::Contended);
        }
    }
    Ok(())
}
