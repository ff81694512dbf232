//! The attempts of a dispatcher: what is due, whose it is, what became of it.

use std::time::Duration;

use db::{Db, Tx, on};
use domain::MicrosUtc;

use super::later;
use super::row::Row;
use crate::{Delivery, DeliveryState, ExchangeError};

/// What is due for the receiver and is the earliest open revision of its subject: at most one a subject.
pub(crate) async fn due(
    db: &Db,
    receiver: &str,
    now: MicrosUtc,
    limit: i64,
) -> Result<Vec<Delivery>, ExchangeError> {
    const SQL: &str = "
        SELECT * FROM delivery AS due
        WHERE due.receiver = $1 AND due.state IN ('Pending', 'Sent') AND due.next_attempt_us <= $2
          AND NOT EXISTS (SELECT 1 FROM delivery AS before
                          WHERE before.receiver = due.receiver AND before.subject = due.subject
                            AND before.revision < due.revision AND before.state <> 'Acknowledged')
        ORDER BY due.next_attempt_us, due.delivery_id LIMIT CAST($3 AS BIGINT)";
    let rows: Vec<Row> = on!(db, |pool| sqlx::query_as(SQL)
        .bind(receiver)
        .bind(now.micros())
        .bind(limit)
        .fetch_all(pool)
        .await?);
    rows.into_iter().map(Delivery::try_from).collect()
}

/// Dead letters of the receiver that are of a kind that must be taken, or hold one of it back, and whose longest wait is over: at most
/// one a subject, the earliest open revision. Some were given up before anything that must be taken stood behind them.
pub(crate) async fn given_up_before(
    db: &Db,
    receiver: &str,
    kind: &str,
    now: MicrosUtc,
    limit: i64,
) -> Result<Vec<Delivery>, ExchangeError> {
    const SQL: &str = "
        SELECT * FROM delivery AS due
        WHERE due.receiver = $1 AND due.state = 'Dead' AND due.next_attempt_us <= $2
          AND (due.kind = $3
               OR EXISTS (SELECT 1 FROM delivery AS behind
                          WHERE behind.receiver = due.receiver AND behind.subject = due.subject
                            AND behind.revision > due.revision AND behind.state <> 'Acknowledged' AND behind.kind = $3))
          AND NOT EXISTS (SELECT 1 FROM delivery AS before
                          WHERE before.receiver = due.receiver AND before.subject = due.subject
                            AND before.revision < due.revision AND before.state <> 'Acknowledged')
        ORDER BY due.next_attempt_us, due.delivery_id LIMIT CAST($4 AS BIGINT)";
    let rows: Vec<Row> = on!(db, |pool| sqlx::query_as(SQL)
        .bind(receiver)
        .bind(now.micros())
        .bind(kind)
        .bind(limit)
        .fetch_all(pool)
        .await?);
    rows.into_iter().map(Delivery::try_from).collect()
}

/// Takes the next attempt of due deliveries for the length of `lease`; those that another dispatcher took are left out.
pub(crate) async fn claim_all(
    db: &Db,
    due: Vec<Delivery>,
    now: MicrosUtc,
    lease: Duration,
) -> Result<Vec<Delivery>, ExchangeError> {
    const SQL: &str = "
        UPDATE delivery SET state = 'Sent', attempts = attempts + 1, next_attempt_us = $4
        WHERE delivery_id = $1 AND state = $2 AND attempts = $3 AND next_attempt_us = $5";
    let until = later(now, lease);
    let mut claimed = Vec::with_capacity(due.len());
    let mut tx = db.begin_write().await?;
    for due in due {
        let taken = on!(tx, |conn| sqlx::query(SQL)
            .bind(due.delivery_id.to_string())
            .bind(due.state.as_str())
            .bind(due.attempts)
            .bind(until.micros())
            .bind(due.next_attempt.micros())
            .execute(conn)
            .await?
            .rows_affected());
        if taken == 1 {
            let attempts = due.attempts + 1;
            claimed.push(Delivery { state: DeliveryState::Sent, attempts, next_attempt: until, ..due });
        }
    }
    tx.commit().await?;
    Ok(claimed)
}

/// Writes the outcome of a claimed attempt; false when the lease has passed to another attempt.
pub(crate) async fn settle(tx: &mut Tx, outcome: &Delivery) -> Result<bool, ExchangeError> {
    const SQL: &str = "
        UPDATE delivery SET state = $3, next_attempt_us = $4, settled_us = $5, receipt = $6, last_error = $7
        WHERE delivery_id = $1 AND state = 'Sent' AND attempts = $2";
    let settled = on!(tx, |conn| sqlx::query(SQL)
        .bind(outcome.delivery_id.to_string())
        .bind(outcome.attempts)
        .bind(outcome.state.as_str())
        .bind(outcome.next_attempt.micros())
        .bind(outcome.settled.map(MicrosUtc::micros))
        .bind(outcome.receipt.as_deref())
        .bind(outcome.last_error.as_deref())
        .execute(conn)
        .await?
        .rows_affected());
    Ok(settled == 1)
}
