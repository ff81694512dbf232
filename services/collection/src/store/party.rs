//! The table `party`: who is registered, and who is awaited.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use db::{Tx, on};
use domain::{DivisionCode, LegalName, Uscc};
use service::obligation;
use sqlx::QueryBuilder;

use super::divisions::Divisions;

/// The table.
const PARTIES: &str = "party";
/// Rows that one statement writes.
const ROWS_PER_STATEMENT: usize = 1_000;

/// A party as the registry tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// Its code.
    pub uscc: Uscc,
    /// Its registered name.
    pub legal_name: LegalName,
    /// Its registered address, at most 300 characters; empty when not known.
    pub address: String,
    /// Division of its supervising bureau.
    pub division: DivisionCode,
}

/// Divisions of the registered parties among those asked for, by code.
#[derive(Debug, Default)]
pub(super) struct Registered(HashMap<String, Arc<str>>);

#[derive(Debug, sqlx::FromRow)]
struct Row {
    uscc: String,
    division: String,
    registered: bool,
}

impl Registered {
    /// The division of a registered party.
    pub(super) fn division_of(&self, uscc: Option<&Uscc>) -> Option<&str> {
        uscc.and_then(|uscc| self.0.get(uscc.as_str())).map(AsRef::as_ref)
    }
}

/// Which of `codes` are registered, and which are not.
pub(super) async fn look_up<'u>(
    tx: &mut Tx,
    codes: impl IntoIterator<Item = &'u Uscc>,
) -> Result<(Registered, Vec<&'u str>), sqlx::Error> {
    // Sorted, so that two transactions lock the same parties in the same order.
    let codes: BTreeSet<&str> = codes.into_iter().map(Uscc::as_str).collect();
    let keys: Vec<&str> = codes.into_iter().collect();
    let known: Vec<(String, String)> =
        db::rows_of(tx, "SELECT uscc, division FROM party WHERE registered AND uscc IN", &keys).await?;
    let registered = Registered(known.into_iter().map(|(uscc, division)| (uscc, division.into())).collect());
    let unknown = keys.into_iter().filter(|code| !registered.0.contains_key(*code)).collect();
    Ok((registered, unknown))
}

/// What [`recall`] answers.
pub(super) struct Recalled<'u> {
    pub(super) registered: Registered,
    /// Codes that are not registered.
    pub(super) unknown: Vec<&'u str>,
    /// Revision of the directory at which this holds.
    pub(super) revision: i64,
}

/// Like [`look_up`], asking the database only for what is not remembered. For a transaction that reads one state of the database.
pub(super) async fn recall<'u>(
    tx: &mut Tx,
    divisions: &Divisions,
    codes: &[&'u Uscc],
) -> Result<Recalled<'u>, sqlx::Error> {
    const REVISION: &str = "SELECT revision FROM party_directory WHERE id = 1";
    let revision: i64 = on!(tx, |conn| sqlx::query_scalar(REVISION).fetch_one(conn).await)?;
    let (known, others) = divisions.known(revision, codes);
    let (mut registered, unknown) = look_up(tx, others.iter().copied()).await?;
    let found = others.iter().filter_map(|code| Some((*code, registered.0.get(code.as_str())?)));
    divisions.remember(revision, found);
    registered.0.extend(known);
    Ok(Recalled { registered, unknown, revision })
}

/// Codes of the parties that were registered, or told otherwise than before, since the directory had this revision.
pub(super) async fn told_since(tx: &mut Tx, revision: i64) -> Result<HashSet<String>, sqlx::Error> {
    const SQL: &str = "SELECT uscc FROM party WHERE revision > $1";
    let codes: Vec<String> = on!(tx, |conn| sqlx::query_scalar(SQL).bind(revision).fetch_all(conn).await)?;
    Ok(codes.into_iter().collect())
}

/// Which of `codes` are registered. The others are awaited from now on, and stay locked until the transaction ends: an
/// enterprise that is registered meanwhile waits for it and then finds what was taken under its code.
pub(super) async fn meet<'u>(
    tx: &mut Tx,
    codes: impl IntoIterator<Item = &'u Uscc>,
) -> Result<Registered, sqlx::Error> {
    let (mut registered, unknown) = look_up(tx, codes).await?;
    for row in await_all(tx, &unknown).await? {
        if row.registered {
            registered.0.insert(row.uscc, row.division.into());
        }
    }
    Ok(registered)
}

/// Awaits parties that [`look_up`] found not registered, as [`meet`] does. Answers whether that still holds for all of them.
pub(super) async fn meet_unknown(tx: &mut Tx, codes: &[String]) -> Result<bool, sqlx::Error> {
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    Ok(await_all(tx, &codes).await?.iter().all(|row| !row.registered))
}

