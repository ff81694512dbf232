//! Receipts that were given, a row for each batch, and the keys they were signed with.

use crypto::receipt::Batch;
use crypto::signer::{KeyId, Signature};
use db::{Fingerprint, PageToken, on};
use domain::MicrosUtc;
use prost::Message;

use super::Store;
use crate::error::Error;

/// The statements of a batch as stored.
#[derive(Clone, PartialEq, Message)]
struct Statements {
    #[prost(string, repeated, tag = "1")]
    texts: Vec<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    statements: Vec<u8>,
    batch_text: String,
    signature: Vec<u8>,
    key_id: String,
}

/// A key that receipts were signed with.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ReceiptKey {
    /// Names it in every receipt.
    pub key_id: String,
    /// SPKI in PEM form.
    pub public_key: String,
    /// When it first signed, microseconds UTC.
    pub first_used_us: i64,
}

impl Store {
    /// Makes a batch of receipts durable, with the key that signed it unless that is kept already.
    pub(crate) async fn keep_receipts(
        &self,
        batch: &Batch,
        public_key: Option<&str>,
        now: MicrosUtc,
    ) -> Result<(), Error> {
        const KEY: &str = "
            INSERT INTO receipt_key (key_id, public_key, first_used_us) VALUES ($1, $2, $3)
            ON CONFLICT (key_id) DO NOTHING";
        const SQL: &str = "
            INSERT INTO receipt_batch (id, statements, batch_text, signature, key_id, signed_at_us)
            VALUES ($1, $2, $3, $4, $5, $6)";
        let statements = Statements { texts: batch.statements().to_vec() }.encode_to_vec();
        let signature = batch.signature();
        let mut tx = self.db.begin_write().await?;
        if let Some(public_key) = public_key {
            on!(tx, |conn| sqlx::query(KEY)
                .bind(signature.key_id.as_str())
                .bind(public_key)
                .bind(now.micros())
                .execute(conn)
                .await
                .map(drop))?;
        }
        on!(tx, |conn| sqlx::query(SQL)
            .bind(batch.id())
            .bind(&statements)
            .bind(batch.text())
            .bind(&signature.bytes)
            .bind(signature.key_id.as_str())
            .bind(now.micros())
            .execute(conn)
            .await
            .map(drop))?;
        tx.commit().await?;
        Ok(())
    }

    /// The batch of receipts called `id`; `None` when there is none.
    pub async fn receipts(&self, id: &str) -> Result<Option<Batch>, Error> {
        const SQL: &str = "
            SELECT statements, batch_text, signature, key_id
            FROM receipt_batch
            WHERE id = $1";
        let row: Option<Row> = on!(&self.db, |pool| sqlx::query_as(SQL).bind(id).fetch_optional(pool).await)?;
        let Some(row) = row else { return Ok(None) };
        let statements =
            Statements::decode(row.statements.as_slice()).map_err(|e| super::corrupt(id, e))?.texts;
        let signature = Signature { key_id: KeyId::from_text(row.key_id), bytes: row.signature };
        Ok(Some(Batch::kept(id, statements, row.batch_text, signature)))
    }

    /// A page of the keys that receipts were signed with, in the order of their ids, and the token of the next.
    pub async fn receipt_keys(&self, size: i64, token: &str) -> Result<(Vec<ReceiptKey>, String), Error> {
        const SQL: &str = "
            SELECT key_id, public_key, first_used_us
            FROM receipt_key
            WHERE key_id > $1
            ORDER BY key_id
            LIMIT CAST($2 AS BIGINT)";
        let fingerprint = Fingerprint::of(&["receiptKeys"]);
        let after = PageToken::decode(token, fingerprint)?.unwrap_or_default();
        let mut rows: Vec<ReceiptKey> =
            on!(&self.db, |pool| sqlx::query_as(SQL).bind(&after).bind(size + 1).fetch_all(pool).await)?;
        let next = PageToken::next(&mut rows, size, fingerprint, |row| row.key_id.clone());
        Ok((rows, next))
    }
}
