//! Parties without a code: registering, reading, erasing.

use chrono::NaiveDate;
use contract::registry::v1 as pb;
use db::{Tx, on};
use domain::{DivisionCode, LegalName, MicrosUtc, Uscc};
use service::Error as Common;
use service::auth::Caller;
use service::erasure::bare_sql;
use service::fitting::Page;
use service::idempotency::{Claim, Key, claim, forget_bodies, store_answer};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::list::{Cut, push_divisions};
use super::outcome::Outcome;
use super::{Act, Store};
use crate::convert::{party_to_pb, party_without_person};
use crate::domain::{Party, PartyContent, PartyId};
use crate::error::Error;

/// Kind of the event of a party that is new to the register.
const REGISTERED: &str = "registry.party.registered";
/// Kind of the event of a party that was erased.
const ERASED: &str = "registry.party.erased";
/// One party by its id.
pub(super) const ONE: &str = "SELECT * FROM party WHERE id = $1";

/// Which parties to list.
#[derive(Clone, Debug)]
pub struct PartyFilter {
    /// Divisions; only parties there.
    pub divisions: Vec<String>,
    /// Only parties that are called so, or were before a change, and that are not erased: a name as [`service::erasure::bare`] leaves it.
    pub called: Option<String>,
}

/// A request to erase a party.
#[derive(Debug)]
pub struct PartyErasure<'a> {
    /// What the request is known by.
    pub key: &'a Key<'a>,
    /// The request as sent.
    pub body: &'a pb::ErasePartyRequest,
    /// Who asks.
    pub caller: &'a Caller,
    /// Whom to erase.
    pub id: PartyId,
    /// Why.
    pub reason: &'a str,
}

/// A row as stored.
#[derive(sqlx::FromRow)]
pub(super) struct PartyRow {
    id: String,
    legal_name: String,
    party_kind: String,
    division: String,
    related_uscc: String,
    revision: i64,
    created_at_us: i64,
    erased_at_us: Option<i64>,
    effective_on: NaiveDate,
    updated_at_us: i64,
}

impl TryFrom<PartyRow> for Party {
    type Error = Common;

    fn try_from(row: PartyRow) -> Result<Self, Common> {
        let of = |problem: String| Common::corrupt(format!("party {}: {problem}", row.id));
        let known = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let legal_name = known(&row.legal_name).map(|name| LegalName::parse(&name)).transpose();
        let related = known(&row.related_uscc).map(|code| Uscc::parse(&code)).transpose();
        Ok(Self {
            id: PartyId(Uuid::parse_str(&row.id).map_err(|problem| of(problem.to_string()))?),
            content: PartyContent {
                legal_name: legal_name.map_err(|problem| of(problem.to_string()))?,
                division: DivisionCode::parse(&row.division).map_err(|problem| of(problem.to_string()))?,
                related: related.map_err(|problem| of(problem.to_string()))?,
                party_kind: row.party_kind,
            },
            revision: row.revision,
            created_at: MicrosUtc(row.created_at_us),
            effective_on: row.effective_on,
            updated_at: MicrosUtc(row.updated_at_us),
            erased_at: row.erased_at_us.map(MicrosUtc),
        })
    }
}

