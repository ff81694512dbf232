//! Names of parties, present and former, where they are registered and how: a copy of what the registry tells.

use chrono::NaiveDate;
use db::{Tx, on};
use domain::{DivisionCode, LegalName, Uscc};
use rulebook::Rulebook;
use service::FieldErrors;
use sqlx::QueryBuilder;

use super::{Store, corrupt};
use crate::error::Error;

/// Name of the reader that keeps this copy. Not a name that it had while it copied less (`punishment-names`, then `punishment-parties`):
/// whoever had followed so far reads all parties once more.
pub(crate) const REGISTER_READER: &str = "punishment-register";
/// Rows of one statement; each has five placeholders.
const ROWS_PER_STATEMENT: usize = 500;
/// Set of the states of registration.
const STATES: &str = "registration_state";
/// Tag of states of registration in which the party is no more; one that has moved away still is.
const NO_MORE: &str = "no_more";
/// Most parties of one name that are told.
const MOST_NAMESAKES: i64 = 100;

/// A party that has or had a name.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Namesake {
    /// Its credit code.
    pub uscc: String,
    /// The name as registered.
    pub legal_name: String,
    /// 1 when it has another name now.
    pub former: i64,
}

/// What the registry tells of a party's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PartyName {
    /// Credit code of the party.
    pub uscc: String,
    /// Its name now.
    pub legal_name: String,
    /// Division in which it is registered.
    pub division: String,
    /// Code of its state of registration.
    pub state: String,
}

/// Whether a state of registration says on a day that the party is no more.
pub(crate) fn is_no_more(book: &Rulebook, state: &str, on: NaiveDate) -> bool {
    book.code(STATES, state, on).is_some_and(|code| code.has_tag(NO_MORE))
}

/// Codes of the states of registration that say so on a day.
pub(super) fn states_of_no_more(book: &Rulebook, on: NaiveDate) -> Vec<String> {
    book.codes(STATES, on).filter(|code| code.has_tag(NO_MORE)).map(|code| code.code.clone()).collect()
}

/// Notes present names, in the order of `names`; what a party was called before stays as a former name.
pub(crate) async fn put_names(tx: &mut Tx, names: &[PartyName]) -> Result<(), sqlx::Error> {
    let mut latest: Vec<&PartyName> = Vec::with_capacity(names.len());
    let mut seen = std::collections::HashSet::new();
    // One statement may not write a row twice: what a party was called for a moment within the batch was never told to anybody.
    latest.extend(names.iter().rev().filter(|name| seen.insert(name.uscc.as_str())));
    for names in latest.chunks(ROWS_PER_STATEMENT) {
        leave_former(tx, names).await?;
        put_present(tx, names).await?;
    }
    Ok(())
}

async fn leave_former(tx: &mut Tx, names: &[&PartyName]) -> Result<(), sqlx::Error> {
    on!(tx, |conn| {
        let mut sql = QueryBuilder::new("UPDATE party_name SET former = 1 WHERE former = 0 AND uscc IN (");
        let mut usccs = sql.separated(", ");
        for name in names {
            usccs.push_bind(name.uscc.as_str());
        }
        sql.push(")");
        sql.build().execute(conn).await.map(drop)
    })
}

async fn put_present(tx: &mut Tx, names: &[&PartyName]) -> Result<(), sqlx::Error> {
    on!(tx, |conn| {
        let mut sql = QueryBuilder::new(
            "INSERT INTO party_name (name_key, uscc, legal_name, division, state, former) ",
        );
        sql.push_values(names, |mut row, name| {
            row.push_bind(domain::comparison_key(&name.legal_name))
                .push_bind(name.uscc.as_str())
                .push_bind(name.legal_name.as_str())
                .push_bind(name.division.as_str())
                .push_bind(name.state.as_str())
                .push("0");
        });
        sql.push(
            " ON CONFLICT (name_key, uscc) DO UPDATE
            SET legal_name = excluded.legal_name, division = excluded.division, state = excluded.state,
                former = excluded.former",
        );
        sql.build().execute(conn).await.map(drop)
    })
}

/// Division in which the registry says that a party is registered; `None` for one that it does not know.
pub(super) async fn registered_division(tx: &mut Tx, uscc: &Uscc) -> Result<Option<DivisionCode>, Error> {
    const SQL: &str = "SELECT division FROM party_name WHERE uscc = $1 AND former = 0";
    let division: Option<String> =
        on!(tx, |conn| sqlx::query_scalar(SQL).bind(uscc.as_str()).fetch_optional(conn).await)?;
    let division = division.filter(|code| !code.is_empty());
    division.map(|code| DivisionCode::parse(&code).map_err(|e| corrupt(uscc.as_str(), e))).transpose()
}

/// How the registry says that a party is registered; empty for one that it does not know.
pub(super) async fn registered_state(tx: &mut Tx, uscc: &Uscc) -> Result<String, Error> {
    const SQL: &str = "SELECT state FROM party_name WHERE uscc = $1 AND former = 0";
    let state: Option<String> =
        on!(tx, |conn| sqlx::query_scalar(SQL).bind(uscc.as_str()).fetch_optional(conn).await)?;
    Ok(state.unwrap_or_default())
}

/// Forgets every name, so that the copy can be made again.
pub(crate) async fn clear_names(tx: &mut Tx) -> Result<(), sqlx::Error> {
    on!(tx, |conn| sqlx::query("DELETE FROM party_name").execute(conn).await.map(drop))
}

impl Store {
    /// How the register has a party of which it says on a day that it is no more; `None` for one that is, or that it does not know.
    pub(super) async fn no_more_as(
        &self,
        tx: &mut Tx,
        uscc: &Uscc,
        on: NaiveDate,
    ) -> Result<Option<String>, Error> {
        let state = registered_state(tx, uscc).await?;
        Ok(Some(state).filter(|state| is_no_more(&self.book, state, on)))
    }

    /// Refuses what is asked for a party of which the register says on a day that it is no more: nobody is there who asks, or could be
    /// told the answer. `field` is that of the request which names what it is about. A party that the register does not know is let pass.
    ///
    /// # Errors
    /// A field error.
    pub(super) async fn party_is_there(
        &self,
        tx: &mut Tx,
        uscc: &Uscc,
        (field, on): (&str, NaiveDate),
    ) -> Result<(), Error> {
        let Some(state) = self.no_more_as(tx, uscc, on).await? else { return Ok(()) };
        let problem = format!("its party `{uscc}` is no more: the register has it as `{state}`");
        Err(FieldErrors::one(field, problem).into())
    }

    /// The parties that have or had exactly this name after normalisation, in the order of their codes, at most 100.
    pub async fn namesakes(&self, name: &LegalName) -> Result<Vec<Namesake>, Error> {
        const SQL: &str = "
            SELECT uscc, legal_name, former
            FROM party_name
            WHERE name_key = $1
            ORDER BY uscc
            LIMIT CAST($2 AS BIGINT)";
        Ok(on!(&self.db, |pool| sqlx::query_as(SQL)
            .bind(name.comparison_key())
            .bind(MOST_NAMESAKES)
            .fetch_all(pool)
            .await)?)
    }
}
