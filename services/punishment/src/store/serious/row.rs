//! A case as it lies in the database.

use chrono::NaiveDate;
use contract::punishment::v1 as pb;
use db::{Tx, on};
use domain::{DivisionCode, DocumentNumber, FieldCode, LegalName, MicrosUtc, Uscc};
use prost::Message;
use sqlx::QueryBuilder;

use crate::api::convert;
use crate::domain::extension::CaseExtension;
use crate::domain::list::{Advance, EntryName, List};
use crate::domain::serious::{Case, NewCase};
use crate::error::Error;
use crate::machines::extension::Event as ExtensionEvent;
use crate::machines::serious::Event;
use crate::store::{Act, corrupt, stored_date, stored_document};

/// What [`Row`] reads; a condition follows.
pub(super) const COLUMNS: &str = "
    SELECT id, uscc, party_name, field, division, registered_in, ground, penalty_document_no, penalty_kinds, discretion_grade,
        procedure, state, last_actor, proposed_by, listed_on, term_starts_on, term_ends_on, decision_no, ended_on, removal_ground,
        due_on, acted_on, suspended_on, papers, extensions, revision, updated_at_us
    FROM serious_case";

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    pub(super) id: String,
    uscc: String,
    party_name: String,
    field: String,
    division: String,
    registered_in: String,
    ground: String,
    penalty_document_no: String,
    penalty_kinds: String,
    discretion_grade: String,
    procedure: String,
    state: String,
    last_actor: String,
    proposed_by: String,
    listed_on: Option<String>,
    term_starts_on: Option<String>,
    term_ends_on: Option<String>,
    decision_no: Option<String>,
    ended_on: Option<String>,
    removal_ground: String,
    due_on: Option<String>,
    acted_on: Option<String>,
    suspended_on: Option<String>,
    papers: Vec<u8>,
    extensions: Vec<u8>,
    revision: i64,
    updated_at_us: i64,
}

impl Row {
    pub(super) fn case(self) -> Result<Case, Error> {
        let id = &self.id;
        let home = Some(&self.registered_in).filter(|code| !code.is_empty());
        let papers = pb::CasePapers::decode(self.papers.as_slice()).map_err(|e| corrupt(id, e))?;
        Ok(Case {
            name: case_name(id)?,
            content: NewCase {
                uscc: Uscc::parse(&self.uscc).map_err(|e| corrupt(id, e))?,
                party_name: LegalName::parse(&self.party_name).map_err(|e| corrupt(id, e))?,
                field: FieldCode::parse(&self.field).map_err(|e| corrupt(id, e))?,
                division: DivisionCode::parse(&self.division).map_err(|e| corrupt(id, e))?,
                registered_in: home
                    .map(|code| DivisionCode::parse(code))
                    .transpose()
                    .map_err(|e| corrupt(id, e))?,
                ground: self.ground,
                penalty_document_no: DocumentNumber::parse(&self.penalty_document_no)
                    .map_err(|e| corrupt(id, e))?,
                penalty_kinds: self.penalty_kinds.split(';').map(str::to_owned).collect(),
                discretion_grade: self.discretion_grade,
            },
            procedure: self.procedure,
            state: self.state.parse().map_err(|e: String| corrupt(id, e))?,
            last_actor: self.last_actor,
            proposed_by: self.proposed_by,
            listed_on: stored_date(self.listed_on.as_deref())?,
            term_starts_on: stored_date(self.term_starts_on.as_deref())?,
            term_ends_on: stored_date(self.term_ends_on.as_deref())?,
            decision_no: stored_document(self.decision_no.as_deref())?,
            ended_on: stored_date(self.ended_on.as_deref())?,
            removal_ground: self.removal_ground,
            acted_on: stored_date(self.acted_on.as_deref())?,
            due_on: stored_date(self.due_on.as_deref())?,
            suspended_on: stored_date(self.suspended_on.as_deref())?,
            papers: convert::stored_papers(papers).map_err(|e| corrupt(id, e))?,
            extensions: extensions(&self.extensions).map_err(|e| corrupt(id, e))?,
            revision: self.revision,
            updated_at: MicrosUtc(self.updated_at_us),
        })
    }
}

