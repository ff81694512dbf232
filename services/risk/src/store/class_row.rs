//! Rows of classes: those in effect, and those that a run found.

use chrono::NaiveDate;
use db::Tx;
use domain::MicrosUtc;
use sqlx::QueryBuilder;

use crate::domain::class::{Class, Detail};
use crate::domain::combine::effect::Why;
use crate::domain::known::Known;
use crate::domain::overriding::Standing;

/// A class in effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredClass {
    /// The class.
    pub class: Class,
    /// Run that it comes from; empty when an event caused it.
    pub run: String,
    /// The line of the combination by which it took effect without a run; `None` where a run gave it.
    pub effect: Option<Why>,
    /// Position in collection's feed up to which evidence was known.
    pub known_seq: i64,
    /// The same in registry's feed.
    pub registry_seq: i64,
    /// SM3 of the rulebook in force, hex.
    pub rulebook_hash: String,
    /// When the combined class took effect.
    pub effective_at: MicrosUtc,
    /// Rises by one with every change.
    pub revision: i64,
    /// The override beside it, as it was noted last; see [`over_on`](Self::over_on).
    pub over: Option<Standing>,
    /// Whether an override is proposed.
    pub objected: bool,
}

impl StoredClass {
    /// What was known when it was computed. What risk takes in itself has days for positions.
    pub fn known(&self) -> Known {
        Known::of_feeds(self.registry_seq, self.known_seq).own_by(self.class.as_of)
    }

    /// The override that stands on a day: behind its last one it does not, whether this was noted or not.
    pub fn over_on(&self, day: NaiveDate) -> Option<&Standing> {
        self.over.as_ref().filter(|over| day <= over.until)
    }

    /// The combined class in effect on a day.
    pub fn code_on(&self, day: NaiveDate) -> &str {
        self.over_on(day).map_or(&self.class.code, |over| &over.code)
    }

    /// Its state on a day, as the API calls it.
    pub fn state_on(&self, day: NaiveDate) -> &'static str {
        match (self.objected, self.over_on(day)) {
            (true, _) => "UnderObjection",
            (false, Some(_)) => "Overridden",
            (false, None) => "Effective",
        }
    }

    /// By what it is in effect on a day, as the API calls it.
    pub fn effect_on(&self, day: NaiveDate) -> &'static str {
        match (self.over_on(day), self.run.is_empty()) {
            (Some(_), _) => "OVERRIDE_APPROVED",
            (None, false) => "RUN_APPROVED",
            (None, true) => "RESCORED_WITHOUT_REVIEW",
        }
    }
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
    registry_seq: i64,
    rulebook_hash: String,
    effective_at_us: i64,
    revision: i64,
    override_id: String,
    override_asked: String,
    override_code: String,
    override_until: String,
    objected: bool,
    effect_kind: String,
    effect_label: String,
    effect_worse: bool,
    effect_cites: String,
}

impl TryFrom<ClassRow> for StoredClass {
    type Error = service::Error;

    fn try_from(row: ClassRow) -> Result<Self, service::Error> {
        let detail: Detail = serde_json::from_str(&row.detail).map_err(|problem| {
            service::Error::corrupt(format!("class {}/{}: {problem}", row.uscc, row.field))
        })?;
        let standing = || -> Result<Standing, service::Error> {
            let until = row.override_until.parse().map_err(|problem: chrono::ParseError| {
                service::Error::corrupt(format!("override of {}/{}: {problem}", row.uscc, row.field))
            })?;
            Ok(Standing {
                id: row.override_id.clone(),
                asked: row.override_asked.clone(),
                code: row.override_code.clone(),
                until,
            })
        };
        Ok(Self {
            over: (!row.override_id.is_empty()).then(standing).transpose()?,
            objected: row.objected,
            effect: (!row.effect_kind.is_empty()).then_some(Why {
                trigger: row.effect_kind,
                label: row.effect_label,
                worse: row.effect_worse,
                cites: row.effect_cites,
            }),
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
            registry_seq: row.registry_seq,
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
            professional_points_e2, floor_code, as_of, detail, run, known_seq, registry_seq, rulebook_hash,
            effective_at_us, revision,
            override_id, override_asked, override_code, override_until, effect_kind, effect_label, effect_worse,
            effect_cites) ";
    const REPLACE: &str = "
        ON CONFLICT (uscc, field) DO UPDATE SET
            division = excluded.division, scheme = excluded.scheme, code = excluded.code,
            general_code = excluded.general_code, professional_code = excluded.professional_code,
            general_points_e2 = excluded.general_points_e2, professional_points_e2 = excluded.professional_points_e2,
            floor_code = excluded.floor_code, as_of = excluded.as_of, detail = excluded.detail, run = excluded.run, known_seq = excluded.known_seq,
            registry_seq = excluded.registry_seq,
            rulebook_hash = excluded.rulebook_hash, effective_at_us = excluded.effective_at_us,
            revision = excluded.revision, override_id = excluded.override_id,
            override_asked = excluded.override_asked, override_code = excluded.override_code,
            override_until = excluded.override_until, effect_kind = excluded.effect_kind,
            effect_label = excluded.effect_label, effect_worse = excluded.effect_worse,
            effect_cites = excluded.effect_cites";
    for classes in classes.chunks(200) {
        let details =
            classes.iter().map(|stored| detail_text(&stored.class.detail)).collect::<Result<Vec<_>, _>>()?;
        db::on!(tx, |conn| {
            let mut sql = QueryBuilder::new(INSERT);
            sql.push_values(classes.iter().zip(&details), |mut row, (stored, detail)| {
                let (class, over) = (&stored.class, stored.over.as_ref());
                let of = |text: fn(&Standing) -> &str| over.map_or("", text).to_owned();
                let why = |text: fn(&Why) -> &str| stored.effect.as_ref().map_or("", text).to_owned();
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
                    .push_bind(stored.registry_seq)
                    .push_bind(stored.rulebook_hash.as_str())
                    .push_bind(stored.effective_at.micros())
                    .push_bind(stored.revision)
                    .push_bind(of(|over| &over.id))
                    .push_bind(of(|over| &over.asked))
                    .push_bind(of(|over| &over.code))
                    .push_bind(over.map(|over| over.until.to_string()).unwrap_or_default())
                    .push_bind(why(|why| &why.trigger))
                    .push_bind(why(|why| &why.label))
                    .push_bind(stored.effect.as_ref().is_some_and(|why| why.worse))
                    .push_bind(why(|why| &why.cites));
            });
            sql.push(REPLACE);
            sql.build().persistent(false).execute(conn).await?;
        });
    }
    Ok(())
}
