//! The risk class of each enterprise in each key field, as risk told it last: for the advice on its applications, and for nothing else.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use db::bulk::{self, Cell};
use db::{Tx, on};
use domain::{FieldCode, OfficeCode, Uscc};
use service::Error as Common;
use sqlx::QueryBuilder;

use super::Store;
use super::sql::rows_per_statement;
use crate::domain::ToldClass;
use crate::error::Error;

const COLUMNS: [&str; 8] = ["uscc", "field", "scheme", "code", "as_of", "office", "effect", "until"];

/// What risk's feed says about a class.
#[derive(Clone, Debug)]
pub enum ClassFact {
    /// It is in effect.
    InEffect(ToldClass),
    /// The enterprise has left the field.
    Ended {
        /// Whose class.
        uscc: Uscc,
        /// In which key field.
        field: FieldCode,
    },
}

impl ClassFact {
    fn key(&self) -> (&str, &str) {
        let (Self::InEffect(ToldClass { uscc, field, .. }) | Self::Ended { uscc, field }) = self;
        (uscc.as_str(), field.as_str())
    }
}

/// A row as stored.
#[derive(sqlx::FromRow)]
struct ClassRow {
    uscc: String,
    field: String,
    scheme: String,
    code: String,
    as_of: NaiveDate,
    office: String,
    effect: String,
    until: Option<NaiveDate>,
}

impl TryFrom<ClassRow> for ToldClass {
    type Error = Common;

    fn try_from(row: ClassRow) -> Result<Self, Common> {
        let of = |problem: String| {
            Common::corrupt(format!("risk class of {} in {}: {problem}", row.uscc, row.field))
        };
        let uscc = Uscc::parse(&row.uscc).map_err(|problem| of(problem.to_string()))?;
        let field = FieldCode::parse(&row.field).map_err(|problem| of(problem.to_string()))?;
        let office = OfficeCode::parse(&row.office).map_err(|problem| of(problem.to_string()))?;
        let ClassRow { scheme, code, as_of, effect, until, .. } = row;
        Ok(Self { uscc, field, scheme, code, as_of, office, effect, until })
    }
}

impl Store {
    /// Takes what the feed says, in its order, in the caller's transaction. What is known already changes nothing.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn take_classes(&self, tx: &mut Tx, facts: &[ClassFact]) -> Result<(), Common> {
        let last: BTreeMap<(&str, &str), &ClassFact> = facts.iter().map(|fact| (fact.key(), fact)).collect();
        delete(tx, &last.keys().copied().collect::<Vec<_>>()).await?;
        let in_effect = last.values().filter_map(|fact| match fact {
            ClassFact::InEffect(class) => Some(cells(class)),
            ClassFact::Ended { .. } => None,
        });
        bulk::insert(tx, "risk_class", COLUMNS, in_effect).await?;
        Ok(())
    }

    /// Forgets every class, for a copy that is made anew.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn forget_classes(&self, tx: &mut Tx) -> Result<(), sqlx::Error> {
        on!(tx, |conn| sqlx::query("DELETE FROM risk_class").execute(conn).await.map(drop))
    }

    /// The class of an enterprise in a key field on a day. One by an override that has ended is none: what stands then, risk tells.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn told_class(
        &self,
        uscc: &Uscc,
        field: &FieldCode,
        on: NaiveDate,
    ) -> Result<Option<ToldClass>, Error> {
        const SQL: &str = "
            SELECT uscc, field, scheme, code, as_of, office, effect, until FROM risk_class
            WHERE uscc = $1 AND field = $2 AND (until IS NULL OR until >= $3)";
        let row: Option<ClassRow> = on!(self.db, |pool| sqlx::query_as(SQL)
            .bind(uscc.as_str())
            .bind(field.as_str())
            .bind(on)
            .fetch_optional(pool)
            .await)?;
        Ok(row.map(ToldClass::try_from).transpose()?)
    }
}

fn cells(class: &ToldClass) -> [Cell<'_>; 8] {
    [
        Cell::Text(class.uscc.as_str()),
        Cell::Text(class.field.as_str()),
        Cell::Text(&class.scheme),
        Cell::Text(&class.code),
        Cell::Date(class.as_of),
        Cell::Text(class.office.as_str()),
        Cell::Text(&class.effect),
        class.until.map_or(Cell::Null, Cell::Date),
    ]
}

async fn delete(tx: &mut Tx, keys: &[(&str, &str)]) -> Result<(), sqlx::Error> {
    for keys in keys.chunks(rows_per_statement(2)) {
        on!(tx, |conn| {
            let mut sql = QueryBuilder::new("DELETE FROM risk_class WHERE (uscc, field) IN (");
            sql.push_values(keys, |mut row, (uscc, field)| {
                row.push_bind(*uscc).push_bind(*field);
            });
            sql.push(")");
            sql.build().execute(conn).await.map(drop)
        })?;
    }
    Ok(())
}
