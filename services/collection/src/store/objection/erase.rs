//! Erasing what was written in objections to a record whose party is erased.

use db::{Tx, on};
use prost::Message;
use service::Error as Common;

use super::row::read;
use crate::domain::erased;

/// Erases what was written in the objections to the record `id`; none of them is open.
pub(in super::super) async fn erase_of(tx: &mut Tx, id: &str) -> Result<(), Common> {
    const READ: &str = "SELECT id, content FROM objection WHERE record_id = $1";
    const WRITE: &str = "UPDATE objection SET content = $2 WHERE id = $1";
    let rows: Vec<(String, Vec<u8>)> = on!(tx, |conn| sqlx::query_as(READ).bind(id).fetch_all(conn).await)?;
    for (objection, content) in rows {
        let left = erased::objection(&read(&content)?).encode_to_vec();
        on!(tx, |conn| sqlx::query(WRITE).bind(&objection).bind(&left).execute(conn).await.map(drop))?;
    }
    Ok(())
}
