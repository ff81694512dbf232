//! Lists, page by page. What the caller may not see is left out.

use db::page::pair;
use db::{Fingerprint, InvalidPageToken, on, place_of};
use service::auth::Scope;
use service::fitting::Page;
use sqlx::{Database, Encode, QueryBuilder, Type};

use super::Store;
use super::enterprise_row::EnterpriseRow;
use super::licence::{LicenceView, LicenceViewRow};
use super::mark_row::MarkViewRow;
use super::permit::{RefusedPermit, RefusedPermitRow};
use super::sql::push_list;
use crate::domain::{Enterprise, MarkView};
use crate::error::Error;
use crate::machines::mark::State;

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

    /// The page of rows that were read with `LIMIT size + 1`.
    pub(super) fn page<T>(&self, rows: Vec<T>, key: fn(&T) -> String) -> Page<T> {
        Page::of(rows, self.size, self.fingerprint, key)
    }
}

/// Which enterprises to list.
#[derive(Clone, Debug)]
pub struct EnterpriseFilter {
    /// Divisions; only enterprises there.
    pub divisions: Vec<String>,
    /// Only enterprises that carry the mark of this field; empty: marked or not.
    pub field: String,
}

/// Which licences to list.
#[derive(Clone, Debug)]
pub struct LicenceFilter {
    /// What the caller may see.
    pub scope: Scope,
    /// Only of this holder; empty: all.
    pub uscc: String,
    /// Only of this field; empty: all.
    pub field: String,
}

/// Which marks to list.
#[derive(Clone, Debug)]
pub struct MarkFilter {
    /// What the caller may see.
    pub scope: Scope,
    /// Only of this enterprise; empty: all.
    pub uscc: String,
    /// Only of this field; empty: all.
    pub field: String,
    /// Only in this state; `None`: all.
    pub state: Option<State>,
    /// Only those that are public.
    pub only_public: bool,
}

/// Which refused permits to list.
#[derive(Clone, Debug)]
pub struct RefusedPermitFilter {
    /// What the caller may see.
    pub scope: Scope,
    /// Only of this field; empty: all.
    pub field: String,
}

impl Store {
    /// Enterprises, in the byte order of their codes.
    pub async fn enterprises(&self, filter: &EnterpriseFilter, cut: &Cut) -> Result<Page<Enterprise>, Error> {
        let rows: Vec<EnterpriseRow> = on!(self.db, |pool| {
            let mut sql = QueryBuilder::new("SELECT e.* FROM enterprise e WHERE e.uscc > ");
            sql.push_bind(&cut.after);
            push_divisions(&mut sql, "e.division", &filter.divisions);
            if !filter.field.is_empty() {
                sql.push(" AND EXISTS (SELECT 1 FROM mark m WHERE m.uscc = e.uscc AND m.field = ");
                sql.push_bind(&filter.field).push(" AND m.state IN");
                push_list(&mut sql, &State::carried().map(State::as_str).collect::<Vec<_>>());
                sql.push(")");
            }
            sql.push(" ORDER BY e.uscc LIMIT CAST(").push_bind(cut.size + 1).push(" AS BIGINT)");
            sql.build_query_as().fetch_all(pool).await
        })?;
        let rows = rows.into_iter().map(Enterprise::try_from).collect::<Result<_, _>>()?;
        Ok(cut.page(rows, |last: &Enterprise| last.uscc.to_string()))
    }

    /// Licences, in the byte order of their numbers.
    pub async fn licences(&self, filter: &LicenceFilter, cut: &Cut) -> Result<Page<LicenceView>, Error> {
        const SELECT: &str = "
            SELECT l.*, COALESCE(e.division, l.site_division) AS division
            FROM licence l LEFT JOIN enterprise e ON e.uscc = l.uscc
            WHERE l.licence_no > ";
        let rows: Vec<LicenceViewRow> = on!(self.db, |pool| {
            let mut sql = QueryBuilder::new(SELECT);
            sql.push_bind(&cut.after);
            push_scope(&mut sql, &filter.scope, "l.field", "COALESCE(e.division, l.site_division)");
            push_equal(&mut sql, "l.uscc", &filter.uscc);
            push_equal(&mut sql, "l.field", &filter.field);
            sql.push(" ORDER BY l.licence_no LIMIT CAST(").push_bind(cut.size + 1).push(" AS BIGINT)");
            sql.build_query_as().fetch_all(pool).await
        })?;
        let rows = rows.into_iter().map(LicenceView::try_from).collect::<Result<_, _>>()?;
        Ok(cut.page(rows, |last: &LicenceView| last.licence.licence_no.clone()))
    }

