//! Erasing what was written in remedies about a record whose party is erased.

use db::{Tx, on};
use prost::Message;
use service::Error as Common;

use super::row::read;
use crate::domain::erased;
use crate::machines::remedy::State;

/// Names of the remedies about the record `id` that have not ended.
pub(in super::super) async fn open_of(tx: &mut Tx, id: &str) -> Result<Vec<String>, Common> {
    const SQL: &str = "SELECT id, state FROM remedy WHERE record_id = $1 ORDER BY created_us, id";
    let rows: Vec<(String, String)> = on!(tx, |conn| sqlx::query_as(SQL).bind(id).fetch_all(conn).await)?;
    let mut open = Vec::new();
    for (remedy, state) in rows {
        let state: State = state
            .parse()
            .map_err(|problem: String| Common::corrupt(format!("remedies/{remedy}: {problem}")))?;
        if state.is_open() {
            open.push(format!("remedies/{remedy}"));
        }
    }
    Ok(open)
}

/// Erases what was written in the remedies about the record `id`; none of them is open.
pub(in super::super) async fn erase_of(tx: &mut Tx, id: &str) -> Result<(), Common> {
    const READ: &str = "SELECT id, content FROM remedy WHERE record_id = $1";
    const WRITE: &str = "UPDATE remedy SET content = $2 WHERE id = $1";
    let rows: Vec<(String, Vec<u8>)> = on!(tx, |conn| sqlx::query_as(READ).bind(id).fetch_all(conn).await)?;
    for (remedy, content) in rows {
        let left = erased::remedy(&read(&content)?).encode_to_vec();
        on!(tx, |conn| sqlx::query(WRITE).bind(&remedy).bind(&left).execute(conn).await.map(drop))?;
    }
    Ok(())
}
