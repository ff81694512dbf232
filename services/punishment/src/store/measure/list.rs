//! Reading measures.

use db::{Fingerprint, PageToken, on};
use domain::{OfficeCode, Uscc};
use service::auth::Scope;
use service::fitting::Page;
use sqlx::QueryBuilder;

use super::row::{COLUMNS, Row, find, with_receivers};
use crate::domain::list::EntryName;
use crate::domain::measure::{Measure, MeasureName};
use crate::error::Error;
use crate::machines::measure::State;
use crate::store::Store;
use crate::store::sql::{push_among, push_equal};

/// Which measures to list.
#[derive(Clone, Debug, Default)]
pub struct MeasureFilter {
    /// Only against this party.
    pub uscc: Option<Uscc>,
    /// Only those that this entry triggers.
    pub entry: Option<EntryName>,
    /// Only in this state.
    pub state: Option<State>,
    /// Only those that this office answers for.
    pub implementer: Option<OfficeCode>,
}

impl Store {
    /// One measure.
    ///
    /// # Errors
    /// [`Error::MeasureNotFound`].
    pub async fn measure(&self, name: &MeasureName) -> Result<Measure, Error> {
        let mut tx = self.db.begin_read().await?;
        find(&mut tx, name).await
    }

    /// A page of measures in the order of their names.
    pub async fn measures(
        &self,
        filter: &MeasureFilter,
        scope: &Scope,
        size: i64,
        token: &str,
    ) -> Result<Page<Measure>, Error> {
        let uscc = filter.uscc.as_ref().map_or("", Uscc::as_str);
        let entry = filter.entry.as_ref().map(ToString::to_string).unwrap_or_default();
        let state = filter.state.map_or("", State::word);
        let implementer = filter.implementer.as_ref().map_or("", OfficeCode::as_str);
        let fingerprint = Fingerprint::of(&["measures", uscc, &entry, state, implementer]);
        let after = PageToken::decode(token, fingerprint)?.unwrap_or_default();
        let divisions = scope.division_codes();
        let mut tx = self.db.begin_read().await?;
        let rows: Vec<Row> = on!(tx, |conn| {
            let mut sql = QueryBuilder::new(COLUMNS);
            sql.push(" WHERE m.id > ").push_bind(after.as_str());
            push_equal(&mut sql, "m.uscc", uscc);
            push_equal(&mut sql, "m.entry", entry.as_str());
            push_equal(&mut sql, "m.state", state);
            push_equal(&mut sql, "m.implementer", implementer);
            push_among(&mut sql, "m.division", &divisions);
            sql.push(" ORDER BY m.id LIMIT CAST(").push_bind(size + 1).push(" AS BIGINT)");
            sql.build_query_as().fetch_all(conn).await
        })?;
        let measures = with_receivers(&mut tx, rows).await?;
        Ok(Page::of(measures, size, fingerprint, |last| last.name.id().to_owned()))
    }
}
