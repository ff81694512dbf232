//! Rows of overrides.

use chrono::NaiveDate;
use db::{Db, Tx, on};
use domain::MicrosUtc;
use service::Error as Common;
use service::auth::Scope;
use service::fitting::Page;
use sqlx::QueryBuilder;

use super::Store;
use super::class::{Cut, push_equal, push_in};
use super::sql::rows_of;
use crate::domain::overriding::Override;
use crate::error::Error;
use crate::machines::overriding::{State, UnknownState};

/// A row of `class_override`.
#[derive(sqlx::FromRow)]
struct OverrideRow {
    id: String,
    uscc: String,
    field: String,
    division: String,
    code: String,
    computed_code: String,
    reason: String,
    legal_basis: String,
    ends_on: NaiveDate,
    state: String,
    proposed_by: String,
    proposed_office: String,
    decided_by: String,
    end_reason: String,
    created_at_us: i64,
    revision: i64,
}

impl TryFrom<OverrideRow> for Override {
    type Error = Common;

    fn try_from(row: OverrideRow) -> Result<Self, Common> {
        let state = row
            .state
            .parse()
            .map_err(|problem: UnknownState| Common::corrupt(format!("override {}: {problem}", row.id)))?;
        Ok(Self {
            id: row.id,
            uscc: row.uscc,
            field: row.field,
            division: row.division,
            code: row.code,
            computed_code: row.computed_code,
            reason: row.reason,
            legal_basis: row.legal_basis,
            ends_on: row.ends_on,
            state,
            proposed_by: row.proposed_by,
            proposed_office: row.proposed_office,
            decided_by: row.decided_by,
            end_reason: row.end_reason,
            created_at: MicrosUtc(row.created_at_us),
            revision: row.revision,
        })
    }
}

/// Which overrides to list.
#[derive(Clone, Debug)]
pub struct OverrideFilter {
    /// What the caller may see.
    pub scope: Scope,
    /// Only of this enterprise; empty: all.
    pub uscc: String,
    /// Only in this field; empty: all.
    pub field: String,
}

impl Store {
    /// One override.
    ///
    /// # Errors
    /// [`Error::OverrideNotFound`].
    pub async fn class_override(&self, id: &str) -> Result<Override, Error> {
        let mut tx = self.db.begin_read().await?;
        override_of(&mut tx, id).await
    }

    /// Overrides, the latest first. `cut.after` is `micros/id` of the last row of the page before.
    pub async fn overrides(&self, filter: &OverrideFilter, cut: &Cut) -> Result<Page<Override>, Error> {
        let (micros, id) = cut.below()?;
        let fields = filter.scope.field_codes();
        let divisions = filter.scope.division_codes();
        let rows: Vec<OverrideRow> = on!(self.db, |pool| {
            let mut sql = QueryBuilder::new("SELECT * FROM class_override WHERE (created_at_us, id) < (");
            sql.push_bind(micros).push(", ").push_bind(id).push(")");
            push_in(&mut sql, "division", &divisions);
            if let Some(fields) = &fields {
                push_in(&mut sql, "field", fields);
            }
            push_equal(&mut sql, "uscc", &filter.uscc);
            push_equal(&mut sql, "field", &filter.field);
            sql.push(" ORDER BY created_at_us DESC, id DESC LIMIT CAST(")
                .push_bind(cut.size + 1)
                .push(" AS BIGINT)");
            sql.build_query_as().persistent(false).fetch_all(pool).await
        })?;
        let rows = rows.into_iter().map(Override::try_from).collect::<Result<Vec<_>, _>>()?;
        Ok(cut.page(rows, |last: &Override| format!("{}/{}", last.created_at.micros(), last.id)))
    }
}

/// The override with this id, inside a transaction.
pub(super) async fn override_of(tx: &mut Tx, id: &str) -> Result<Override, Error> {
    const SQL: &str = "SELECT * FROM class_override WHERE id = $1";
    let row: Option<OverrideRow> = on!(tx, |conn| sqlx::query_as(SQL).bind(id).fetch_optional(conn).await)?;
    Ok(Override::try_from(row.ok_or_else(|| Error::OverrideNotFound(id.to_owned()))?)?)
}

