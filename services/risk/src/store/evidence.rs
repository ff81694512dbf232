//! Taking evidence in, batch by batch.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use db::bulk::{self, Cell};
use db::{Tx, on};
use sqlx::QueryBuilder;

use super::batch::Batch;
use super::history::{Earlier, keep_past_marks, keep_past_pieces, note_positions};
use super::rescore::is_in_effect;
use super::sql::{execute_for, rows_of};
use super::{Store, lock_evidence};
use crate::domain::combine::effect::{CORRECTED, MARK};
use crate::domain::evidence::{Item, pack};
use crate::domain::known::OWN;
use crate::domain::model::ATTRIBUTE;
use crate::error::Error;
use crate::machines::run::State;

/// Rows of `projected` that one statement goes through, and those of the last enterprise among them.
const PROJECTED_AT_ONCE: i64 = 1_000;
/// Follows every credit code.
const BEHIND_ALL: &str = "~";

impl Store {
    /// Takes a batch in, in the caller's transaction, and notes the enterprises that it touches: for every run that is not
    /// in effect yet, and for [`rescore_due`](Store::rescore_due) when one is.
    ///
    /// # Errors
    /// A message that is none of its source is [`service::Error::Corrupt`].
    pub async fn apply(&self, tx: &mut Tx, batch: &Batch) -> Result<(), Error> {
        lock_evidence(tx).await?;
        let mut happened = happened_in(batch);
        for (uscc, kind) in self.replace(tx, batch).await? {
            happened.entry(uscc).or_default().insert(kind);
        }
        erase(tx, &batch.erased).await?;
        write_divisions(tx, &batch.divisions).await?;
        keep_past_marks(tx, batch).await?;
        write_marks(tx, batch).await?;
        note_positions(tx, &batch.told).await?;
        note_for_runs(tx, &happened.keys().cloned().collect()).await?;
        if is_in_effect(tx).await? {
            note_due(tx, &happened, &batch.causes).await?;
        }
        Ok(())
    }

    /// Empties the copy of the feeds. Runs, classes, what speaks of flags and the province's classes stay: they are risk's own.
    pub async fn clear_evidence(&self, tx: &mut Tx) -> Result<(), sqlx::Error> {
        const BEGIN: &str = "UPDATE evidence_head SET revision = revision + 1, registry_seq = 0, collection_seq = 0 WHERE id = 1";
        const STATEMENTS: [&str; 6] = [
            "DELETE FROM known_day",
            "DELETE FROM evidence WHERE source NOT IN ('attention', 'provincial_class')",
            "DELETE FROM evidence_past WHERE source NOT IN ('attention', 'provincial_class')",
            "DELETE FROM mark",
            "DELETE FROM mark_past",
            "DELETE FROM enterprise",
        ];
        on!(tx, |conn| sqlx::query(BEGIN).execute(conn).await.map(drop))?;
        forget_projected(tx).await?;
        for sql in STATEMENTS {
            on!(tx, |conn| sqlx::query(sql).execute(conn).await.map(drop))?;
        }
        Ok(())
    }

    /// Replaces what was kept of the batch's evidence. Answers whose evidence went, and what that counts as.
    async fn replace(&self, tx: &mut Tx, batch: &Batch) -> Result<Vec<(String, String)>, Error> {
        const EARLIER: &str = "SELECT name, uscc, source, known_seq, payload FROM evidence WHERE name IN";
        let names: Vec<&str> = batch.pieces.keys().chain(&batch.withdrawn).map(String::as_str).collect();
        let earlier: Vec<Earlier> = rows_of(tx, EARLIER, &names, "").await?;
        keep_past_pieces(tx, batch, &earlier).await?;
        forget(tx, &earlier).await?;
        let rows = batch.pieces.iter().map(|(name, piece)| {
            [
                Cell::Text(name),
                Cell::Text(&piece.uscc),
                Cell::Text(&piece.source),
                Cell::Int(piece.known_seq),
                Cell::Bytes(&piece.payload),
            ]
        });
        bulk::insert(tx, "evidence", ["name", "uscc", "source", "known_seq", "payload"], rows).await?;
        let mut kept = Vec::new();
        for (name, piece) in &batch.pieces {
            kept.push((
                name.as_str(),
                piece.uscc.as_str(),
                self.project(name, &piece.source, &piece.payload)?,
            ));
        }
        self.write_projected(tx, &kept).await?;
        let gone = |earlier: &Earlier| {
            batch.pieces.get(&earlier.name).is_none_or(|piece| piece.uscc != earlier.uscc)
        };
        let kind = |earlier: &Earlier| match OWN.contains(&earlier.source.as_str()) {
            true => earlier.source.clone(),
            false => CORRECTED.to_owned(),
        };
        let gone = earlier.iter().filter(|earlier| gone(earlier));
        Ok(gone.map(|earlier| (earlier.uscc.clone(), kind(earlier))).collect())
    }

