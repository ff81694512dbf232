//! Making what is kept of evidence anew when the models are others than it was made for.

use db::{Tx, on};

use super::{Store, lock_evidence};
use crate::error::Error;

/// Pieces of evidence read at once.
const BATCH: i64 = 2_000;

#[derive(sqlx::FromRow)]
struct Row {
    name: String,
    uscc: String,
    source: String,
    payload: Vec<u8>,
}

impl Store {
    /// Brings `projected` up to the present models, in one transaction, if it was made for others. Call it before anything
    /// else at start. Answers how many pieces of evidence were read; 0 when nothing had to be done.
    pub async fn keep_up_with_models(&self) -> Result<u64, Error> {
        let mut tx = self.db.begin_write().await?;
        if lock_evidence(&mut tx).await? == self.models.hash() {
            return Ok(0);
        }
        on!(tx, |conn| sqlx::query("DELETE FROM projected").execute(conn).await.map(drop))?;
        let (mut after, mut read) = (String::new(), 0);
        loop {
            let rows = self.rows_after(&mut tx, &after).await?;
            let Some(last) = rows.last() else { break };
            after = last.name.clone();
            read += rows.len() as u64;
            let mut kept = Vec::with_capacity(rows.len());
            for row in &rows {
                let items = self.project(&row.name, &row.source, &row.payload)?;
                kept.push((row.name.as_str(), row.uscc.as_str(), items));
            }
            self.write_projected(&mut tx, &kept).await?;
        }
        const MADE_FOR: &str = "UPDATE evidence_head SET models = $1 WHERE id = 1";
        on!(tx, |conn| sqlx::query(MADE_FOR).bind(self.models.hash()).execute(conn).await.map(drop))?;
        tx.commit().await?;
        Ok(read)
    }

    async fn rows_after(&self, tx: &mut Tx, after: &str) -> Result<Vec<Row>, sqlx::Error> {
        const SQL: &str = "SELECT name, uscc, source, payload FROM evidence WHERE name > $1 ORDER BY name LIMIT CAST($2 AS BIGINT)";
        on!(tx, |conn| sqlx::query_as(SQL).bind(after).bind(BATCH).fetch_all(conn).await)
    }
}
