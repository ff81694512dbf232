//! Reading classes, and the evidence behind one. Who reads is noted by the caller of these, before the answer leaves.

use chrono::NaiveDate;
use db::page::pair;
use db::{Fingerprint, InvalidPageToken, on, place_of};
use service::auth::Scope;
use service::fitting::Page;
use sqlx::{Database, Encode, QueryBuilder, Type};

use super::Store;
use super::class_row::{ClassRow, StoredClass};
use super::sql::push_list;
use crate::domain::class::Class;
use crate::domain::evidence::{Item, unpack};
use crate::error::Error;

/// Where a page begins and ends.
#[derive(Clone, Debug)]
pub struct Cut {
    /// Rows of a page; at least 1.
    pub size: i64,
    /// What else the request says, so that its token fits no other list.
    pub fingerprint: Fingerprint,
    /// Key of the last row of the page before; empty for the first page.
    pub after: String,
}

impl Cut {
    /// Both parts of a key such as `uscc/field`; empty for the first page.
    ///
    /// # Errors
    /// A key of another form.
    pub(super) fn pair(&self) -> Result<(&str, &str), InvalidPageToken> {
        Ok(place_of(&self.after, pair)?.unwrap_or_default())
    }

    /// What a list begins below that has the latest first: microseconds UTC and id, out of a key `micros/id`. The first page begins
    /// after everything.
    ///
    /// # Errors
    /// A key of another form.
    pub(super) fn below(&self) -> Result<(i64, &str), InvalidPageToken> {
        let moment = |key| pair(key).and_then(|(micros, id)| Some((micros.parse::<i64>().ok()?, id)));
        Ok(place_of(&self.after, moment)?.unwrap_or((i64::MAX, "")))
    }

    /// Cuts rows that were read with one more than the page holds.
    pub fn page<T>(&self, rows: Vec<T>, key: fn(&T) -> String) -> Page<T> {
        Page::of(rows, self.size, self.fingerprint, key)
    }
}

/// Which classes to list.
#[derive(Clone, Debug)]
pub struct ClassFilter {
    /// What the caller may see.
    pub scope: Scope,
    /// Only of this enterprise; empty: all.
    pub uscc: String,
    /// Only in this field; empty: all.
    pub field: String,
    /// Only this combined class in effect; empty: all.
    pub code: String,
    /// The day on which it is in effect.
    pub today: NaiveDate,
}

/// What is kept of one piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptEvidence {
    /// Resource name.
    pub record: String,
    /// What it gives for each indicator that it counts for.
    pub items: Vec<Item>,
}

#[derive(sqlx::FromRow)]
struct KeptRow {
    record: String,
    items: Vec<u8>,
}

impl StoredClass {
    /// As it is told when the enterprise left the field: no code any more.
    #[must_use]
    pub fn ended(&self) -> Self {
        let no_code = String::new;
        let class = Class {
            code: no_code(),
            general_code: no_code(),
            professional_code: no_code(),
            floor_code: no_code(),
            ..self.class.clone()
        };
        Self { class, revision: self.revision + 1, over: None, objected: false, ..self.clone() }
    }
}

impl Store {
    /// The class of one enterprise in one field.
    ///
    /// # Errors
    /// [`Error::ClassNotFound`].
    pub async fn class(&self, uscc: &str, field: &str) -> Result<StoredClass, Error> {
        const SQL: &str = "SELECT * FROM class WHERE uscc = $1 AND field = $2";
        let row: Option<ClassRow> =
            on!(self.db, |pool| sqlx::query_as(SQL).bind(uscc).bind(field).fetch_optional(pool).await)?;
        let row = row.ok_or_else(|| Error::ClassNotFound(crate::convert::class_name(uscc, field)))?;
        Ok(StoredClass::try_from(row)?)
    }

    /// Classes, in the order of credit code and field. `cut.after` is `uscc/field`.
    pub async fn classes(&self, filter: &ClassFilter, cut: &Cut) -> Result<Page<StoredClass>, Error> {
        let (uscc, field) = cut.pair()?;
        let today = filter.today.to_string();
        let fields = filter.scope.field_codes();
        let divisions = filter.scope.division_codes();
        let rows: Vec<ClassRow> = on!(self.db, |pool| {
            let mut sql = QueryBuilder::new("SELECT * FROM class WHERE (uscc, field) > (");
            sql.push_bind(uscc).push(", ").push_bind(field).push(")");
            push_in(&mut sql, "division", &divisions);
            if let Some(fields) = &fields {
                push_in(&mut sql, "field", fields);
            }
            push_equal(&mut sql, "uscc", &filter.uscc);
            push_equal(&mut sql, "field", &filter.field);
            if !filter.code.is_empty() {
                // An override counts up to its last day, whether its end was noted or not.
                sql.push(" AND CASE WHEN override_until >= ").push_bind(today.as_str());
                sql.push(" THEN override_code ELSE code END = ").push_bind(filter.code.as_str());
            }
            sql.push(" ORDER BY uscc, field LIMIT CAST(").push_bind(cut.size + 1).push(" AS BIGINT)");
            sql.build_query_as().fetch_all(pool).await
        })?;
        let rows = rows.into_iter().map(StoredClass::try_from).collect::<Result<_, _>>()?;
        Ok(cut.page(rows, |last: &StoredClass| format!("{}/{}", last.class.uscc, last.class.field)))
    }

    /// What is kept of an enterprise's evidence, in the order of its names.
    pub async fn evidence_of(&self, uscc: &str) -> Result<Vec<KeptEvidence>, Error> {
        const SQL: &str = "SELECT record, items FROM projected WHERE uscc = $1 ORDER BY record";
        let rows: Vec<KeptRow> = on!(self.db, |pool| sqlx::query_as(SQL).bind(uscc).fetch_all(pool).await)?;
        let kept = |row: KeptRow| {
            let mut items = Vec::new();
            unpack(&row.items, &mut items)
                .map_err(|problem| service::Error::corrupt(format!("projected {uscc}: {problem}")))?;
            Ok(KeptEvidence { record: row.record, items })
        };
        rows.into_iter().map(kept).collect()
    }
}

/// Adds ` AND column IN (…)`; nothing matches an empty list.
pub(super) fn push_in<'t, DB: Database>(sql: &mut QueryBuilder<DB>, column: &str, values: &'t [String])
where
    &'t str: Encode<'t, DB> + Type<DB>,
{
    if values.is_empty() {
        sql.push(" AND 1 = 0");
        return;
    }
    sql.push(" AND ").push(column).push(" IN");
    push_list(sql, &values.iter().map(String::as_str).collect::<Vec<_>>());
}

/// Adds ` AND column = value`, unless the value is empty.
pub(super) fn push_equal<'t, DB: Database>(sql: &mut QueryBuilder<DB>, column: &str, value: &'t str)
where
    &'t str: Encode<'t, DB> + Type<DB>,
{
    if !value.is_empty() {
        sql.push(" AND ").push(column).push(" = ").push_bind(value);
    }
}