    /// What the models make of a piece of evidence.
    pub(super) fn project(&self, name: &str, source: &str, payload: &[u8]) -> Result<Vec<Item>, Error> {
        let projected = self.models.project(source, payload);
        Ok(projected.map_err(|problem| service::Error::corrupt(format!("evidence {name}: {problem}")))?)
    }

    /// Writes what is kept of what was made of evidence: (name, credit code, items). A piece that counts only for versions whose time
    /// is over keeps what these made of it: by its row a look back finds it, and no row is empty.
    pub(super) async fn write_projected(
        &self,
        tx: &mut Tx,
        made: &[(&str, &str, Vec<Item>)],
    ) -> Result<(), sqlx::Error> {
        let counted = made.iter().filter(|(_, _, items)| !items.is_empty());
        let packed: Vec<_> =
            counted.map(|(name, uscc, items)| (name, uscc, pack(&self.models.kept(items)))).collect();
        let rows =
            packed.iter().map(|(name, uscc, items)| [Cell::Text(uscc), Cell::Text(name), Cell::Bytes(items)]);
        bulk::insert(tx, "projected", ["uscc", "record", "items"], rows).await?;
        Ok(())
    }
}

/// Removes every past version of evidence that is about a person who was erased. What stood of it is a past version by now. It was
/// never rightly an enterprise's: it stood under one by a match that was undone.
async fn erase(tx: &mut Tx, names: &BTreeSet<String>) -> Result<(), sqlx::Error> {
    if names.is_empty() {
        return Ok(());
    }
    tx.erases();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    execute_for(tx, "DELETE FROM evidence_past WHERE name IN", &names).await
}

/// What has happened to each enterprise of a batch, as the combination names it.
fn happened_in(batch: &Batch) -> BTreeMap<String, BTreeSet<String>> {
    let mut happened: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut note = |uscc: &str, kind: &str| {
        happened.entry(uscc.to_owned()).or_default().insert(kind.to_owned());
    };
    for (name, piece) in &batch.pieces {
        note(&piece.uscc, if batch.corrected.contains(name) { CORRECTED } else { &piece.source });
    }
    batch.divisions.keys().for_each(|uscc| note(uscc, ATTRIBUTE));
    batch.marks.keys().for_each(|(uscc, _)| note(uscc, MARK));
    happened
}

/// Forgets pieces of evidence and what was kept of them.
async fn forget(tx: &mut Tx, earlier: &[Earlier]) -> Result<(), sqlx::Error> {
    // A name stands under one code only; the code comes first in the key of `projected`.
    for earlier in earlier.chunks(1_000) {
        let (codes, names): (Vec<_>, Vec<_>) =
            earlier.iter().map(|row| (row.uscc.as_str(), row.name.as_str())).unzip();
        on!(tx, |conn| {
            let mut sql = QueryBuilder::new("DELETE FROM projected WHERE uscc IN");
            super::sql::push_list(&mut sql, &codes);
            sql.push(" AND record IN");
            super::sql::push_list(&mut sql, &names);
            sql.build().persistent(false).execute(conn).await?;
        });
        execute_for(tx, "DELETE FROM evidence WHERE name IN", &names).await?;
    }
    Ok(())
}

