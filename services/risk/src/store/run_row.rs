//! Rows of runs.

use chrono::NaiveDate;
use db::{Tx, on};
use domain::{MicrosUtc, shanghai_date};
use service::Error as Common;

use crate::domain::known::Known;
use crate::domain::run::Run;
use crate::error::Error;
use crate::machines::run::State;

/// Longest problem stored, in characters.
const LONGEST_PROBLEM: usize = 500;

/// A row of `run`.
#[derive(sqlx::FromRow)]
pub(super) struct RunRow {
    id: String,
    as_of: NaiveDate,
    state: String,
    period: String,
    total: i64,
    done: i64,
    changed: i64,
    registry_seq: i64,
    known_seq: i64,
    rulebook_hash: String,
    models: String,
    shadows: String,
    created_by: String,
    approved_by: String,
    approval_reason: String,
    problem: String,
    created_at_us: i64,
    written_to: String,
    resumed: i64,
}

impl TryFrom<RunRow> for Run {
    type Error = Common;

    fn try_from(row: RunRow) -> Result<Self, Common> {
        let of = |problem: String| Common::corrupt(format!("run {}: {problem}", row.id));
        Ok(Self {
            state: row
                .state
                .parse()
                .map_err(|problem: crate::machines::run::UnknownState| of(problem.to_string()))?,
            period: (!row.period.is_empty())
                .then(|| row.period.parse())
                .transpose()
                .map_err(|problem: chrono::ParseError| of(problem.to_string()))?,
            shadows: serde_json::from_str(&row.shadows).map_err(|problem| of(problem.to_string()))?,
            models: serde_json::from_str(&row.models).map_err(|problem| of(problem.to_string()))?,
            id: row.id,
            as_of: row.as_of,
            total: row.total,
            done: row.done,
            changed: row.changed,
            known: if row.as_of < shanghai_date(MicrosUtc(row.created_at_us)) {
                Known::of_feeds(row.registry_seq, row.known_seq).own_by(row.as_of)
            } else {
                Known::of_feeds(row.registry_seq, row.known_seq)
            },
            rulebook_hash: row.rulebook_hash,
            created_by: row.created_by,
            approved_by: row.approved_by,
            approval_reason: row.approval_reason,
            created_at: MicrosUtc(row.created_at_us),
            problem: row.problem,
            written_to: row.written_to,
            resumed: row.resumed,
        })
    }
}

/// The run with this id, inside a transaction.
pub(super) async fn run_of(tx: &mut Tx, id: &str) -> Result<Run, Error> {
    const SQL: &str = "SELECT * FROM run WHERE id = $1";
    let row: Option<RunRow> = on!(tx, |conn| sqlx::query_as(SQL).bind(id).fetch_optional(conn).await)?;
    Ok(Run::try_from(row.ok_or_else(|| Error::RunNotFound(id.to_owned()))?)?)
}

/// Runs in one of these states, inside a transaction.
pub(super) async fn runs_in(tx: &mut Tx, states: &[State]) -> Result<Vec<Run>, Error> {
    let states: Vec<_> = states.iter().copied().map(State::as_str).collect();
    let rows: Vec<RunRow> = super::sql::rows_of(tx, "SELECT * FROM run WHERE state IN", &states, "").await?;
    rows.into_iter().map(|row| Run::try_from(row).map_err(Error::from)).collect()
}

/// Adds a run; nothing, and `false`, while another one is being computed.
pub(super) async fn insert_run(tx: &mut Tx, run: &Run) -> Result<bool, Common> {
    const SQL: &str = "
        INSERT INTO run (id, as_of, state, running, period, total, done, changed, registry_seq, known_seq, rulebook_hash,
            models, shadows, created_by, approved_by, problem, created_at_us, heartbeat_at_us, written_to, resumed)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17, $18, $19)
        ON CONFLICT DO NOTHING";
    let (models, shadows) = (json(&run.models)?, json(&run.shadows)?);
    let inserted = on!(tx, |conn| sqlx::query(SQL)
        .bind(&run.id)
        .bind(run.as_of)
        .bind(run.state.as_str())
        .bind(run.state.is_running())
        .bind(run.period.map(|day| day.to_string()).unwrap_or_default())
        .bind(run.total)
        .bind(run.done)
        .bind(run.changed)
        .bind(run.known.registry)
        .bind(run.known.collection)
        .bind(&run.rulebook_hash)
        .bind(models)
        .bind(shadows)
        .bind(&run.created_by)
        .bind(&run.approved_by)
        .bind(&run.problem)
        .bind(run.created_at.micros())
        .bind(&run.written_to)
        .bind(run.resumed)
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(inserted == 1)
}

/// Writes a run that was read in state `before`. Losing against another transaction is [`Common::Contended`].
pub(super) async fn update_run(tx: &mut Tx, before: State, run: &Run, now: MicrosUtc) -> Result<(), Common> {
    const SQL: &str = "
        UPDATE run SET state = $3, running = $4, total = $5, registry_seq = $6, known_seq = $7, approved_by = $8,
            problem = $9, heartbeat_at_us = $10, approval_reason = $11
        WHERE id = $1 AND state = $2";
    let problem: String = run.problem.chars().take(LONGEST_PROBLEM).collect();
    let updated = on!(tx, |conn| sqlx::query(SQL)
        .bind(&run.id)
        .bind(before.as_str())
        .bind(run.state.as_str())
        .bind(run.state.is_running())
        .bind(run.total)
        .bind(run.known.registry)
        .bind(run.known.collection)
        .bind(&run.approved_by)
        .bind(problem)
        .bind(now.micros())
        .bind(&run.approval_reason)
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    if updated == 1 { Ok(()) } else { Err(Common::Contended) }
}

fn json(value: &impl serde::Serialize) -> Result<String, Common> {
    serde_json::to_string(value).map_err(|problem| Common::corrupt(format!("a run: {problem}")))
}
