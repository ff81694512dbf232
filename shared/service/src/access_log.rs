//! Who read what is confidential (design §3.8). A risk class, an attention flag or a sealed identity is shown only together
//! with a row here; the row is not an event and never leaves in a feed.

use db::{Db, on};
use domain::MicrosUtc;

use crate::{Error, auth::Caller};

/// One read of confidential data.
#[derive(Clone, Copy, Debug)]
pub struct Read<'a> {
    /// Resource or list that was read, such as `enterprises/91370102MA3C00011F/class`.
    pub subject: &'a str,
    /// RPC that answered, such as `/xinjian.risk.v1.Classes/GetClass`.
    pub method: &'a str,
    /// Why, as far as the caller said.
    pub purpose: &'a str,
}

/// Notes a read. Call it before the answer leaves: when the row cannot be written, the data must not be shown.
pub async fn record(db: &Db, caller: &Caller, read: &Read<'_>, now: MicrosUtc) -> Result<(), Error> {
    const SQL: &str = "
        INSERT INTO confidential_read (subject, method, purpose, reader, office, read_at_us)
        VALUES ($1, $2, $3, $4, $5, $6)";
    on!(db, |pool| sqlx::query(SQL)
        .bind(read.subject)
        .bind(read.method)
        .bind(read.purpose)
        .bind(caller.subject())
        .bind(caller.office().as_str())
        .bind(now.micros())
        .execute(pool)
        .await
        .map(drop))?;
    Ok(())
}

/// One row of the log.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct LoggedRead {
    /// What was read.
    pub subject: String,
    /// RPC that answered.
    pub method: String,
    /// Why.
    pub purpose: String,
    /// Person or service account.
    pub reader: String,
    /// Its office.
    pub office: String,
    /// When, in microseconds since 1970 UTC.
    pub read_at_us: i64,
}

/// The latest reads of one subject, newest first, at most `limit`.
pub async fn reads_of(db: &Db, subject: &str, limit: i64) -> Result<Vec<LoggedRead>, Error> {
    const SQL: &str = "
        SELECT subject, method, purpose, reader, office, read_at_us
        FROM confidential_read
        WHERE subject = $1
        ORDER BY read_at_us DESC, id DESC
        LIMIT $2";
    Ok(on!(db, |pool| sqlx::query_as(SQL).bind(subject).bind(limit).fetch_all(pool).await)?)
}
