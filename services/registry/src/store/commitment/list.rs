//! Lists of letters and of texts.

use chrono::NaiveDate;
use db::{on, place_of};
use service::auth::Scope;
use service::fitting::Page;
use sqlx::QueryBuilder;

use super::row::CommitmentViewRow;
use super::template::TemplateRow;
use crate::domain::{CommitmentView, Template};
use crate::error::Error;
use crate::machines::commitment::State;
use crate::store::Store;
use crate::store::list::{Cut, push_equal, push_scope};
use crate::store::sql::push_list;

/// Which letters to list.
#[derive(Clone, Debug)]
pub struct CommitmentFilter {
    /// What the caller may see.
    pub scope: Scope,
    /// Only of this enterprise; empty: all.
    pub uscc: String,
    /// Only of this field; empty: all.
    pub field: String,
    /// Only in this state; `None`: all.
    pub state: Option<State>,
    /// Only those that are public on this day; `None`: all.
    pub public_on: Option<NaiveDate>,
}

/// Which versions of templates to list.
#[derive(Clone, Debug)]
pub struct TemplateFilter {
    /// What the caller may see.
    pub scope: Scope,
    /// Only of this field; empty: all.
    pub field: String,
}

impl Store {
    /// Letters, in the order of enterprise and letter.
    pub async fn commitments(
        &self,
        filter: &CommitmentFilter,
        cut: &Cut,
    ) -> Result<Page<CommitmentView>, Error> {
        const SELECT: &str = "
            SELECT c.*, e.legal_name, e.division
            FROM commitment c JOIN enterprise e ON e.uscc = c.uscc
            WHERE (c.uscc, c.id) > (";
        let (uscc, id) = cut.pair()?;
        let rows: Vec<CommitmentViewRow> = on!(self.db, |pool| {
            let mut sql = QueryBuilder::new(SELECT);
            sql.push_bind(uscc).push(", ").push_bind(id).push(")");
            push_scope(&mut sql, &filter.scope, "c.field", "e.division");
            push_equal(&mut sql, "c.uscc", &filter.uscc);
            push_equal(&mut sql, "c.field", &filter.field);
            push_equal(&mut sql, "c.state", filter.state.map(State::word).unwrap_or_default());
            if let Some(day) = filter.public_on {
                // A term that is over ends a letter, also before the daily job has said so.
                sql.push(" AND c.published_on IS NOT NULL AND c.ended_on IS NULL AND (c.valid_to IS NULL OR c.valid_to >= ");
                sql.push_bind(day).push(")");
            }
            sql.push(" ORDER BY c.uscc, c.id LIMIT CAST(").push_bind(cut.size + 1).push(" AS BIGINT)");
            sql.build_query_as().fetch_all(pool).await
        })?;
        let rows = rows.into_iter().map(CommitmentView::try_from).collect::<Result<_, _>>()?;
        let key = |last: &CommitmentView| format!("{}/{}", last.commitment.key.uscc, last.commitment.key.id);
        Ok(cut.page(rows, key))
    }

    /// Versions of templates, in the order of template and number.
    pub async fn templates(&self, filter: &TemplateFilter, cut: &Cut) -> Result<Page<Template>, Error> {
        let (template, number) = place_of(&cut.after, numbered)?.unwrap_or_default();
        let rows: Vec<TemplateRow> = on!(self.db, |pool| {
            let mut sql =
                QueryBuilder::new("SELECT * FROM commitment_template t WHERE (t.template, t.number) > (");
            sql.push_bind(template).push(", ").push_bind(number).push(")");
            if let Some(fields) = filter.scope.field_codes() {
                sql.push(" AND t.field IN");
                push_list(&mut sql, &fields.iter().map(String::as_str).collect::<Vec<_>>());
            }
            push_equal(&mut sql, "t.field", &filter.field);
            sql.push(" ORDER BY t.template, t.number LIMIT CAST(")
                .push_bind(cut.size + 1)
                .push(" AS BIGINT)");
            sql.build_query_as().fetch_all(pool).await
        })?;
        let rows = rows.into_iter().map(Template::try_from).collect::<Result<_, _>>()?;
        Ok(cut.page(rows, |last: &Template| format!("{}/{}", last.key.template, last.key.number)))
    }
}

/// A text and the number of its version.
fn numbered(key: &str) -> Option<(&str, i64)> {
    let (template, number) = key.rsplit_once('/').filter(|(template, _)| !template.is_empty())?;
    Some((template, number.parse().ok()?))
}
