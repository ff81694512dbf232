//! What a run finds, written behind a cursor: the classes that would change, how many go which way, and what models on trial
//! would say.

use std::collections::BTreeMap;

use db::bulk::{self, Cell};
use db::{Tx, on};
use domain::MicrosUtc;
use sqlx::QueryBuilder;

use super::Store;
use super::class_row::{ClassRow, StoredClass, detail_text};
use super::sample_row::add_candidates;
use crate::domain::class::Class;
use crate::domain::drift::{Matrix, Part, Way};
use crate::domain::known::Known;
use crate::domain::run::Run;
use crate::domain::sample::Candidates;
use crate::error::Error;

/// A class that a run would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// As the run finds it; without codes where the class would end.
    pub now: Class,
    /// Codes in effect: combined, general, professional; empty for an enterprise without a class.
    pub previous: [String; 3],
    /// Whether a code differs, and not only what led to it.
    pub moved: bool,
}

/// What a model on trial would say of an enterprise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShadowClass {
    /// `id@version`.
    pub model: String,
    /// What it would be.
    pub class: Class,
    /// Combined class by the models in force, in the same run.
    pub effective_code: String,
}

/// What was found of the enterprises up to one code.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// Classes that would change.
    pub changes: Vec<Change>,
    /// Where models on trial differ.
    pub shadows: Vec<ShadowClass>,
    /// Who goes which way.
    pub matrix: Matrix,
    /// Which of them can be in a sample.
    pub candidates: Candidates,
    /// Classes computed.
    pub done: i64,
    /// Credit code up to which this is all.
    pub written_to: String,
}

impl Store {
    /// Classes in effect of the enterprises behind `after`, up to and with `until` (to the end, for `None`), by code and
    /// field.
    pub async fn classes_between(
        &self,
        after: &str,
        until: Option<&str>,
    ) -> Result<BTreeMap<(String, String), StoredClass>, Error> {
        const BETWEEN: &str = "SELECT * FROM class WHERE uscc > $1 AND uscc <= $2";
        const BEHIND: &str = "SELECT * FROM class WHERE uscc > $1";
        // Those of thousands of enterprises, wide as they are: a transaction hands them on one by one.
        let mut tx = self.db.begin_read().await?;
        let rows: Vec<ClassRow> = match until {
            Some(until) => {
                on!(tx, |conn| sqlx::query_as(BETWEEN).bind(after).bind(until).fetch_all(conn).await)?
            }
            None => on!(tx, |conn| sqlx::query_as(BEHIND).bind(after).fetch_all(conn).await)?,
        };
        drop(tx);
        let mut classes = BTreeMap::new();
        for row in rows {
            classes.insert((row.uscc.clone(), row.field.clone()), StoredClass::try_from(row)?);
        }
        Ok(classes)
    }

