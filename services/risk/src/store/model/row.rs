//! Rows of versions of models, and of what was done about them.

use chrono::NaiveDate;
use db::{Tx, on};
use domain::MicrosUtc;
use service::Error as Common;

use crate::domain::model_version::{ModelStep, ModelVersion};
use crate::domain::tenure::{Tenure, Tenures};
use crate::error::Error;
use crate::machines::model::{State, UnknownState};

/// A row of `model_version`, without its text.
#[derive(sqlx::FromRow)]
pub(super) struct VersionRow {
    name: String,
    hash: String,
    scope: String,
    shipped: bool,
    state: String,
    effective_from: Option<NaiveDate>,
    effective_to: Option<NaiveDate>,
    proposed_day: Option<NaiveDate>,
    proposed_by: String,
    first_seen_us: i64,
    revision: i64,
}

#[derive(sqlx::FromRow)]
struct TenureRow {
    name: String,
    state: String,
    effective_from: Option<NaiveDate>,
    effective_to: Option<NaiveDate>,
}

/// A text that a file of the rulebook brought.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct TextRow {
    pub(super) hash: String,
    pub(super) file: String,
    pub(super) text: String,
    /// `None` for a version that was never in force.
    pub(super) effective_from: Option<NaiveDate>,
}

#[derive(sqlx::FromRow)]
struct StepRow {
    event: String,
    actor: String,
    office: String,
    day: Option<NaiveDate>,
    reason: String,
    legal_basis: String,
    at_us: i64,
}

fn state(name: &str, text: &str) -> Result<State, Common> {
    text.parse().map_err(|problem: UnknownState| Common::corrupt(format!("model {name}: {problem}")))
}

impl TryFrom<VersionRow> for ModelVersion {
    type Error = Common;

    fn try_from(row: VersionRow) -> Result<Self, Common> {
        Ok(Self {
            state: state(&row.name, &row.state)?,
            key: row.name,
            hash: row.hash,
            scope: row.scope,
            shipped: row.shipped,
            effective_from: row.effective_from,
            effective_to: row.effective_to,
            proposed_day: row.proposed_day,
            proposed_by: row.proposed_by,
            first_seen: MicrosUtc(row.first_seen_us),
            revision: row.revision,
        })
    }
}

/// When each version is in force, and which are on trial.
pub(super) async fn tenures(tx: &mut Tx) -> Result<Tenures, Error> {
    const SQL: &str = "SELECT name, state, effective_from, effective_to FROM model_version";
    let rows: Vec<TenureRow> = on!(tx, |conn| sqlx::query_as(SQL).fetch_all(conn).await)?;
    let tenure = |row: TenureRow| {
        let on_trial = state(&row.name, &row.state)?.is_on_trial();
        Ok((row.name, Tenure { on_trial, from: row.effective_from, to: row.effective_to }))
    };
    rows.into_iter().map(tenure).collect()
}

/// All versions, in the order of their names.
pub(super) async fn all_versions(tx: &mut Tx) -> Result<Vec<ModelVersion>, Error> {
    const SQL: &str = "
        SELECT name, hash, scope, shipped, state, effective_from, effective_to, proposed_day, proposed_by,
            first_seen_us, revision
        FROM model_version ORDER BY name";
    let rows: Vec<VersionRow> = on!(tx, |conn| sqlx::query_as(SQL).fetch_all(conn).await)?;
    rows.into_iter().map(|row| ModelVersion::try_from(row).map_err(Error::from)).collect()
}

/// All texts, in the order of their names.
pub(super) async fn all_texts(tx: &mut Tx) -> Result<Vec<TextRow>, sqlx::Error> {
    const SQL: &str = "SELECT hash, file, text, effective_from FROM model_version ORDER BY name";
    on!(tx, |conn| sqlx::query_as(SQL).fetch_all(conn).await)
}

/// The text of one version.
pub(super) async fn text_of(tx: &mut Tx, key: &str) -> Result<String, sqlx::Error> {
    const SQL: &str = "SELECT text FROM model_version WHERE name = $1";
    on!(tx, |conn| sqlx::query_scalar(SQL).bind(key).fetch_one(conn).await)
}

/// The file that brought a version, and its text.
pub(super) async fn file_of(tx: &mut Tx, key: &str) -> Result<(String, String), sqlx::Error> {
    const SQL: &str = "SELECT file, text FROM model_version WHERE name = $1";
    on!(tx, |conn| sqlx::query_as(SQL).bind(key).fetch_one(conn).await)
}

/// Adds a version.
pub(super) async fn insert_version(
    tx: &mut Tx,
    version: &ModelVersion,
    (file, text): (&str, &str),
) -> Result<(), sqlx::Error> {
    const SQL: &str = "
        INSERT INTO model_version (name, hash, scope, shipped, state, effective_from, effective_to, proposed_day,
            proposed_by, first_seen_us, revision, file, text)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(&version.key)
        .bind(&version.hash)
        .bind(&version.scope)
        .bind(version.shipped)
        .bind(version.state.as_str())
        .bind(version.effective_from)
        .bind(version.effective_to)
        .bind(version.proposed_day)
        .bind(&version.proposed_by)
        .bind(version.first_seen.micros())
        .bind(version.revision)
        .bind(file)
        .bind(text)
        .execute(conn)
        .await
        .map(drop))
}

/// Writes a version that was read one revision earlier.
pub(super) async fn update_version(tx: &mut Tx, version: &ModelVersion) -> Result<(), Common> {
    const SQL: &str = "
        UPDATE model_version SET state = $3, effective_from = $4, effective_to = $5, proposed_day = $6,
            proposed_by = $7, revision = $2
        WHERE name = $1 AND revision = $2 - 1";
    let updated = on!(tx, |conn| sqlx::query(SQL)
        .bind(&version.key)
        .bind(version.revision)
        .bind(version.state.as_str())
        .bind(version.effective_from)
        .bind(version.effective_to)
        .bind(version.proposed_day)
        .bind(&version.proposed_by)
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    if updated == 1 { Ok(()) } else { Err(Common::Contended) }
}

/// What was done about a version, the oldest first.
pub(super) async fn steps_of(tx: &mut Tx, key: &str) -> Result<Vec<ModelStep>, sqlx::Error> {
    const SQL: &str = "
        SELECT event, actor, office, day, reason, legal_basis, at_us FROM model_step
        WHERE name = $1 ORDER BY revision";
    let rows: Vec<StepRow> = on!(tx, |conn| sqlx::query_as(SQL).bind(key).fetch_all(conn).await)?;
    let step = |row: StepRow| ModelStep {
        event: row.event,
        actor: row.actor,
        office: row.office,
        day: row.day,
        reason: row.reason,
        legal_basis: row.legal_basis,
        at: MicrosUtc(row.at_us),
    };
    Ok(rows.into_iter().map(step).collect())
}

/// Notes what was done about a version, by its present revision.
pub(super) async fn insert_step(
    tx: &mut Tx,
    version: &ModelVersion,
    step: &ModelStep,
) -> Result<(), sqlx::Error> {
    const SQL: &str = "
        INSERT INTO model_step (name, revision, event, actor, office, day, reason, legal_basis, at_us)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(&version.key)
        .bind(version.revision)
        .bind(&step.event)
        .bind(&step.actor)
        .bind(&step.office)
        .bind(step.day)
        .bind(&step.reason)
        .bind(&step.legal_basis)
        .bind(step.at.micros())
        .execute(conn)
        .await
        .map(drop))
}
