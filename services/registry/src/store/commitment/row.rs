//! Rows of letters: reading and writing.

use chrono::NaiveDate;
use db::{Tx, on};
use domain::{DivisionCode, FieldCode, LegalName, MicrosUtc, OfficeCode, Uscc};
use service::Error as Common;
use sqlx::QueryBuilder;
use uuid::Uuid;

use crate::domain::{Commitment, CommitmentKey, CommitmentView, SignedCopy, TemplateKey};
use crate::store::sql::rows_per_statement;

/// Columns of a row.
const COLUMNS: usize = 21;

/// A row as stored.
#[derive(sqlx::FromRow)]
pub(super) struct CommitmentRow {
    id: String,
    uscc: String,
    field: String,
    template: String,
    number: i64,
    state: String,
    office: String,
    issued_on: NaiveDate,
    valid_to: Option<NaiveDate>,
    signed_on: Option<NaiveDate>,
    file: String,
    file_bytes: i64,
    media_type: String,
    statement: String,
    signature: String,
    key_id: String,
    published_on: Option<NaiveDate>,
    pushed_revision: i64,
    acknowledged_at_us: Option<i64>,
    ended_on: Option<NaiveDate>,
    revision: i64,
    updated_at_us: i64,
    check_task: String,
    retain_until: Option<NaiveDate>,
}

impl CommitmentRow {
    fn copy(&self) -> Result<Option<SignedCopy>, String> {
        let Some(signed_on) = self.signed_on else { return Ok(None) };
        Ok(Some(SignedCopy {
            signed_on,
            file: self.file.parse().map_err(|problem: files::InvalidFileId| problem.to_string())?,
            bytes: self.file_bytes,
            media_type: self.media_type.clone(),
            statement: self.statement.clone(),
            signature: self.signature.clone(),
            key_id: self.key_id.clone(),
            retain_until: self.retain_until,
        }))
    }

    fn letter(&self) -> Result<Commitment, String> {
        fn text<E: std::fmt::Display>(problem: E) -> String {
            problem.to_string()
        }
        Ok(Commitment {
            key: CommitmentKey {
                uscc: Uscc::parse(&self.uscc).map_err(text)?,
                id: Uuid::parse_str(&self.id).map_err(text)?,
            },
            field: FieldCode::parse(&self.field).map_err(text)?,
            template: TemplateKey { template: self.template.clone(), number: self.number },
            state: self.state.parse()?,
            office: OfficeCode::parse(&self.office).map_err(text)?,
            issued_on: self.issued_on,
            valid_to: self.valid_to,
            copy: self.copy()?,
            check_task: self.check_task.clone(),
            published_on: self.published_on,
            pushed_revision: self.pushed_revision,
            acknowledged_at: self.acknowledged_at_us.map(MicrosUtc),
            ended_on: self.ended_on,
            revision: self.revision,
            updated_at: MicrosUtc(self.updated_at_us),
        })
    }
}

impl TryFrom<CommitmentRow> for Commitment {
    type Error = Common;

    fn try_from(row: CommitmentRow) -> Result<Self, Common> {
        row.letter().map_err(|problem| Common::corrupt(format!("commitment {}: {problem}", row.id)))
    }
}

/// A letter joined with what it shows of its enterprise.
#[derive(sqlx::FromRow)]
pub(super) struct CommitmentViewRow {
    #[sqlx(flatten)]
    letter: CommitmentRow,
    legal_name: String,
    division: String,
}

impl TryFrom<CommitmentViewRow> for CommitmentView {
    type Error = Common;

    fn try_from(row: CommitmentViewRow) -> Result<Self, Common> {
        let commitment = Commitment::try_from(row.letter)?;
        let of = |problem: String| Common::corrupt(format!("enterprise {}: {problem}", commitment.key.uscc));
        Ok(Self {
            legal_name: LegalName::parse(&row.legal_name).map_err(|problem| of(problem.to_string()))?,
            division: DivisionCode::parse(&row.division).map_err(|problem| of(problem.to_string()))?,
            commitment,
        })
    }
}

/// Writes letters that are new.
pub(super) async fn insert(tx: &mut Tx, letters: &[&Commitment]) -> Result<(), Common> {
    const INSERT: &str = "
        INSERT INTO commitment (id, uscc, field, template, number, state, office, issued_on, valid_to, file, file_bytes,
            media_type, statement, signature, key_id, pushed_revision, revision, updated_at_us) ";
    // Another transaction may have sent one in the same moment: one letter is in force for each enterprise and field.
    const UNLESS_THERE: &str = " ON CONFLICT (uscc, field) WHERE ended_on IS NULL DO NOTHING";
    for letters in letters.chunks(rows_per_statement(COLUMNS)) {
        let written = on!(tx, |conn| {
            let mut sql = QueryBuilder::new(INSERT);
            sql.push_values(letters, |mut row, letter| {
                row.push_bind(letter.key.id.to_string())
                    .push_bind(letter.key.uscc.as_str())
                    .push_bind(letter.field.as_str())
                    .push_bind(letter.template.template.as_str())
                    .push_bind(letter.template.number)
                    .push_bind(letter.state.word())
                    .push_bind(letter.office.as_str())
                    .push_bind(letter.issued_on)
                    .push_bind(letter.valid_to)
                    .push("'', 0, '', '', '', '', 0")
                    .push_bind(letter.revision)
                    .push_bind(letter.updated_at.micros());
            });
            sql.push(UNLESS_THERE);
            sql.build().persistent(false).execute(conn).await?.rows_affected()
        });
        if written != letters.len() as u64 {
            return Err(Common::Contended);
        }
    }
    Ok(())
}

/// Writes a letter that moved on. Losing against another transaction that wrote it since it was read is
/// [`Common::Contended`].
pub(super) async fn update(tx: &mut Tx, letter: &Commitment) -> Result<(), Common> {
    const SQL: &str = "
        UPDATE commitment SET state = $3, signed_on = $4, file = $5, file_bytes = $6, media_type = $7, statement = $8,
            signature = $9, key_id = $10, published_on = $11, pushed_revision = $12, acknowledged_at_us = $13,
            ended_on = $14, revision = $2, updated_at_us = $15, check_task = $16, retain_until = $17
        WHERE id = $1 AND revision = $2 - 1";
    let copy = letter.copy.as_ref();
    let written = on!(tx, |conn| sqlx::query(SQL)
        .bind(letter.key.id.to_string())
        .bind(letter.revision)
        .bind(letter.state.word())
        .bind(copy.map(|copy| copy.signed_on))
        .bind(copy.map(|copy| copy.file.to_string()).unwrap_or_default())
        .bind(copy.map_or(0, |copy| copy.bytes))
        .bind(copy.map(|copy| copy.media_type.as_str()).unwrap_or_default())
        .bind(copy.map(|copy| copy.statement.as_str()).unwrap_or_default())
        .bind(copy.map(|copy| copy.signature.as_str()).unwrap_or_default())
        .bind(copy.map(|copy| copy.key_id.as_str()).unwrap_or_default())
        .bind(letter.published_on)
        .bind(letter.pushed_revision)
        .bind(letter.acknowledged_at.map(MicrosUtc::micros))
        .bind(letter.ended_on)
        .bind(letter.updated_at.micros())
        .bind(&letter.check_task)
        .bind(copy.and_then(|copy| copy.retain_until))
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    if written == 1 { Ok(()) } else { Err(Common::Contended) }
}
