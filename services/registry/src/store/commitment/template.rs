//! Versions of templates: adding, changing while unused, reading.

use chrono::NaiveDate;
use contract::registry::v1 as pb;
use db::{Tx, on};
use domain::FieldCode;
use outbox::NewEvent;
use prost::Message;
use service::Error as Common;
use service::auth::Caller;
use service::idempotency::{Claim, Key, claim, store_answer};

use crate::convert::template_to_pb;
use crate::domain::{Template, TemplateContent, TemplateKey};
use crate::error::{CommitmentError, Error};
use crate::store::{Act, Store};

/// Kind of the event of a version that came or was changed.
const CHANGED: &str = "registry.template.changed";
/// One version.
const ONE: &str = "SELECT * FROM commitment_template WHERE template = $1 AND number = $2";

/// A version to add or to change.
#[derive(Debug)]
pub struct NewVersion<'a, B> {
    /// What the request is known by.
    pub key: &'a Key<'a>,
    /// The request as sent.
    pub body: &'a B,
    /// What the version says.
    pub content: TemplateContent,
}

/// A row as stored.
#[derive(sqlx::FromRow)]
pub(super) struct TemplateRow {
    template: String,
    number: i64,
    field: String,
    kind: String,
    title: String,
    text: String,
    effective_from: NaiveDate,
    effective_to: Option<NaiveDate>,
    used: bool,
    revision: i64,
}

impl TryFrom<TemplateRow> for Template {
    type Error = Common;

    fn try_from(row: TemplateRow) -> Result<Self, Common> {
        let field = FieldCode::parse(&row.field)
            .map_err(|problem| Common::corrupt(format!("template {}: {problem}", row.template)))?;
        Ok(Self {
            key: TemplateKey { template: row.template, number: row.number },
            content: TemplateContent {
                field,
                kind: row.kind,
                title: row.title,
                text: row.text,
                effective_from: row.effective_from,
                effective_to: row.effective_to,
            },
            used: row.used,
            revision: row.revision,
        })
    }
}

