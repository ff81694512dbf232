//! The table `decision_document`.

use std::collections::HashMap;

use contract::collection::v1 as pb;
use contract::collection::v1::record::Content;
use db::{Tx, on};
use prost::Message;
use service::Error as Common;

use super::text_name;
use crate::domain::decision::DocumentName;

/// A number that none has: the place before the latest.
pub(super) const AFTER_ALL: i64 = i64::MAX;

/// What is known of a document.
pub(super) fn read(content: &[u8]) -> Result<pb::DecisionDocument, Common> {
    pb::DecisionDocument::decode(content)
        .map_err(|problem| Common::corrupt(format!("a decision document: {problem}")))
}

/// The number that the next document of a record gets.
pub(super) async fn next_number(tx: &mut Tx, record_id: &str) -> Result<i64, sqlx::Error> {
    const SQL: &str = "
        SELECT CAST(COALESCE(MAX(number), 0) + 1 AS BIGINT) FROM decision_document WHERE record_id = $1";
    on!(tx, |conn| sqlx::query_scalar(SQL).bind(record_id).fetch_one(conn).await)
}

/// Writes a new document. The caller has locked its record.
pub(super) async fn insert(
    tx: &mut Tx,
    name: &DocumentName,
    document: &pb::DecisionDocument,
) -> Result<(), sqlx::Error> {
    const SQL: &str = "
        INSERT INTO decision_document (record_id, number, text_digest, content) VALUES ($1, $2, $3, $4)";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(name.record.as_str())
        .bind(name.number)
        .bind(document.text_digest.as_str())
        .bind(document.encode_to_vec())
        .execute(conn)
        .await
        .map(drop))
}

/// The document of this name, if it is there.
pub(super) async fn find(tx: &mut Tx, name: &DocumentName) -> Result<Option<pb::DecisionDocument>, Common> {
    const SQL: &str = "SELECT content FROM decision_document WHERE record_id = $1 AND number = $2";
    let content: Option<Vec<u8>> = on!(tx, |conn| sqlx::query_scalar(SQL)
        .bind(name.record.as_str())
        .bind(name.number)
        .fetch_optional(conn)
        .await)?;
    content.map(|content| read(&content)).transpose()
}

/// At most `most` documents of a record with numbers below `before`, the latest first, each with its number.
pub(super) async fn before(
    tx: &mut Tx,
    record_id: &str,
    before: i64,
    most: i64,
) -> Result<Vec<(i64, Vec<u8>)>, sqlx::Error> {
    const SQL: &str = "
        SELECT number, content FROM decision_document WHERE record_id = $1 AND number < $2
        ORDER BY number DESC LIMIT CAST($3 AS BIGINT)";
    on!(tx, |conn| sqlx::query_as(SQL).bind(record_id).bind(before).bind(most).fetch_all(conn).await)
}

/// Says in each penalty of `records` which text of its decision is for everyone, if there is one.
pub(in crate::store) async fn name_texts(tx: &mut Tx, records: Vec<&mut pb::Record>) -> Result<(), Common> {
    const SQL: &str = "SELECT record_id, number, text_digest FROM decision_document WHERE record_id IN";
    let penalties: Vec<&mut pb::Record> = records.into_iter().filter(|record| is_penalty(record)).collect();
    let ids: Vec<String> = penalties.iter().map(|record| id_of(record).to_owned()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let rows: Vec<(String, i64, String)> = db::rows_of(tx, SQL, &ids).await?;
    let mut latest: HashMap<String, (i64, String)> = HashMap::new();
    for (record_id, number, text_digest) in rows {
        let known = latest.entry(record_id).or_default();
        if number > known.0 {
            *known = (number, text_digest);
        }
    }
    for record in penalties {
        let digest = latest.remove(id_of(record)).map(|(_, digest)| digest).unwrap_or_default();
        name_text(record, digest);
    }
    Ok(())
}

/// Says in a penalty which text of its decision is for everyone: that of the latest document, which has this digest; none has an empty one.
pub(in crate::store) fn name_text(record: &mut pb::Record, digest: String) {
    if is_penalty(record) {
        record.decision_text = if digest.is_empty() { String::new() } else { text_name(&record.name) };
        record.decision_text_digest = digest;
    }
}

fn is_penalty(record: &pb::Record) -> bool {
    matches!(record.content, Some(Content::Penalty(_)))
}

/// Forgets the documents of a record whose party is erased: nothing leads to their contents any more.
pub(in crate::store) async fn erase(tx: &mut Tx, record_id: &str) -> Result<(), Common> {
    const SQL: &str = "DELETE FROM decision_document WHERE record_id = $1";
    Ok(on!(tx, |conn| sqlx::query(SQL).bind(record_id).execute(conn).await.map(drop))?)
}

fn id_of(record: &pb::Record) -> &str {
    record.name.trim_start_matches("records/")
}