    /// Marks, in the order of enterprise and field.
    pub async fn marks(&self, filter: &MarkFilter, cut: &Cut) -> Result<Page<MarkView>, Error> {
        const SELECT: &str = "
            SELECT m.*, e.legal_name, e.division
            FROM mark m JOIN enterprise e ON e.uscc = m.uscc
            WHERE (m.uscc, m.field) > (";
        let (uscc, field) = cut.pair()?;
        let rows: Vec<MarkViewRow> = on!(self.db, |pool| {
            let mut sql = QueryBuilder::new(SELECT);
            sql.push_bind(uscc).push(", ").push_bind(field).push(")");
            push_scope(&mut sql, &filter.scope, "m.field", "e.division");
            push_equal(&mut sql, "m.uscc", &filter.uscc);
            push_equal(&mut sql, "m.field", &filter.field);
            push_equal(&mut sql, "m.state", filter.state.map(State::as_str).unwrap_or_default());
            if filter.only_public {
                sql.push(" AND m.shown_licence_nos <> ''");
            }
            sql.push(" ORDER BY m.uscc, m.field LIMIT CAST(").push_bind(cut.size + 1).push(" AS BIGINT)");
            sql.build_query_as().fetch_all(pool).await
        })?;
        let rows = rows.into_iter().map(MarkView::try_from).collect::<Result<_, _>>()?;
        Ok(cut.page(rows, |last: &MarkView| format!("{}/{}", last.mark.key.uscc, last.mark.key.field)))
    }

    /// Permits that could not become licences, in the byte order of their records.
    pub async fn refused_permits(
        &self,
        filter: &RefusedPermitFilter,
        cut: &Cut,
    ) -> Result<Page<RefusedPermit>, Error> {
        let rows: Vec<RefusedPermitRow> = on!(self.db, |pool| {
            let mut sql = QueryBuilder::new("SELECT p.* FROM refused_permit p WHERE p.record > ");
            sql.push_bind(&cut.after);
            push_scope(&mut sql, &filter.scope, "p.field", "p.division");
            push_equal(&mut sql, "p.field", &filter.field);
            sql.push(" ORDER BY p.record LIMIT CAST(").push_bind(cut.size + 1).push(" AS BIGINT)");
            sql.build_query_as().fetch_all(pool).await
        })?;
        let rows = rows.into_iter().map(RefusedPermit::from).collect();
        Ok(cut.page(rows, |last: &RefusedPermit| last.record.clone()))
    }
}

/// Leaves out fields and divisions that are not the caller's. A row without a division is not hidden by that.
pub(super) fn push_scope<DB: Database>(sql: &mut QueryBuilder<DB>, scope: &Scope, field: &str, division: &str)
where
    for<'t> &'t str: Encode<'t, DB> + Type<DB>,
{
    if let Some(fields) = scope.field_codes() {
        sql.push(format!(" AND {field} IN"));
        push_list(sql, &texts(&fields));
    }
    let mut divisions = scope.division_codes();
    divisions.push(String::new());
    push_divisions(sql, division, &divisions);
}

/// Only rows in these divisions. One division is looked up by its index, which holds its rows in the order of the list; with
/// several, an index would have to be sorted again for every page, so the column is hidden from it and the page is read
/// along the key.
pub(super) fn push_divisions<DB: Database>(sql: &mut QueryBuilder<DB>, column: &str, divisions: &[String])
where
    for<'t> &'t str: Encode<'t, DB> + Type<DB>,
{
    match divisions {
        [only] => {
            sql.push(format!(" AND {column} = ")).push_bind(only.as_str());
        }
        several => {
            sql.push(format!(" AND COALESCE({column}, '') IN"));
            push_list(sql, &texts(several));
        }
    }
}

/// Only rows whose `column` is `value`; an empty value means all.
pub(super) fn push_equal<DB: Database>(sql: &mut QueryBuilder<DB>, column: &str, value: &str)
where
    for<'t> &'t str: Encode<'t, DB> + Type<DB>,
{
    if !value.is_empty() {
        sql.push(format!(" AND {column} = ")).push_bind(value);
    }
}

fn texts(codes: &[String]) -> Vec<&str> {
    codes.iter().map(String::as_str).collect()
}
