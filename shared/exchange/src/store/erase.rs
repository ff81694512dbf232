//! Erasing what deliveries said: personal data that may be kept no longer.

use db::{Tx, on};

use crate::ExchangeError;

/// What is left of a message in the receiver's own form: a JSON object that says nothing.
const NOTHING: &[u8] = b"{}";

/// Removes what `receiver` was told about `subject`, and what it answered, for good; that it was told, when, and its receipts
/// stay. For a subject that it was told to stop showing, and has. Answers how many deliveries there were.
///
/// # Errors
/// A failure of the database.
pub async fn erase(tx: &mut Tx, receiver: &str, subject: &str) -> Result<u64, ExchangeError> {
    const SQL: &str =
        "UPDATE delivery SET content = $3, last_error = NULL WHERE receiver = $1 AND subject = $2";
    tx.erases();
    Ok(on!(tx, |conn| sqlx::query(SQL)
        .bind(receiver)
        .bind(subject)
        .bind(NOTHING)
        .execute(conn)
        .await?
        .rows_affected()))
}
