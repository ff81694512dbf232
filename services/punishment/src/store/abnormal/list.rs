//! Pages of entries.

use db::{Fingerprint, PageToken, on};
use domain::Uscc;
use service::auth::Scope;
use service::fitting::Page;
use sqlx::QueryBuilder;

use super::row::{COLUMNS, Row};
use crate::domain::abnormal::Entry;
use crate::error::Error;
use crate::machines::abnormal::State;
use crate::store::Store;
use crate::store::sql::{push_among, push_equal};

/// Which entries to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only of this enterprise.
    pub uscc: Option<Uscc>,
    /// Only in this state.
    pub state: Option<State>,
}

impl Store {
    /// A page of entries in the order of their names, without their letters.
    pub async fn entries(
        &self,
        filter: &Filter,
        scope: &Scope,
        size: i64,
        token: &str,
    ) -> Result<Page<Entry>, Error> {
        let uscc = filter.uscc.as_ref().map_or("", Uscc::as_str);
        let state = filter.state.map_or("", State::word);
        let fingerprint = Fingerprint::of(&["abnormalEntries", uscc, state]);
        let after = PageToken::decode(token, fingerprint)?.unwrap_or_default();
        let divisions = scope.division_codes();
        let rows: Vec<Row> = on!(&self.db, |pool| {
            let mut sql = QueryBuilder::new(COLUMNS);
            sql.push(" WHERE id > ").push_bind(after.as_str());
            push_equal(&mut sql, "uscc", uscc);
            push_equal(&mut sql, "state", state);
            push_among(&mut sql, "division", &divisions);
            sql.push(" ORDER BY id LIMIT CAST(").push_bind(size + 1).push(" AS BIGINT)");
            sql.build_query_as().fetch_all(pool).await
        })?;
        let entries = rows.into_iter().map(Row::entry).collect::<Result<_, _>>()?;
        Ok(Page::of(entries, size, fingerprint, |last: &Entry| last.name.id().to_owned()))
    }
}
