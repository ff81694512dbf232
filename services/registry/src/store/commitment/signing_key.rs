//! The keys that the service has signed with: the table `signing_key`.

use db::{Tx, on};
use domain::MicrosUtc;
use service::fitting::Page;

use crate::error::Error;
use crate::seal::Attested;
use crate::store::Store;
use crate::store::list::Cut;

/// A key that the service has signed with.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct SigningKey {
    /// Names it in every signature.
    pub key_id: String,
    /// SPKI in PEM form.
    pub public_key: String,
    /// When it first signed, microseconds UTC.
    pub first_used_us: i64,
}

impl SigningKey {
    /// When it first signed.
    pub fn first_used_at(&self) -> MicrosUtc {
        MicrosUtc(self.first_used_us)
    }
}

/// Keeps the key of a signature, unless it is known already.
pub(super) async fn keep(tx: &mut Tx, attested: &Attested, now: MicrosUtc) -> Result<(), sqlx::Error> {
    const SQL: &str = "
        INSERT INTO signing_key (key_id, public_key, first_used_us) VALUES ($1, $2, $3)
        ON CONFLICT (key_id) DO NOTHING";
    if attested.key_id.is_empty() {
        return Ok(());
    }
    on!(tx, |conn| sqlx::query(SQL)
        .bind(&attested.key_id)
        .bind(&attested.public_key)
        .bind(now.micros())
        .execute(conn)
        .await
        .map(drop))
}

impl Store {
    /// The keys, in the order of their ids.
    pub async fn signing_keys(&self, cut: &Cut) -> Result<Page<SigningKey>, Error> {
        const SQL: &str =
            "SELECT * FROM signing_key WHERE key_id > $1 ORDER BY key_id LIMIT CAST($2 AS BIGINT)";
        let rows: Vec<SigningKey> = on!(self.db, |pool| sqlx::query_as(SQL)
            .bind(&cut.after)
            .bind(cut.size + 1)
            .fetch_all(pool)
            .await)?;
        Ok(cut.page(rows, |last: &SigningKey| last.key_id.clone()))
    }
}
