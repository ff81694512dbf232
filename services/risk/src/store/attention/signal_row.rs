//! Rows of signals.

use chrono::NaiveDate;
use db::{Tx, on};
use domain::MicrosUtc;
use service::Error as Common;

use crate::domain::attention::{Signal, Term};
use crate::domain::signal::Evidence;
use crate::error::Error;
use crate::machines::attention::UnknownState;

/// A row of `signal`.
#[derive(sqlx::FromRow)]
pub(super) struct SignalRow {
    id: String,
    uscc: String,
    field: String,
    topic: String,
    division: String,
    state: String,
    scan: String,
    evidence: String,
    as_of: NaiveDate,
    raised_on: NaiveDate,
    decided_by: String,
    decided_on: Option<NaiveDate>,
    reason: String,
    on_since: Option<NaiveDate>,
    on_until: Option<NaiveDate>,
    review_on: Option<NaiveDate>,
    revision: i64,
    created_at_us: i64,
}

impl TryFrom<SignalRow> for Signal {
    type Error = Common;

    fn try_from(row: SignalRow) -> Result<Self, Common> {
        let of = |problem: String| Common::corrupt(format!("signal {}: {problem}", row.id));
        let state = row.state.parse().map_err(|problem: UnknownState| of(problem.to_string()))?;
        let evidence: Evidence =
            serde_json::from_str(&row.evidence).map_err(|problem| of(problem.to_string()))?;
        let flag = match (row.on_since, row.on_until, row.review_on) {
            (Some(since), Some(until), Some(review_on)) => Some(Term { since, until, review_on }),
            _ => None,
        };
        Ok(Self {
            state,
            evidence,
            flag,
            id: row.id,
            uscc: row.uscc,
            field: row.field,
            topic: row.topic,
            division: row.division,
            scan: row.scan,
            as_of: row.as_of,
            raised_on: row.raised_on,
            decided_by: row.decided_by,
            decided_on: row.decided_on,
            reason: row.reason,
            revision: row.revision,
            created_at: MicrosUtc(row.created_at_us),
        })
    }
}

/// The signal with this id, inside a transaction.
pub(super) async fn signal_of(tx: &mut Tx, id: &str) -> Result<Signal, Error> {
    const SQL: &str = "SELECT * FROM signal WHERE id = $1";
    let row: Option<SignalRow> = on!(tx, |conn| sqlx::query_as(SQL).bind(id).fetch_optional(conn).await)?;
    Ok(Signal::try_from(row.ok_or_else(|| Error::SignalNotFound(id.to_owned()))?)?)
}

/// Adds a signal; nothing, and `false`, while another one of its enterprise, field and topic is open.
pub(super) async fn insert(tx: &mut Tx, signal: &Signal) -> Result<bool, Common> {
    const SQL: &str = "
        INSERT INTO signal (id, uscc, field, topic, division, state, open, scan, evidence, as_of, raised_on, decided_by,
            decided_on, reason, on_since, on_until, review_on, revision, created_at_us)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', NULL, '', NULL, NULL, NULL, $12, $13)
        ON CONFLICT DO NOTHING";
    let evidence = serde_json::to_string(&signal.evidence)
        .map_err(|problem| Common::corrupt(format!("evidence of a signal: {problem}")))?;
    let inserted = on!(tx, |conn| sqlx::query(SQL)
        .bind(&signal.id)
        .bind(&signal.uscc)
        .bind(&signal.field)
        .bind(&signal.topic)
        .bind(&signal.division)
        .bind(signal.state.as_str())
        .bind(signal.state.is_open())
        .bind(&signal.scan)
        .bind(evidence)
        .bind(signal.as_of)
        .bind(signal.raised_on)
        .bind(signal.revision)
        .bind(signal.created_at.micros())
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(inserted == 1)
}

/// Writes a signal that was read with `signal.revision - 1`. Losing against another transaction is [`Common::Contended`].
pub(super) async fn update(tx: &mut Tx, signal: &Signal) -> Result<(), Common> {
    const SQL: &str = "
        UPDATE signal SET state = $3, open = $4, decided_by = $5, decided_on = $6, reason = $7, on_since = $8,
            on_until = $9, review_on = $10, revision = $11
        WHERE id = $1 AND revision = $2";
    let updated = on!(tx, |conn| sqlx::query(SQL)
        .bind(&signal.id)
        .bind(signal.revision - 1)
        .bind(signal.state.as_str())
        .bind(signal.state.is_open())
        .bind(&signal.decided_by)
        .bind(signal.decided_on)
        .bind(&signal.reason)
        .bind(signal.flag.map(|term| term.since))
        .bind(signal.flag.map(|term| term.until))
        .bind(signal.flag.map(|term| term.review_on))
        .bind(signal.revision)
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    if updated == 1 { Ok(()) } else { Err(Common::Contended) }
}
