//! What a run would change: in figures, and enterprise by enterprise. Who reads the list is noted by the caller.

use std::collections::BTreeMap;

use db::on;
use service::auth::Scope;
use service::fitting::Page;
use sqlx::QueryBuilder;

use super::Store;
use super::class::{Cut, push_equal, push_in};
use crate::domain::drift::{Drift, Matrix, Way, drift, stability_index};
use crate::domain::run::Run;
use crate::domain::sample::Sample;
use crate::error::Error;
use crate::machines::run::State;
use crate::rules;

/// What a run would change, in figures.
#[derive(Clone, Debug)]
pub struct Report {
    /// How many enterprises go which way.
    pub matrix: Matrix,
    /// How far each part has shifted.
    pub drifts: Vec<Drift>,
    /// The run that took effect before this one; empty when there is none.
    pub previous: String,
    /// How many went which way by that one.
    pub previous_matrix: Matrix,
    /// What the line offices are asked about it, and what they said.
    pub samples: Vec<Sample>,
}

/// Which changes to list.
#[derive(Clone, Debug)]
pub struct ChangeFilter {
    /// What the caller may see.
    pub scope: Scope,
    /// The run.
    pub run: String,
    /// Only in this field; empty: all.
    pub field: String,
    /// What this model on trial would change; empty: what the run changes.
    pub shadow_model: String,
}

/// A change, listed.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ListedChange {
    /// Credit code.
    pub uscc: String,
    /// Key field.
    pub field: String,
    /// Division of the enterprise.
    pub division: String,
    /// Combined class before; empty when there was none.
    pub previous_code: String,
    /// Combined class; empty where the enterprise left the field.
    pub code: String,
    /// Class by the general model.
    pub general_code: String,
    /// Grade by the professional model.
    pub professional_code: String,
}

impl Report {
    /// The stability index of a part against what the run before found; `None` when there is none, or nothing to compare.
    pub fn index_since_previous(&self, of: &Drift) -> Option<f64> {
        fn found<'m>(matrix: &'m Matrix, of: &Drift) -> BTreeMap<&'m str, i64> {
            let alike = |way: &&Way| {
                (way.part, &way.model, &way.field, &way.scheme) == (of.part, &of.model, &of.field, &of.scheme)
            };
            let mut counts = BTreeMap::<&str, i64>::new();
            for (way, count) in matrix.iter().filter(|(way, _)| alike(way) && !way.to.is_empty()) {
                *counts.entry(way.to.as_str()).or_default() += count;
            }
            counts
        }
        stability_index(&found(&self.previous_matrix, of), &found(&self.matrix, of))
    }
}

impl Store {
    /// What a run would change, in figures.
    pub async fn report(&self, run: &Run) -> Result<Report, Error> {
        let matrix = self.matrix_of(&run.id).await?;
        let previous = self.in_effect_before(run).await?;
        let previous_matrix =
            if previous.is_empty() { Matrix::new() } else { self.matrix_of(&previous).await? };
        let drifts = drift(&matrix, |id| rules::scheme(&self.book, id));
        let samples = self.samples(&run.id).await?;
        Ok(Report { matrix, drifts, previous, previous_matrix, samples })
    }

    /// The run that took effect before this one; empty when there is none.
    async fn in_effect_before(&self, run: &Run) -> Result<String, sqlx::Error> {
        const SQL: &str = "
            SELECT id FROM run
            WHERE approved_by <> '' AND state IN ($1, $2) AND created_at_us < $3
            ORDER BY created_at_us DESC LIMIT 1";
        let id: Option<String> = on!(self.db, |pool| sqlx::query_scalar(SQL)
            .bind(State::Effective.as_str())
            .bind(State::Superseded.as_str())
            .bind(run.created_at.micros())
            .fetch_optional(pool)
            .await)?;
        Ok(id.unwrap_or_default())
    }

    /// Classes that a run changes, in the order of credit code and field. `cut.after` is `uscc/field`.
    ///
    /// # Errors
    /// [`Error::RunNotFound`].
    pub async fn run_changes(&self, filter: &ChangeFilter, cut: &Cut) -> Result<Page<ListedChange>, Error> {
        const OWN: &str = "
            SELECT uscc, field, division, previous_code, code, general_code, professional_code
            FROM run_class WHERE moved";
        const SHADOW: &str = "
            SELECT uscc, field, division, effective_code AS previous_code, code, general_code, professional_code
            FROM run_shadow WHERE 1 = 1";
        self.run(&filter.run).await?;
        let (uscc, field) = cut.pair()?;
        let fields = filter.scope.field_codes();
        let divisions = filter.scope.division_codes();
        let rows: Vec<ListedChange> = on!(self.db, |pool| {
            let mut sql = QueryBuilder::new(if filter.shadow_model.is_empty() { OWN } else { SHADOW });
            push_equal(&mut sql, "run", &filter.run);
            push_equal(&mut sql, "model", &filter.shadow_model);
            sql.push(" AND (uscc, field) > (").push_bind(uscc).push(", ").push_bind(field).push(")");
            push_in(&mut sql, "division", &divisions);
            if let Some(fields) = &fields {
                push_in(&mut sql, "field", fields);
            }
            push_equal(&mut sql, "field", &filter.field);
            sql.push(" ORDER BY uscc, field LIMIT CAST(").push_bind(cut.size + 1).push(" AS BIGINT)");
            sql.build_query_as().persistent(false).fetch_all(pool).await
        })?;
        Ok(cut.page(rows, |last: &ListedChange| format!("{}/{}", last.uscc, last.field)))
    }
}
