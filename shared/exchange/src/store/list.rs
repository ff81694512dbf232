//! Reading deliveries.

use db::{Db, on};
use domain::MicrosUtc;
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::row::Row;
use crate::{Delivery, DeliveryState, ExchangeError};

/// Most rows one listing returns.
pub const MAX_PAGE: i64 = 500;

/// Which deliveries to list; `None` means all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only those to this receiver.
    pub receiver: Option<String>,
    /// Only those about this resource.
    pub subject: Option<String>,
    /// Only those in this state.
    pub state: Option<DeliveryState>,
}

impl Filter {
    /// The dead letters of all receivers.
    pub fn dead() -> Self {
        Self { state: Some(DeliveryState::Dead), ..Self::default() }
    }
}

/// Where a delivery stands in a list: receiver, subject, revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// Name of the receiver.
    pub receiver: String,
    /// Resource that the delivery is about.
    pub subject: String,
    /// Its revision.
    pub revision: i64,
}

impl From<&Delivery> for Position {
    fn from(delivery: &Delivery) -> Self {
        let Delivery { receiver, subject, revision, .. } = delivery;
        Self { receiver: receiver.clone(), subject: subject.clone(), revision: *revision }
    }
}

/// What one receiver has not acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// Name of the receiver.
    pub receiver: String,
    /// Deliveries that wait or are under way.
    pub waiting: i64,
    /// Dead letters.
    pub dead: i64,
    /// When the oldest of all these was enqueued.
    pub oldest: MicrosUtc,
}

/// The delivery with its content, if there is one.
///
/// # Errors
/// When the database refuses.
pub async fn find(db: &Db, delivery_id: Uuid) -> Result<Option<Delivery>, ExchangeError> {
    const SQL: &str = "SELECT * FROM delivery WHERE delivery_id = $1";
    let row: Option<Row> =
        on!(db, |pool| sqlx::query_as(SQL).bind(delivery_id.to_string()).fetch_optional(pool).await?);
    row.map(Delivery::try_from).transpose()
}

/// Deliveries without their content, by receiver, subject and revision, those behind `after`; at most `limit`, which is
/// read as one more than [`MAX_PAGE`] when it is larger (who pages asks for one more to see whether there is more).
///
/// # Errors
/// When the database refuses.
pub async fn list(
    db: &Db,
    filter: &Filter,
    after: Option<&Position>,
    limit: i64,
) -> Result<Vec<Delivery>, ExchangeError> {
    const SELECT: &str = "
        SELECT delivery_id, receiver, subject, revision, kind, state, attempts, next_attempt_us, enqueued_us, settled_us,
               receipt, last_error
        FROM delivery WHERE true";
    let rows: Vec<Row> = on!(db, |pool| {
        let mut sql = QueryBuilder::new(SELECT);
        if let Some(receiver) = &filter.receiver {
            sql.push(" AND receiver = ").push_bind(receiver);
        }
        if let Some(subject) = &filter.subject {
            sql.push(" AND subject = ").push_bind(subject);
        }
        if let Some(state) = filter.state {
            sql.push(" AND state = ").push_bind(state.as_str());
            if state != DeliveryState::Acknowledged {
                // Says what the index over open deliveries holds, so that it serves: the acknowledged are by far the most.
                sql.push(" AND state <> 'Acknowledged'");
            }
        }
        if let Some(Position { receiver, subject, revision }) = after {
            sql.push(" AND (receiver, subject, revision) > (").push_bind(receiver);
            sql.push(", ").push_bind(subject).push(", ").push_bind(revision).push(")");
        }
        sql.push(" ORDER BY receiver, subject, revision LIMIT CAST(")
            .push_bind(limit.clamp(0, MAX_PAGE + 1))
            .push(" AS BIGINT)");
        sql.build_query_as().fetch_all(pool).await?
    });
    rows.into_iter().map(Delivery::try_from).collect()
}

/// What each receiver has not acknowledged, in the order of their names; receivers that have everything are left out.
///
/// # Errors
/// When the database refuses.
pub async fn backlogs(db: &Db) -> Result<Vec<Backlog>, ExchangeError> {
    const SQL: &str = "
        SELECT receiver, CAST(SUM(CASE WHEN state = 'Dead' THEN 0 ELSE 1 END) AS BIGINT),
               CAST(SUM(CASE WHEN state = 'Dead' THEN 1 ELSE 0 END) AS BIGINT), MIN(enqueued_us)
        FROM delivery WHERE state <> 'Acknowledged'
        GROUP BY receiver ORDER BY receiver";
    let rows: Vec<(String, i64, i64, i64)> = on!(db, |pool| sqlx::query_as(SQL).fetch_all(pool).await?);
    let backlog =
        |(receiver, waiting, dead, oldest)| Backlog { receiver, waiting, dead, oldest: MicrosUtc(oldest) };
    Ok(rows.into_iter().map(backlog).collect())
}