/// Extensions as stored: messages, each with its length before it.
fn extensions(mut stored: &[u8]) -> Result<Vec<CaseExtension>, String> {
    let mut found = Vec::new();
    while !stored.is_empty() {
        let message = pb::CaseExtension::decode_length_delimited(&mut stored);
        found.push(convert::extension::stored(message.map_err(|problem| problem.to_string())?)?);
    }
    Ok(found)
}

/// The same, to be stored.
fn extensions_stored(extensions: &[CaseExtension]) -> Vec<u8> {
    extensions.iter().flat_map(|own| convert::extension::told(own).encode_length_delimited_to_vec()).collect()
}

/// The name of the case with this id.
pub(super) fn case_name(id: &str) -> Result<EntryName, Error> {
    EntryName::parse(List::Serious, &format!("seriousCases/{id}")).map_err(|e| corrupt(id, e))
}

/// One case.
pub(in crate::store) async fn find(tx: &mut Tx, name: &EntryName) -> Result<Case, Error> {
    let row: Option<Row> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new(COLUMNS);
        sql.push(" WHERE id = ").push_bind(name.id());
        sql.build_query_as().fetch_optional(conn).await
    })?;
    row.ok_or_else(|| Error::CaseNotFound(name.clone()))?.case()
}

/// Writes a new case; `false` when the penalty decision has a live one.
pub(super) async fn insert(tx: &mut Tx, case: &Case) -> Result<bool, Error> {
    const SQL: &str = "
        INSERT INTO serious_case (id, uscc, party_name, field, division, registered_in, ground, penalty_document_no, penalty_kinds,
            discretion_grade, procedure, state, last_actor, proposed_by, papers, revision, updated_at_us)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
        ON CONFLICT DO NOTHING";
    let new = &case.content;
    let inserted = on!(tx, |conn| sqlx::query(SQL)
        .bind(case.name.id())
        .bind(new.uscc.as_str())
        .bind(new.party_name.as_str())
        .bind(new.field.as_str())
        .bind(new.division.as_str())
        .bind(new.registered_in.as_ref().map_or("", DivisionCode::as_str))
        .bind(&new.ground)
        .bind(new.penalty_document_no.as_str())
        .bind(new.penalty_kinds.join(";"))
        .bind(&new.discretion_grade)
        .bind(&case.procedure)
        .bind(case.state.word())
        .bind(&case.last_actor)
        .bind(&case.proposed_by)
        .bind(convert::case_papers(&case.papers).encode_to_vec())
        .bind(case.revision)
        .bind(case.updated_at.micros())
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(inserted == 1)
}

/// Keeps other transactions from moving a case until this one ends, and waits for one that does.
pub(in crate::store) async fn lock(tx: &mut Tx, name: &EntryName) -> Result<(), Error> {
    const SQL: &str = "UPDATE serious_case SET revision = revision WHERE id = $1";
    on!(tx, |conn| sqlx::query(SQL).bind(name.id()).execute(conn).await.map(drop))?;
    Ok(())
}

/// Writes a case that stood at `revision`.
///
/// # Errors
/// [`service::Error::Contended`] when it stands there no longer.
pub(super) async fn update(tx: &mut Tx, case: &Case, revision: i64) -> Result<(), Error> {
    const SQL: &str = "
        UPDATE serious_case
        SET state = $3, last_actor = $4, proposed_by = $5, listed_on = $6, term_starts_on = $7, term_ends_on = $8, decision_no = $9,
            ended_on = $10, removal_ground = $11, due_on = $12, acted_on = $13, suspended_on = $14, papers = $15, revision = $16,
            updated_at_us = $17, ground = $18, extensions = $19, registered_in = $20
        WHERE id = $1 AND revision = $2";
    let text = |date: Option<NaiveDate>| date.map(|date| date.to_string());
    let changed = on!(tx, |conn| sqlx::query(SQL)
        .bind(case.name.id())
        .bind(revision)
        .bind(case.state.word())
        .bind(&case.last_actor)
        .bind(&case.proposed_by)
        .bind(text(case.listed_on))
        .bind(text(case.term_starts_on))
        .bind(text(case.term_ends_on))
        .bind(case.decision_no.as_ref().map(ToString::to_string))
        .bind(text(case.ended_on))
        .bind(&case.removal_ground)
        .bind(text(case.due_on))
        .bind(text(case.acted_on))
        .bind(text(case.suspended_on))
        .bind(convert::case_papers(&case.papers).encode_to_vec())
        .bind(case.revision)
        .bind(case.updated_at.micros())
        .bind(&case.content.ground)
        .bind(extensions_stored(&case.extensions))
        .bind(case.content.registered_in.as_ref().map_or("", DivisionCode::as_str))
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    if changed == 1 { Ok(()) } else { Err(Error::Common(service::Error::Contended)) }
}

/// Notes who took a step of a case; `on` is the day of the act.
pub(super) async fn note_step(
    tx: &mut Tx,
    act: &Act<'_>,
    case: &Case,
    advance: &Advance<Event>,
    on: NaiveDate,
) -> Result<(), Error> {
    let number = advance.document_no.as_ref().map_or("", DocumentNumber::as_str);
    insert_step(tx, act, case, (advance.event.word(), number, &advance.reason), on).await
}

/// Notes who took a step of the extension of a case: they handle it, too.
pub(super) async fn note_extension(
    tx: &mut Tx,
    act: &Act<'_>,
    case: &Case,
    event: ExtensionEvent,
    reason: &str,
) -> Result<(), Error> {
    let document_no = case.extensions.last().and_then(|extension| extension.document_no.as_ref());
    let number = document_no.map_or("", DocumentNumber::as_str);
    insert_step(tx, act, case, (&format!("{}Extension", event.word()), number, reason), act.today()).await
}

async fn insert_step(
    tx: &mut Tx,
    act: &Act<'_>,
    case: &Case,
    (event, document_no, reason): (&str, &str, &str),
    on: NaiveDate,
) -> Result<(), Error> {
    const SQL: &str = "
        INSERT INTO serious_step (case_id, revision, event, office, person, acted_on, document_no, legal_basis, reason)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(case.name.id())
        .bind(case.revision)
        .bind(event)
        .bind(act.actor.office)
        .bind(act.actor.person)
        .bind(on.to_string())
        .bind(document_no)
        .bind(act.actor.legal_basis.unwrap_or_default())
        .bind(reason)
        .execute(conn)
        .await
        .map(drop))?;
    Ok(())
}

/// Whether a person has taken a step of a case.
pub(super) async fn has_acted(tx: &mut Tx, name: &EntryName, person: &str) -> Result<bool, Error> {
    const SQL: &str = "SELECT COUNT(*) FROM serious_step WHERE case_id = $1 AND person = $2";
    let steps: i64 =
        on!(tx, |conn| sqlx::query_scalar(SQL).bind(name.id()).bind(person).fetch_one(conn).await)?;
    Ok(steps > 0)
}

/// Day on which the notice was served; `None` before.
pub(super) async fn served_on(tx: &mut Tx, name: &EntryName) -> Result<Option<NaiveDate>, Error> {
    const SQL: &str = "SELECT MAX(acted_on) FROM serious_step WHERE case_id = $1 AND event = $2";
    let day: Option<String> = on!(tx, |conn| sqlx::query_scalar(SQL)
        .bind(name.id())
        .bind(Event::ServeNotice.word())
        .fetch_one(conn)
        .await)?;
    stored_date(day.as_deref())
}

/// Office that decided the listing; empty when none has.
pub(in crate::store) async fn decided_by(tx: &mut Tx, name: &EntryName) -> Result<String, Error> {
    const SQL: &str = "
        SELECT office FROM serious_step WHERE case_id = $1 AND event IN ($2, $3) ORDER BY revision DESC LIMIT 1";
    let office: Option<String> = on!(tx, |conn| sqlx::query_scalar(SQL)
        .bind(name.id())
        .bind(Event::Decide.word())
        .bind(Event::DecideElsewhere.word())
        .fetch_optional(conn)
        .await)?;
    Ok(office.unwrap_or_default())
}
