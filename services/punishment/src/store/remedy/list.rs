//! Pages of remedies.

use db::{Fingerprint, PageToken, on};
use domain::Uscc;
use service::auth::Scope;
use service::fitting::Page;
use sqlx::QueryBuilder;

use super::row::{COLUMNS, Row};
use crate::domain::remedy::{Against, Remedy};
use crate::error::Error;
use crate::machines::remedy::State;
use crate::store::Store;
use crate::store::sql::{push_among, push_equal};

/// Which remedies to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only against this entry, case or application; against an entry, its listing or a refusal alike.
    pub entry: Option<Against>,
    /// Only in this state.
    pub state: Option<State>,
    /// Only of this party.
    pub uscc: Option<Uscc>,
}

impl Store {
    /// A page of remedies in the order of their names. Those of the directory have no field.
    pub async fn remedies(
        &self,
        filter: &Filter,
        scope: &Scope,
        size: i64,
        token: &str,
    ) -> Result<Page<Remedy>, Error> {
        let entry = filter.entry.as_ref().map(ToString::to_string).unwrap_or_default();
        let state = filter.state.map_or("", State::word);
        let uscc = filter.uscc.as_ref().map_or("", Uscc::as_str);
        let fingerprint = Fingerprint::of(&["entryRemedies", &entry, state, uscc]);
        let after = PageToken::decode(token, fingerprint)?.unwrap_or_default();
        let divisions = scope.division_codes();
        let fields = scope.field_codes().map(|fields| [fields, vec![String::new()]].concat());
        let rows: Vec<Row> = on!(&self.db, |pool| {
            let mut sql = QueryBuilder::new(COLUMNS);
            sql.push(" WHERE id > ").push_bind(after.as_str());
            push_equal(&mut sql, "entry", entry.as_str());
            push_equal(&mut sql, "state", state);
            push_equal(&mut sql, "uscc", uscc);
            push_among(&mut sql, "division", &divisions);
            if let Some(fields) = &fields {
                push_among(&mut sql, "field", fields);
            }
            sql.push(" ORDER BY id LIMIT CAST(").push_bind(size + 1).push(" AS BIGINT)");
            sql.build_query_as().fetch_all(pool).await
        })?;
        let remedies = rows.into_iter().map(Row::remedy).collect::<Result<_, _>>()?;
        Ok(Page::of(remedies, size, fingerprint, |last: &Remedy| last.name.id().to_owned()))
    }
}