    /// Keeps what a run found behind its cursor, in one transaction with the cursor. Answers `false` when the run is no
    /// longer this process's to compute: then nothing is written.
    pub async fn add_findings(&self, run: &Run, found: &Findings, now: MicrosUtc) -> Result<bool, Error> {
        const SQL: &str = "
            UPDATE run SET done = done + $3, changed = changed + $4, written_to = $5, heartbeat_at_us = $6
            WHERE id = $1 AND resumed = $2 AND running";
        let moved = found.changes.iter().filter(|change| change.moved && !change.now.code.is_empty()).count();
        let mut tx = self.db.begin_write().await?;
        let written = on!(tx, |conn| sqlx::query(SQL)
            .bind(&run.id)
            .bind(run.resumed)
            .bind(found.done)
            .bind(i64::try_from(moved).unwrap_or(i64::MAX))
            .bind(&found.written_to)
            .bind(now.micros())
            .execute(conn)
            .await
            .map(|done| done.rows_affected()))?;
        if written == 0 {
            return Ok(false);
        }
        add_changes(&mut tx, &run.id, &found.changes).await?;
        add_shadows(&mut tx, &run.id, &found.shadows).await?;
        add_to_matrix(&mut tx, &run.id, &found.matrix).await?;
        add_candidates(&mut tx, &run.id, &found.candidates).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// How many enterprises go which way by a run.
    pub async fn matrix_of(&self, run: &str) -> Result<Matrix, Error> {
        const SQL: &str = "
            SELECT part, model, field, scheme, from_code, to_code, enterprises FROM run_matrix WHERE run = $1";
        type Row = (String, String, String, String, String, String, i64);
        let rows: Vec<Row> = on!(self.db, |pool| sqlx::query_as(SQL).bind(run).fetch_all(pool).await)?;
        let way = |(part, model, field, scheme, from, to, count): Row| {
            let part = Part::named(&part)
                .ok_or_else(|| service::Error::corrupt(format!("run {run} counts `{part}`")))?;
            Ok((Way { part, model, field, scheme, from, to }, count))
        };
        rows.into_iter().map(way).collect()
    }
}

async fn add_changes(tx: &mut Tx, run: &str, changes: &[Change]) -> Result<(), service::Error> {
    const COLUMNS: [&str; 17] = [
        "run",
        "uscc",
        "field",
        "division",
        "scheme",
        "code",
        "general_code",
        "professional_code",
        "general_points_e2",
        "professional_points_e2",
        "floor_code",
        "as_of",
        "detail",
        "previous_code",
        "previous_general_code",
        "previous_professional_code",
        "moved",
    ];
    let details =
        changes.iter().map(|change| detail_text(&change.now.detail)).collect::<Result<Vec<_>, _>>()?;
    let rows = changes.iter().zip(&details).map(|(change, detail)| {
        let (class, [combined, general, professional]) = (&change.now, &change.previous);
        [
            Cell::Text(run),
            Cell::Text(&class.uscc),
            Cell::Text(&class.field),
            Cell::Text(&class.division),
            Cell::Text(&class.scheme),
            Cell::Text(&class.code),
            Cell::Text(&class.general_code),
            Cell::Text(&class.professional_code),
            Cell::Int(class.general_points_e2),
            Cell::Int(class.professional_points_e2),
            Cell::Text(&class.floor_code),
            Cell::Date(class.as_of),
            Cell::Text(detail),
            Cell::Text(combined),
            Cell::Text(general),
            Cell::Text(professional),
            Cell::Bool(change.moved),
        ]
    });
    bulk::insert(tx, "run_class", COLUMNS, rows).await?;
    Ok(())
}

async fn add_shadows(tx: &mut Tx, run: &str, shadows: &[ShadowClass]) -> Result<(), sqlx::Error> {
    const COLUMNS: [&str; 9] = [
        "run",
        "model",
        "uscc",
        "field",
        "division",
        "code",
        "general_code",
        "professional_code",
        "effective_code",
    ];
    let rows = shadows.iter().map(|shadow| {
        let class = &shadow.class;
        [
            Cell::Text(run),
            Cell::Text(&shadow.model),
            Cell::Text(&class.uscc),
            Cell::Text(&class.field),
            Cell::Text(&class.division),
            Cell::Text(&class.code),
            Cell::Text(&class.general_code),
            Cell::Text(&class.professional_code),
            Cell::Text(&shadow.effective_code),
        ]
    });
    bulk::insert(tx, "run_shadow", COLUMNS, rows).await?;
    Ok(())
}

async fn add_to_matrix(tx: &mut Tx, run: &str, matrix: &Matrix) -> Result<(), sqlx::Error> {
    let ways: Vec<_> = matrix.iter().collect();
    for ways in ways.chunks(500) {
        on!(tx, |conn| {
            let mut sql = QueryBuilder::new(
                "INSERT INTO run_matrix (run, part, model, field, scheme, from_code, to_code, enterprises) ",
            );
            sql.push_values(ways, |mut row, (way, count)| {
                row.push_bind(run)
                    .push_bind(way.part.as_str())
                    .push_bind(way.model.as_str())
                    .push_bind(way.field.as_str())
                    .push_bind(way.scheme.as_str())
                    .push_bind(way.from.as_str())
                    .push_bind(way.to.as_str())
                    .push_bind(**count);
            });
            sql.push(
                " ON CONFLICT (run, part, model, field, scheme, from_code, to_code) DO UPDATE SET
                    enterprises = run_matrix.enterprises + excluded.enterprises",
            );
            sql.build().persistent(false).execute(conn).await?;
        });
    }
    Ok(())
}

/// Notes for a run that looks back every enterprise of which something was told since. Rows of registry's sources have
/// positions in its feed, those that risk takes in itself have days, all others positions in collection's feed.
pub(super) async fn note_told_since(tx: &mut Tx, run: &str, known: Known) -> Result<(), sqlx::Error> {
    const SQL: &str = "
        INSERT INTO run_touched (run, uscc)
        SELECT $1, uscc FROM evidence
        WHERE known_seq > CASE WHEN source IN ('attribute', 'breach', 'change', 'licence') THEN $2
            WHEN source IN ('attention', 'provincial_class') THEN $4 ELSE $3 END
        UNION SELECT $1, uscc FROM evidence_past
        WHERE until_seq > CASE WHEN source IN ('attribute', 'breach', 'change', 'licence') THEN $2
            WHEN source IN ('attention', 'provincial_class') THEN $4 ELSE $3 END
        UNION SELECT $1, uscc FROM mark WHERE known_seq > $2";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(run)
        .bind(known.registry)
        .bind(known.collection)
        .bind(known.own)
        .execute(conn)
        .await
        .map(drop))
}

/// Drops what a run found, once it never will take effect or another one has taken its place. How many would have gone which
/// way stays, for those who compare, and so do samples that were drawn.
pub(super) async fn drop_findings(tx: &mut Tx, run: &str) -> Result<(), sqlx::Error> {
    const STATEMENTS: [&str; 4] = [
        "DELETE FROM run_class WHERE run = $1",
        "DELETE FROM run_shadow WHERE run = $1",
        "DELETE FROM run_touched WHERE run = $1",
        "DELETE FROM run_sample_class WHERE run = $1 AND chosen_as = ''",
    ];
    for sql in STATEMENTS {
        on!(tx, |conn| sqlx::query(sql).bind(run).execute(conn).await.map(drop))?;
    }
    Ok(())
}
