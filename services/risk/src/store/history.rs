//! What was known before: versions of evidence and marks that something has replaced, and how far each feed had told on each
//! day.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use db::bulk::{self, Cell};
use db::{Tx, on};

use super::Store;
use super::batch::{Batch, Mark};
use super::sql::rows_of;
use crate::domain::known::{Feed, Known, KnownPiece};
use crate::error::Error;

/// A row of `evidence`, or of `evidence_past`.
#[derive(sqlx::FromRow)]
pub(super) struct Earlier {
    pub(super) name: String,
    pub(super) uscc: String,
    pub(super) source: String,
    known_seq: i64,
    payload: Vec<u8>,
}

/// A version that holds no longer.
#[derive(sqlx::FromRow)]
struct Past {
    name: String,
    uscc: String,
    source: String,
    known_seq: i64,
    until_seq: i64,
    payload: Vec<u8>,
}

#[derive(sqlx::FromRow)]
struct MarkRow {
    uscc: String,
    field: String,
    carried: bool,
    known_seq: i64,
    until_seq: i64,
}

/// How far a version without an end holds.
const STILL: i64 = i64::MAX;

/// Keeps the versions that a batch replaces: those that stand, and those that it told itself.
pub(super) async fn keep_past_pieces(
    tx: &mut Tx,
    batch: &Batch,
    standing: &[Earlier],
) -> Result<(), sqlx::Error> {
    const COLUMNS: [&str; 6] = ["uscc", "name", "known_seq", "until_seq", "source", "payload"];
    const KEY: &str = "(uscc, name, known_seq)";
    let standing = standing.iter().map(|earlier| {
        let until = batch.pieces_from.get(&earlier.name).copied().unwrap_or(earlier.known_seq);
        (&earlier.uscc, &earlier.name, earlier.known_seq, until, &earlier.source, &earlier.payload)
    });
    let told = batch.past_pieces.iter().map(|(name, piece, until)| {
        (&piece.uscc, name, piece.known_seq, *until, &piece.source, &piece.payload)
    });
    // A batch that is applied twice finds its own versions: they replace nothing.
    let past = standing.chain(told).filter(|(_, _, known_seq, until, _, _)| known_seq < until);
    let rows = past.map(|(uscc, name, known_seq, until, source, payload)| {
        [
            Cell::Text(uscc),
            Cell::Text(name),
            Cell::Int(known_seq),
            Cell::Int(until),
            Cell::Text(source),
            Cell::Bytes(payload),
        ]
    });
    bulk::insert_missing(tx, "evidence_past", COLUMNS, KEY, rows).await
}

/// The same for marks. Call it before the new ones are written.
pub(super) async fn keep_past_marks(tx: &mut Tx, batch: &Batch) -> Result<(), sqlx::Error> {
    const STANDING: &str =
        "SELECT uscc, field, carried, known_seq, known_seq AS until_seq FROM mark WHERE uscc IN";
    const COLUMNS: [&str; 5] = ["uscc", "field", "known_seq", "until_seq", "carried"];
    let codes: BTreeSet<&str> = batch.marks.keys().map(|(uscc, _)| uscc.as_str()).collect();
    let codes: Vec<&str> = codes.into_iter().collect();
    let mut past = Vec::new();
    for row in rows_of::<MarkRow>(tx, STANDING, &codes, "").await? {
        let key = (row.uscc, row.field);
        if let Some(until) = batch.marks_from.get(&key) {
            past.push((key, Mark { carried: row.carried, known_seq: row.known_seq }, *until));
        }
    }
    let past = past.iter().chain(&batch.past_marks).filter(|(_, mark, until)| mark.known_seq < *until);
    let rows = past.map(|((uscc, field), mark, until)| {
        [
            Cell::Text(uscc),
            Cell::Text(field),
            Cell::Int(mark.known_seq),
            Cell::Int(*until),
            Cell::Bool(mark.carried),
        ]
    });
    bulk::insert_missing(tx, "mark_past", COLUMNS, "(uscc, field, known_seq)", rows).await
}

