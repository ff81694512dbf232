//! An entry as it lies in the database.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use db::{Tx, on};
use domain::{DivisionCode, DocumentNumber, LegalName, MicrosUtc, Uscc};
use sqlx::QueryBuilder;

use crate::domain::abnormal::{Entry, Kind, NewEntry, Order, SentLetter};
use crate::domain::list::EntryName;
use crate::error::Error;
use crate::store::{corrupt, stored_date, stored_document};

/// What [`Row`] reads; a condition follows.
pub(super) const COLUMNS: &str = "
    SELECT id, uscc, party_name, division, ground, facts, lapsed_on, state, last_actor, listed_on, decision_no, decided_by,
        removed_on, removal_ground, due_on, acted_on, suspended_on, order_no, ordered_on, removal_verified_on,
        removal_refused_on, objection_actor, revision, updated_at_us
    FROM abnormal_entry";

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    pub(super) id: String,
    uscc: String,
    party_name: String,
    division: String,
    ground: String,
    facts: String,
    lapsed_on: Option<String>,
    state: String,
    last_actor: String,
    listed_on: Option<String>,
    decision_no: Option<String>,
    decided_by: String,
    removed_on: Option<String>,
    removal_ground: String,
    due_on: Option<String>,
    acted_on: Option<String>,
    suspended_on: Option<String>,
    order_no: Option<String>,
    ordered_on: Option<String>,
    removal_verified_on: Option<String>,
    removal_refused_on: Option<String>,
    objection_actor: String,
    revision: i64,
    updated_at_us: i64,
}

impl Row {
    /// The entry, without its letters.
    pub(super) fn entry(self) -> Result<Entry, Error> {
        let id = &self.id;
        let uscc = Uscc::parse(&self.uscc).map_err(|e| corrupt(id, e))?;
        let name = format!("abnormalEntries/{id}");
        let order_no = stored_document(self.order_no.as_deref())?;
        let order = order_no.zip(stored_date(self.ordered_on.as_deref())?);
        Ok(Entry {
            name: EntryName::parse(Kind::of(&uscc).list(), &name).map_err(|e| corrupt(id, e))?,
            content: NewEntry {
                uscc,
                party_name: LegalName::parse(&self.party_name).map_err(|e| corrupt(id, e))?,
                division: DivisionCode::parse(&self.division).map_err(|e| corrupt(id, e))?,
                ground: self.ground,
                facts: self.facts,
                lapsed_on: stored_date(self.lapsed_on.as_deref())?,
            },
            state: self.state.parse().map_err(|e: String| corrupt(id, e))?,
            last_actor: self.last_actor,
            objection_actor: self.objection_actor,
            listed_on: stored_date(self.listed_on.as_deref())?,
            decision_no: stored_document(self.decision_no.as_deref())?,
            decided_by: self.decided_by,
            removed_on: stored_date(self.removed_on.as_deref())?,
            removal_ground: self.removal_ground,
            due_on: stored_date(self.due_on.as_deref())?,
            acted_on: stored_date(self.acted_on.as_deref())?,
            suspended_on: stored_date(self.suspended_on.as_deref())?,
            letters: Vec::new(),
            order: order.map(|(document_no, ordered_on)| Order { document_no, ordered_on }),
            removal_verified_on: stored_date(self.removal_verified_on.as_deref())?,
            removal_refused_on: stored_date(self.removal_refused_on.as_deref())?,
            revision: self.revision,
            updated_at: MicrosUtc(self.updated_at_us),
        })
    }
}

/// One entry with its letters.
pub(in crate::store) async fn find(tx: &mut Tx, name: &EntryName) -> Result<Entry, Error> {
    let row: Option<Row> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new(COLUMNS);
        sql.push(" WHERE id = ").push_bind(name.id());
        sql.build_query_as().fetch_optional(conn).await
    })?;
    let mut entry = row.ok_or_else(|| Error::EntryNotFound(name.clone()))?.entry()?;
    entry.letters = letters(tx, name).await?;
    Ok(entry)
}

async fn letters(tx: &mut Tx, name: &EntryName) -> Result<Vec<SentLetter>, Error> {
    const SQL: &str = "
        SELECT document_no, sent_on, unsigned FROM abnormal_letter WHERE entry = $1 ORDER BY number";
    let rows: Vec<(String, String, i64)> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(name.id()).fetch_all(conn).await)?;
    let letter = |(document_no, sent_on, unsigned): (String, String, i64)| {
        Ok(SentLetter {
            document_no: DocumentNumber::parse(&document_no).map_err(|e| corrupt(name.id(), e))?,
            sent_on: domain::parse_date(&sent_on).map_err(|e| corrupt(name.id(), e))?,
            unsigned: unsigned != 0,
        })
    };
    rows.into_iter().map(letter).collect()
}

/// Writes the last letter of an entry.
pub(super) async fn add_letter(tx: &mut Tx, entry: &Entry) -> Result<(), Error> {
    const SQL: &str = "
        INSERT INTO abnormal_letter (entry, number, document_no, sent_on, unsigned, officer)
        VALUES ($1, $2, $3, $4, $5, $6)";
    let Some(letter) = entry.letters.last() else { return Ok(()) };
    let number = i64::try_from(entry.letters.len()).unwrap_or(i64::MAX);
    on!(tx, |conn| sqlx::query(SQL)
        .bind(entry.name.id())
        .bind(number)
        .bind(letter.document_no.as_str())
        .bind(letter.sent_on.to_string())
        .bind(i64::from(letter.unsigned))
        .bind(&entry.last_actor)
        .execute(conn)
        .await
        .map(drop))?;
    Ok(())
}