/// Keeps every party in its division until the transaction ends: see [`obligation::stay`].
pub(super) async fn stay(tx: &mut Tx) -> Result<(), sqlx::Error> {
    obligation::stay(tx, PARTIES).await
}

/// The name under which a party is registered; `None` while it is not.
pub(super) async fn name_of(tx: &mut Tx, uscc: &Uscc) -> Result<Option<String>, sqlx::Error> {
    const SQL: &str = "SELECT legal_name FROM party WHERE uscc = $1 AND registered";
    on!(tx, |conn| sqlx::query_scalar(SQL).bind(uscc.as_str()).fetch_optional(conn).await)
}

/// Division of a registered party; `None` while it is not registered.
pub(super) async fn division_of(tx: &mut Tx, uscc: &str) -> Result<Option<String>, sqlx::Error> {
    const SQL: &str = "SELECT division FROM party WHERE uscc = $1 AND registered";
    on!(tx, |conn| sqlx::query_scalar(SQL).bind(uscc).fetch_optional(conn).await)
}

/// Locks the rows of `codes`, making those that are missing, and reads them as they are under the lock.
async fn await_all(tx: &mut Tx, codes: &[&str]) -> Result<Vec<Row>, sqlx::Error> {
    const INSERT: &str = "INSERT INTO party (uscc, legal_name, division, registered) ";
    const LOCK: &str = "
        ON CONFLICT (uscc) DO UPDATE SET registered = party.registered
        RETURNING uscc, division, registered";
    let mut rows = Vec::new();
    for codes in codes.chunks(ROWS_PER_STATEMENT) {
        rows.extend(on!(tx, |conn| {
            let mut sql = QueryBuilder::new(INSERT);
            sql.push_values(codes, |mut row, code| {
                row.push_bind(*code).push_bind("").push_bind("").push_bind(false);
            });
            sql.push(LOCK).build_query_as::<Row>().persistent(false).fetch_all(conn).await?
        }));
    }
    Ok(rows)
}

/// Enters parties as registered, or brings them up to date; each code once. Answers the division that each had before which was
/// registered already and has another one now; from then on nobody opens a duty by the division that it had.
pub(super) async fn register<'p>(
    tx: &mut Tx,
    parties: impl IntoIterator<Item = &'p Party>,
) -> Result<HashMap<&'p str, String>, sqlx::Error> {
    const INSERT: &str = "INSERT INTO party (uscc, legal_name, address, division, registered, revision) ";
    const BRING_UP_TO_DATE: &str = "
        ON CONFLICT (uscc) DO UPDATE SET
            legal_name = excluded.legal_name, address = excluded.address, division = excluded.division,
            registered = excluded.registered, revision = excluded.revision";
    let mut parties: Vec<&Party> = parties.into_iter().collect();
    if parties.is_empty() {
        return Ok(HashMap::new());
    }
    // Others that tell wait from here on: what is read now is what is written over.
    let revision = next_revision(tx).await?;
    parties.sort_by(|one, other| one.uscc.cmp(&other.uscc));
    let mut moved = HashMap::new();
    let (before, _) = look_up(tx, parties.iter().map(|party| &party.uscc)).await?;
    for party in &parties {
        let division =
            before.division_of(Some(&party.uscc)).filter(|division| *division != party.division.as_str());
        if let Some(division) = division {
            moved.insert(party.uscc.as_str(), division.to_owned());
        }
    }
    if !moved.is_empty() {
        obligation::move_alone(tx, PARTIES).await?;
    }
    for parties in parties.chunks(ROWS_PER_STATEMENT) {
        on!(tx, |conn| {
            let mut sql = QueryBuilder::new(INSERT);
            sql.push_values(parties, |mut row, party| {
                row.push_bind(party.uscc.as_str())
                    .push_bind(party.legal_name.as_str())
                    .push_bind(party.address.as_str())
                    .push_bind(party.division.as_str())
                    .push_bind(true)
                    .push_bind(revision);
            });
            sql.push(BRING_UP_TO_DATE).build().persistent(false).execute(conn).await.map(drop)
        })?;
    }
    Ok(moved)
}

/// The revision of what this transaction tells. Others that tell wait until it ends: revisions are seen in their order.
async fn next_revision(tx: &mut Tx) -> Result<i64, sqlx::Error> {
    const SQL: &str = "UPDATE party_directory SET revision = revision + 1 WHERE id = 1 RETURNING revision";
    on!(tx, |conn| sqlx::query_scalar(SQL).fetch_one(conn).await)
}