/// Notes how far the feeds have told, in all and by day.
pub(super) async fn note_positions(
    tx: &mut Tx,
    told: &BTreeMap<(Feed, NaiveDate), i64>,
) -> Result<(), sqlx::Error> {
    const DAY: &str = "
        INSERT INTO known_day (feed, day, seq) VALUES ($1, $2, $3)
        ON CONFLICT (feed, day) DO UPDATE SET seq = excluded.seq WHERE known_day.seq < excluded.seq";
    const HEAD: &str = "
        UPDATE evidence_head
        SET registry_seq = CASE WHEN registry_seq < $1 THEN $1 ELSE registry_seq END,
            collection_seq = CASE WHEN collection_seq < $2 THEN $2 ELSE collection_seq END
        WHERE id = 1";
    let mut known = Known::default();
    for (&(feed, day), &seq) in told {
        on!(tx, |conn| sqlx::query(DAY)
            .bind(feed.as_str())
            .bind(day)
            .bind(seq)
            .execute(conn)
            .await
            .map(drop))?;
        match feed {
            Feed::Registry => known.registry = known.registry.max(seq),
            Feed::Collection => known.collection = known.collection.max(seq),
            Feed::Own => {}
        }
    }
    if told.is_empty() {
        return Ok(());
    }
    on!(tx, |conn| sqlx::query(HEAD)
        .bind(known.registry)
        .bind(known.collection)
        .execute(conn)
        .await
        .map(drop))
}

/// How far the feeds have told by now.
pub(super) async fn known_now(tx: &mut Tx) -> Result<Known, sqlx::Error> {
    const SQL: &str = "SELECT registry_seq, collection_seq FROM evidence_head WHERE id = 1";
    let (registry, collection) = on!(tx, |conn| sqlx::query_as(SQL).fetch_one(conn).await)?;
    Ok(Known::of_feeds(registry, collection))
}

/// How far the feeds had told at the end of `day`.
pub(super) async fn known_on(tx: &mut Tx, day: NaiveDate) -> Result<Known, sqlx::Error> {
    const SQL: &str =
        "SELECT CAST(COALESCE(MAX(seq), 0) AS BIGINT) FROM known_day WHERE feed = $1 AND day <= $2";
    let mut known = Known::default().own_by(day);
    for (feed, seq) in [(Feed::Registry, &mut known.registry), (Feed::Collection, &mut known.collection)] {
        *seq = on!(tx, |conn| sqlx::query_scalar(SQL).bind(feed.as_str()).bind(day).fetch_one(conn).await)?;
    }
    Ok(known)
}

impl Store {
    /// The evidence of enterprises as it was known, with what the present models make of it; pieces that no indicator counts
    /// are left out.
    pub(super) async fn pieces_known(
        &self,
        tx: &mut Tx,
        codes: &[&str],
        known: Known,
    ) -> Result<Vec<KnownPiece>, Error> {
        const STANDING: &str = "
            SELECT e.name, e.uscc, e.source, e.known_seq, e.payload
            FROM projected p JOIN evidence e ON e.name = p.record
            WHERE p.uscc IN";
        const PAST: &str = "
            SELECT name, uscc, source, known_seq, until_seq, payload FROM evidence_past WHERE uscc IN";
        let standing = rows_of::<Earlier>(tx, STANDING, codes, "").await?.into_iter();
        let past = rows_of::<Past>(tx, PAST, codes, "").await?.into_iter();
        let standing = standing
            .filter(|row| known.holds(&row.source, row.known_seq, None))
            .map(|row| (row.name, row.uscc, row.source, row.known_seq, row.payload));
        let past = past
            .filter(|row| known.holds(&row.source, row.known_seq, Some(row.until_seq)))
            .map(|row| (row.name, row.uscc, row.source, row.known_seq, row.payload));
        let mut pieces = Vec::new();
        for (name, uscc, source, known_seq, payload) in standing.chain(past) {
            let items = self.project(&name, &source, &payload)?;
            if !items.is_empty() {
                pieces.push(KnownPiece { name, uscc, source, known_seq, payload, items });
            }
        }
        Ok(pieces)
    }
}

/// The marks that enterprises were known to carry: (credit code, field), sorted.
pub(super) async fn marks_known(
    tx: &mut Tx,
    codes: &[&str],
    known: Known,
) -> Result<BTreeSet<(String, String)>, sqlx::Error> {
    const STANDING: &str =
        "SELECT uscc, field, carried, known_seq, known_seq AS until_seq FROM mark WHERE uscc IN";
    const PAST: &str = "SELECT uscc, field, carried, known_seq, until_seq FROM mark_past WHERE uscc IN";
    let mut rows: Vec<MarkRow> = rows_of(tx, STANDING, codes, "").await?;
    rows.iter_mut().for_each(|row| row.until_seq = STILL);
    rows.extend(rows_of::<MarkRow>(tx, PAST, codes, "").await?);
    let held = rows
        .into_iter()
        .filter(|row| row.carried && row.known_seq <= known.registry && known.registry < row.until_seq);
    Ok(held.map(|row| (row.uscc, row.field)).collect())
}
