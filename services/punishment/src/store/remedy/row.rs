//! A remedy as it lies in the database.

use chrono::NaiveDate;
use db::{Tx, on};
use domain::{DivisionCode, DocumentNumber, FieldCode, MicrosUtc, Uscc};
use sqlx::QueryBuilder;

use crate::domain::list::EntryName;
use crate::domain::remedy::{Against, Change, NewRemedy, Outcome, Remedy, RemedyName};
use crate::error::Error;
use crate::machines::remedy::State;
use crate::store::{corrupt, stored_date};

/// What [`Row`] reads; a condition follows.
pub(super) const COLUMNS: &str = "
    SELECT id, entry, uscc, field, division, kind, body, document_no, accepted_on, state, order_no, suspended_on, acted_on, outcome,
        outcome_no, decided_on, summary, changed_ground, changed_term_ends_on, decide_again_by, refused_removal, revision,
        updated_at_us
    FROM entry_remedy";

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    pub(super) id: String,
    entry: String,
    uscc: String,
    field: String,
    division: String,
    kind: String,
    body: String,
    document_no: String,
    accepted_on: String,
    state: String,
    order_no: String,
    suspended_on: Option<String>,
    acted_on: String,
    outcome: String,
    outcome_no: String,
    decided_on: Option<String>,
    summary: String,
    changed_ground: String,
    changed_term_ends_on: Option<String>,
    decide_again_by: Option<String>,
    refused_removal: i64,
    revision: i64,
    updated_at_us: i64,
}

impl Row {
    pub(super) fn remedy(self) -> Result<Remedy, Error> {
        let id = &self.id;
        let field = Some(&self.field).filter(|code| !code.is_empty());
        let change = Change {
            ground: Some(self.changed_ground).filter(|ground| !ground.is_empty()),
            term_ends_on: stored_date(self.changed_term_ends_on.as_deref())?,
        };
        let outcome = match stored_date(self.decided_on.as_deref())? {
            Some(decided_on) => Some(Outcome {
                code: self.outcome,
                document_no: DocumentNumber::parse(&self.outcome_no).map_err(|e| corrupt(id, e))?,
                decided_on,
                summary: self.summary,
                change: Some(change).filter(|change| *change != Change::default()),
                decide_again_by: stored_date(self.decide_again_by.as_deref())?,
            }),
            None => None,
        };
        Ok(Remedy {
            name: RemedyName::parse(&format!("entryRemedies/{id}")).map_err(|e| corrupt(id, e))?,
            content: NewRemedy {
                against: Against::parse(&self.entry, self.refused_removal != 0)
                    .map_err(|e| corrupt(id, e))?,
                kind: self.kind,
                body: self.body,
                document_no: DocumentNumber::parse(&self.document_no).map_err(|e| corrupt(id, e))?,
                accepted_on: domain::parse_date(&self.accepted_on).map_err(|e| corrupt(id, e))?,
            },
            uscc: Uscc::parse(&self.uscc).map_err(|e| corrupt(id, e))?,
            field: field.map(|code| FieldCode::parse(code)).transpose().map_err(|e| corrupt(id, e))?,
            division: DivisionCode::parse(&self.division).map_err(|e| corrupt(id, e))?,
            state: self.state.parse().map_err(|e: String| corrupt(id, e))?,
            order_no: self.order_no,
            suspended_on: stored_date(self.suspended_on.as_deref())?,
            acted_on: domain::parse_date(&self.acted_on).map_err(|e| corrupt(id, e))?,
            outcome,
            revision: self.revision,
            updated_at: MicrosUtc(self.updated_at_us),
        })
    }
}

/// One remedy.
pub(super) async fn find(tx: &mut Tx, name: &RemedyName) -> Result<Remedy, Error> {
    let row: Option<Row> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new(COLUMNS);
        sql.push(" WHERE id = ").push_bind(name.id());
        sql.build_query_as().fetch_optional(conn).await
    })?;
    row.ok_or_else(|| Error::RemedyNotFound(name.clone()))?.remedy()
}

/// Writes a new remedy; `false` when the matter is registered already.
pub(super) async fn insert(tx: &mut Tx, remedy: &Remedy) -> Result<bool, Error> {
    const SQL: &str = "
        INSERT INTO entry_remedy (id, entry, uscc, field, division, kind, body, document_no, accepted_on, state, acted_on, revision,
            updated_at_us, refused_removal)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        ON CONFLICT DO NOTHING";
    let new = &remedy.content;
    let inserted = on!(tx, |conn| sqlx::query(SQL)
        .bind(remedy.name.id())
        .bind(new.against.to_string())
        .bind(remedy.uscc.as_str())
        .bind(remedy.field.as_ref().map_or("", FieldCode::as_str))
        .bind(remedy.division.as_str())
        .bind(&new.kind)
        .bind(&new.body)
        .bind(new.document_no.as_str())
        .bind(new.accepted_on.to_string())
        .bind(remedy.state.word())
        .bind(remedy.acted_on.to_string())
        .bind(remedy.revision)
        .bind(remedy.updated_at.micros())
        .bind(i64::from(new.against.is_refused_removal()))
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(inserted == 1)
}

/// Writes a remedy that stood at `revision`.
///
/// # Errors
/// [`service::Error::Contended`] when it stands there no longer.
pub(super) async fn update(tx: &mut Tx, remedy: &Remedy, revision: i64) -> Result<(), Error> {
    const SQL: &str = "
        UPDATE entry_remedy
        SET state = $3, order_no = $4, suspended_on = $5, acted_on = $6, outcome = $7, outcome_no = $8, decided_on = $9, summary = $10,
            revision = $11, updated_at_us = $12, changed_ground = $13, changed_term_ends_on = $14,
            decide_again_by = $15
        WHERE id = $1 AND revision = $2";
    let outcome = remedy.outcome.as_ref();
    let change = outcome.and_then(|ended| ended.change.as_ref());
    let text = |date: Option<NaiveDate>| date.map(|date| date.to_string());
    let changed = on!(tx, |conn| sqlx::query(SQL)
        .bind(remedy.name.id())
        .bind(revision)
        .bind(remedy.state.word())
        .bind(&remedy.order_no)
        .bind(text(remedy.suspended_on))
        .bind(remedy.acted_on.to_string())
        .bind(outcome.map_or("", |ended| ended.code.as_str()))
        .bind(outcome.map_or("", |ended| ended.document_no.as_str()))
        .bind(text(outcome.map(|ended| ended.decided_on)))
        .bind(outcome.map_or("", |ended| ended.summary.as_str()))
        .bind(remedy.revision)
        .bind(remedy.updated_at.micros())
        .bind(change.and_then(|change| change.ground.as_deref()).unwrap_or_default())
        .bind(text(change.and_then(|change| change.term_ends_on)))
        .bind(text(outcome.and_then(|ended| ended.decide_again_by)))
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    if changed == 1 { Ok(()) } else { Err(Error::Common(service::Error::Contended)) }
}

/// Since when orders suspend an entry; `None` when none stands.
pub(super) async fn suspended_since(tx: &mut Tx, entry: &EntryName) -> Result<Option<NaiveDate>, Error> {
    const SQL: &str = "SELECT MIN(suspended_on) FROM entry_remedy WHERE entry = $1 AND state = $2";
    let since: Option<String> = on!(tx, |conn| sqlx::query_scalar(SQL)
        .bind(entry.to_string())
        .bind(State::Suspended.word())
        .fetch_one(conn)
        .await)?;
    stored_date(since.as_deref())
}