/// Forgets what was made of the evidence that came by the feeds, part by part: of each row that such a statement removes, SQLite keeps the
/// key in memory until it has found all of them, and there may be millions.
async fn forget_projected(tx: &mut Tx) -> Result<(), sqlx::Error> {
    const LAST: &str =
        "SELECT uscc FROM projected WHERE uscc > $1 ORDER BY uscc LIMIT 1 OFFSET CAST($2 AS BIGINT)";
    const FORGET: &str = "
        DELETE FROM projected
        WHERE uscc > $1 AND uscc <= $2 AND EXISTS (
            SELECT 1 FROM evidence e
            WHERE e.name = projected.record AND e.source NOT IN ('attention', 'provincial_class'))";
    let mut after = String::new();
    loop {
        let last: Option<String> = on!(tx, |conn| sqlx::query_scalar(LAST)
            .bind(&after)
            .bind(PROJECTED_AT_ONCE)
            .fetch_optional(conn)
            .await)?;
        let to = last.as_deref().unwrap_or(BEHIND_ALL);
        on!(tx, |conn| sqlx::query(FORGET).bind(&after).bind(to).execute(conn).await.map(drop))?;
        let Some(last) = last else { return Ok(()) };
        after = last;
    }
}

async fn write_divisions(tx: &mut Tx, divisions: &BTreeMap<String, String>) -> Result<(), sqlx::Error> {
    let rows: Vec<_> = divisions.iter().collect();
    for rows in rows.chunks(1_000) {
        on!(tx, |conn| {
            let mut sql = QueryBuilder::new("INSERT INTO enterprise (uscc, division) ");
            sql.push_values(rows, |mut row, (uscc, division)| {
                row.push_bind(uscc.as_str()).push_bind(division.as_str());
            });
            sql.push(" ON CONFLICT (uscc) DO UPDATE SET division = excluded.division");
            sql.build().persistent(false).execute(conn).await?;
        });
    }
    Ok(())
}

async fn write_marks(tx: &mut Tx, batch: &Batch) -> Result<(), sqlx::Error> {
    let rows: Vec<_> = batch.marks.iter().collect();
    for rows in rows.chunks(1_000) {
        on!(tx, |conn| {
            let mut sql = QueryBuilder::new("INSERT INTO mark (uscc, field, carried, known_seq) ");
            sql.push_values(rows, |mut row, ((uscc, field), mark)| {
                row.push_bind(uscc.as_str())
                    .push_bind(field.as_str())
                    .push_bind(mark.carried)
                    .push_bind(mark.known_seq);
            });
            sql.push(
                " ON CONFLICT (uscc, field) DO UPDATE SET
                    carried = excluded.carried, known_seq = excluded.known_seq",
            );
            sql.build().persistent(false).execute(conn).await?;
        });
    }
    Ok(())
}

/// Notes for every run that is not in effect yet, that these enterprises must be looked at again.
pub(super) async fn note_for_runs(tx: &mut Tx, touched: &BTreeSet<String>) -> Result<(), sqlx::Error> {
    let waiting: Vec<_> = State::all().filter(|state| state.awaits_effect()).map(State::as_str).collect();
    let runs: Vec<(String,)> = rows_of(tx, "SELECT id FROM run WHERE state IN", &waiting, "").await?;
    let touched: Vec<_> = touched.iter().collect();
    for (run,) in &runs {
        for codes in touched.chunks(1_000) {
            on!(tx, |conn| {
                let mut sql = QueryBuilder::new("INSERT INTO run_touched (run, uscc) ");
                sql.push_values(codes, |mut row, uscc| {
                    row.push_bind(run.as_str()).push_bind(uscc.as_str());
                });
                sql.push(" ON CONFLICT (run, uscc) DO NOTHING");
                sql.build().persistent(false).execute(conn).await?;
            });
        }
    }
    Ok(())
}

/// Notes that these enterprises must be scored again: what has happened to each, and the event that said so.
pub(super) async fn note_due(
    tx: &mut Tx,
    happened: &BTreeMap<String, BTreeSet<String>>,
    causes: &HashMap<String, String>,
) -> Result<(), sqlx::Error> {
    let rows: Vec<_> =
        happened.iter().flat_map(|(uscc, kinds)| kinds.iter().map(move |kind| (uscc, kind))).collect();
    for rows in rows.chunks(1_000) {
        on!(tx, |conn| {
            let mut sql = QueryBuilder::new("INSERT INTO rescore_due (uscc, kind, cause) ");
            sql.push_values(rows, |mut row, (uscc, kind)| {
                let cause = causes.get(*uscc).map_or("", String::as_str);
                row.push_bind(uscc.as_str()).push_bind(kind.as_str()).push_bind(cause);
            });
            sql.push(" ON CONFLICT (uscc, kind) DO UPDATE SET cause = excluded.cause");
            sql.build().persistent(false).execute(conn).await?;
        });
    }
    Ok(())
}