/// Keeps other transactions from moving an entry until this one ends, and waits for one that does.
pub(in crate::store) async fn lock(tx: &mut Tx, name: &EntryName) -> Result<(), Error> {
    const SQL: &str = "UPDATE abnormal_entry SET revision = revision WHERE id = $1";
    on!(tx, |conn| sqlx::query(SQL).bind(name.id()).execute(conn).await.map(drop))?;
    Ok(())
}

/// Writes an entry that stood at `revision`.
///
/// # Errors
/// [`service::Error::Contended`] when it stands there no longer.
pub(super) async fn update(tx: &mut Tx, entry: &Entry, revision: i64) -> Result<(), Error> {
    const SQL: &str = "
        UPDATE abnormal_entry
        SET state = $3, last_actor = $4, listed_on = $5, decision_no = $6, removed_on = $7, removal_ground = $8, due_on = $9,
            acted_on = $10, suspended_on = $11, revision = $12, updated_at_us = $13, decided_by = $14, ground = $15,
            lapsed_on = $16, order_no = $17, ordered_on = $18, removal_verified_on = $19, removal_refused_on = $20,
            objection_actor = $21
        WHERE id = $1 AND revision = $2";
    let text = |date: Option<NaiveDate>| date.map(|date| date.to_string());
    let changed = on!(tx, |conn| sqlx::query(SQL)
        .bind(entry.name.id())
        .bind(revision)
        .bind(entry.state.word())
        .bind(&entry.last_actor)
        .bind(text(entry.listed_on))
        .bind(entry.decision_no.as_ref().map(ToString::to_string))
        .bind(text(entry.removed_on))
        .bind(&entry.removal_ground)
        .bind(text(entry.due_on))
        .bind(text(entry.acted_on))
        .bind(text(entry.suspended_on))
        .bind(entry.revision)
        .bind(entry.updated_at.micros())
        .bind(&entry.decided_by)
        .bind(&entry.content.ground)
        .bind(text(entry.content.lapsed_on))
        .bind(entry.order.as_ref().map(|order| order.document_no.to_string()))
        .bind(text(entry.order.as_ref().map(|order| order.ordered_on)))
        .bind(text(entry.removal_verified_on))
        .bind(text(entry.removal_refused_on))
        .bind(&entry.objection_actor)
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    if changed == 1 { Ok(()) } else { Err(Error::Common(service::Error::Contended)) }
}

/// Id of the live entry about the party of `new` on the same ground, locked until the transaction ends; `None` when there is none.
pub(in crate::store) async fn live_on_ground(tx: &mut Tx, new: &NewEntry) -> Result<Option<String>, Error> {
    const SQL: &str = "
        UPDATE abnormal_entry SET revision = revision
        WHERE uscc = $1 AND kind = $2 AND ground = $3 AND state NOT IN ('Removed', 'RevokedByError', 'Dismissed')
        RETURNING id";
    Ok(on!(tx, |conn| sqlx::query_scalar(SQL)
        .bind(new.uscc.as_str())
        .bind(new.kind().word())
        .bind(&new.ground)
        .fetch_optional(conn)
        .await)?)
}

/// Locks the live entries about these parties, in the order of the codes, until the transaction ends. Entries are locked before the
/// reports that wait for them: a step of an entry does so too.
pub(super) async fn lock_live(tx: &mut Tx, parties: &BTreeSet<&str>) -> Result<(), Error> {
    const SQL: &str = "
        UPDATE abnormal_entry SET revision = revision
        WHERE uscc = $1 AND state NOT IN ('Removed', 'RevokedByError', 'Dismissed')";
    for party in parties {
        on!(tx, |conn| sqlx::query(SQL).bind(*party).execute(conn).await.map(drop))?;
    }
    Ok(())
}

/// Writes a new entry; `false` when a live one on the same ground is there.
pub(super) async fn insert(tx: &mut Tx, entry: &Entry, source_event: &str) -> Result<bool, Error> {
    const SQL: &str = "
        INSERT INTO abnormal_entry (id, kind, uscc, party_name, division, ground, facts, lapsed_on, state, last_actor, due_on,
            source_event, revision, updated_at_us)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        ON CONFLICT DO NOTHING";
    let new = &entry.content;
    let text = |date: Option<NaiveDate>| date.map(|date| date.to_string());
    let inserted = on!(tx, |conn| sqlx::query(SQL)
        .bind(entry.name.id())
        .bind(new.kind().word())
        .bind(new.uscc.as_str())
        .bind(new.party_name.as_str())
        .bind(new.division.as_str())
        .bind(&new.ground)
        .bind(&new.facts)
        .bind(text(new.lapsed_on))
        .bind(entry.state.word())
        .bind(&entry.last_actor)
        .bind(text(entry.due_on))
        .bind(source_event)
        .bind(entry.revision)
        .bind(entry.updated_at.micros())
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(inserted == 1)
}
