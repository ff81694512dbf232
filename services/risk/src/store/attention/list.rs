//! Reading signals, flags and scans.

use chrono::NaiveDate;
use db::on;
use domain::MicrosUtc;
use service::auth::Scope;
use service::fitting::Page;
use sqlx::QueryBuilder;

use super::signal_row::{SignalRow, signal_of};
use crate::domain::attention::{Scan, Signal};
use crate::error::Error;
use crate::machines::attention::State;
use crate::store::class::{push_equal, push_in};
use crate::store::{Cut, Store};

/// Which signals or flags to list.
#[derive(Clone, Debug)]
pub struct SignalFilter {
    /// What the caller may see.
    pub scope: Scope,
    /// Only of this enterprise; empty: all.
    pub uscc: String,
    /// Only in this field; empty: all.
    pub field: String,
    /// Only in these states, as stored.
    pub states: Vec<State>,
    /// Flags whose term has ended.
    pub ended: Ended,
}

/// What to do with those whose term has ended, whatever is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// List them.
    Listed,
    /// Leave out those whose last day lies before this day.
    LeftOut(NaiveDate),
}

#[derive(sqlx::FromRow)]
struct ScanRow {
    id: String,
    as_of: NaiveDate,
    enterprises: i64,
    events: i64,
    tests: i64,
    raised: i64,
    rulebook_hash: String,
    created_by: String,
    created_at_us: i64,
}

impl From<ScanRow> for Scan {
    fn from(row: ScanRow) -> Self {
        Self {
            id: row.id,
            as_of: row.as_of,
            enterprises: row.enterprises,
            events: row.events,
            tests: row.tests,
            raised: row.raised,
            rulebook_hash: row.rulebook_hash,
            created_by: row.created_by,
            created_at: MicrosUtc(row.created_at_us),
        }
    }
}

impl Store {
    /// One signal.
    ///
    /// # Errors
    /// [`Error::SignalNotFound`].
    pub async fn signal(&self, id: &str) -> Result<Signal, Error> {
        let mut tx = self.db.begin_read().await?;
        signal_of(&mut tx, id).await
    }

    /// Signals, the latest first. `cut.after` is `micros/id` of the last row of the page before.
    pub async fn signals(&self, filter: &SignalFilter, cut: &Cut) -> Result<Page<Signal>, Error> {
        let (micros, id) = cut.below()?;
        let (fields, divisions) = (filter.scope.field_codes(), filter.scope.division_codes());
        let states: Vec<String> = filter.states.iter().map(|state| state.as_str().to_owned()).collect();
        let rows: Vec<SignalRow> = on!(self.db, |pool| {
            let mut sql = QueryBuilder::new("SELECT * FROM signal WHERE (created_at_us, id) < (");
            sql.push_bind(micros).push(", ").push_bind(id).push(")");
            push_in(&mut sql, "division", &divisions);
            if let Some(fields) = &fields {
                push_in(&mut sql, "field", fields);
            }
            push_in(&mut sql, "state", &states);
            push_equal(&mut sql, "uscc", &filter.uscc);
            push_equal(&mut sql, "field", &filter.field);
            if let Ended::LeftOut(day) = filter.ended {
                sql.push(" AND on_until >= ").push_bind(day);
            }
            sql.push(" ORDER BY created_at_us DESC, id DESC LIMIT CAST(")
                .push_bind(cut.size + 1)
                .push(" AS BIGINT)");
            sql.build_query_as().fetch_all(pool).await
        })?;
        let rows = rows.into_iter().map(Signal::try_from).collect::<Result<Vec<_>, _>>()?;
        Ok(cut.page(rows, |last: &Signal| format!("{}/{}", last.created_at.micros(), last.id)))
    }

    /// Scans, the latest first. `cut.after` is `micros/id` of the last row of the page before.
    pub async fn scans(&self, cut: &Cut) -> Result<Page<Scan>, Error> {
        const SQL: &str = "
            SELECT * FROM scan
            WHERE (created_at_us, id) < ($1, $2)
            ORDER BY created_at_us DESC, id DESC
            LIMIT CAST($3 AS BIGINT)";
        let (micros, id) = cut.below()?;
        let rows: Vec<ScanRow> = on!(self.db, |pool| sqlx::query_as(SQL)
            .bind(micros)
            .bind(id)
            .bind(cut.size + 1)
            .fetch_all(pool)
            .await)?;
        let rows = rows.into_iter().map(Scan::from).collect();
        Ok(cut.page(rows, |last: &Scan| format!("{}/{}", last.created_at.micros(), last.id)))
    }
}
