//! Rows of classes: those in effect, and those that a run found.

use chrono::NaiveDate;
use db::Tx;
use domain::MicrosUtc;
use sqlx::QueryBuilder;

use crate::domain::class::{Class, Detail};

/// A class in effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredClass {
    /// The class.
    pub class: Class,
    /// Run that it comes from; empty when an event caused it.
    pub run: String,
    /// Position in collection's feed up to which evidence was known.
    pub known_seq: i64,
    /// SM3 of the rulebook in force, hex.
    pub rulebook_hash: String,
    /// When the combined class took effect.
    pub effective_at: MicrosUtc,
    /// Rises by one with every change.
    pub revision: i64,
}

/// A row of `class`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct ClassRow {
    pub(super) uscc: String,
    pub(super) field: String,
    division: String,
    scheme: String,
    code: String,
    general_code: String,
    professional_code: String,
    general_points_e2: i64,
    professional_points_e2: i64,
    floor_code: String,
    as_of: NaiveDate,
    detail: String,
    run: String,
    known_seq: i64,
    rulebook_hash: String,
    effective_at_us: i64,
    revision: i64,
}

impl TryFrom<ClassRow> for StoredClass {
    type Error = service::Error;

    fn try_from(row: ClassRow) -> Result<Self, service::Error> {
        let detail: Detail = serde_json::from_str(&row.detail).map_err(|problem| {
            service::Error::corrupt(format!("class {}/{}: {problem}", row.uscc, row.field))
        })?;
        Ok(Self {
            class: Class {
                uscc: row.uscc,
                field: row.field,
                division: row.division,
                scheme: row.scheme,
                code: row.code,
                general_code: row.general_code,
                professional_code: row.professional_code,
                general_points_e2: row.general_points_e2,
                professional_points_e2: row.professional_points_e2,
                floor_code: row.floor_code,
                as_of: row.as_of,
                detail,
            },
            run: row.run,
            known_seq: row.known_seq,
            rulebook_hash: row.rulebook_hash,
            effective_at: MicrosUtc(row.effective_at_us),
            revision: row.revision,
        })
    }
}

/// What led to a class, as it is stored.
pub(super) fn detail_text(detail: &Detail) -> Result<String, service::Error> {
    serde_json::to_string(detail)
        .map_err(|problem| service::Error::corrupt(format!("detail of a class: {problem}")))
}

/// Writes classes in effect, new and changed ones.
pub(super) async fn write_classes(tx: &mut Tx, classes: &[StoredClass]) -> Result<(), service::Error> {
    const INSERT: &str = "
        INSERT INTO class (uscc, field, division, scheme, code, general_code, professional_code, general_points_e2,
            professional_points_e2, floor_code, as_of, detail, run, known_seq, rulebook_hash, effective_at_us, revision) ";
    const REPLACE: &str = "
        ON CONFLICT (uscc, field) DO UPDATE SET
            division = excluded.division, scheme = excluded.scheme, code = excluded.code,
            general_code = excluded.general_code, professional_code = excluded.professional_code,
            general_points_e2 = excluded.general_points_e2, professional_points_e2 = excluded.professional_points_e2,
            floor_code = excluded.floor_code, as_of = excluded.as_of, detail = excluded.detail, run = excluded.run, known_seq = excluded.known_seq,
            rulebook_hash = excluded.rulebook_hash, effective_at_us = excluded.effective_at_us,
            revision = excluded.revision";
    for classes in classes.chunks(200) {
        let details =
            classes.iter().map(|stored| detail_text(&stored.class.detail)).collect::<Result<Vec<_>, _>>()?;
        db::on!(tx, |conn| {
            let mut sql = QueryBuilder::new(INSERT);
            sql.push_values(classes.iter().zip(&details), |mut row, (stored, detail)| {
                let class = &stored.class;
                row.push_bind(class.uscc.as_str())
                    .push_bind(class.field.as_str())
                    .push_bind(class.division.as_str())
                    .push_bind(class.scheme.as_str())
                    .push_bind(class.code.as_str())
                    .push_bind(class.general_code.as_str())
                    .push_bind(class.professional_code.as_str())
                    .push_bind(class.general_points_e2)
                    .push_bind(class.professional_points_e2)
                    .push_bind(class.floor_code.as_str())
                    .push_bind(class.as_of)
                    .push_bind(detail.as_str())
                    .push_bind(stored.run.as_str())
                    .push_bind(stored.known_seq)
                    .push_bind(stored.rulebook_hash.as_str())
                    .push_bind(stored.effective_at.micros())
                    .push_bind(stored.revision);
            });
            sql.push(REPLACE);
            sql.build().persistent(false).execute(conn).await?;
        });
    }
    Ok(())
}