impl Store {
    /// Adds the next version of `template`.
    ///
    /// # Errors
    /// [`CommitmentError::TemplateOfAnotherField`].
    pub async fn create_template_version<B: Message>(
        &self,
        new: NewVersion<'_, B>,
        template: &str,
        act: &Act,
    ) -> Result<pb::TemplateVersion, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = claim(&mut tx, new.key, new.body, act.now).await? {
            return Ok(answer);
        }
        let number = match last_version(&mut tx, template).await? {
            Some(last) if last.content.field != new.content.field => {
                let (template, field) = (template.to_owned(), last.content.field);
                return Err(CommitmentError::TemplateOfAnotherField { template, field }.into());
            }
            Some(last) => last.key.number + 1,
            None => 1,
        };
        let key = TemplateKey { template: template.to_owned(), number };
        let version = Template { key, content: new.content, used: false, revision: 1 };
        insert(&mut tx, &version).await?;
        let answer = self.tell_template(&mut tx, act, &version).await?;
        store_answer(&mut tx, new.key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Changes a version that no letter was sent with.
    ///
    /// # Errors
    /// [`CommitmentError::TemplateNotFound`], [`CommitmentError::TemplateInUse`],
    /// [`CommitmentError::TemplateOfAnotherField`].
    pub async fn update_template_version<B: Message>(
        &self,
        new: NewVersion<'_, B>,
        key: &TemplateKey,
        caller: &Caller,
        act: &Act,
    ) -> Result<pb::TemplateVersion, Error> {
        let mut tx = self.db.begin_write().await?;
        let claimed = claim(&mut tx, new.key, new.body, act.now).await?;
        let known = template_of(&mut tx, key).await?;
        caller.may_act_in_field(&known.content.field)?;
        if let Claim::Repeat(answer) = claimed {
            return Ok(answer);
        }
        if known.content.field != new.content.field {
            let (template, field) = (key.template.clone(), known.content.field);
            return Err(CommitmentError::TemplateOfAnotherField { template, field }.into());
        }
        if known.used {
            return Err(CommitmentError::TemplateInUse(key.clone()).into());
        }
        let version = Template { content: new.content, revision: known.revision + 1, ..known };
        update(&mut tx, &version).await?;
        let answer = self.tell_template(&mut tx, act, &version).await?;
        store_answer(&mut tx, new.key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Writes the event of a version that came or was changed: who wrote what enterprises sign is on record like every act. Answers the
    /// version as the event shows it.
    async fn tell_template(
        &self,
        tx: &mut Tx,
        act: &Act,
        version: &Template,
    ) -> Result<pb::TemplateVersion, Error> {
        let shown = template_to_pb(version);
        let payload = pb::TemplateEvent { version: Some(shown.clone()) }.encode_to_vec();
        let (kind, subject, effective_on, context) = (CHANGED, version.key.name(), act.today, &act.context);
        self.outbox.append(tx, &NewEvent { kind, subject, effective_on, context, payload }).await?;
        Ok(shown)
    }

    /// One version.
    ///
    /// # Errors
    /// [`CommitmentError::TemplateNotFound`].
    pub async fn template(&self, key: &TemplateKey) -> Result<Template, Error> {
        let row: Option<TemplateRow> = on!(self.db, |pool| sqlx::query_as(ONE)
            .bind(&key.template)
            .bind(key.number)
            .fetch_optional(pool)
            .await)?;
        found(row, key)
    }
}

/// The version, in a transaction.
pub(super) async fn template_of(tx: &mut Tx, key: &TemplateKey) -> Result<Template, Error> {
    let row: Option<TemplateRow> =
        on!(tx, |conn| sqlx::query_as(ONE).bind(&key.template).bind(key.number).fetch_optional(conn).await)?;
    found(row, key)
}

/// Notes that a letter is sent with the version, so that nobody changes it any more: also not the transaction that is about to.
pub(super) async fn note_used(tx: &mut Tx, version: &Template) -> Result<(), Common> {
    const SQL: &str = "
        UPDATE commitment_template SET used = $4 WHERE template = $1 AND number = $2 AND revision = $3";
    let written = on!(tx, |conn| sqlx::query(SQL)
        .bind(&version.key.template)
        .bind(version.key.number)
        .bind(version.revision)
        .bind(true)
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    if written == 1 { Ok(()) } else { Err(Common::Contended) }
}

fn found(row: Option<TemplateRow>, key: &TemplateKey) -> Result<Template, Error> {
    Ok(row.ok_or_else(|| CommitmentError::TemplateNotFound(key.clone()))?.try_into()?)
}

async fn last_version(tx: &mut Tx, template: &str) -> Result<Option<Template>, Common> {
    const SQL: &str = "SELECT * FROM commitment_template WHERE template = $1 ORDER BY number DESC LIMIT 1";
    let row: Option<TemplateRow> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(template).fetch_optional(conn).await)?;
    row.map(Template::try_from).transpose()
}

async fn insert(tx: &mut Tx, version: &Template) -> Result<(), Common> {
    // Two that add a version in the same moment want the same number.
    const SQL: &str = "
        INSERT INTO commitment_template (template, number, field, kind, title, text, effective_from, effective_to, used,
            revision)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (template, number) DO NOTHING";
    let content = &version.content;
    let written = on!(tx, |conn| sqlx::query(SQL)
        .bind(&version.key.template)
        .bind(version.key.number)
        .bind(content.field.as_str())
        .bind(&content.kind)
        .bind(&content.title)
        .bind(&content.text)
        .bind(content.effective_from)
        .bind(content.effective_to)
        .bind(version.used)
        .bind(version.revision)
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    if written == 1 { Ok(()) } else { Err(Common::Contended) }
}

async fn update(tx: &mut Tx, version: &Template) -> Result<(), Common> {
    const SQL: &str = "
        UPDATE commitment_template
        SET kind = $4, title = $5, text = $6, effective_from = $7, effective_to = $8, revision = $3
        WHERE template = $1 AND number = $2 AND revision = $3 - 1 AND used = $9";
    let content = &version.content;
    let written = on!(tx, |conn| sqlx::query(SQL)
        .bind(&version.key.template)
        .bind(version.key.number)
        .bind(version.revision)
        .bind(&content.kind)
        .bind(&content.title)
        .bind(&content.text)
        .bind(content.effective_from)
        .bind(content.effective_to)
        .bind(false)
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    if written == 1 { Ok(()) } else { Err(Common::Contended) }
}
