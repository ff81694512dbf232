//! Lists of applications.

use db::{Fingerprint, PageToken, on};
use domain::Uscc;
use service::auth::Scope;
use service::fitting::Page;
use sqlx::QueryBuilder;

use super::super::Store;
use super::super::sql::{push_among, push_equal};
use super::{Application, COLUMNS, Row};
use crate::domain::repair::Subject;
use crate::error::Error;
use crate::machines::repair::State;

/// Which applications to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only of this party.
    pub uscc: Option<Uscc>,
    /// Only in this state.
    pub state: Option<State>,
    /// Only about this subject.
    pub subject: Option<Subject>,
}

impl Store {
    /// A page of applications in the order of their names. What belongs to no field is seen in all.
    pub async fn repairs(
        &self,
        filter: &Filter,
        scope: &Scope,
        size: i64,
        token: &str,
    ) -> Result<Page<Application>, Error> {
        let uscc = filter.uscc.as_ref().map_or("", Uscc::as_str);
        let state = filter.state.map_or("", State::word);
        let subject = filter.subject.as_ref().map(ToString::to_string).unwrap_or_default();
        let fingerprint = Fingerprint::of(&["repairs", uscc, state, &subject]);
        let after = PageToken::decode(token, fingerprint)?.unwrap_or_default();
        let divisions = scope.division_codes();
        let fields = scope.field_codes().map(|mut fields| {
            fields.push(String::new());
            fields
        });
        let rows: Vec<Row> = on!(&self.db, |pool| {
            let mut sql = QueryBuilder::new(COLUMNS);
            sql.push(" WHERE id > ").push_bind(after.as_str());
            push_equal(&mut sql, "uscc", uscc);
            push_equal(&mut sql, "state", state);
            push_equal(&mut sql, "subject", &subject);
            push_among(&mut sql, "division", &divisions);
            if let Some(fields) = &fields {
                push_among(&mut sql, "field", fields);
            }
            sql.push(" ORDER BY id LIMIT CAST(").push_bind(size + 1).push(" AS BIGINT)");
            sql.build_query_as().fetch_all(pool).await
        })?;
        let applications = rows.into_iter().map(Application::try_from).collect::<Result<_, _>>()?;
        Ok(Page::of(applications, size, fingerprint, |last: &Application| last.name.id().to_owned()))
    }
}