/// The override in this state of the same class; there is at most one that is open.
pub(super) async fn open_override(
    tx: &mut Tx,
    of: &Override,
    state: State,
) -> Result<Option<String>, sqlx::Error> {
    const SQL: &str = "SELECT id FROM class_override WHERE uscc = $1 AND field = $2 AND state = $3";
    on!(tx, |conn| sqlx::query_scalar(SQL)
        .bind(&of.uscc)
        .bind(&of.field)
        .bind(state.as_str())
        .fetch_optional(conn)
        .await)
}

/// Overrides of these enterprises that are in force on a day.
pub(super) async fn overrides_in_force(
    tx: &mut Tx,
    codes: &[&str],
    day: NaiveDate,
) -> Result<Vec<Override>, Error> {
    const SQL: &str = "SELECT * FROM class_override WHERE state = 'InForce' AND uscc IN";
    let rows: Vec<OverrideRow> = rows_of(tx, SQL, codes, "").await?;
    let all = rows.into_iter().map(Override::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(all.into_iter().filter(|standing| day <= standing.ends_on).collect())
}

/// Open overrides whose last day lies before `today`.
pub(super) async fn due_overrides(db: &Db, today: NaiveDate) -> Result<Vec<String>, sqlx::Error> {
    const SQL: &str = "
        SELECT id FROM class_override WHERE state IN ('Proposed', 'InForce') AND ends_on < $1 ORDER BY ends_on, id";
    on!(db, |pool| sqlx::query_scalar(SQL).bind(today).fetch_all(pool).await)
}

/// Adds an override; nothing, and `false`, while another one of the same class is proposed.
pub(super) async fn insert_override(tx: &mut Tx, new: &Override) -> Result<bool, sqlx::Error> {
    const SQL: &str = "
        INSERT INTO class_override (id, uscc, field, division, code, computed_code, reason, legal_basis, ends_on, state,
            proposed_by, proposed_office, decided_by, end_reason, created_at_us, revision)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
        ON CONFLICT DO NOTHING";
    let inserted = on!(tx, |conn| sqlx::query(SQL)
        .bind(&new.id)
        .bind(&new.uscc)
        .bind(&new.field)
        .bind(&new.division)
        .bind(&new.code)
        .bind(&new.computed_code)
        .bind(&new.reason)
        .bind(&new.legal_basis)
        .bind(new.ends_on)
        .bind(new.state.as_str())
        .bind(&new.proposed_by)
        .bind(&new.proposed_office)
        .bind(&new.decided_by)
        .bind(&new.end_reason)
        .bind(new.created_at.micros())
        .bind(new.revision)
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(inserted == 1)
}

/// Writes an override that was read in state `before`, one revision earlier.
pub(super) async fn update_override(tx: &mut Tx, before: State, of: &Override) -> Result<(), Common> {
    const SQL: &str = "
        UPDATE class_override SET state = $4, decided_by = $5, end_reason = $6, revision = $3
        WHERE id = $1 AND state = $2 AND revision = $3 - 1";
    let updated = on!(tx, |conn| sqlx::query(SQL)
        .bind(&of.id)
        .bind(before.as_str())
        .bind(of.revision)
        .bind(of.state.as_str())
        .bind(&of.decided_by)
        .bind(&of.end_reason)
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    if updated == 1 { Ok(()) } else { Err(Common::Contended) }
}

/// Notes whether the class is under objection.
pub(super) async fn set_objected(tx: &mut Tx, of: &Override, objected: bool) -> Result<(), sqlx::Error> {
    const SQL: &str = "UPDATE class SET objected = $3 WHERE uscc = $1 AND field = $2";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(&of.uscc)
        .bind(&of.field)
        .bind(objected)
        .execute(conn)
        .await
        .map(drop))
}
