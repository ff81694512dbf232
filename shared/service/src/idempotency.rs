//! One request id, one effect (design §3.3).
//!
//! A mutating RPC claims its key as the first statement of its transaction and stores its answer as the last. The same
//! request again gets the same answer (the handler has authorised it again before); another body under the same id is
//! refused. A refusal rolls back and leaves no trace, so the id can be used again. Of the body only its SM3 is kept.
//!
//! What only adds rows to the log of reads has its id there ([`access_log::write_once`](crate::access_log::write_once)).

use db::{Db, Engine, Tx, on};
use domain::{MicrosUtc, RequestId};
use prost::Message;

use crate::Error;

/// What a request is known by.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    /// Subject of the caller's token.
    pub caller: &'a str,
    /// Path of the RPC, such as `/xinjian.registry.v1.Enterprises/CreateEnterprise`.
    pub method: &'a str,
    /// The caller's `request_id`.
    pub request_id: &'a RequestId,
}

/// What to do with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim<A> {
    /// It is new: act, then [`store_answer`].
    Fresh,
    /// It was answered before: answer the same again and change nothing.
    Repeat(A),
}

#[derive(sqlx::FromRow)]
struct Row {
    body_hash: Vec<u8>,
    answer: Option<Vec<u8>>,
}

/// Claims a key for a request, as the first statement of its transaction. Another transaction with the same key waits
/// here until the first one ends; then it sees its answer, or claims the key itself if that one was rolled back.
///
/// `body` is compared by the SM3 of its encoding; it must not hold maps, whose encoding has no order.
///
/// # Errors
/// [`Error::RequestIdReused`] when the key stands with another body.
pub async fn claim<A: Message + Default>(
    tx: &mut Tx,
    key: &Key<'_>,
    body: &impl Message,
    now: MicrosUtc,
) -> Result<Claim<A>, Error> {
    const INSERT: &str = "
        INSERT INTO request (caller, method, request_id, body_hash, claimed_at_us)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (caller, method, request_id) DO NOTHING";
    let body_hash = crypto::sm3::digest(&body.encode_to_vec());
    let id = key.request_id.as_str();
    let inserted = on!(tx, |conn| sqlx::query(INSERT)
        .bind(key.caller)
        .bind(key.method)
        .bind(id)
        .bind(&body_hash.as_bytes()[..])
        .bind(now.micros())
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    if inserted == 1 {
        return Ok(Claim::Fresh);
    }
    // A purge may have taken the row between the two statements; the client tries again.
    let row = find(tx, key).await?.ok_or(Error::Contended)?;
    row.answer(key, body_hash.as_bytes()).map(Claim::Repeat)
}

/// The answer of a request that was answered before, for what has to be done ahead of the transaction that claims its key.
///
/// # Errors
/// As [`claim`].
pub async fn answered<A: Message + Default>(
    tx: &mut Tx,
    key: &Key<'_>,
    body: &impl Message,
) -> Result<Option<A>, Error> {
    let Some(row) = find(tx, key).await? else { return Ok(None) };
    row.answer(key, crypto::sm3::digest(&body.encode_to_vec()).as_bytes()).map(Some)
}

async fn find(tx: &mut Tx, key: &Key<'_>) -> Result<Option<Row>, sqlx::Error> {
    const SQL: &str = "
        SELECT body_hash, answer FROM request WHERE caller = $1 AND method = $2 AND request_id = $3";
    on!(tx, |conn| sqlx::query_as(SQL)
        .bind(key.caller)
        .bind(key.method)
        .bind(key.request_id.as_str())
        .fetch_optional(conn)
        .await)
}

impl Row {
    /// What stands in it for a request whose body has this SM3.
    fn answer<A: Message + Default>(self, key: &Key<'_>, body_hash: &[u8]) -> Result<A, Error> {
        if self.body_hash != body_hash {
            return Err(Error::RequestIdReused(key.request_id.clone()));
        }
        let answer = self.answer.ok_or_else(|| unreadable(key, "it was committed without an answer"))?;
        A::decode(answer.as_slice()).map_err(|problem| unreadable(key, problem))
    }
}

/// Stores what the request is answered with, as the last statement of the transaction that claimed the key.
pub async fn store_answer(tx: &mut Tx, key: &Key<'_>, answer: &impl Message) -> Result<(), Error> {
    const SQL: &str = "
        UPDATE request SET answer = $4 WHERE caller = $1 AND method = $2 AND request_id = $3";
    let stored = on!(tx, |conn| sqlx::query(SQL)
        .bind(key.caller)
        .bind(key.method)
        .bind(key.request_id.as_str())
        .bind(answer.encode_to_vec())
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    if stored == 1 { Ok(()) } else { Err(unreadable(key, "it was not claimed in this transaction")) }
}

/// Forgets requests that were claimed before an instant, at most `limit` at once. Returns how many.
pub async fn purge(db: &Db, before: MicrosUtc, limit: i64) -> Result<u64, Error> {
    const SQL: &str = "
        DELETE FROM request WHERE (caller, method, request_id) IN (
            SELECT caller, method, request_id FROM request WHERE claimed_at_us < $1 ORDER BY claimed_at_us LIMIT CAST($2 AS BIGINT))";
    let mut tx = db.begin_write().await?;
    let gone = on!(tx, |conn| sqlx::query(SQL)
        .bind(before.micros())
        .bind(limit)
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    tx.commit().await?;
    Ok(gone)
}

/// Forgets requests whose answer holds `text`: the name of a resource that is erased. One of them that comes again is no repetition
/// any more: its RPC must refuse it for the state that the resource is in.
pub async fn forget(tx: &mut Tx, text: &str) -> Result<u64, Error> {
    // Each engine has its own word for a place in bytes.
    const SQLITE: &str = "DELETE FROM request WHERE instr(answer, $1) > 0";
    const POSTGRES: &str = "DELETE FROM request WHERE position($1 in answer) > 0";
    tx.erases();
    let text = text.as_bytes();
    Ok(match tx.engine() {
        Engine::Sqlite(conn) => sqlx::query(SQLITE).bind(text).execute(conn).await?.rows_affected(),
        Engine::Postgres(conn) => sqlx::query(POSTGRES).bind(text).execute(conn).await?.rows_affected(),
    })
}

/// Forgets what the requests said whose answer holds `text`, the name of a resource that is erased: the digest of a body in which a name
/// is all that is unknown gives it away to whoever tries names. They stay claimed, and one of them that comes again is refused: forgotten
/// as a whole, it would be taken for a new one, and bring back whom it names.
pub async fn forget_bodies(tx: &mut Tx, text: &str) -> Result<u64, Error> {
    const SQLITE: &str = "UPDATE request SET body_hash = $2 WHERE instr(answer, $1) > 0";
    const POSTGRES: &str = "UPDATE request SET body_hash = $2 WHERE position($1 in answer) > 0";
    tx.erases();
    let (text, nothing) = (text.as_bytes(), [0_u8; 32]);
    Ok(match tx.engine() {
        Engine::Sqlite(conn) => {
            sqlx::query(SQLITE).bind(text).bind(&nothing[..]).execute(conn).await?.rows_affected()
        }
        Engine::Postgres(conn) => {
            sqlx::query(POSTGRES).bind(text).bind(&nothing[..]).execute(conn).await?.rows_affected()
        }
    })
}

fn unreadable(key: &Key<'_>, problem: impl std::fmt::Display) -> Error {
    Error::corrupt(format!("request {} of {} to {}: {problem}", key.request_id, key.caller, key.method))
}
