//! What calls for a strict review: kept from the feeds, read with the enterprise it concerns.

use std::collections::HashMap;

use chrono::NaiveDate;
use db::{Tx, on};
use domain::{FieldCode, Uscc};
use service::Error as Common;
use service::fitting::Page;
use sqlx::QueryBuilder;

use super::Store;
use super::enterprise_row::EnterpriseRow;
use super::list::{Cut, push_divisions};
use super::sql::rows_per_statement;
use crate::domain::{Enterprise, Reason};
use crate::error::Error;

/// Columns of a row, in the order in which they are written.
const COLUMNS: usize = 7;

/// What a feed says about a reason for strict review.
#[derive(Clone, Debug)]
pub enum ReasonFact {
    /// It holds.
    Holds(Reason),
    /// It holds no longer.
    Ended {
        /// The resource that it rested on.
        resource: String,
    },
}

impl ReasonFact {
    fn resource(&self) -> &str {
        match self {
            Self::Holds(reason) => &reason.resource,
            Self::Ended { resource } => resource,
        }
    }
}

/// A row as stored.
#[derive(sqlx::FromRow)]
struct ReasonRow {
    resource: String,
    uscc: String,
    called_by: String,
    ground: String,
    field: String,
    since: NaiveDate,
    until: Option<NaiveDate>,
}

impl TryFrom<ReasonRow> for Reason {
    type Error = Common;

    fn try_from(row: ReasonRow) -> Result<Self, Common> {
        let of = |problem: String| Common::corrupt(format!("review ground {}: {problem}", row.resource));
        let uscc = Uscc::parse(&row.uscc).map_err(|problem| of(problem.to_string()))?;
        let field = match row.field.as_str() {
            "" => None,
            code => Some(FieldCode::parse(code).map_err(|problem| of(problem.to_string()))?),
        };
        let ReasonRow { resource, called_by: trigger, ground, since, until, .. } = row;
        Ok(Self { uscc, trigger, resource, ground, field, since, until })
    }
}

impl Store {
    /// Takes what the feeds say, in its order, in the caller's transaction. What is known already changes nothing.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn take_reasons(&self, tx: &mut Tx, facts: &[ReasonFact]) -> Result<(), Common> {
        const DELETE: &str = "DELETE FROM review_ground WHERE resource = $1";
        let last: HashMap<&str, &ReasonFact> = facts.iter().map(|fact| (fact.resource(), fact)).collect();
        for resource in last.keys() {
            on!(tx, |conn| sqlx::query(DELETE).bind(*resource).execute(conn).await.map(drop))?;
        }
        let hold = |fact: &&ReasonFact| match fact {
            ReasonFact::Holds(reason) => Some(reason.clone()),
            ReasonFact::Ended { .. } => None,
        };
        insert(tx, &last.values().filter_map(hold).collect::<Vec<_>>()).await
    }

    /// Forgets every reason of a trigger, for a copy that is made anew.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn forget_reasons(&self, tx: &mut Tx, trigger: &str) -> Result<(), sqlx::Error> {
        const SQL: &str = "DELETE FROM review_ground WHERE called_by = $1";
        on!(tx, |conn| sqlx::query(SQL).bind(trigger).execute(conn).await.map(drop))
    }

    /// What calls on a day for a strict review of the applications of an enterprise, in the byte order of the resources. What has
    /// a last day ends with it, whether or not anything is told of that.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn reasons(&self, uscc: &Uscc, on: NaiveDate) -> Result<Vec<Reason>, Error> {
        const SQL: &str = "
            SELECT * FROM review_ground
            WHERE uscc = $1 AND (until IS NULL OR until >= $2)
            ORDER BY resource";
        let rows: Vec<ReasonRow> =
            on!(self.db, |pool| sqlx::query_as(SQL).bind(uscc.as_str()).bind(on).fetch_all(pool).await)?;
        Ok(rows.into_iter().map(Reason::try_from).collect::<Result<_, _>>()?)
    }

    /// Foreign-invested enterprises of `divisions` with what calls for a strict review on a day, in the byte order of their codes.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn foreign_reviews(
        &self,
        divisions: &[String],
        on: NaiveDate,
        cut: &Cut,
    ) -> Result<Page<(Enterprise, Vec<Reason>)>, Error> {
        let rows: Vec<EnterpriseRow> = on!(self.db, |pool| {
            let mut sql = QueryBuilder::new(
                "SELECT e.* FROM enterprise e WHERE e.uscc IN (SELECT uscc FROM review_ground WHERE uscc > ",
            );
            sql.push_bind(&cut.after).push(" AND (until IS NULL OR until >= ").push_bind(on);
            sql.push(")) AND e.foreign_invested");
            push_divisions(&mut sql, "e.division", divisions);
            sql.push(" ORDER BY e.uscc LIMIT CAST(").push_bind(cut.size + 1).push(" AS BIGINT)");
            sql.build_query_as().fetch_all(pool).await
        })?;
        let found = rows.into_iter().map(Enterprise::try_from).collect::<Result<Vec<_>, _>>()?;
        let page = cut.page(found, |last: &Enterprise| last.uscc.to_string());
        let mut reasons = self.reasons_of(&page.rows, on).await?;
        let with_reasons = |enterprise: Enterprise| {
            let reasons = reasons.remove(&enterprise.uscc).unwrap_or_default();
            (enterprise, reasons)
        };
        Ok(page.with(
            |(last, _): &(Enterprise, Vec<Reason>)| last.uscc.to_string(),
            |rows| rows.into_iter().map(with_reasons).collect(),
        ))
    }

    async fn reasons_of(
        &self,
        enterprises: &[Enterprise],
        on: NaiveDate,
    ) -> Result<HashMap<Uscc, Vec<Reason>>, Common> {
        const SQL: &str = "SELECT * FROM review_ground WHERE uscc IN";
        let codes: Vec<&str> = enterprises.iter().map(|one| one.uscc.as_str()).collect();
        let mut tx = self.db.begin_read().await?;
        let rows: Vec<ReasonRow> = db::rows_of(&mut tx, SQL, &codes).await?;
        let mut reasons: HashMap<Uscc, Vec<Reason>> = HashMap::new();
        for row in rows {
            let reason = Reason::try_from(row)?;
            if reason.until.is_some_and(|last| last < on) {
                continue;
            }
            reasons.entry(reason.uscc.clone()).or_default().push(reason);
        }
        reasons.values_mut().for_each(|own| own.sort_by(|one, other| one.resource.cmp(&other.resource)));
        Ok(reasons)
    }
}

async fn insert(tx: &mut Tx, reasons: &[Reason]) -> Result<(), Common> {
    const INSERT: &str =
        "INSERT INTO review_ground (resource, uscc, called_by, ground, field, since, until) ";
    for reasons in reasons.chunks(rows_per_statement(COLUMNS)) {
        on!(tx, |conn| {
            let mut sql = QueryBuilder::new(INSERT);
            sql.push_values(reasons, |mut row, reason| {
                row.push_bind(&reason.resource)
                    .push_bind(reason.uscc.as_str())
                    .push_bind(&reason.trigger)
                    .push_bind(&reason.ground)
                    .push_bind(reason.field.as_ref().map_or("", FieldCode::as_str))
                    .push_bind(reason.since)
                    .push_bind(reason.until);
            });
            sql.build().execute(conn).await.map(drop)
        })?;
    }
    Ok(())
}
