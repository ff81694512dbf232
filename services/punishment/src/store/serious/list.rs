//! Pages of cases.

use db::{Fingerprint, PageToken, on};
use domain::Uscc;
use service::auth::Scope;
use service::fitting::Page;
use sqlx::QueryBuilder;

use super::row::{COLUMNS, Row};
use crate::domain::serious::Case;
use crate::error::Error;
use crate::machines::serious::State;
use crate::store::Store;
use crate::store::sql::{push_among, push_equal};

/// Which cases to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only of this party.
    pub uscc: Option<Uscc>,
    /// Only in this state.
    pub state: Option<State>,
}

impl Store {
    /// A page of cases in the order of their names.
    pub async fn cases(
        &self,
        filter: &Filter,
        scope: &Scope,
        size: i64,
        token: &str,
    ) -> Result<Page<Case>, Error> {
        let uscc = filter.uscc.as_ref().map_or("", Uscc::as_str);
        let state = filter.state.map_or("", State::word);
        let fingerprint = Fingerprint::of(&["seriousCases", uscc, state]);
        let after = PageToken::decode(token, fingerprint)?.unwrap_or_default();
        let divisions = scope.division_codes();
        let fields = scope.field_codes();
        let rows: Vec<Row> = on!(&self.db, |pool| {
            let mut sql = QueryBuilder::new(COLUMNS);
            sql.push(" WHERE id > ").push_bind(after.as_str());
            push_equal(&mut sql, "uscc", uscc);
            push_equal(&mut sql, "state", state);
            push_among(&mut sql, "division", &divisions);
            if let Some(fields) = &fields {
                push_among(&mut sql, "field", fields);
            }
            sql.push(" ORDER BY id LIMIT CAST(").push_bind(size + 1).push(" AS BIGINT)");
            sql.build_query_as().fetch_all(pool).await
        })?;
        let cases = rows.into_iter().map(Row::case).collect::<Result<_, _>>()?;
        Ok(Page::of(cases, size, fingerprint, |last: &Case| last.name.id().to_owned()))
    }
}
