//! A row of the table.

use domain::MicrosUtc;

use crate::{Delivery, ExchangeError};

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    delivery_id: String,
    receiver: String,
    subject: String,
    revision: i64,
    kind: String,
    /// Left out of lists.
    #[sqlx(default)]
    content: Vec<u8>,
    state: String,
    attempts: i64,
    next_attempt_us: i64,
    enqueued_us: i64,
    settled_us: Option<i64>,
    receipt: Option<String>,
    last_error: Option<String>,
}

impl TryFrom<Row> for Delivery {
    type Error = ExchangeError;

    fn try_from(row: Row) -> Result<Self, ExchangeError> {
        let unreadable = |value: &str| ExchangeError::Unreadable {
            delivery_id: row.delivery_id.clone(),
            value: value.to_owned(),
        };
        Ok(Self {
            delivery_id: row.delivery_id.parse().map_err(|_| unreadable(&row.delivery_id))?,
            state: row.state.parse().map_err(|()| unreadable(&row.state))?,
            receiver: row.receiver,
            subject: row.subject,
            revision: row.revision,
            kind: row.kind,
            content: row.content,
            attempts: row.attempts,
            next_attempt: MicrosUtc(row.next_attempt_us),
            enqueued: MicrosUtc(row.enqueued_us),
            settled: row.settled_us.map(MicrosUtc),
            receipt: row.receipt,
            last_error: row.last_error,
        })
    }
}