impl Store {
    /// Registers a party without a code under `id`. What is stored of the answer tells nobody who it is.
    pub async fn create_party(
        &self,
        key: &Key<'_>,
        body: &pb::CreatePartyRequest,
        act: &Act,
        (id, content, since): (PartyId, PartyContent, Option<NaiveDate>),
    ) -> Result<pb::Party, Error> {
        const INSERT: &str = "
            INSERT INTO party (id, legal_name, party_kind, division, related_uscc, revision, created_at_us, updated_at_us,
                effective_on)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)";
        let mut tx = self.db.begin_write().await?;
        let party = Party {
            id,
            content,
            effective_on: since.unwrap_or(act.today),
            revision: 1,
            created_at: act.now,
            updated_at: act.now,
            erased_at: None,
        };
        let person = party_to_pb(&party);
        if let Claim::Repeat(answer) = claim::<pb::Party>(&mut tx, key, body, act.now).await? {
            // The request brings along again what the stored answer must not hold.
            let (legal_name, related_uscc) = (person.legal_name, person.related_uscc);
            return Ok(pb::Party { legal_name, related_uscc, ..answer });
        }
        on!(tx, |conn| sqlx::query(INSERT)
            .bind(party.id.0.to_string())
            .bind(&person.legal_name)
            .bind(&party.content.party_kind)
            .bind(party.content.division.as_str())
            .bind(&person.related_uscc)
            .bind(party.revision)
            .bind(party.created_at.micros())
            .bind(party.effective_on)
            .execute(conn)
            .await
            .map(drop))?;
        let mut outcome = Outcome::of(act);
        outcome.party(REGISTERED, &party, &[]);
        outcome.write(&mut tx, self).await?;
        store_answer(&mut tx, key, &party_without_person(&party)).await?;
        tx.commit().await?;
        Ok(person)
    }

    /// One party.
    ///
    /// # Errors
    /// [`Error::PartyNotFound`].
    pub async fn party(&self, id: PartyId) -> Result<Party, Error> {
        let row: Option<PartyRow> =
            on!(self.db, |pool| sqlx::query_as(ONE).bind(id.0.to_string()).fetch_optional(pool).await)?;
        Ok(row.ok_or(Error::PartyNotFound(id))?.try_into()?)
    }

    /// Parties, in the byte order of their names.
    pub async fn parties(&self, filter: &PartyFilter, cut: &Cut) -> Result<Page<Party>, Error> {
        let rows: Vec<PartyRow> = on!(self.db, |pool| {
            let mut sql = QueryBuilder::new("SELECT party.* FROM ");
            if let Some(bare) = &filter.called {
                // Two searches, each by its index, and then the parties that they name: `OR` would have them all gone through.
                let called = bare_sql("legal_name");
                sql.push("(SELECT id FROM party WHERE erased_at_us IS NULL AND ").push(&called);
                sql.push(" = ").push_bind(bare);
                sql.push(" UNION SELECT id FROM party_past WHERE ").push(&called).push(" = ").push_bind(bare);
                sql.push(") AS named CROSS JOIN party WHERE party.id = named.id AND party.erased_at_us IS NULL AND ");
            } else {
                sql.push("party WHERE ");
            }
            sql.push("party.id > ").push_bind(&cut.after);
            push_divisions(&mut sql, "division", &filter.divisions);
            sql.push(" ORDER BY party.id LIMIT CAST(").push_bind(cut.size + 1).push(" AS BIGINT)");
            sql.build_query_as().fetch_all(pool).await
        })?;
        let rows = rows.into_iter().map(Party::try_from).collect::<Result<_, _>>()?;
        Ok(cut.page(rows, |last: &Party| last.id.0.to_string()))
    }

    /// Erases what is kept about a party; erasing again changes nothing.
    ///
    /// # Errors
    /// [`Error::PartyNotFound`], division not the caller's.
    pub async fn erase_party(&self, erasure: &PartyErasure<'_>, act: &Act) -> Result<pb::Party, Error> {
        let mut tx = self.db.begin_write().await?;
        let claimed = claim::<pb::Party>(&mut tx, erasure.key, erasure.body, act.now).await?;
        let id = erasure.id.0.to_string();
        let row: Option<PartyRow> = on!(tx, |conn| sqlx::query_as(ONE).bind(&id).fetch_optional(conn).await)?;
        let known = Party::try_from(row.ok_or(Error::PartyNotFound(erasure.id))?)?;
        erasure.caller.may_act_in_division(&known.content.division)?;
        if let Claim::Repeat(answer) = claimed {
            return Ok(answer);
        }
        let erased = known.erased(act.now);
        if let Some(erased) = &erased {
            erase(&mut tx, erased).await?;
            let mut outcome = Outcome::of(act).because(erasure.reason);
            outcome.party(ERASED, erased, &[]);
            outcome.write(&mut tx, self).await?;
        }
        let answer = party_to_pb(&erased.unwrap_or(known));
        store_answer(&mut tx, erasure.key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }
}

async fn erase(tx: &mut Tx, erased: &Party) -> Result<(), Error> {
    const SQL: &str = "
        UPDATE party SET legal_name = '', related_uscc = '', revision = $2, erased_at_us = $3
        WHERE id = $1 AND revision = $2 - 1";
    const PAST: &str = "UPDATE party_past SET legal_name = '', related_uscc = '', reason = '' WHERE id = $1";
    tx.erases();
    // Why it was changed is an officer's own text, in the events as in the table.
    let name = erased.id.name();
    outbox::erase_all(tx, &[name.as_str()], &name).await?;
    forget_bodies(tx, &name).await?;
    on!(tx, |conn| sqlx::query(PAST).bind(erased.id.0.to_string()).execute(conn).await.map(drop))?;
    let written = on!(tx, |conn| sqlx::query(SQL)
        .bind(erased.id.0.to_string())
        .bind(erased.revision)
        .bind(erased.erased_at.map(MicrosUtc::micros))
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    if written == 1 { Ok(()) } else { Err(Common::Contended.into()) }
}
