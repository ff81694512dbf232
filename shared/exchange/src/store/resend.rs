//! Sending again what was given up, or lost at the other end.

use std::collections::{HashMap, HashSet};

use db::{Tx, on};
use domain::MicrosUtc;
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::row::Row;
use crate::{Delivery, DeliveryState, ExchangeError};

/// Most deliveries sent again by one call.
pub const MAX_RESEND: usize = 500;

/// A delivery that is on its way again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resent {
    /// The delivery as it stands now, without its content.
    pub delivery: Delivery,
    /// State that it was in: `Dead` or `Acknowledged`.
    pub previous: DeliveryState,
}

/// Sends deliveries again, from their first attempt, in the transaction that records who wanted it: dead letters, and
/// acknowledged ones that their receiver has lost. Of these only the latest of a subject goes again: a receiver would ignore
/// an earlier one. Answers in the order of `delivery_ids`.
///
/// # Errors
/// [`ExchangeError::NotFound`] and [`ExchangeError::NotResendable`] for the first that cannot be sent again; the caller
/// rolls back. More than [`MAX_RESEND`], or one twice, is [`ExchangeError::Invalid`].
pub async fn resend(
    tx: &mut Tx,
    delivery_ids: &[Uuid],
    now: MicrosUtc,
) -> Result<Vec<Resent>, ExchangeError> {
    const DEAD: &str = " AND state = 'Dead'";
    const LOST: &str = " AND state = 'Acknowledged' AND NOT EXISTS (
        SELECT 1 FROM delivery AS later
        WHERE later.receiver = delivery.receiver AND later.subject = delivery.subject
          AND later.revision > delivery.revision)";
    let all: HashSet<&Uuid> = delivery_ids.iter().collect();
    if all.len() != delivery_ids.len() || delivery_ids.len() > MAX_RESEND {
        return Err(ExchangeError::Invalid {
            field: "names",
            problem: "are more than 500, or one stands twice",
        });
    }
    let mut resent = HashMap::with_capacity(delivery_ids.len());
    for (previous, which) in [(DeliveryState::Dead, DEAD), (DeliveryState::Acknowledged, LOST)] {
        let left: Vec<_> = delivery_ids.iter().filter(|id| !resent.contains_key(*id)).copied().collect();
        for delivery in put_back(tx, &left, which, now).await? {
            resent.insert(delivery.delivery_id, Resent { delivery, previous });
        }
    }
    let mut ordered = Vec::with_capacity(delivery_ids.len());
    for id in delivery_ids {
        match resent.remove(id) {
            Some(one) => ordered.push(one),
            None => return Err(refusal(tx, *id).await?),
        }
    }
    Ok(ordered)
}

async fn put_back(
    tx: &mut Tx,
    delivery_ids: &[Uuid],
    which: &str,
    now: MicrosUtc,
) -> Result<Vec<Delivery>, ExchangeError> {
    const RETURNING: &str =
        " RETURNING delivery_id, receiver, subject, revision, kind, state, attempts, next_attempt_us,
        enqueued_us, settled_us, receipt, last_error";
    if delivery_ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = on!(tx, |conn| {
        let mut sql =
            QueryBuilder::new("UPDATE delivery SET state = 'Pending', attempts = 0, next_attempt_us = ");
        sql.push_bind(now.micros()).push(" WHERE delivery_id IN (");
        let mut list = sql.separated(", ");
        for id in delivery_ids {
            list.push_bind(id.to_string());
        }
        sql.push(")").push(which).push(RETURNING);
        sql.build_query_as().persistent(false).fetch_all(conn).await?
    });
    rows.into_iter().map(Delivery::try_from).collect()
}

async fn refusal(tx: &mut Tx, delivery_id: Uuid) -> Result<ExchangeError, ExchangeError> {
    const SQL: &str = "SELECT state FROM delivery WHERE delivery_id = $1";
    let state: Option<String> =
        on!(tx, |conn| sqlx::query_scalar(SQL).bind(delivery_id.to_string()).fetch_optional(conn).await?);
    Ok(match state.map(|word| (word.parse(), word)) {
        None => ExchangeError::NotFound(delivery_id),
        Some((Ok(state), _)) => ExchangeError::NotResendable { delivery_id, state },
        Some((Err(()), value)) => ExchangeError::Unreadable { delivery_id: delivery_id.to_string(), value },
    })
}
